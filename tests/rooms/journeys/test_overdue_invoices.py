"""An invoice whose due day is over unpaid is noticed by the day, once, and never by an import (D-10, RD-13)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from guanxi.content.models import Template
from guanxi.journeys.models import Enrolment
from guanxi.ledger.bulk import Batch
from guanxi.ledger.bulk_money import InvoiceRecord, record_invoices
from guanxi.ledger.models import Contact, Event, Invoice
from guanxi.ledger.overdue import notice_overdue
from guanxi.rehearsal.rehearsing import rehearse

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
REMINDER = """\
key: reminder
title: Reminder
about: invoice
trigger: {event: invoice.overdue}
entry: once per object
exits: [{reason: paid, when: {invoice_state: paid}}]
steps:
  - {id: first, send: hello, not_after: 5d}
  - {id: wait, wait: 7d}
  - {id: second, send: hello, not_after: 5d}
"""


@pytest.fixture
def bill(lena: Contact, now: datetime) -> Callable[..., Invoice]:
    """Put an invoice on record by a file of history, read at the moment `at`."""

    def written(due_on: date, at: datetime = now, **known: Any) -> Invoice:
        record = InvoiceRecord(
            number=f"R-{due_on}", customer_id=lena.customer_id, issued_on=due_on - 30 * DAY, currency="EUR",
            amount=Decimal(900), due_on=due_on, **known,
        )  # fmt: skip
        record_invoices(Batch(id=1, source="books", now=at, is_historical=True), [record])
        return Invoice.objects.get(number=record.number)

    return written


def overdue() -> list[str]:
    return list(Event.objects.filter(name="invoice.overdue").order_by("id").values_list("object_id", flat=True))


class TestAnOverdueInvoice:
    def test_is_told_once_on_the_day_after_it_was_due(self, bill: Callable[..., Invoice], now: datetime) -> None:
        invoice = bill(now.date() + DAY)

        assert [notice_overdue(now=now + number * DAY) for number in (1, 2, 3, 4)] == [0, 1, 0, 0]
        assert overdue() == [str(invoice.pk)]

    def test_is_told_when_the_program_stood_still(self, bill: Callable[..., Invoice], now: datetime) -> None:
        bill(now.date())

        assert notice_overdue(now=now + 6 * DAY) == 1

    @pytest.mark.parametrize("ago", [1, 5, 400])
    def test_is_not_told_of_a_file_of_old_invoices(self, bill: Callable[..., Invoice], now: datetime, ago: int) -> None:
        """RD-13: it was due before anybody here knew of it."""
        bill(now.date() - ago * DAY)

        assert notice_overdue(now=now) == 0

    def test_is_not_told_when_it_was_paid(self, bill: Callable[..., Invoice], now: datetime) -> None:
        bill(now.date(), paid_on=now.date())

        assert notice_overdue(now=now + DAY) == 0

    def test_starts_a_journey_that_ends_when_it_is_paid(
        self, firm: Any, publish: Callable[[str], Any], bill: Callable[..., Invoice], lena: Contact
    ) -> None:
        """J-38: the state of an invoice as a trigger, and as a condition before each step."""
        Template.objects.create(key="hello", title="Hello", kind="service", created_at=firm.now)
        publish(REMINDER)
        invoice = bill(firm.now.date())
        firm.now += DAY
        notice_overdue(now=firm.now)
        firm.turn()
        assert firm.letters() == ["hello"]

        Invoice.objects.filter(pk=invoice.pk).update(paid_on=firm.now.date())
        firm.later(days=8)

        assert Enrolment.objects.get().end_reason == "paid"
        assert firm.letters() == ["hello"]

    def test_is_replayed_by_a_rehearsal(
        self, now: datetime, publish: Callable[[str], Any], bill: Callable[..., Invoice]
    ) -> None:
        Template.objects.create(key="hello", title="Hello", kind="service", created_at=now)
        publish(REMINDER)
        due_on = now.date() - 40 * DAY
        bill(due_on, paid_on=due_on + 4 * DAY)
        bill(due_on + DAY, paid_on=due_on)

        found = rehearse(first=due_on - 9 * DAY, last=due_on + 30 * DAY, keys=["reminder"], now=now)

        assert [(letter.step, letter.proposed_at.date()) for letter in found.play.letters] == [("first", due_on + DAY)]
