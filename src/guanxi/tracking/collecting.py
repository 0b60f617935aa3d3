"""Takes a call: whose it is, what of it is kept, what it sets in motion."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction

from guanxi.ledger import actions as ledger_actions
from guanxi.ledger import visitors
from guanxi.ledger.models import Contact, Event
from guanxi.tracking import reports
from guanxi.tracking.calls import Call, Sender, Taken
from guanxi.tracking.links import contact_of_link
from guanxi.tracking.order_reports import text_of
from guanxi.tracking.persons import contact_of_traits, customer_of_group
from guanxi.tracking.vocabulary import OPEN_TO_PAGES, OURS, without_persons


@transaction.atomic
def take(*, call: Call, sender: Sender, now: datetime) -> Taken:
    """Record the call, once per `message_id`, and do what it tells of."""
    taken = Taken()
    if call.message_id and Event.objects.filter(source=sender.source, message_id=call.message_id).exists():
        return taken
    contact, is_told = _who(call, sender, now, taken)
    event = _record(call, contact, sender, now)
    if event is None:
        return taken
    taken.recorded = 1
    if contact is not None and (is_told or len(call.visitor_keys) > 1):
        joined = [key for key in call.visitor_keys if _hold(key, contact, call, sender, now)]
        _catch_up(event, joined, contact, sender, now, taken)
    if call.type == "alias":
        _join_names(call, sender, now)
    if call.type == "group":
        customer_of_group(call, contact=contact, sender=sender, now=now)
    if contact is not None:
        _carry_out(event, contact, sender, now, taken)
    return taken


def _who(call: Call, sender: Sender, now: datetime, taken: Taken) -> tuple[Contact | None, bool]:
    """The contact, and whether the call itself says so: by an address, or by the link of a mail."""
    contact = contact_of_traits(call, sender=sender, now=now, taken=taken) if call.type != "group" else None
    if contact:
        return contact, True
    known = visitors.holder_of(call.visitor_keys, at=call.occurred_at, now=now)
    if known is None and call.link:
        linked = contact_of_link(call.link, now=now)
        return linked, linked is not None
    return known, False


def _record(call: Call, contact: Contact | None, sender: Sender, now: datetime) -> Event | None:
    name, kind, object_id = call.name, "", ""
    if call.type == "track" and call.name in OURS and (not sender.is_public or call.name in OPEN_TO_PAGES):
        name, kind, given = OURS[call.name]
        object_id = text_of(call.properties, *given, longest=80) or (call.message_id or "")[:80] if kind else ""
    if call.type == "group":
        kind, object_id = "group", call.group_id[:80]
    return ledger_actions.record_event(
        name=name, occurred_at=call.occurred_at, now=now, source=sender.source, contact=contact, object_kind=kind,
        object_id=object_id, anonymous_id=call.visitor_keys[-1] if call.visitor_keys else "",
        properties=_kept(call, contact), message_id=call.message_id, historical=call.historical,
    )  # fmt: skip


def _kept(call: Call, contact: Contact | None) -> dict[str, Any]:
    properties = dict(call.properties)
    if call.traits and call.type in ("identify", "group"):
        properties["traits"] = dict(call.traits)
    if contact is None and call.type != "group":
        kept: dict[str, Any] = without_persons(properties)
        return kept
    return properties


def _hold(key: str, contact: Contact, call: Call, sender: Sender, now: datetime) -> bool:
    """Whether the name is his now. The link of a mail is weaker than an address: it takes no name from anybody."""
    if call.link and not call.traits.get("email") and visitors.is_held(key):
        return False
    visitors.hold(name=key, contact=contact, at=call.occurred_at, now=now, source=sender.source)
    return True


def _join_names(call: Call, sender: Sender, now: datetime) -> None:
    """An alias: both names are one visitor; whichever is known lends his contact to the other."""
    names = [*call.visitor_keys, *call.other_names]
    contact = visitors.holder_of(names, at=call.occurred_at, now=now)
    if contact is not None:
        for name in names:
            visitors.hold(name=name, contact=contact, at=call.occurred_at, now=now, source=sender.source)


def _catch_up(
    event: Event, names: Iterable[str], contact: Contact, sender: Sender, now: datetime, taken: Taken
) -> None:
    """An order that came before anybody knew whose it was is recorded now."""
    earlier = Event.objects.filter(
        anonymous_id__in=list(names), contact=contact, name=reports.COMPLETED, source=sender.source
    )
    for each in earlier.exclude(pk=event.pk):
        _carry_out(each, contact, sender, now, taken)


def _carry_out(event: Event, contact: Contact, sender: Sender, now: datetime, taken: Taken) -> None:
    if event.name in reports.DEEDS and not sender.is_public:
        reports.carry_out(reports.Report(event=event, contact=contact, sender=sender, now=now, taken=taken))
