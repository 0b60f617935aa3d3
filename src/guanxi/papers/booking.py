"""A consultation that a reader books: day, hour and what it shall be about (J-01.3)."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from guanxi.ledger import actions as ledger_actions
from guanxi.ledger.models import Contact, Event

SOURCE = "booking"
FIELD, TOPIC = "consultation_at", "consultation_topic"
LONGEST_TOPIC = 500
# Nobody prepares in less, and nobody remembers what he wanted after more.
SOONEST, LATEST = timedelta(hours=4), timedelta(days=60)


class NotBookable(Exception):
    """That moment is too soon, too far or past; choose another."""


def booked_by(*, contact: Contact, now: datetime) -> datetime | None:
    """The moment of the contact's consultation that is still to come."""
    try:
        moment = datetime.fromisoformat(str(contact.fields.get(FIELD, "")))
    except ValueError:
        return None
    return moment if moment.tzinfo is not None and moment > now else None


@transaction.atomic
def book(*, contact: Contact, at: datetime, topic: str, now: datetime) -> Event | None:
    """Keep moment and topic in the contact's record and tell of the moment; another one takes its place.

    Raises NotBookable.
    """
    if not now + SOONEST <= at <= now + LATEST:
        raise NotBookable
    ledger_actions.update_contact(
        contact=contact, now=now,
        changes={"fields": {**contact.fields, FIELD: at.isoformat(), TOPIC: topic[:LONGEST_TOPIC]}},
    )  # fmt: skip
    return ledger_actions.record_event(
        name="consultation.booked", occurred_at=now, now=now, source=SOURCE, contact=contact,
        properties={"at": at.isoformat()},
    )  # fmt: skip
