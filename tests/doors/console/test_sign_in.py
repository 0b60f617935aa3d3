"""Signing in, the second step, a forgotten password, and sessions that end when they must."""

from __future__ import annotations

import re
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.test import Client

from guanxi.staff import actions as staff_actions
from guanxi.staff.models import AuditEntry, User
from tests import cast

pytestmark = pytest.mark.django_db

NEW_PASSWORD = "another walk by the sea"


def sign_in(email: str, password: str = cast.PASSWORD, **headers: str) -> tuple[Client, Any]:
    client = Client(headers=headers)
    return client, client.post("/account/login/", {"login": email, "password": password})


def is_in(client: Client) -> bool:
    return client.get("/me/").status_code == 200


def mail_in(drawer: Path) -> Any:
    (path,) = drawer.glob("*.eml")
    return message_from_bytes(path.read_bytes(), policy=default)


def link_in(drawer: Path) -> str:
    found = re.search(r"https?://\S+", mail_in(drawer).get_content())
    assert found
    return found.group()


def code_of(secret: str) -> str:
    return format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))


class TestSignIn:
    def test_by_address_and_password(self, ada: User) -> None:
        client, answer = sign_in("ADA@ningbo-firm.example")

        assert answer["Location"] == "/"
        assert is_in(client)

    def test_leads_back_to_where_one_wanted_to_go(self, ada: User) -> None:
        answer = Client().get("/staff/")

        assert answer["Location"] == "/account/login/?next=%2Fstaff%2F"

    def test_never_leads_to_another_site(self, ada: User) -> None:
        data = {"login": ada.email, "password": cast.PASSWORD, "next": "https://evil.example/"}

        assert Client().post("/account/login/", data)["Location"] == "/"

    def test_tells_nothing_about_which_part_was_wrong(self, ada: User) -> None:
        _, wrong_password = sign_in(ada.email, "wrong")
        _, wrong_address = sign_in("bob@ningbo-firm.example", "wrong")

        def words(answer: Any, address: str) -> str:
            text = answer.content.decode().replace(address, "")
            return re.sub(r'(value=|X-CSRFToken": )"[^"]*"', "", text)

        assert words(wrong_password, ada.email) == words(wrong_address, "bob@ningbo-firm.example")

    def test_is_refused_for_a_while_after_five_mistakes(self, ada: User) -> None:
        for _ in range(5):
            sign_in(ada.email, "wrong")

        client, _ = sign_in(ada.email)

        assert not is_in(client)

    def test_is_closed_for_a_shut_account(self, ada: User, bo: User) -> None:
        staff_actions.disable(actor=ada, user=bo, now=cast.NOW)

        client, _ = sign_in(bo.email)

        assert not is_in(client)

    def test_nobody_signs_up_by_himself(self) -> None:
        data = {"email": "eve@firm.example", "password1": cast.PASSWORD}

        assert "invitation" in Client().get("/account/signup/").content.decode()
        assert Client().post("/account/signup/", data).status_code == 405
        assert not User.objects.exists()

    def test_leaves_a_line_in_the_audit_trail(self, ada: User) -> None:
        sign_in(ada.email)

        assert AuditEntry.objects.get(act="staff.signed_in").actor == ada

    def test_a_part_fetched_by_htmx_sends_the_whole_page_to_sign_in(self) -> None:
        answer = Client().get("/staff/", headers={"HX-Request": "true"})

        assert (answer.status_code, answer["HX-Redirect"]) == (401, "/account/login/")


class TestSessions:
    def test_elsewhere_end_with_a_new_password(self, ada: User) -> None:
        here, _ = sign_in(ada.email)
        elsewhere, _ = sign_in(ada.email)

        data = {"oldpassword": cast.PASSWORD, "password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
        here.post("/account/password/change/", data)

        assert not is_in(elsewhere)
        assert is_in(sign_in(ada.email, NEW_PASSWORD)[0])

    def test_end_when_the_account_is_shut_or_the_role_changes(self, ada: User, bo: User) -> None:
        first, _ = sign_in(bo.email)
        staff_actions.change_role(actor=ada, user=bo, role="sales", now=cast.NOW)
        assert not is_in(first)

        second, _ = sign_in(bo.email)
        staff_actions.disable(actor=ada, user=bo, now=cast.NOW)
        assert not is_in(second)

    def test_end_by_the_button(self, ada: User) -> None:
        client, _ = sign_in(ada.email)

        client.post("/account/logout/")

        assert not is_in(client)


class TestForgottenPassword:
    def test_a_link_by_mail_sets_a_new_one_once(self, ada: User, drawer: Path) -> None:
        Client().post("/account/password/reset/", {"email": ada.email})
        address = link_in(drawer)
        data = {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD}

        client = Client()
        form = client.get(address, follow=True)
        client.post(form.request["PATH_INFO"], data)

        assert is_in(sign_in(ada.email, NEW_PASSWORD)[0])
        again = Client().get(address, follow=True)
        assert "does not work any more" in again.content.decode()

    def test_the_mail_names_the_public_address_whatever_the_host(self, ada: User, drawer: Path, settings: Any) -> None:
        """Forged host headers end in a 400, and none reaches a mail (RS-36)."""
        settings.PUBLIC_URL = "https://crm.ningbo-firm.example"
        forged = [
            {"host": "evil.example"},
            {"host": "127.0.0.1", "x-forwarded-host": "evil.example"},
            {"host": "127.0.0.1", "forwarded": "host=evil.example"},
            {"host": "127.0.0.1:80@evil.example"},
            {"host": "localhost", "x-host": "evil.example"},
            {"host": "localhost", "x-original-host": "evil.example"},
        ]
        for headers in forged:
            for old in drawer.glob("*.eml"):
                old.unlink()
            Client(headers=headers).post("/account/password/reset/", {"email": ada.email})
            for path in drawer.glob("*.eml"):
                text = message_from_bytes(path.read_bytes(), policy=default).get_content()
                assert "https://crm.ningbo-firm.example/account/password/reset/key/" in text
                assert "evil" not in text

    def test_an_unknown_address_gets_the_same_answer_and_no_mail(self, ada: User, drawer: Path) -> None:
        known = Client().post("/account/password/reset/", {"email": ada.email})
        unknown = Client().post("/account/password/reset/", {"email": "eve@elsewhere.example"})

        assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])
        assert {mail_in(drawer)["To"]} == {ada.email}


