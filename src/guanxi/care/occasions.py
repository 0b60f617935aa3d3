"""What an event brings about on a desk: replies, feedback at arrival, solutions, plans when markets move."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from guanxi.care.treatments import policy, reply_hours
from guanxi.desk.actions import Wish
from guanxi.ledger.models import Customer, Event, Order
from guanxi.supply.ordering import SOURCE as OWN_CHANNEL
from guanxi.tiering.models import Standing

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SOLVE_HOURS = 48  # S-03
FEEDBACK_HOURS = 24  # L-24, S-26
POOR_SCORE = 2
ARRIVED = frozenset({"arrived", "delivered"})
CUSTOM_TIERS = frozenset({"custom", "standard_custom", "custom_several", "standard_custom_several"})


@dataclass(frozen=True, slots=True)
class End:
    """The event that ends a task of this kind, found by what both are about."""

    event: str
    kind: str
    origin_kind: str
    outcome: str


ENDS = (
    End("inquiry.answered", "reply", "inquiry", "answered"),
    End("complaint.solved", "solve", "complaint", "solved"),
    End("order.stage_changed", "confirm_order", "order", "answered"),
)


@dataclass(frozen=True, slots=True)
class Known:
    """What the wishes of a batch need to know of its customers."""

    standings: Mapping[int, Mapping[str, str]]
    kinds: Mapping[int, str]
    owners: Mapping[int, int | None]
    trials: frozenset[str]


def wishes(events: Iterable[Event], *, now: datetime) -> Iterator[Wish]:
    """The tasks these events bring about; an event nobody cares about brings none."""
    cared = [event for event in events if event.name in REACTIONS and event.customer_id and not _is_any_order(event)]
    if not cared:
        return
    known = _known(cared)
    for event in cared:
        yield from REACTIONS[event.name](event, known, now)


def _is_any_order(event: Event) -> bool:
    """Most orders bring no task about; nothing is asked of the database for them."""
    return event.name == "order.placed" and event.source != OWN_CHANNEL


def _known(events: list[Event]) -> Known:
    ids = {event.customer_id for event in events if event.customer_id}
    standings: dict[int, dict[str, str]] = {customer_id: {} for customer_id in ids}
    rows = Standing.objects.filter(customer__in=ids, scheme__is_active=True)
    for customer_id, scheme, tier in rows.values_list("customer_id", "scheme__name", "tier"):
        standings[customer_id][scheme] = tier
    customers = list(Customer.objects.filter(pk__in=ids).values_list("pk", "kind", "owner_id"))
    arrived = [event.object_id for event in events if event.name == "order.stage_changed" and event.object_id]
    trials = Order.objects.filter(pk__in=[int(each) for each in arrived], is_trial=True)
    return Known(
        standings=standings,
        kinds={pk: kind for pk, kind, _ in customers},
        owners={pk: owner for pk, _, owner in customers},
        trials=frozenset(map(str, trials.values_list("pk", flat=True))),
    )


def _wish(event: Event, kind: str, due_at: datetime, reason: str, **fields: str) -> Wish:
    origin_kind = event.object_kind or "event"
    origin_id = event.object_id or str(event.pk)
    return Wish(
        key=f"{kind}:{origin_kind}:{origin_id}:{event.customer_id}", kind=kind, customer_id=event.customer_id,
        contact_id=event.contact_id, due_at=due_at, reason=reason, origin_kind=fields.get("origin_kind", origin_kind),
        origin_id=origin_id,
    )  # fmt: skip


def _reply(event: Event, known: Known, now: datetime) -> Iterator[Wish]:
    """Within four hours where the tier says so, else within a day, counted from the inquiry (T-58, CN-22)."""
    hours = _hours_to_reply(event, known)
    yield _wish(event, "reply", event.occurred_at + hours * HOUR, f"answer within {hours} hours", origin_kind="inquiry")


def _hours_to_reply(event: Event, known: Known) -> int:
    customer_id = event.customer_id or 0
    return reply_hours(policy().items_for(known.standings.get(customer_id, {}), known.kinds.get(customer_id, "")))


def _asked(event: Event, known: Known, now: datetime) -> Iterator[Wish]:
    """An order from the customer's own channel waits to be confirmed, no longer than an inquiry (L-27)."""
    if event.properties.get("stage") == "quoted":
        due_at = event.occurred_at + _hours_to_reply(event, known) * HOUR
        number = event.properties.get("number", "")
        yield _wish(event, "confirm_order", due_at, f"order {number} of his own channel waits")


