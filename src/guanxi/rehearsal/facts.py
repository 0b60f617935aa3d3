"""The facts of journeys.conditions.FACTS, answered from the past as of a moment; the same names, the same meaning."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from guanxi.consent import queries as consent_queries
from guanxi.consent import reaching
from guanxi.consent.rules import MARKETING, is_in_force, may_send
from guanxi.journeys import trade
from guanxi.journeys.facts.answers import ANSWERS, is_answer
from guanxi.journeys.facts.asking import Subject, is_about
from guanxi.journeys.facts.money import whole_years
from guanxi.ledger import overdue
from guanxi.ledger.models import Invoice, Order
from guanxi.offers.models import PriceBreak
from guanxi.recommendations import queries as recommendations_queries
from guanxi.recommendations.models import AffinityRun
from guanxi.rehearsal.coupons import Coupons
from guanxi.rehearsal.papers import Papers
from guanxi.rehearsal.past import OPENED, SOLVED, Past
from guanxi.rehearsal.play import Traveller
from guanxi.supply import queries as supply_queries
from guanxi.tiering import review_queries
from guanxi.tiering.sleeping import SLEEPING

Answer = Callable[["Asked", str], Any]


class Asked:
    """One subject at one moment of the past."""

    def __init__(
        self, past: Past, subject: Subject, order: Order | None, stage: str, now: datetime, *,
        papers: Papers, under_way: Sequence[Traveller], coupons: Coupons,
    ) -> None:  # fmt: skip
        self.past, self.subject, self.order, self.stage, self.now = past, subject, order, stage, now
        self.papers, self.under_way, self.coupons = papers, under_way, coupons

    @property
    def customer_id(self) -> int:
        return self.subject.customer.id

    def orders(self, after: datetime | None = None) -> list[Order]:
        return self.past.orders_between(self.customer_id, after, self.now)


def facts_of(asked: Asked, names: Collection[str]) -> dict[str, Any]:
    return {name: _answer(asked, name) for name in names}


def _answer(asked: Asked, name: str) -> Any:
    head, point, rest = name.partition(".")
    return ANSWERED[f"{head}{point}"](asked, rest)


def _tier(asked: Asked, _: str) -> str:
    return asked.past.tier_of(asked.customer_id, asked.past.default_scheme, asked.now)


def _invoice(asked: Asked, _: str) -> str:
    subject = asked.subject
    if subject.object_kind != "invoice" or not subject.object_id.isdigit():
        return ""
    number = int(subject.object_id)
    invoice = _remembered(asked, ("invoice", number), lambda: Invoice.objects.filter(pk=number).first())
    return overdue.state_of(invoice, asked.past.day_of(asked.now)) if invoice else ""


def _field(asked: Asked, name: str) -> Any:
    return asked.subject.contact.fields.get(name, asked.subject.customer.fields.get(name))


def _segments(asked: Asked, _: str) -> tuple[str, ...]:
    mine = asked.past.segments.get(asked.customer_id, [])
    return tuple(key for key, contact_id in mine if contact_id in {None, asked.subject.contact.id})


def _trait(asked: Asked, name: str) -> bool:
    today = asked.now.date()
    return any(
        each.name == name and each.since_on <= today and (each.until_on is None or each.until_on >= today)
        for each in asked.past.traits.get(asked.customer_id, [])
    )


def _days_since_order(asked: Asked, _: str) -> int | None:
    orders = asked.orders()
    return (asked.now - orders[-1].placed_at).days if orders else None


def _years(asked: Asked, _: str) -> int | None:
    orders = asked.orders()
    began = asked.subject.customer.cooperation_since or (orders[0].placed_at.date() if orders else None)
    return None if began is None else whole_years(began, asked.now.date())


def _answered(asked: Asked, _: str) -> bool:
    return any(
        each.happening.name in ANSWERS and is_answer(each.happening.name, each.happening.properties)
        for each in asked.past.told_between(asked.customer_id, asked.subject.since_at, asked.now)
    )


def _opened(asked: Asked, _: str) -> bool:
    return _answered(asked, "") or any(
        each.happening.name == "email.opened" and each.happening.properties.get("verdict") == "human"
        for each in asked.past.told_between(asked.customer_id, asked.subject.since_at, asked.now)
    )


def _happened(asked: Asked, name: str) -> bool:
    return any(
        each.happening.name == name and is_about(asked.subject, each.happening.object_kind, each.happening.object_id)
        for each in asked.past.told_between(asked.customer_id, asked.subject.since_at, asked.now)
    )


def _permits(asked: Asked, _: str) -> bool:
    contact = asked.subject.contact
    return may_send(
        kind=MARKETING, permission=asked.past.stands.get((contact.id, MARKETING)),
        suppressions=asked.past.suppressions.get(contact.email_key or "", frozenset()), now=asked.now,
    ).allowed  # fmt: skip


def _complements(asked: Asked, _: str) -> Any:
    if not _remembered(asked, "affinities", AffinityRun.objects.exists):
        return 0
    customer, now = asked.subject.customer, asked.past.now
    return _remembered(
        asked, ("complements", customer.id), lambda: recommendations_queries.complements(customer, now=now)
    )


def _price_breaks(asked: Asked, _: str) -> Any:
    if not _remembered(asked, "price breaks", PriceBreak.objects.exists):
        return []
    pk = asked.customer_id
    return _remembered(asked, ("price breaks", pk), lambda: trade.price_breaks({pk}).get(pk, []))


def _remembered(asked: Asked, key: Any, find: Callable[[], Any]) -> Any:
    """What is taken as it is today is asked once a play."""
    known = asked.past.known
    if key not in known:
        known[key] = find()
    return known[key]


def _document(asked: Asked, kind: str) -> bool:
    return asked.papers.fit(asked.subject.contact.id, kind) is not None


def _spend_last_year(asked: Asked, _: str) -> Decimal:
    year = trade.last_year(asked.now)
    pk = asked.customer_id
    found: Decimal = _remembered(
        asked, ("spend", pk, year), lambda: trade.spend_of_year({pk}, year).get(pk, Decimal(0))
    )
    return found


def _channel(asked: Asked, channel: str) -> bool:
    """As it stands today, like the permission of mail; nothing is assumed of another channel (CN-55)."""
    pk = asked.subject.contact.id
    stands = _remembered(asked, ("channel", channel, pk), lambda: consent_queries.stands_of([pk], channel))
    return is_in_force(stands.get((pk, MARKETING)), asked.now)


def _prefers(asked: Asked, channel: str) -> bool:
    """As it stands today."""
    pk = asked.subject.contact.id
    return bool(_remembered(asked, ("prefers", pk), lambda: reaching.preferred_of([pk]).get(pk, "")) == channel)


def _project(asked: Asked, name: str) -> str | None:
    """How the project's promise stood at that moment; nothing when the journey is about something else."""
    subject = asked.subject
    if subject.object_kind != "project" or not subject.object_id.isdigit():
        return None
    pk = int(subject.object_id)
    return supply_queries.promises_of([pk], now=asked.now).get(pk, {}).get(name)


