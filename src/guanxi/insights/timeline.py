"""One list of what happened with a customer: orders, mails, answers, inquiries, notes, tier moves, newest first."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.db.models import QuerySet
from django.db.models.functions import Coalesce

from guanxi.insights.interest import BROWSING
from guanxi.ledger.models import Event, Note, Order
from guanxi.outbox.models import Message, Verdict
from guanxi.tiering.models import StandingChange

PAGE_SIZE = 30
TYPES = ("order", "mail", "answer", "inquiry", "note", "tier", "event", "visit")
# Single page views would drown the rest; they are shown when asked for, and summed up in the section on behaviour.
UNASKED = frozenset(TYPES) - {"visit"}
# Events that only say again what a row of its own says better.
TOLD_ELSEWHERE = ("order.placed", "order.credited", "email.sent", "standing.changed", "note.written")
TYPE_OF_EVENT = {
    "order.stage_changed": "order", "order.news": "order", "invoice.issued": "order", "invoice.paid": "order",
    "invoice.overdue": "order",
    "email.opened": "answer", "email.clicked": "answer", "email.bounced": "answer", "email.complained": "answer",
    "email.replied": "answer", "email.answered_by_program": "answer",
    "inquiry.received": "inquiry", "inquiry.answered": "inquiry", "consultation.booked": "inquiry",
    **dict.fromkeys(sorted(BROWSING | {"Identify", "Group", "Alias"}), "visit"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that happened. `kind` names the partial that shows it, `facts` are its plain values."""

    type: str
    kind: str
    id: int
    at: datetime
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of the timeline and the cursor of the next, older one; empty when there is none."""

    items: list[Item]
    older: str


def timeline_of(*, customer_id: int, types: Iterable[str] = (), cursor: str = "", size: int = PAGE_SIZE) -> Stretch:
    """The newest `size` items of the asked types (all when empty), or those after `cursor`.

    The cursor is a moment and how many items of that very moment were shown, since imports put many on one.
    """
    before, shown = _read_cursor(cursor)
    wanted = set(types) & set(TYPES) or set(UNASKED)
    found: list[Item] = []
    for reader in _readers(wanted):
        found.extend(reader(customer_id, before, size + shown + 1))
    # Stable: within one moment the readers' order stays, and each reader's own newest-id-first.
    found.sort(key=lambda item: item.at, reverse=True)
    items, rest = found[shown : shown + size], found[shown + size :]
    return Stretch(items, _cursor_after(items, before, shown) if rest and items else "")


Reader = Callable[[int, datetime | None, int], list[Item]]


def _readers(wanted: set[str]) -> list[Reader]:
    readers: list[Reader] = []
    if "order" in wanted:
        readers.append(_orders)
    if "mail" in wanted:
        readers.append(_mails)
    if "note" in wanted:
        readers.append(_notes)
    if "tier" in wanted:
        readers.append(_moves)
    if wanted & {"order", "answer", "inquiry", "event", "visit"}:
        readers.append(lambda key, before, limit: _events(key, before, limit, wanted))
    return readers


def _newest(rows: QuerySet[Any], moment: str, before: datetime | None, limit: int) -> Iterable[Any]:
    if before is not None:
        rows = rows.filter(**{f"{moment}__lte": before})
    return rows.order_by(f"-{moment}", "-id")[:limit]


def _orders(customer_id: int, before: datetime | None, limit: int) -> list[Item]:
    rows = Order.objects.filter(customer_id=customer_id)
    return [
        Item("order", each.kind, each.pk, each.placed_at, {
            "number": each.number, "amount": each.amount, "currency": each.currency, "stage": each.stage,
        })
        for each in _newest(rows, "placed_at", before, limit)
    ]  # fmt: skip


def _mails(customer_id: int, before: datetime | None, limit: int) -> list[Item]:
    rows = Message.objects.filter(customer_id=customer_id).select_related("contact", "template")
    rows = rows.annotate(moment=Coalesce("accepted_at", "proposed_at"))
    messages = list(_newest(rows, "moment", before, limit))
    verdicts = newest_verdicts([each.pk for each in messages])
    return [
        Item("mail", "mail", each.pk, each.accepted_at or each.proposed_at, {
            "subject": each.subject or each.template.title, "template": each.template.key, "state": each.state,
            "kind": each.kind, "contact": str(each.contact), "language": each.language,
            **_verdict_facts(verdicts.get(each.pk)),
        })
        for each in messages
    ]  # fmt: skip


def newest_verdicts(messages: list[int]) -> dict[int, Verdict]:
    """Why each message waits or stays: of its latest judgement the first drop, else the longest hold."""
    decisive: dict[int, Verdict] = {}
    for verdict in Verdict.objects.filter(message__in=messages).exclude(outcome="pass").order_by("at", "id"):
        known = decisive.get(verdict.message_id)
        if known is None or _weight(verdict) > _weight(known):
            decisive[verdict.message_id] = verdict
    return decisive


def _weight(verdict: Verdict) -> tuple[datetime, bool, datetime]:
    return verdict.at, verdict.outcome == "drop", verdict.until_at or verdict.at


def _verdict_facts(verdict: Verdict | None) -> dict[str, Any]:
    if verdict is None:
        return {"reason": "", "until_at": None, "detail": {}}
    return {"reason": verdict.reason, "until_at": verdict.until_at, "detail": verdict.detail}


def _notes(customer_id: int, before: datetime | None, limit: int) -> list[Item]:
    rows = Note.objects.filter(customer_id=customer_id).select_related("author", "contact")
    return [
        Item("note", each.kind, each.pk, each.happened_at, {
            "text": each.text, "author": str(each.author) if each.author else "",
            "contact": str(each.contact) if each.contact else "",
        })
        for each in _newest(rows, "happened_at", before, limit)
    ]  # fmt: skip


def _moves(customer_id: int, before: datetime | None, limit: int) -> list[Item]:
    rows = StandingChange.objects.filter(customer_id=customer_id).select_related("scheme", "decided_by")
    return [
        Item("tier", "tier", each.pk, each.at, {
            "scheme": each.scheme.title, "scheme_name": each.scheme.name, "from": each.from_tier, "to": each.to_tier,
            "cause": each.cause, "figures": dict(each.figures),
            "decided_by": str(each.decided_by) if each.decided_by else "",
        })
        for each in _newest(rows, "at", before, limit)
    ]  # fmt: skip


def _events(customer_id: int, before: datetime | None, limit: int, wanted: set[str]) -> list[Item]:
    rows = Event.objects.filter(customer_id=customer_id).exclude(name__in=TOLD_ELSEWHERE).select_related("contact")
    named = [name for name, type_ in TYPE_OF_EVENT.items() if type_ in wanted]
    if "event" not in wanted:
        rows = rows.filter(name__in=named)
    else:
        rows = rows.exclude(name__in=[name for name in TYPE_OF_EVENT if name not in named])
    return [
        Item(TYPE_OF_EVENT.get(each.name, "event"), each.name, each.pk, each.occurred_at, {
            "properties": dict(each.properties), "text": _told(each.properties),
            "contact": str(each.contact) if each.contact else "",
            "object_kind": each.object_kind, "object_id": each.object_id, "source": each.source,
        })
        for each in _newest(rows, "occurred_at", before, limit)
    ]  # fmt: skip


def _told(properties: dict[str, Any]) -> str:
    """What the event itself says in words: of an inquiry its text, of a visited page its title."""
    return next((str(properties[name]) for name in ("text", "subject", "title", "url") if properties.get(name)), "")


def _cursor_after(items: list[Item], before: datetime | None, shown: int) -> str:
    last = items[-1].at
    same = sum(1 for item in items if item.at == last) + (shown if last == before else 0)
    return f"{last.astimezone(UTC).isoformat()}~{same}"


def _read_cursor(cursor: str) -> tuple[datetime | None, int]:
    moment, _, shown = cursor.partition("~")
    try:
        before, count = datetime.fromisoformat(moment), int(shown)
    except ValueError:
        return None, 0
    return (before, max(0, min(count, 10_000))) if before.tzinfo else (None, 0)