def _arrival(event: Event, known: Known, now: datetime) -> Iterator[Wish]:
    """A trial order is followed up within a day of its arrival (L-24)."""
    if event.properties.get("stage") in ARRIVED and event.object_id in known.trials:
        yield _wish(event, "arrival_feedback", event.occurred_at + FEEDBACK_HOURS * HOUR, "the trial order arrived")


def _solve(event: Event, known: Known, now: datetime) -> Iterator[Wish]:
    yield _wish(event, "solve", event.occurred_at + SOLVE_HOURS * HOUR, "a problem was named", origin_kind="complaint")


def _survey(event: Event, known: Known, now: datetime) -> Iterator[Wish]:
    """A problem named in an answer gets a solution within 48 hours (J-04.5, J-40.3)."""
    if event.properties.get("names_problem"):
        wish = _wish(event, "solve", event.occurred_at + SOLVE_HOURS * HOUR, "a problem was named in a questionnaire")
        answer = event.properties.get("answer")
        yield replace(wish, key=f"solve:answer:{answer}", details={"answer": answer})


def _poor_feedback(event: Event, known: Known, now: datetime) -> Iterator[Wish]:
    if "answer" in event.properties:  # the questionnaire has told it already
        return
    score = event.properties.get("score")
    if isinstance(score, int | float) and score <= POOR_SCORE:
        yield from _solve(event, known, now)


def _stands_elsewhere(event: Event, known: Known, now: datetime) -> Iterator[Wish]:
    """A tier with a manager of its own brings one (T-35, T-42); a new need changes the service (M-07)."""
    scheme, tier = str(event.properties.get("scheme", "")), str(event.properties.get("to", ""))
    items = policy().items_for({scheme: tier})
    needs_owner = any(item.facts.get("needs_owner") for item in items)
    if needs_owner and known.owners.get(event.customer_id or 0) is None:
        yield _wish(event, "assign_manager", now + 2 * DAY, f"stands at {tier} in {scheme} and has no manager")
    before = event.properties.get("from")
    if scheme == "need" and before and before not in CUSTOM_TIERS and tier in CUSTOM_TIERS:
        yield _wish(event, "adjust_service", now + 3 * DAY, "buys to his own specification now")


def _wants_custom(event: Event, known: Known, now: datetime) -> Iterator[Wish]:
    if event.properties.get("name") == "wants_custom" and event.properties.get("value", True):
        yield _wish(event, "adjust_service", now + 3 * DAY, "has asked for goods to his own specification")


def _replenish(event: Event, known: Known, now: datetime) -> Iterator[Wish]:
    """His stock is low: ask whether he wants a delivery (P-05)."""
    product = event.properties.get("product_code", "")
    yield _wish(event, "replenish", now + DAY, f"stock of {product} is below the safety line")


def _market(event: Event, known: Known, now: datetime) -> Iterator[Wish]:
    """Long-term partners hear a plan before prices move (L-29)."""
    if known.standings.get(event.customer_id or 0, {}).get("stage") == "stable":
        yield _wish(event, "market_plan", now + 7 * DAY, str(event.properties.get("reason", "the market has moved")))


def _win_back(event: Event, known: Known, now: datetime) -> Iterator[Wish]:
    """Later or smaller than usual: a coupon or personal service (M-09)."""
    reason = event.properties.get("reason") or event.name
    yield _wish(event, "win_back_alert", now + 3 * DAY, str(reason))


REACTIONS: dict[str, Callable[[Event, Known, datetime], Iterator[Wish]]] = {
    "inquiry.received": _reply,
    "order.placed": _asked,
    "order.stage_changed": _arrival,
    "complaint.opened": _solve,
    "feedback.given": _poor_feedback,
    "survey.answered": _survey,
    "standing.changed": _stands_elsewhere,
    "trait.set": _wants_custom,
    "stock.below_safety": _replenish,
    "market.moved": _market,
    "rhythm.slowed": _win_back,
    "rhythm.shrunk": _win_back,
}
