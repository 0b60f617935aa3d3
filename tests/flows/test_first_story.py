"""The first story: from the spreadsheet to the mail in the drawer, and back by a click.

A firm in Ningbo brings two years of orders, its buyers and their consents as files. Lena in Hamburg orders anew and
hears of her order in German. Yuki in Osaka falls silent, is found dormant, gets a coupon in Japanese when her office
is open, and clicks: the journey lets her go.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client

from guanxi.content import actions as content_actions
from guanxi.firm import actions as firm_actions
from guanxi.intake import actions as intake_actions
from guanxi.intake.importing import Wishes
from guanxi.journeys import actions as journeys_actions
from guanxi.journeys.models import Enrolment
from guanxi.kernel import clock
from guanxi.ledger import actions as ledger_actions
from guanxi.ledger.facts import LineFacts
from guanxi.ledger.models import Contact, Customer, Event, Order
from guanxi.offers import actions as offers_actions
from guanxi.outbox import actions as outbox_actions
from guanxi.outbox.models import Message
from guanxi.pipeline.day import run_day
from guanxi.pipeline.pulse import pulse
from guanxi.tiering import actions as tiering_actions
from guanxi.tiering import queries as tiering_queries

# The yearly letter (J-20) comes on a day that hangs on the number of the contact.
pytestmark = pytest.mark.django_db(transaction=True, reset_sequences=True)

WEDNESDAY = datetime(2026, 5, 13, 8, 0, tzinfo=UTC)
BROWSER = {"User-Agent": "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"}

CONTACTS = """\
Customer ID,Company,Country,City,Email,First Name,Last Name,Salutation,Position,Language,Time Zone
C-1,Alsterkontor Handels GmbH,Germany,Hamburg,lena@alsterkontor.example,Lena,Petersen,Frau Dr.,Einkauf,de,Europe/Berlin
C-2,難波物産株式会社,Japan,Osaka,yuki@nambabussan.example,由紀,田中,,課長,ja,Asia/Tokyo
C-3,Ferretería La Silla,Mexico,Monterrey,diego@ferrelasilla.example,Diego,Garza,Sr.,,es,America/Monterrey
"""
CONSENTS = """\
Email,Purpose,State,Obtained At,Basis,Consent Source,Method,Wording
yuki@nambabussan.example,marketing,granted,2025-02-01,consent,Osaka fair,form,新商品のご案内を受け取ります。
yuki@nambabussan.example,tracking,granted,2025-02-01,consent,Osaka fair,form,開封状況の確認に同意します。
"""


def the_orders() -> str:
    """Two years: Lena every month until April, Diego now and then, Yuki every two months until 20 November 2025."""
    rows = ["Order Number,Customer ID,Order Date,Amount,Currency"]
    rows += [f"L-{month},C-1,2025-{month:02d}-15,{900 + month},USD" for month in range(1, 13)]
    rows += [f"L-{12 + month},C-1,2026-{month:02d}-15,{950 + month},USD" for month in range(1, 5)]
    rows += [f"Y-{month},C-2,2025-{month:02d}-20,{400 + month},USD" for month in (3, 5, 7, 9, 11)]
    rows += ["D-1,C-3,2025-08-01,300,USD", "D-2,C-3,2026-03-01,300,USD"]
    return "\n".join(rows) + "\n"


class Story:
    """The firm, its clock, and what a reader can see from outside."""

    def __init__(self, folder: Path, data_folder: Path) -> None:
        self.folder, self.drawer = folder, data_folder / "drawer"
        self.now = WEDNESDAY

    def move_in(self) -> None:
        tiering_actions.install_presets(now=self.now)
        content_actions.install_library(now=self.now)
        offers_actions.install_library(now=self.now)
        journeys_actions.install_library(now=self.now)
        firm_actions.describe_firm(
            changes={
                "name": "Ningbo Beilun Lamps Co., Ltd.", "postal_address": "88 Harbour Road\nNingbo\nChina",
                "website": "https://www.beilun-lamps.example/",
            }
        )  # fmt: skip
        outbox_actions.set_sender(name="Ada Lin", address="ada@beilun-lamps.example")

    def bring(self, name: str, text: str, kind: str) -> None:
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        wishes = Wishes(kind=kind, source="books")
        answer = intake_actions.import_file(path=path, wishes=wishes, now=self.now)
        assert answer["rejected"] == 0, answer["rejects"]

    def tier_of(self, name: str) -> str:
        customer = Customer.objects.get(name=name)
        return next(each.tier for each in tiering_queries.standings_of(customer.pk) if each.scheme.is_default)

    def pulse(self, **later: float) -> dict[str, Any]:
        self.now += timedelta(**later)
        return pulse(at=self.now)

    def mails_to(self, address: str) -> list[EmailMessage]:
        """What lies in the drawer for this reader, oldest first."""
        mails = [
            message_from_bytes(path.read_bytes(), policy=policy.default) for path in sorted(self.drawer.glob("*.eml"))
        ]
        return [mail for mail in mails if address in str(mail["To"])]  # type: ignore[misc]


@pytest.fixture
def story(tmp_path: Path, data_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Story:
    told = Story(tmp_path, data_folder)
    monkeypatch.setattr(clock, "utc_now", lambda: told.now)
    told.move_in()
    told.bring("buyers.csv", CONTACTS, "contacts")
    told.bring("orders.csv", the_orders(), "orders")
    told.bring("consents.csv", CONSENTS, "consents")
    return told


def text_of(mail: EmailMessage, kind: str = "plain") -> str:
    part = mail.get_body((kind,))
    assert part is not None
    return str(part.get_content())


def first_link(mail: EmailMessage) -> str:
    """The first tracked link of the HTML part, as a path of our own server."""
    found = re.search(r'href="([^"]+/p/c/[^"]+)"', text_of(mail, "html"))
    assert found is not None
    return urlsplit(found[1]).path


class TestTheFirstStory:
    def test_history_makes_tiers_but_writes_to_nobody(self, story: Story) -> None:
        run_day(at=story.now)
        story.pulse()

        assert (Order.objects.count(), Contact.objects.count()) == (23, 3)
        assert story.tier_of("Alsterkontor Handels GmbH") == "high"
        assert story.tier_of("難波物産株式会社") != "dormant"
        assert not Message.objects.exists()
        assert not Event.objects.filter(is_unread=True).exists()

    def test_a_live_order_brings_its_news_in_german(self, story: Story) -> None:
        run_day(at=story.now)
        story.pulse()
        lena = Contact.objects.get(email_key="lena@alsterkontor.example")
        order = ledger_actions.record_order(
            customer=lena.customer, contact=lena, number="L-17", placed_at=story.now, currency="USD", now=story.now,
            lines=[LineFacts(quantity=Decimal(100), unit_price=Decimal(12))],
        )  # fmt: skip
        story.pulse(minutes=1)
        ledger_actions.change_stage(order=order, stage="in_production", now=story.now)
        story.pulse(days=1)
        ledger_actions.change_stage(
            order=order, stage="shipped", now=story.now, carrier="COSCO", tracking_number="COSU1",
            tracking_url="https://tracking.example/COSU1",
        )  # fmt: skip
        story.pulse(days=7)

        mails = story.mails_to("lena@alsterkontor.example")
        assert [mail["Content-Language"] for mail in mails] == ["de"] * len(mails)
        assert "Sehr geehrte Frau Dr. Petersen" in text_of(mails[0])
        assert "L-17" in str(mails[0]["Subject"])
        assert "List-Unsubscribe" not in mails[0]
        sent = Message.objects.filter(state="accepted").order_by("id").values_list("template__key", flat=True)
        assert list(sent) == ["j-04.1", "j-04.2", "j-04.3"]

        page = Client().get(first_link(mails[0]), headers=BROWSER)
        assert page.status_code == 302
        progress = Client().get(urlsplit(page["Location"]).path).content.decode()
        assert "Ihre Bestellung L-17" in progress
        assert "https://tracking.example/COSU1" in progress

    def test_a_silent_buyer_is_woken_in_her_own_time_and_answers_by_a_click(self, story: Story) -> None:
        run_day(at=story.now)
        story.pulse()
        story.now = datetime(2026, 5, 22, 17, 0, tzinfo=UTC)  # a Friday; two o'clock on Saturday morning in Osaka
        run_day(at=story.now)
        assert story.tier_of("難波物産株式会社") == "dormant"

        story.pulse()
        held = Message.objects.get()
        assert (held.template.key, held.state, story.mails_to("yuki@nambabussan.example")) == ("j-17.1", "held", [])
        assert held.due_at.astimezone(UTC) == datetime(2026, 5, 25, 0, 0, tzinfo=UTC)  # Monday, nine o'clock there

        story.now = held.due_at
        story.pulse()
        [mail] = story.mails_to("yuki@nambabussan.example")
        assert mail["Content-Language"] == "ja"
        assert "田中課長" in text_of(mail)
        assert "BACK-" in text_of(mail)
        assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"

        story.now += timedelta(hours=2)
        assert Client().get(first_link(mail), headers=BROWSER).status_code == 302
        story.pulse(minutes=1)
        assert Enrolment.objects.get().state == "active"  # a scanner could still show itself (RP-43)

        told = story.pulse(minutes=10)
        click = Event.objects.get(name="email.clicked")
        assert (click.properties["verdict"], click.customer) == ("human", held.customer)
        assert told["left"] == 1
        assert (Enrolment.objects.get().state, Enrolment.objects.get().end_reason) == ("left", "reacted")
        story.pulse(days=40)
        assert len(story.mails_to("yuki@nambabussan.example")) == 1

    def test_a_silent_buyer_who_says_nothing_hears_three_times_and_may_leave_by_one_click(self, story: Story) -> None:
        run_day(at=story.now)
        story.now = datetime(2026, 5, 25, 1, 0, tzinfo=UTC)
        run_day(at=story.now)
        for _ in range(20):
            story.pulse(days=1)
        mails = story.mails_to("yuki@nambabussan.example")
        assert len(mails) == 2

        link = str(mails[1]["List-Unsubscribe"]).split(">")[0].strip("<")
        answer = Client().post(
            urlsplit(link).path, "List-Unsubscribe=One-Click", content_type="application/x-www-form-urlencoded"
        )
        assert answer.status_code == 200
        for _ in range(20):
            story.pulse(days=1)
        assert len(story.mails_to("yuki@nambabussan.example")) == 2
        assert Message.objects.get(template__key="j-17.3").state == "suppressed"