class TestTheSecondStep:
    @pytest.fixture
    def secret(self, ada: User, client_of: Any) -> str:
        client = client_of(ada)
        page = client.get("/account/2fa/totp/activate/").content.decode()
        found = re.search(r"<code>([A-Z2-7]{16,})</code>", page)
        assert found
        answer = client.post("/account/2fa/totp/activate/", {"code": code_of(found.group(1))})
        assert answer.status_code == 302
        assert is_in(client), "the session that turned it on goes on"
        return found.group(1)

    def test_asks_for_the_code_of_the_app(self, ada: User, secret: str) -> None:
        from django.core.cache import cache

        cache.clear()  # the code that turned it on may not be used twice
        client, answer = sign_in(ada.email)
        assert answer["Location"] == "/account/2fa/authenticate/"
        assert not is_in(client)

        client.post("/account/2fa/authenticate/", {"code": code_of(secret)})

        assert is_in(client)

    def test_takes_a_recovery_code_once(self, ada: User, secret: str) -> None:
        code = Authenticator.objects.get(type="recovery_codes").wrap().get_unused_codes()[0]
        first, _ = sign_in(ada.email)
        first.post("/account/2fa/authenticate/", {"code": code})
        assert is_in(first)

        second, _ = sign_in(ada.email)
        second.post("/account/2fa/authenticate/", {"code": code})
        assert not is_in(second)

    @pytest.mark.django_db(transaction=True)  # allauth tells of it after the commit
    def test_turning_it_on_ends_the_sessions_elsewhere(self, ada: User, client_of: Any) -> None:
        elsewhere = client_of(ada)
        here = client_of(ada)
        page = here.get("/account/2fa/totp/activate/").content.decode()
        secret = re.search(r"<code>([A-Z2-7]{16,})</code>", page)
        assert secret
        here.post("/account/2fa/totp/activate/", {"code": code_of(secret.group(1))})

        assert is_in(here)
        assert not is_in(elsewhere)

    def test_is_kept_sealed(self, ada: User, secret: str) -> None:
        assert secret not in str(list(Authenticator.objects.values_list("data", flat=True)))

    def test_stays_on_after_a_forgotten_password(self, ada: User, secret: str, drawer: Path) -> None:
        """A reset gives the password back, not the second step (ASVS 6.4.3)."""
        Client().post("/account/password/reset/", {"email": ada.email})
        client = Client()
        form = client.get(link_in(drawer), follow=True)
        client.post(form.request["PATH_INFO"], {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD})

        later, answer = sign_in(ada.email, NEW_PASSWORD)

        assert answer["Location"] == "/account/2fa/authenticate/"
        assert not is_in(later)


class TestLanguage:
    def test_is_kept_for_the_account(self, ada: User, client_of: Any) -> None:
        client = client_of(ada)

        client.post("/language/", {"language": "zh-hans", "back": "/me/"})

        assert User.objects.get(id=ada.id).language == "zh-hans"
        assert 'lang="zh-hans"' in client.get("/me/").content.decode()

    def test_is_kept_for_the_browser_before_sign_in(self) -> None:
        client = Client()

        client.post("/language/", {"language": "zh-hans", "back": "/account/login/"})

        assert 'lang="zh-hans"' in client.get("/account/login/").content.decode()

    @pytest.mark.parametrize("back", ["https://evil.example/", "//evil.example", "javascript:alert(1)", ""])
    def test_never_leads_to_another_site(self, back: str) -> None:
        answer = Client().post("/language/", {"language": "en", "back": back})

        assert answer["Location"] == "/"
