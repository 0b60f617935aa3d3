"""Customers who fall out of their own rhythm, found every night: later than they were, or in smaller orders.

DP-14 (a default): `slowed` is more than 1.5 of his own cycles since the last order, `shrunk` a mean of the last three
orders below 70 % of the mean of the six before. One alert, and one event, per episode; it ends when he is back (R-11).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Sum

from guanxi.engine import connection
from guanxi.kernel.parts import in_parts
from guanxi.ledger import actions as ledger_actions
from guanxi.ledger.models import NOT_ORDERED, Customer, Event, Order
from guanxi.scoring.looks import historical
from guanxi.scoring.models import RhythmAlert, ScoreRun
from guanxi.scoring.policies import YEAR_DAYS
from guanxi.scoring.queries import scores_path

SOURCE = "scoring"
SLOWED_CYCLES = Decimal("1.5")
SHRUNK_RATIO = Decimal("0.7")
EVENTS = {"slowed": "rhythm.slowed", "shrunk": "rhythm.shrunk"}
FIGURES = (
    "cycle_days", "days_since_last_order", "days_late", "cycles_since_last_order", "order_value_ratio", "order_count",
    "spend_total",
)  # fmt: skip
AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Finding:
    """One customer out of his rhythm; `stake` is a year of what is being lost, in the run's currency."""

    customer_id: int
    kind: str
    stake: Decimal
    figures: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Alerts:
    """How many alerts a run opened and how many ended."""

    opened: int
    recovered: int


def raise_alerts(*, run: ScoreRun, now: datetime) -> Alerts:
    """Open and end alerts as the figures of `run` say, and record an event for each that opens.

    A run for a moment before the latest one changes nothing.
    """
    if ScoreRun.objects.filter(as_of__gt=run.as_of, window_days=run.window_days).exists():
        return Alerts(0, 0)
    found = findings(run)
    before = _before(run)
    known = _measured(before) if before else set()
    since = before.newest_event_id if before else 0
    opened = 0
    with transaction.atomic():
        recovered = _end(run, {(each.customer_id, each.kind) for each in found})
        for some in in_parts(found, AT_ONCE):
            opened += _open(run, some, known, since, now)
    return Alerts(opened, recovered)


def findings(run: ScoreRun) -> list[Finding]:
    """Everybody who is out of his rhythm by the figures of `run`."""
    with connection.open_engine() as engine:
        connection.name_parquet(engine, "scores", scores_path(run))
        if not {"cycles_since_last_order", "order_value_ratio"} <= set(connection.columns_of(engine, "scores")):
            return []
        rows = engine.execute(
            f"SELECT customer_id, {', '.join(FIGURES)} FROM scores "
            f"WHERE cycles_since_last_order > {SLOWED_CYCLES} OR order_value_ratio < {SHRUNK_RATIO} "
            "ORDER BY customer_id"
        ).fetchall()
    return [finding for customer_id, *row in rows for finding in _judged(customer_id, row)]


def _judged(customer_id: int, row: list[Any]) -> Iterable[Finding]:
    figures = dict(zip(FIGURES, row, strict=True))
    cycle, ratio, late = figures["cycle_days"], figures["order_value_ratio"], figures["cycles_since_last_order"]
    year = figures["spend_total"] / max(figures["order_count"], 1) * YEAR_DAYS / cycle if cycle else Decimal(0)
    told = {name: float(value) if isinstance(value, Decimal) else value for name, value in figures.items()}
    if late is not None and late > SLOWED_CYCLES:
        yield Finding(customer_id, "slowed", _whole(year), told)
    if ratio is not None and ratio < SHRUNK_RATIO:
        yield Finding(customer_id, "shrunk", _whole(year * (1 - ratio)), told)


def _whole(amount: Decimal) -> Decimal:
    return max(amount, Decimal(0)).quantize(Decimal("0.01"))


def _before(run: ScoreRun) -> ScoreRun | None:
    runs = ScoreRun.objects.filter(as_of__lt=run.as_of, window_days=run.window_days).order_by("-as_of", "-id")[:5]
    return next((each for each in runs if scores_path(each).exists()), None)


def _measured(run: ScoreRun) -> set[int]:
    """Customers who had a cycle of their own the time before: their lateness has grown under our eyes."""
    with connection.open_engine() as engine:
        connection.name_parquet(engine, "scores", scores_path(run))
        rows = engine.execute("SELECT customer_id FROM scores WHERE cycle_days IS NOT NULL").fetchall()
    return {customer_id for (customer_id,) in rows}


def _open(run: ScoreRun, found: list[Finding], known: set[int], since: int, now: datetime) -> int:
    ids = [each.customer_id for each in found]
    present = set(Customer.objects.filter(pk__in=ids).values_list("pk", flat=True))
    is_open = set(
        RhythmAlert.objects.filter(recovered_at__isnull=True, customer_id__in=ids).values_list("customer_id", "kind")
    )
    fresh = [each for each in found if each.customer_id in present and (each.customer_id, each.kind) not in is_open]
    past = historical([each.customer_id for each in fresh], known_before=known, since_event_id=since)
    RhythmAlert.objects.bulk_create([
        RhythmAlert(
            customer_id=each.customer_id, kind=each.kind, found_at=run.as_of, figures=each.figures, stake=each.stake,
            currency=run.currency,
        )
        for each in fresh
    ])  # fmt: skip
    ledger_actions.record_events([_event(run, each, each.customer_id in past, now) for each in fresh])
    return len(fresh)


def _event(run: ScoreRun, finding: Finding, is_historical: bool, now: datetime) -> Event:
    return Event(
        name=EVENTS[finding.kind], customer_id=finding.customer_id,
        properties=finding.figures | {"stake": float(finding.stake), "currency": run.currency},
        occurred_at=run.as_of, recorded_at=now, source=SOURCE, is_historical=is_historical,
        is_unread=not is_historical,
    )  # fmt: skip


def _end(run: ScoreRun, still: set[tuple[int, str]]) -> int:
    """End the alerts of whoever is back: found no more, and he has ordered since."""
    ended = 0
    for alert in RhythmAlert.objects.filter(recovered_at__isnull=True, found_at__lt=run.as_of):
        if (alert.customer_id, alert.kind) in still:
            continue
        orders = Order.objects.filter(
            customer_id=alert.customer_id, kind="order", placed_at__gt=alert.found_at, placed_at__lte=run.as_of
        ).exclude(stage__in=NOT_ORDERED)
        alert.recovered_at = run.as_of
        alert.recovered_amount = orders.aggregate(amount=Sum("amount_reporting"))["amount"] or Decimal(0)
        alert.save(update_fields=["recovered_at", "recovered_amount"])
        ended += 1
    return ended
