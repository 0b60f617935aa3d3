"""A span of the past, played through journeys: who would have got what and when, and nothing is changed by it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import fastexcel
import pytest

from guanxi.catalogue.models import Product
from guanxi.content.models import Template
from guanxi.desk.models import Task
from guanxi.firm import actions as firm_actions
from guanxi.journeys import actions
from guanxi.journeys.models import Enrolment, Visit
from guanxi.ledger import actions as ledger_actions
from guanxi.ledger.facts import LineFacts
from guanxi.ledger.models import Contact, Customer, Event
from guanxi.offers import actions as offers_actions
from guanxi.outbox.models import Message, Verdict
from guanxi.rehearsal.rehearsing import Rehearsal, Unrehearsable, rehearse
from guanxi.rehearsal.workbook import write_workbook
from tests import cast

pytestmark = pytest.mark.django_db

THANKS = """\
key: thanks
title: Thanks
about: order
trigger: {event: order.placed, within: 3d}
entry: once per object
steps:
  - {id: code, offer: ten}
  - {id: letter, send: thanks, not_before: 2d, not_after: 9d}
  - {id: call, task: call, title: Call, due: 1d, when: {order_count: {at_least: 2}}}
"""
QUIET = """\
key: quiet
title: Quiet
trigger: {silence: 60d}
entry: {again_after: 30d}
exits: [{reason: ordered, event: order.placed}]
steps:
  - {id: letter, send: quiet, not_after: 20d}
"""
LAUNCHED = """\
key: launched
title: Launched
trigger: {launch: any, lead: 7d}
entry: each time
steps:
  - {id: letter, send: quiet, not_after: 5d, when: {event.products: Drill}}
