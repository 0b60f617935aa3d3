"""Pixel and links: signed, recorded, never open to the whole world."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client

from guanxi.kernel import signing
from guanxi.ledger.models import Contact
from guanxi.outbox.addresses import click_address, open_address, unsubscribe_address
from guanxi.outbox.models import Message
from guanxi.tracking.models import Hit
from tests import cast

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("an_hour_later")]
BROWSER = {"User-Agent": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Firefox/140.0"}


def path(address: str) -> str:
    return urlsplit(address).path


class TestClick:
    def test_leads_to_the_target_of_the_message(self, mail: Any, lena: Contact) -> None:
        message = mail(lena)
        answer = Client().get(path(click_address(message.pk, 0)), headers=BROWSER)

        assert (answer.status_code, answer["Location"]) == (302, "https://shop.example/a?b=1")
        assert (answer["Cache-Control"], answer["Referrer-Policy"]) == ("no-store", "no-referrer")
        assert Hit.objects.get().message == message

    @pytest.mark.parametrize("change", [lambda link: link + "x", lambda link: link[:-2], lambda link: "/p/c/x.y"])
    def test_with_a_forged_token_leads_nowhere(self, mail: Any, lena: Contact, change: Callable[[str], str]) -> None:
        answer = Client().get(change(path(click_address(mail(lena).pk, 0))), headers=BROWSER)

        assert answer.status_code == 404
        assert not Hit.objects.exists()

    def test_may_be_signed_by_itself(self, mail: Any, lena: Contact, settings: Any) -> None:
        token = signing.sign(settings.SECRET_KEY, "click", f"{mail(lena).pk}:0")

        assert Client().get(f"/p/c/{token}", headers=BROWSER)["Location"] == "https://shop.example/a?b=1"

    def test_with_a_token_of_another_purpose_leads_nowhere(self, mail: Any, lena: Contact) -> None:
        token = path(unsubscribe_address(mail(lena).pk)).rpartition("/")[2]

        assert Client().get(f"/p/c/{token}").status_code == 404

    def test_of_a_link_that_is_not_there_leads_nowhere(self, mail: Any, lena: Contact) -> None:
        assert Client().get(path(click_address(mail(lena).pk, 7))).status_code == 404

    def test_takes_no_target_from_the_address(self, mail: Any, lena: Contact) -> None:
        answer = Client().get(path(click_address(mail(lena).pk, 0)) + "?url=https://evil.example/", headers=BROWSER)

        assert answer["Location"] == "https://shop.example/a?b=1"

    def test_changes_nothing_by_other_methods(self, mail: Any, lena: Contact) -> None:
        assert Client().post(path(click_address(mail(lena).pk, 0))).status_code == 405

    def test_of_a_dead_link_is_explained_in_the_browsers_language(self, db: None) -> None:
        page = Client().get("/p/c/x", headers={"Accept-Language": "ja,en;q=0.8"})

        assert page["Content-Language"] == "ja"
        assert 'lang="ja"' in page.content.decode()


class TestPixel:
    def test_is_recorded_with_permission(self, mail: Any, lena: Contact) -> None:
        cast.permit(lena, "tracking")
        answer = Client().get(path(open_address(mail(lena).pk)), headers=BROWSER)

        assert (answer["Content-Type"], answer.content[:6]) == ("image/gif", b"GIF89a")
        assert Hit.objects.get().kind == "open"

    def test_is_the_same_image_without_permission_and_leaves_no_trace(self, mail: Any, lena: Contact) -> None:
        message = mail(lena)
        known = Client().get(path(open_address(message.pk)), headers=BROWSER)
        forged = Client().get("/p/o/x.y.gif", headers=BROWSER)

        assert known.content == forged.content
        assert known.status_code == forged.status_code == 200
        assert not Hit.objects.exists()


class TestEveryLinkOfAMail:
    @pytest.mark.parametrize("method", ["get", "head", "options"])
    def test_changes_no_permission_by_being_looked_at(self, mail: Any, lena: Contact, method: str) -> None:
        from guanxi.consent.models import Permission, Suppression
        from guanxi.outbox.addresses import preferences_address

        cast.permit(lena)
        message: Message = mail(lena)
        before = list(Permission.objects.values())
        for address in (
            click_address(message.pk, 0), open_address(message.pk), unsubscribe_address(message.pk),
            preferences_address(lena.pk, message.pk),
        ):  # fmt: skip
            for _ in range(3):
                answer = getattr(Client(), method)(path(address), headers={"Sec-Purpose": "prefetch"})
                assert "Set-Cookie" not in answer.headers

        assert list(Permission.objects.values()) == before
        assert not Suppression.objects.exists()
