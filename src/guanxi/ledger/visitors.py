"""Whose visits these are: the names of visitors (`user:…` of an account, `anon:…` of a browser) and who held them.

The rule, also for two people on one device: a name belongs, at each moment, to whoever identified himself with it last
before that moment; what came before the first identification belongs to the first. So an old event that arrives late
goes to whoever held the name when it happened, and what one person did never moves to the next.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import connection, transaction

from guanxi.kernel.instances import made
from guanxi.ledger.actions import join_visitor, record_event
from guanxi.ledger.models import Contact, Event, Identity

SOURCE, KIND = "visitor", "anonymous"
MARK = "Identify"
# Events younger than this are taken for live: the present holder's.
LATE = timedelta(minutes=1)
# Asked for every call of a shop, which of the contact needs no more; anything else is fetched when it is read.
HOLDER = (
    "SELECT contact.id, contact.customer_id FROM ledger_identity named JOIN ledger_contact contact"
    " ON contact.id = named.contact_id WHERE named.source = %s AND named.kind = %s AND named.value = %s"
)


def holder_of(names: Sequence[str], *, at: datetime, now: datetime) -> Contact | None:
    """Who held the first of these names that anybody holds, at the moment `at`."""
    for name in names:
        if (holder := _holder_now(name)) is not None:
            return holder if now - at <= LATE else _holder_then(name, at) or holder
    return None


def _holder_now(name: str) -> Contact | None:
    with connection.cursor() as cursor:
        cursor.execute(HOLDER, [SOURCE, KIND, name])
        row = cursor.fetchone()
    return made(Contact, ("id", "customer_id"), row) if row else None


def _holder_then(name: str, at: datetime) -> Contact | None:
    """By the marks that identifications leave among the visitor's events."""
    marks = Event.objects.filter(anonymous_id=name, name=MARK, contact__isnull=False).select_related(
        "contact__customer"
    )
    mark = marks.filter(occurred_at__lte=at).order_by("-occurred_at", "-id").first()
    mark = mark or marks.order_by("occurred_at", "id").first()
    return mark.contact if mark else None


def is_held(name: str) -> bool:
    return Identity.objects.filter(source=SOURCE, kind=KIND, value=name).exists()


@transaction.atomic
def hold(*, name: str, contact: Contact, at: datetime, now: datetime, source: str) -> int:
    """From `at` on the name is this contact's; what nobody was known to have done under it is given to him.

    Returns how many events that were.
    """
    held = Identity.objects.select_for_update().filter(source=SOURCE, kind=KIND, value=name).first()
    if held is None:
        Identity.objects.create(source=SOURCE, kind=KIND, value=name, customer_id=contact.customer_id, contact=contact)
    elif held.contact_id == contact.pk:
        return join_visitor(anonymous_id=name, contact=contact)
    elif _marked_after(name, at):  # an old identification that arrives late changes nothing of today
        pass
    else:
        held.contact, held.customer_id = contact, contact.customer_id
        held.save(update_fields=["contact", "customer_id"])
    _leave_mark(name, contact, at, now, source)
    return join_visitor(anonymous_id=name, contact=contact)


def _marked_after(name: str, at: datetime) -> bool:
    return Event.objects.filter(anonymous_id=name, name=MARK, contact__isnull=False, occurred_at__gt=at).exists()


def _leave_mark(name: str, contact: Contact, at: datetime, now: datetime, source: str) -> None:
    """The identification itself carries one of the names only; a mark stands for each other one."""
    if not Event.objects.filter(anonymous_id=name, name=MARK, contact=contact, occurred_at=at).exists():
        record_event(
            name=MARK, occurred_at=at, now=now, source=source, contact=contact, anonymous_id=name, historical=True
        )
