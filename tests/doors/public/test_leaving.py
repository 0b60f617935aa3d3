"""The way out and the way in of a mail, as law and mailbox providers ask for them."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client

from guanxi.consent import form_editing, signing_up
from guanxi.consent import queries as consent_queries
from guanxi.consent.models import Permission
from guanxi.content import actions as content_actions
from guanxi.firm import actions as firm_actions
from guanxi.kernel import clock
from guanxi.ledger.models import Contact
from guanxi.outbox import actions as outbox_actions
from guanxi.outbox.addresses import open_address, share_address, sign_up_address, unsubscribe_address
from guanxi.outbox.models import Message
from guanxi.pipeline.pulse import pulse
from guanxi.tracking.models import Hit
from tests import cast

pytestmark = pytest.mark.django_db
Mail = Callable[..., Message]
DAY = timedelta(days=1)
BODIES = {
    "application/x-www-form-urlencoded": "List-Unsubscribe=One-Click",
    "multipart/form-data; boundary=b": (
        '--b\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--b--\r\n'
    ),
}


@pytest.fixture(autouse=True)
def firm(db: None) -> None:
    firm_actions.describe_firm(changes={"name": "Ningbo Lamps", "postal_address": "1 Harbour Road\nNingbo"})


def path(address: str) -> str:
    return urlsplit(address).path


def at(monkeypatch: pytest.MonkeyPatch, moment: datetime) -> None:
    monkeypatch.setattr(clock, "utc_now", lambda: moment)


class TestOneClick:
    @pytest.mark.parametrize("content_type", list(BODIES))
    def test_is_one_post_without_redirect_cookie_or_question(
        self, mail: Mail, lena: Contact, monkeypatch: pytest.MonkeyPatch, content_type: str
    ) -> None:
        """RP-03, RL-02: both encodings, 2xx without redirect, cookies ignored, within a second, twice is once."""
        at(monkeypatch, cast.NOW + DAY)
        cast.permit(lena)
        address = path(unsubscribe_address(mail(lena).pk))
        browser = Client(enforce_csrf_checks=True)
        browser.cookies.load({"sessionid": "stolen", "csrftoken": "none"})

        begun = time.thread_time()
        answers = [browser.post(address, BODIES[content_type], content_type=content_type) for _ in range(2)]

        assert time.thread_time() - begun < 5
        assert [(answer.status_code, answer.headers.get("Location")) for answer in answers] == [(200, None)] * 2
        assert all("Set-Cookie" not in answer.headers for answer in answers)
        assert Permission.objects.filter(state="withdrawn").count() == 1
        assert consent_queries.is_suppressed(lena.email)

    def test_works_for_ever_and_for_nobody_else(
        self, mail: Mail, lena: Contact, yuki: Contact, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """RP-04, RL-14, RL-15: opaque, unforgeable, on one page without login, and five years later as on day one."""
        at(monkeypatch, cast.NOW + 1826 * DAY)
        cast.permit(lena)
        mail(yuki)
        address = unsubscribe_address(mail(lena).pk)
        token = address.rpartition("/")[2]

        assert lena.email not in address
        for forged in (token[:-1], token + "A", "." + token.partition(".")[2], token.partition(".")[0] + "."):
            assert Client().post(f"/p/u/{forged}").status_code == 404
        assert Client().post(path(address)).status_code == 200
        assert consent_queries.is_suppressed(lena.email)
        assert not consent_queries.is_suppressed(yuki.email)


class TestAMarketingMail:
    def sent(self, contact: Contact, drawer: Path, now: datetime) -> Any:
        outbox_actions.set_sender(name="Ada Lin", address="ada@ningbo-firm.example")
        content_actions.install_library(now=now, keys=["j-17.1"])
        outbox_actions.propose(
            contact=contact, template_key="j-17.1", origin_kind="person", origin_id="1", idempotency_key="one",
            values={"coupon": {"code": "A", "percent": 5, "valid_until": "2026-06-30"}}, not_before=now,
            expires_at=now + 9 * DAY, now=now,
        )  # fmt: skip
        pulse(at=now)
        [letter] = sorted(drawer.glob("*.eml"))
        return message_from_bytes(letter.read_bytes(), policy=policy.default)

    def test_says_why_it_comes_and_how_to_leave(self, lena: Contact, drawer: Path, now: datetime) -> None:
        """G-14, RP-01, RL-14: you agreed and may change your mind; RFC 8058's headers; who writes and from where."""
        cast.permit(lena)
        letter = self.sent(lena, drawer, now)
        html = letter.get_body(("html",)).get_content()

        assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        links = [link.strip() for link in str(letter["List-Unsubscribe"]).split(",")]
        assert [link.startswith("<http") for link in links].count(True) == 1
        assert "zugestimmt" in html
        assert "1 Harbour Road" in html
        assert str(letter["From"]) == "Ada Lin <ada@ningbo-firm.example>"

    def test_asks_for_tracking_apart_and_at_the_moment_of_the_hit(
        self, lena: Contact, drawer: Path, now: datetime, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """RL-05, G-18: no pixel without a permission of its own; withdrawn, an old mail's pixel leaves no row."""
        cast.permit(lena)
        assert "/p/o/" not in self.sent(lena, drawer, now).get_body(("html",)).get_content()

        pixel = path(open_address(Message.objects.get().pk))
        at(monkeypatch, now + DAY)
        Client().get(pixel, headers={"User-Agent": "Thunderbird"})
        assert not Hit.objects.exists()


class TestAColleague:
    def test_is_mailed_only_after_saying_yes_himself(
        self, mail: Mail, lena: Contact, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """CN-26, G-19, RL-19: opening the shared link adds nobody; he signs up and confirms, or hears nothing."""
        form = form_editing.save_form(
            key="news", name="News", texts={"de": form_editing.Text("Neues", "Ja, gern.")}, now=cast.NOW
        )
        at(monkeypatch, cast.NOW + DAY)
        page = Client().get(path(share_address(mail(lena).pk)))
        assert sign_up_address("news") in page.content.decode()
        assert Contact.objects.count() == 1

        signing_up.take(
            form=form, wording=form_editing.wordings_of(form)["de"], email="otto@alsterkontor.example", chosen=[],
            given={}, visitor=signing_up.Visitor(), now=cast.NOW + DAY,
        )  # fmt: skip
        signing_up.write_to_due(now=cast.NOW + DAY)

        otto = Contact.objects.get(email_key="otto@alsterkontor.example")
        stand = consent_queries.stand_of(otto.pk, "marketing")
        assert stand is not None
        assert stand.state == "pending"