def _proposals(asked: Asked, _: str) -> tuple[str, ...]:
    """Of the reviews that were held then."""
    pk = asked.customer_id
    found = _remembered(asked, ("proposals", pk), lambda: review_queries.proposals_of(pk))
    return tuple(
        sorted({kind for kind, since, until in found if since <= asked.now and not (until and until <= asked.now)})
    )


def _under_way(asked: Asked, _: str) -> tuple[str, ...]:
    subject = asked.subject
    return tuple(
        each.journey.key for each in asked.under_way
        if each.state == "active" and each.contact.id == subject.contact.id
        and is_about(subject, each.object_kind, each.object_id)
    )  # fmt: skip


def _complains(asked: Asked, _: str) -> bool:
    told = [each.happening for each in asked.past.complaints.get(asked.customer_id, ()) if each.at <= asked.now]
    opened = {each.object_id for each in told if each.name == OPENED}
    return bool(opened - {each.object_id for each in told if each.name == SOLVED})


ANSWERED: dict[str, Answer] = {
    "came_by": lambda asked, _: asked.subject.occasion.get("by", ""),
    "event.": lambda asked, name: asked.subject.told(name),
    "complements": _complements,
    # A task of the play waits until its deadline; those of the past belong to journeys that really ran.
    "task_waits.": lambda asked, kind: asked.past.tasks.get((asked.customer_id, kind), asked.now) > asked.now,
    "stage": lambda asked, _: asked.stage,
    "order_amount": lambda asked, _: asked.order.amount_reporting if asked.order else None,
    "is_trial": lambda asked, _: bool(asked.order and asked.order.is_trial),
    "invoice_state": _invoice,
    "tier": _tier,
    "standing.": lambda asked, scheme: asked.past.tier_of(asked.customer_id, scheme, asked.now),
    "costly_treatment": lambda asked, _: _tier(asked, "") not in SLEEPING,
    "country": lambda asked, _: asked.subject.contact.country or asked.subject.customer.country,
    "language": lambda asked, _: asked.subject.contact.language,
    "customer_kind": lambda asked, _: asked.subject.customer.kind,
    "trade": lambda asked, _: asked.subject.customer.trade,
    "tag": lambda asked, _: tuple(asked.subject.customer.tags),
    "segment": _segments,
    "field.": _field,
    "trait.": _trait,
    "order_count": lambda asked, _: len(asked.orders()),
    "orders_since_entry": lambda asked, _: len(asked.orders(asked.subject.since_at)),
    "days_since_order": _days_since_order,
    "cooperation_years": _years,
    "answered": _answered,
    "opened": _opened,
    "happened.": _happened,
    "under_way_in": _under_way,
    "permits_marketing": _permits,
    "offer.": lambda asked, name: asked.coupons.state(asked.subject.contact.id, name),
    "open_complaint": _complains,
    "permits.": _channel,
    "prefers.": _prefers,
    "spend_last_year": _spend_last_year,
    "price_breaks": _price_breaks,
    "project.": _project,
    "proposal": _proposals,
    "document.": _document,
}
