"""Writes who came into a segment and who left it: the row, and the event of the ledger."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import F

from guanxi.kernel.parts import in_parts
from guanxi.ledger import actions as ledger_actions
from guanxi.ledger.models import Contact, Customer, Event
from guanxi.segments.models import CONTACT, DayCount, Membership, Segment
from guanxi.segments.testing import Member

AT_ONCE = 2_000
JOINED, LEFT = "segment.joined", "segment.left"
SOURCE = "segments"


def write_joined(
    segment: Segment,
    members: Sequence[Member],
    *,
    now: datetime,
    source: str,
    historical: Collection[int] | bool = False,
) -> int:
    """Put members in who are not in yet; answers how many. `historical` are the customers whose joining starts nothing.

    Who has gone since the members were found is left out.
    """
    written = 0
    for batch in in_parts(members, AT_ONCE):
        with transaction.atomic():
            new = _still_there(segment, batch) - _already_in(segment, batch)
            ordered = [member for member in batch if member in new]
            Membership.objects.bulk_create(
                Membership(segment=segment, customer_id=customer, contact_id=contact, since_at=now, source=source)
                for customer, contact in ordered
            )
            _record(segment, JOINED, ordered, now=now, historical=historical)
            written += len(ordered)
    return written


def write_left(
    segment: Segment, members: Sequence[Member], *, now: datetime, historical: Collection[int] | bool = False
) -> int:
    """Take members out; answers how many were in."""
    written = 0
    for batch in in_parts(members, AT_ONCE):
        with transaction.atomic():
            gone = [member for member in batch if member in _already_in(segment, batch)]
            rows = Membership.objects.filter(segment=segment)
            if segment.level == CONTACT:
                rows = rows.filter(contact_id__in=[contact for _, contact in gone])
            else:
                rows = rows.filter(customer_id__in=[customer for customer, _ in gone], contact__isnull=True)
            rows.delete()
            _record(segment, LEFT, gone, now=now, historical=historical)
            written += len(gone)
    return written


def count_day(segment: Segment, *, joined: int, left: int, now: datetime, zone: object) -> None:
    """Note on the day of the firm how many are in, and add who came and went."""
    on = now.astimezone(zone).date()  # type: ignore[arg-type]
    row, _ = DayCount.objects.get_or_create(segment=segment, on=on, defaults={"members": segment.member_count})
    DayCount.objects.filter(pk=row.pk).update(
        members=segment.member_count, joined=F("joined") + joined, left=F("left") + left
    )


def _record(
    segment: Segment, name: str, members: Sequence[Member], *, now: datetime, historical: Collection[int] | bool
) -> None:
    """One event per member; a contact stands in it when the segment is of contacts."""

    def is_old(customer_id: int) -> bool:
        return historical if isinstance(historical, bool) else customer_id in historical

    present = set(
        Customer.objects.filter(pk__in=[customer for customer, _ in members]).values_list("pk", flat=True)
    )  # fmt: skip
    ledger_actions.record_events([
        Event(
            name=name, customer_id=customer, contact_id=contact, object_kind="segment", object_id=segment.key,
            properties={"title": segment.title, "key": segment.key}, occurred_at=now, recorded_at=now, source=SOURCE,
            is_historical=is_old(customer), is_unread=not is_old(customer),
        )
        for customer, contact in members
        if customer in present
    ])  # fmt: skip


def _already_in(segment: Segment, members: Sequence[Member]) -> set[Member]:
    rows = Membership.objects.filter(segment=segment, customer_id__in={customer for customer, _ in members})
    return set(rows.values_list("customer_id", "contact_id"))


def _still_there(segment: Segment, members: Sequence[Member]) -> set[Member]:
    if segment.level == CONTACT:
        rows = Contact.objects.filter(pk__in=[contact for _, contact in members])
        there: set[Member] = set(rows.values_list("customer_id", "pk"))
        return there & set(members)
    rows_of_customers = Customer.objects.current().filter(pk__in=[customer for customer, _ in members])
    return {(pk, None) for pk in rows_of_customers.values_list("pk", flat=True)}