"""
FIRST, LAST = date(2026, 1, 1), date(2026, 6, 30)


@pytest.fixture
def shop(db: None, now: datetime) -> Callable[..., None]:
    """Two journeys and their templates; the answer imports an old order of a customer."""
    firm_actions.report_in(currency="EUR")
    for key in ("thanks", "quiet"):
        template = Template.objects.create(key=key, title=key, kind="marketing", created_at=now)
        template.letters.create(
            language="en", subject="Hello", mjml="", text="Hello", html="<p>Hello</p>", published_at=now
        )
        actions.publish(text={"thanks": THANKS, "quiet": QUIET}[key], now=now)

    offers_actions.save_offer(text="name: ten\ngives: {percent_off: 10}\ncode: {}\n", now=now)

    def order(customer: Customer, number: str, placed_at: datetime) -> None:
        ledger_actions.record_order(
            customer=customer, number=number, placed_at=placed_at, currency="EUR", now=now,
            lines=[LineFacts(Decimal(1), Decimal(100))], historical=True,
        )  # fmt: skip

    return order


def played(*keys: str, assume: tuple[str, ...] = ("contact", "consent"), **wishes: Any) -> Rehearsal:
    return rehearse(first=FIRST, last=LAST, keys=keys, assume=assume, now=cast.NOW, **wishes)


def at(month: int, day: int, hour: int = 9) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=UTC)


class TestRehearse:
    def test_plays_what_the_past_would_have_started(self, shop: Callable[..., None], lena: Contact) -> None:
        """Two letters two days after each order, a task after the second; the cost of each order's code."""
        shop(lena.customer, "PO-1", at(2, 3))
        shop(lena.customer, "PO-2", at(3, 10))

        found = played("thanks").document()

        told = found["by_journey"]["thanks"]
        assert (told["entered"], told["proposed"], told["left"], told["tasks"]) == (2, 2, 2, 1)
        assert told["discount_at_most"] == "20.00"
        assert found["per_contact"]["max_per_7_days"] == 1

    def test_changes_nothing(self, shop: Callable[..., None], lena: Contact) -> None:
        shop(lena.customer, "PO-1", at(2, 3))
        tables = (Enrolment, Visit, Message, Verdict, Task, Event, Contact)
        before = [table.objects.count() for table in tables]

        played("thanks", "quiet")

        assert [table.objects.count() for table in tables] == before

    def test_hears_silence_and_what_breaks_it(self, shop: Callable[..., None], lena: Contact, diego: Contact) -> None:
        shop(lena.customer, "PO-1", at(1, 5))
        shop(diego.customer, "PO-2", at(1, 5))
        shop(diego.customer, "PO-3", at(2, 20))

        letters = played("quiet").play.letters

        assert [(each.customer_id, each.proposed_at.date()) for each in letters] == [
            (lena.customer_id, date(2026, 3, 6)), (diego.customer_id, date(2026, 4, 21)),
        ]  # fmt: skip

    def test_tells_of_a_launch_to_who_had_ordered_by_then(
        self, shop: Callable[..., None], lena: Contact, diego: Contact, now: datetime
    ) -> None:
        """J-14.1."""
        shop(lena.customer, "PO-1", at(2, 3))
        shop(diego.customer, "PO-2", at(5, 18))
        Product.objects.create(code="N-1", name="Drill", launches_on=date(2026, 5, 20))
        actions.publish(text=LAUNCHED, now=now)

        letters = played("launched").play.letters

        assert [(each.customer_id, each.proposed_at.date()) for each in letters] == [
            (lena.customer_id, date(2026, 5, 13)),
        ]  # fmt: skip

    def test_holds_by_the_readers_calendar(self, shop: Callable[..., None], fatima: Contact) -> None:
        """CN-25: two days after the order it is Ramadan in Riyadh (18 February to 19 March 2026)."""
        shop(fatima.customer, "PO-1", at(2, 16))

        told = played("thanks").document()["by_journey"]["thanks"]

        assert (told["left"], told["skipped"]) == (0, {"condition": 1, "ramadan": 1})

    def test_keeps_to_the_cap(self, shop: Callable[..., None], lena: Contact) -> None:
        """DP-09: at most three of marketing in seven days, one in a day."""
        for number in range(8):
            shop(lena.customer, f"PO-{number}", at(2, 2) + timedelta(hours=6 * number))

        found = played("thanks").document()

        assert found["per_contact"]["max_per_7_days"] <= 3
        assert found["per_contact"]["cap_hits"] > 0

    def test_says_what_is_assumed(self, shop: Callable[..., None], now: datetime) -> None:
        customer = ledger_actions.create_customer(name="No contact Ltd", now=now)
        shop(customer, "PO-1", at(2, 3))

        assumed, honest = played("thanks"), played("thanks", assume=())

        assert "Contacts are assumed for 1 customers who have none." in assumed.notes
        assert assumed.document()["proposals"] == 1
        assert honest.document()["by_journey"]["thanks"]["refused"] == {"no_address": 1}
        assert (assumed.document()["assumed"], honest.document()["assumed"]) == (["consent", "contact"], [])

    def test_without_permission_sends_nothing(self, shop: Callable[..., None], diego: Contact) -> None:
        shop(diego.customer, "PO-1", at(2, 3))

        told = played("thanks", assume=()).document()["by_journey"]["thanks"]

        assert (told["left"], told["skipped"]) == (0, {"condition": 1, "no_permission": 1})

    def test_tries_another_version(self, shop: Callable[..., None], lena: Contact) -> None:
        """Change a delay, watch the figures change."""
        shop(lena.customer, "PO-1", at(1, 5))
        shop(lena.customer, "PO-2", at(3, 1))

        published = played("quiet").document()["proposals"]
        tried = played("quiet", texts=[QUIET.replace("silence: 60d", "silence: 30d")]).document()["proposals"]

        assert (published, tried) == (1, 2)

    @pytest.mark.parametrize(
        ("wishes", "told"),
        [
            ({"first": LAST, "last": FIRST}, "comes before"),
            ({"first": date(2010, 1, 1)}, "More than five years"),
            ({"assume": ["luck"]}, "luck cannot be assumed; take of contact, consent, language"),
            ({"keys": ["j-99"]}, "There is no journey j-99; there are .*quiet, thanks"),
        ],
    )
    def test_names_what_is_wrong(self, shop: Callable[..., None], wishes: dict[str, Any], told: str) -> None:
        with pytest.raises(Unrehearsable, match=told):
            rehearse(**({"first": FIRST, "last": LAST, "now": cast.NOW} | wishes))


def test_a_workbook_has_every_letter(shop: Callable[..., None], lena: Contact, tmp_path: Path) -> None:
    shop(lena.customer, "PO-1", at(2, 3))
    path = tmp_path / "rehearsal.xlsx"

    write_workbook(played("thanks"), path)

    book = fastexcel.read_excel(path)
    letters = book.load_sheet("Letters", header_row=None).to_arrow().to_pylist()
    assert book.sheet_names == ["Journeys", "Counts", "Letters", "Tasks", "Missing"]
    assert "nothing was sent" in letters[0]["__UNNAMED__0"]
    assert list(letters[-1].values())[:4] == ["thanks", "letter", "thanks", "Alsterkontor Handels GmbH"]
