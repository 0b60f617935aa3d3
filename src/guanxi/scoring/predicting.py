"""The nightly look ahead, and the word that a next order is near."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pyarrow.parquet as pq
from django.conf import settings
from django.db import transaction

from guanxi.engine import connection
from guanxi.firm.queries import the_firm
from guanxi.ledger import actions as ledger_actions
from guanxi.ledger import frames as ledger_frames
from guanxi.ledger import queries as ledger_queries
from guanxi.ledger.models import Customer, Event
from guanxi.scoring import forecasts, scores
from guanxi.scoring.forecasts import Outlook
from guanxi.scoring.looks import historical
from guanxi.scoring.models import PredictionRun
from guanxi.scoring.predictions import path_of, previous_run

SOURCE = "scoring"
# Runs whose rows stay on disk: the history of a customer's chances (D-23).
KEPT_RUNS = 120
AT_ONCE = 1000
# A category's cycle may time a mail once somebody has come back at all (CN-60).
LEAST_ORDER_DAYS = 2


def run_predictions(*, as_of: datetime, now: datetime) -> PredictionRun:
    """Fit both models and look ahead for everybody who has ordered, as of the firm's day at `as_of`.

    Nothing is computed again when neither the orders nor the moment have changed.
    """
    firm = the_firm()
    newest_event_id = ledger_queries.newest_event_id()
    found = ledger_frames.refresh(folder=settings.GUANXI_DATA / "frames", now=now)
    same = PredictionRun.objects.filter(
        as_of=as_of, fingerprint=found.fingerprint, currency=firm.reporting_currency
    ).last()
    if same and path_of(same).exists():
        return same
    outlook = Outlook(firm.day_of(as_of))
    with connection.open_engine() as engine:
        scores.name_frames(engine, orders=found.orders, customers=found.customers, others=found.others)
        seen = forecasts.forecast(engine, outlook)
    relative = f"frames/predictions/{outlook.as_of_on}-{found.fingerprint[:16]}.parquet"
    _write(seen.rows, settings.GUANXI_DATA / relative)
    run = PredictionRun.objects.create(
        as_of=as_of, horizon_days=outlook.horizon_days, currency=firm.reporting_currency, **seen.documents(),
        notes=list(seen.notes), customers=seen.customers,
        expected_orders=pc.sum(seen.rows["expected_orders"]).as_py() or 0.0,
        expected_value=pc.sum(seen.rows["expected_value"]).as_py() or Decimal(0),
        path=relative, fingerprint=found.fingerprint, newest_event_id=newest_event_id, created_at=now,
    )  # fmt: skip
    _forget_old_files()
    return run


def expect_purchases(*, run: PredictionRun, now: datetime) -> int:
    """Record `purchase.expected` for everybody whose lead has begun, once per cycle; returns how many (B-10, DP-04).

    A regular cycle of one's own times it, or the category's for who has come back at least once. A run for a day
    before the latest one tells nothing.
    """
    if PredictionRun.objects.filter(as_of__gt=run.as_of).exists():
        return 0
    before = previous_run(run)
    known = set(pq.read_table(path_of(before), columns=["customer_id"])["customer_id"].to_pylist()) if before else set()
    since = before.newest_event_id if before else 0
    count = 0
    for batch in _due(run):
        count += _record(run, batch, known, since, now)
    return count


def _due(run: PredictionRun) -> Iterator[list[dict[str, Any]]]:
    day = the_firm().day_of(run.as_of)
    columns = [
        "customer_id", "latest_on", "cycle_days", "cycle_basis", "next_order_on", "next_order_from", "next_order_to",
        "chance_alive", "expected_value", "order_days", "is_regular", "lead_from_on",
    ]  # fmt: skip
    rows = pq.read_table(path_of(run), columns=columns)
    is_timed = pc.and_(rows["is_regular"], pc.greater_equal(rows["order_days"], LEAST_ORDER_DAYS))
    is_begun = pc.and_(pc.less_equal(rows["lead_from_on"], day), pc.greater_equal(rows["next_order_on"], day))
    due = rows.filter(pc.and_(is_timed, pc.fill_null(is_begun, False)))
    for batch in due.to_batches(max_chunksize=AT_ONCE):
        yield batch.to_pylist()


@transaction.atomic
def _record(run: PredictionRun, rows: list[dict[str, Any]], known: set[int], since: int, now: datetime) -> int:
    ids = [row["customer_id"] for row in rows]
    present = set(Customer.objects.filter(pk__in=ids).values_list("pk", flat=True))
    told = set(
        Event.objects.filter(name="purchase.expected", customer_id__in=ids).values_list("customer_id", "object_id")
    )
    fresh = [
        row
        for row in rows
        if row["customer_id"] in present and (row["customer_id"], row["latest_on"].isoformat()) not in told
    ]
    past = historical([row["customer_id"] for row in fresh], known_before=known, since_event_id=since)
    ledger_actions.record_events([_event(run, row, row["customer_id"] in past, now) for row in fresh])
    return len(fresh)


def _event(run: PredictionRun, row: dict[str, Any], is_historical: bool, now: datetime) -> Event:
    """`object_id` is the day of the order that began the cycle."""
    told = ("cycle_days", "cycle_basis", "next_order_on", "next_order_from", "next_order_to", "chance_alive")
    properties = {name: _plain(row[name]) for name in told}
    return Event(
        name="purchase.expected", customer_id=row["customer_id"], object_kind="cycle",
        object_id=row["latest_on"].isoformat(), properties=properties, occurred_at=run.as_of, recorded_at=now,
        source=SOURCE, is_historical=is_historical, is_unread=not is_historical,
    )  # fmt: skip


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _write(rows: Any, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    pq.write_table(rows, part, compression="zstd")
    part.replace(path)


def _forget_old_files() -> None:
    kept = set(PredictionRun.objects.order_by("-id").values_list("path", flat=True)[:KEPT_RUNS])
    for path in (settings.GUANXI_DATA / "frames" / "predictions").glob("*.parquet"):
        if f"frames/predictions/{path.name}" not in kept:
            path.unlink(missing_ok=True)
