"""Questions to the outbox."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, QuerySet

from guanxi.content import queries as content_queries
from guanxi.content.render import Rendered
from guanxi.firm import queries as firm_queries
from guanxi.ledger.models import Customer
from guanxi.outbox import facts, reading, reasons
from guanxi.outbox.letterbook import languages_of
from guanxi.outbox.letters import render_for
from guanxi.outbox.models import Message, SendingPolicy
from guanxi.outbox.reasons import VerdictLine
from guanxi.outbox.states import OUT_OF_THE_HOUSE, QUARANTINED, UNCERTAIN, WAITING
from guanxi.staff.models import User


@dataclass(frozen=True, slots=True)
class WhyNot:
    """Where a message stands; `deciding` are the answers that keep or kept it, `lines` all of them, newest first."""

    state: str
    due_at: datetime
    expires_at: datetime
    last_reply: str
    deciding: tuple[VerdictLine, ...]
    lines: tuple[VerdictLine, ...]


def messages_for(
    user: User, *, state: str = "", kind: str = "", origin_kind: str = "", origin_id: str = ""
) -> QuerySet[Message]:
    """The messages `user` may read, newest first; `origin_id` narrows to a journey or campaign."""
    messages = Message.objects.filter(customer__in=Customer.objects.for_user(user))
    wanted = {"state": state, "kind": kind, "origin_kind": origin_kind, "origin_id": origin_id}
    return (
        messages.filter(**{name: value for name, value in wanted.items() if value})
        .select_related("contact", "customer", "template")
        .order_by("-proposed_at", "-id")
    )


def messages_of_customer(customer_id: int, *, limit: int = 50) -> list[Message]:
    """The newest messages to the contacts of one customer."""
    messages = Message.objects.filter(customer_id=customer_id).select_related("contact", "template")
    return list(messages.order_by("-proposed_at", "-id")[:limit])


def message(message_id: int) -> Message:
    """With contact, customer, template and attempts; raises Message.DoesNotExist."""
    found = Message.objects.select_related("contact__customer", "template", "sender").prefetch_related("tries")
    return found.get(id=message_id)


def why_not(message_id: int) -> WhyNot:
    """Every gate's answer about a message; raises Message.DoesNotExist."""
    found = Message.objects.get(id=message_id)
    lines = tuple(reasons.read(found.verdicts.order_by("id")))
    latest = lines[0].at if lines else None
    deciding = tuple(line for line in lines if line.outcome != "pass" and line.at == latest)
    return WhyNot(found.state, found.due_at, found.expires_at, found.last_reply, deciding, lines)


def rendered(message_id: int) -> Rendered:
    """The version that left, or that would leave now, with plain links; raises what content raises for a letter."""
    found = message(message_id)
    firm = firm_queries.the_firm()
    letter = reading.letter_sent(found)
    if letter is None:
        languages = (found.language,) if found.language else languages_of(found.contact, firm.culture)
        letter = content_queries.letter_for(template_id=found.template_id, languages=languages)
    return render_for(found, letter, firm=firm, sender=found.sender or facts.default_sender(found.kind))


def counts_by_state() -> dict[str, int]:
    """How many messages stand where."""
    return dict(Message.objects.values_list("state").annotate(count=Count("id")).order_by("state"))


def due_count(now: datetime) -> int:
    """Messages whose moment has come, judged or not."""
    return Message.objects.filter(state__in=WAITING, due_at__lte=now).count()


def next_due_at() -> datetime | None:
    """When the next waiting message is looked at."""
    return Message.objects.filter(state__in=WAITING).order_by("due_at").values_list("due_at", flat=True).first()


def needing_a_hand() -> QuerySet[Message]:
    """Messages of unknown fate and those on which workers died: a person decides."""
    return (
        Message.objects.filter(state__in=(UNCERTAIN, QUARANTINED))
        .select_related("contact", "customer", "template")
        .order_by("-handed_at", "-id")
    )


def sent_since(moment: datetime) -> int:
    return Message.objects.filter(state__in=OUT_OF_THE_HOUSE, handed_at__gte=moment).count()


def policy() -> SendingPolicy:
    """Caps and the kill switch."""
    return facts.the_policy()
