"""Promotion at an order, without waiting for the night (M-02, CN-09): tested against the standing that is kept."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from guanxi.firm.queries import the_firm
from guanxi.ledger.models import NOT_ORDERED, Event, Order
from guanxi.tiering import documents, moves, rules, words
from guanxi.tiering.grammar import Move
from guanxi.tiering.models import Scheme, Standing
from guanxi.tiering.moves import KNOWN_AT_ORDER, NEWCOMER
from guanxi.tiering.writing import Step, write_steps

SPEED_DAYS = 90


def promote_after(*, events: Sequence[Event], now: datetime) -> int:
    """Carry out the moves that these orders have opened; answers how many customers moved.

    Call it in the transaction that claimed the events. Imported history promotes nobody here: the next run of the day
    looks at it.
    """
    zone = the_firm().zone
    ordered_on: dict[int, date] = {}
    for event in events:
        if event.name == "order.placed" and event.customer_id is not None and not event.is_historical:
            day = event.occurred_at.astimezone(zone).date()
            ordered_on[event.customer_id] = max(day, ordered_on.get(event.customer_id, day))
    if not ordered_on:
        return 0
    schemes = [(record, documents.read_scheme(record.document)) for record in Scheme.objects.filter(is_active=True)]
    tried = [(record, scheme, move) for record, scheme in schemes for move in moves.tried_at_orders(scheme)]
    speeds = order_speeds(ordered_on, zone) if tried else {}
    return sum(_promote(record, scheme, move, speeds, now) for record, scheme, move in tried)


def order_speeds(ordered_on: Mapping[int, date], zone: ZoneInfo) -> dict[int, int]:
    """The orders of each customer in the 90 days that end with the given day of his, as order_count_90_days counts."""
    begin = min(ordered_on.values()) - timedelta(days=SPEED_DAYS + 1)
    rows = Order.objects.filter(
        customer__in=ordered_on, kind="order", amount__gt=0, placed_at__date__gte=begin
    ).exclude(stage__in=NOT_ORDERED)
    counts: dict[int, int] = defaultdict(int)
    for customer_id, placed_at in rows.values_list("customer_id", "placed_at"):
        days_ago = (ordered_on[customer_id] - placed_at.astimezone(zone).date()).days
        counts[customer_id] += 0 <= days_ago < SPEED_DAYS
    return counts


def _promote(record: Scheme, scheme: rules.Scheme, move: Move, speeds: Mapping[int, int], now: datetime) -> int:
    fast = [
        customer_id
        for customer_id, count in speeds.items()
        if rules.holds(move.terms, {KNOWN_AT_ORDER: count}, scheme.window_days)
    ]
    standings = _standings(record, fast)
    steps = [
        _step(scheme, move, customer_id, standings.get(customer_id), speeds[customer_id], now)
        for customer_id in fast
        if _may_rise(move, standings.get(customer_id), now)
    ]
    return len(write_steps(steps, scheme=record, at=now, now=now)) if steps else 0


def _standings(record: Scheme, customer_ids: Collection[int]) -> dict[int, Standing]:
    found = Standing.objects.filter(scheme=record, customer__in=customer_ids)
    return {standing.customer_id: standing for standing in found}


def _may_rise(move: Move, standing: Standing | None, now: datetime) -> bool:
    tier = standing.tier if standing else NEWCOMER
    is_protected = standing is not None and standing.protected_until is not None and standing.protected_until > now
    return not is_protected and tier != move.to and (not move.origins or tier in move.origins)


def _step(
    scheme: rules.Scheme, move: Move, customer_id: int, standing: Standing | None, count: int, now: datetime
) -> Step:
    checks = rules.check_terms(move.terms, {KNOWN_AT_ORDER: count}, scheme.window_days)
    return Step(
        customer_id=customer_id,
        from_tier=standing.tier if standing else None,
        to_tier=move.to,
        cause=move.cause,
        rule=move.name,
        reason="; ".join(words.check_words(check, scheme.currency) for check in checks),
        basis=moves.basis_of(move),
        protected_until=moves.protected_until(move, at=now),
        figures={"window_days": scheme.window_days, "days_since_last_order": 0, KNOWN_AT_ORDER: count},
    )
