"""What the measures read, once per report: orders in order of time, standings, and which data there are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from itertools import pairwise

from guanxi.budget.models import Expense
from guanxi.firm import queries as firm_queries
from guanxi.firm.models import Firm
from guanxi.journeys.models import Enrolment
from guanxi.ledger.models import NOT_ORDERED, Contact, Event, Order
from guanxi.outbox.models import Message
from guanxi.tiering import queries as tiering_queries
from guanxi.tiering.models import Standing

TOUCHES = (
    "inquiry.received", "contact.registered", "page.viewed", "quotation.sent", "sample.shipped", "document.downloaded",
    "webinar.registered",
)  # fmt: skip
# Data older than this are judged as of their own end, not of today.
STALE = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Bought:
    """One order: whose, when, and its worth in the reporting currency (nothing without a rate)."""

    customer_id: int
    at: datetime
    amount: float


class Data:
    """The workspace as of a moment: now, or the newest order's when that is long past."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.firm: Firm = firm_queries.the_firm()

    @cached_property
    def orders(self) -> list[Bought]:
        rows = Order.objects.filter(kind="order", placed_at__lte=self.now).exclude(stage__in=NOT_ORDERED)
        columns = rows.order_by("placed_at", "id").values_list("customer_id", "placed_at", "amount_reporting")
        return [Bought(pk, at, float(amount or 0)) for pk, at, amount in columns.iterator(chunk_size=10_000)]

    @cached_property
    def as_of(self) -> datetime:
        newest = self.orders[-1].at + timedelta(seconds=1) if self.orders else self.now
        return newest if newest < self.now - STALE else self.now

    @cached_property
    def by_customer(self) -> dict[int, list[Bought]]:
        found: dict[int, list[Bought]] = defaultdict(list)
        for each in self.orders:
            found[each.customer_id].append(each)
        return found

    @cached_property
    def tiers(self) -> dict[int, str]:
        """By customer, in the default scheme, as they stand."""
        scheme = tiering_queries.default_scheme()
        return dict(Standing.objects.filter(scheme=scheme).values_list("customer_id", "tier")) if scheme else {}

    def between(self, begin: datetime, end: datetime) -> list[Bought]:
        return [each for each in self.orders if begin <= each.at < end]


def months_until(until: datetime, count: int, step: int = 1) -> list[tuple[datetime, datetime]]:
    """The calendar months (or quarters) up to the one of `until`, the oldest first."""
    place = until.year * 12 + (until.month - 1) // step * step
    begins = [
        until.replace(year=at // 12, month=at % 12 + 1, day=1, hour=0, minute=0, second=0, microsecond=0)
        for at in range(place - step * (count - 1), place + step + 1, step)
    ]
    return list(pairwise(begins))


# What a definition may need: whether it is there.
THERE: dict[str, Callable[[], bool]] = {
    "orders": lambda: Order.objects.filter(kind="order").exists(),
    "expenses": lambda: Expense.objects.exists(),
    "standings": lambda: Standing.objects.filter(scheme__is_default=True).exists(),
    "touches": lambda: Event.objects.filter(name__in=TOUCHES, customer__isnull=False).exists(),
    "inquiries": lambda: Event.objects.filter(name="inquiry.received").exists(),
    "feedback": lambda: Event.objects.filter(name="feedback.given").exists(),
    "contacts": lambda: Contact.objects.exists(),
    "mails": lambda: Message.objects.filter(state="accepted").exists(),
    "held_out": lambda: Enrolment.objects.filter(state="heldout", journey__source__in=("J-17", "J-31")).exists(),
    "order_news": lambda: Enrolment.objects.filter(journey__source="J-04").exists(),
    "j16": lambda: Enrolment.objects.filter(journey__source="J-16").exists(),
    "j22_mails": lambda: Message.objects.filter(state="accepted", template__key__startswith="j-22").exists(),
}


def lacking(needs: Sequence[str]) -> list[str]:
    """Which of the needed kinds of data this workspace has not got."""
    return [need for need in needs if not THERE[need]()]
