from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from guanxi.content import actions as content_actions
from guanxi.content.models import Template
from guanxi.journeys import actions as journeys_actions
from guanxi.journeys.models import Enrolment, Journey
from guanxi.ledger.models import Contact
from guanxi.offers import actions as offers_actions
from guanxi.outbox import actions as outbox_actions
from guanxi.outbox.models import Message
from guanxi.pipeline.pulse import pulse
from tests import cast
from tests.cast import NOW

pytestmark = pytest.mark.django_db
# Those of order news and of the wake-up.
LETTERS = ["j-04.1", "j-04.2", "j-04.3", "j-04.4", "j-17.1", "j-17.2", "j-17.3"]


@pytest.fixture
def library(db: None) -> None:
    content_actions.install_library(now=NOW, keys=LETTERS)
    offers_actions.install_library(now=NOW)
    journeys_actions.install_library(now=NOW, keys=["j-04", "j-17"])
    outbox_actions.set_sender(name="Ningbo Haiyue", address="sales@ningbo-firm.example")


@pytest.fixture
def ada_in(ada: Any, signed_in: Any, library: None) -> Client:
    return signed_in(ada)


def ordered(contact: Contact) -> Message:
    """An order whose first letter has gone into the drawer."""
    from decimal import Decimal

    from guanxi.ledger import actions as ledger_actions
    from guanxi.ledger.facts import LineFacts

    ledger_actions.record_order(
        customer=contact.customer, contact=contact, number="NB-7", placed_at=NOW, currency="USD", now=NOW,
        lines=[LineFacts(quantity=Decimal(1), unit_price=Decimal(9), product_name="Wrench")],
    )  # fmt: skip
    pulse(at=NOW + timedelta(minutes=1))
    return Message.objects.get()


def held(contact: Contact) -> Message:
    """A marketing mail without a permission, judged."""
    message = outbox_actions.propose(
        contact=contact, template_key="j-17.1", values={}, origin_kind="person", origin_id="1", idempotency_key="k",
        not_before=NOW, expires_at=NOW + timedelta(days=3), now=NOW,
    )  # fmt: skip
    outbox_actions.judge_due(now=NOW)
    return message


class TestTheOutbox:
    def test_says_why_a_mail_was_not_sent(self, ada_in: Client, lena: Contact) -> None:
        message = held(lena)

        page = ada_in.get("/outbox/?state=suppressed").content.decode()

        assert lena.customer.name in page
        assert "the contact never permitted marketing" in page
        of_one = ada_in.get(f"/outbox/{message.pk}/").content.decode()
        assert "the contact never permitted marketing" in of_one
        assert "Europe/Berlin" in of_one

    def test_shows_sales_their_own_only(self, signed_in: Any, library: None, lena: Contact) -> None:
        message = held(lena)
        rep = signed_in(cast.a_member_of_staff("sales"))

        assert lena.customer.name not in rep.get("/outbox/").content.decode()
        assert rep.get(f"/outbox/{message.pk}/").status_code == 404
        assert rep.get(f"/outbox/{message.pk}/letter/").status_code == 404

    def test_shows_the_letter_in_a_sandbox(self, ada_in: Client, yuki: Contact) -> None:
        message = ordered(yuki)

        answer = ada_in.get(f"/outbox/{message.pk}/letter/")

        assert "田中課長" in answer.content.decode()
        assert answer["Content-Security-Policy"].startswith("sandbox ")
        assert "allow-scripts" not in answer["Content-Security-Policy"]
        assert "allow-same-origin" not in answer["Content-Security-Policy"]
        assert answer["X-Frame-Options"] == "SAMEORIGIN"
        page = ada_in.get(f"/outbox/{message.pk}/").content.decode()
        assert 'href="/letters/of/j-04.1/ja/versions/?after=1">Version 1</a>' in page
        assert "as it left" in page


class TestTheDrawer:
    def test_lets_one_read_the_mail_and_try_its_links(self, ada_in: Client, yuki: Contact) -> None:
        message = ordered(yuki)

        listing = ada_in.get("/drawer/").content.decode()
        name = re.findall(r'href="/drawer/([^/"]+)/"', listing)[0]
        page = ada_in.get(f"/drawer/{name}/").content.decode()
        html = ada_in.get(f"/drawer/{name}/html/")

        assert f"/outbox/{message.pk}/" in listing
        assert "List-" in page or "Message-ID" in page
        assert '<base target="_blank">' in html.content.decode()
        assert "/p/c/" in html.content.decode()
        assert "allow-popups" in html["Content-Security-Policy"]
        assert ada_in.get(f"/drawer/{name}/source/")["Content-Disposition"].startswith("attachment")

    @pytest.mark.parametrize("name", ["..%2Fguanxi.sqlite3", "nothing.eml", "x"])
    def test_keeps_to_its_folder(self, ada_in: Client, name: str) -> None:
        assert ada_in.get(f"/drawer/{name}/source/").status_code == 404

    def test_hides_mail_to_staff_from_who_does_not_manage_staff(
        self, ada_in: Client, bo: Any, signed_in: Any, settings: Any
    ) -> None:
        folder = settings.GUANXI_DATA / "drawer"
        folder.mkdir(exist_ok=True)
        name = "20260513T080000000000Z-secret@ningbo-firm.example.eml"
        (folder / name).write_bytes(b"Subject: Reset\nTo: ada@ningbo-firm.example\n\nlink")
        analyst = signed_in(bo)

        assert "Reset" in ada_in.get("/drawer/").content.decode()
        assert "Reset" not in analyst.get("/drawer/").content.decode()
        assert analyst.get(f"/drawer/{name}/").status_code == 404


class TestJourneys:
    def test_shows_where_everybody_is(self, ada_in: Client, lena: Contact) -> None:
        ordered(lena)

        listing = ada_in.get("/journeys/").content.decode()
        page = ada_in.get("/journeys/j-04/").content.decode()
        path = ada_in.get(f"/journeys/paths/{Enrolment.objects.get().pk}/").content.decode()

        assert "Order news" in listing
        assert lena.customer.name in page
        assert Template.objects.get(key="j-04.1").title in path

    def test_pauses_and_resumes(self, ada_in: Client) -> None:
        ada_in.post("/journeys/j-04/state/", {"state": "paused"})
        assert Journey.objects.get(key="j-04").state == "paused"

        ada_in.post("/journeys/j-04/state/", {"state": "live"})
        assert Journey.objects.get(key="j-04").state == "live"

    def test_knows_no_other_state(self, ada_in: Client) -> None:
        ada_in.post("/journeys/j-04/state/", {"state": "wild"})

        assert Journey.objects.get(key="j-04").state == "live"

    def test_hides_the_path_of_a_foreign_customer(self, signed_in: Any, library: None, lena: Contact) -> None:
        ordered(lena)
        rep = signed_in(cast.a_member_of_staff("sales"))

        assert rep.get(f"/journeys/paths/{Enrolment.objects.get().pk}/").status_code == 404
