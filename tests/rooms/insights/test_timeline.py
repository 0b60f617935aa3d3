from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from guanxi.insights.timeline import Item, timeline_of
from guanxi.ledger import actions as ledger_actions
from guanxi.ledger.facts import LineFacts
from guanxi.ledger.models import Contact
from guanxi.tiering.models import Scheme, StandingChange
from tests import cast
from tests.cast import NOW

pytestmark = pytest.mark.django_db


def an_order(contact: Contact, number: str, *, days_ago: int = 10) -> None:
    ledger_actions.record_order(
        customer=contact.customer, number=number, placed_at=NOW - timedelta(days=days_ago), currency="USD", now=NOW,
        lines=[LineFacts(quantity=Decimal(1), unit_price=Decimal(5))],
    )  # fmt: skip


def a_story() -> Contact:
    lena = cast.lena()
    an_order(lena, "A-1")
    ledger_actions.write_note(
        customer=lena.customer, author=None, kind="call", text="Wants samples", happened_at=NOW, now=NOW
    )
    ledger_actions.record_event(
        name="email.clicked", occurred_at=NOW - timedelta(days=2), now=NOW, source="tracking", contact=lena,
        properties={"url": "https://example.com"},
    )  # fmt: skip
    ledger_actions.record_event(
        name="inquiry.received", occurred_at=NOW - timedelta(days=3), now=NOW, source="api", contact=lena
    )
    scheme = Scheme.objects.create(name="test", title="Test", document="", updated_at=NOW)
    StandingChange.objects.create(
        customer=lena.customer,
        scheme=scheme,
        to_tier="high",
        at=NOW - timedelta(days=1),
        cause="first",
        reason="",
    )
    return lena


def kinds(items: list[Item]) -> list[str]:
    return [item.kind for item in items]


class TestTimelineOf:
    def test_mixes_everything_newest_first_and_says_nothing_twice(self) -> None:
        lena = a_story()

        stretch = timeline_of(customer_id=lena.customer_id)

        assert kinds(stretch.items) == ["call", "tier", "email.clicked", "inquiry.received", "order"]
        assert stretch.older == ""

    @pytest.mark.parametrize(
        ("types", "expected"),
        [
            (["order"], ["order"]),
            (["answer", "note"], ["call", "email.clicked"]),
            (["inquiry"], ["inquiry.received"]),
            (["tier"], ["tier"]),
            (["event"], []),
            (["nonsense"], ["call", "tier", "email.clicked", "inquiry.received", "order"]),
        ],
    )
    def test_keeps_to_the_asked_types(self, types: list[str], expected: list[str]) -> None:
        lena = a_story()

        assert kinds(timeline_of(customer_id=lena.customer_id, types=types).items) == expected

    def test_walks_through_many_items_of_one_moment_without_loss(self) -> None:
        lena = cast.lena()
        for number in range(7):
            an_order(lena, f"A-{number}")
        ledger_actions.write_note(
            customer=lena.customer,
            author=None,
            kind="note",
            text="x",
            happened_at=NOW - timedelta(days=10),
            now=NOW,
        )

        seen: list[tuple[str, int]] = []
        cursor = ""
        for _ in range(5):
            stretch = timeline_of(customer_id=lena.customer_id, cursor=cursor, size=3)
            seen += [(item.kind, item.id) for item in stretch.items]
            cursor = stretch.older
            if not cursor:
                break

        assert len(seen) == len(set(seen)) == 8

    @pytest.mark.parametrize("cursor", ["x", "2026-01-01~2", "2026-01-01T00:00:00+00:00~-5", "~", "~1"])
    def test_reads_a_broken_cursor_as_the_beginning_or_a_bound(self, cursor: str) -> None:
        timeline_of(customer_id=cast.lena().customer_id, cursor=cursor)
