"""What the models found: one customer, his history, the whole firm."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from django.conf import settings

from guanxi.engine import connection
from guanxi.scoring.models import PredictionRun


@dataclass(frozen=True, slots=True)
class CustomerOutlook:
    """One customer's forecast; money in `currency`, chances between 0 and 1.

    `chance_alive` is None where no model could be fitted; with one order day only it is 1 by definition and says
    nothing (`order_days`). `cycle_basis` says whose cycle times the next order: own, category, firm or nobody's ("").
    """

    as_of: datetime
    horizon_days: int
    currency: str
    chance_alive: float | None
    expected_orders: float | None
    expected_value: Decimal | None
    chance_of_order_90_days: float | None
    days_until_next_order: float | None
    cycle_days: float | None
    cycle_basis: str
    is_regular: bool
    order_days: int
    latest_on: date
    next_order_on: date | None
    next_order_from: date | None
    next_order_to: date | None
    lead_from_on: date | None

    @property
    def has_own_chance(self) -> bool:
        """The model tells the living from the lost only after a repeat order."""
        return self.chance_alive is not None and self.order_days > 1


def path_of(run: PredictionRun) -> Path:
    """Where the rows of a run lie; the file of an old run may be gone."""
    path: Path = settings.GUANXI_DATA / run.path
    return path


def latest_prediction() -> PredictionRun | None:
    """The newest run whose rows are still there."""
    runs = PredictionRun.objects.order_by("-as_of", "-id")[:5]
    return next((run for run in runs if path_of(run).exists()), None)


def previous_run(run: PredictionRun) -> PredictionRun | None:
    """The run for the moment before, if its rows are still there."""
    runs = PredictionRun.objects.filter(as_of__lt=run.as_of).order_by("-as_of", "-id")[:5]
    return next((each for each in runs if path_of(each).exists()), None)


def outlook_of(customer_id: int, run: PredictionRun | None = None) -> CustomerOutlook | None:
    """None when nothing was predicted yet, or not for him: he has never ordered."""
    chosen = run or latest_prediction()
    row = _row_of(customer_id, chosen) if chosen else None
    return CustomerOutlook(chosen.as_of, chosen.horizon_days, chosen.currency, **row) if chosen and row else None


def chances_of(customer_ids: list[int], run: PredictionRun | None = None) -> dict[int, float]:
    """Each one's chance of an order within 90 days, held to choose content by (B-11, D-23)."""
    chosen = run or latest_prediction()
    if chosen is None:
        return {}
    rows = pq.read_table(
        path_of(chosen), columns=["customer_id", "chance_of_order_90_days"],
        filters=[("customer_id", "in", customer_ids)],
    )  # fmt: skip
    found = zip(*(rows[name].to_pylist() for name in rows.column_names), strict=True)
    return {customer_id: chance for customer_id, chance in found if chance is not None}


def chance_history(customer_id: int, *, limit: int = 12) -> list[tuple[datetime, float]]:
    """His chance of an order within 90 days in the latest runs, the oldest first (D-23)."""
    found: dict[date, tuple[datetime, float]] = {}
    for run in PredictionRun.objects.order_by("-as_of", "-id")[: limit * 4]:
        if run.as_of.date() in found or not path_of(run).exists():
            continue
        row = _row_of(customer_id, run)
        if row and row["chance_of_order_90_days"] is not None:
            found[run.as_of.date()] = (run.as_of, row["chance_of_order_90_days"])
        if len(found) == limit:
            break
    return sorted(found.values())


def rows_of(run: PredictionRun, *, limit: int = 200) -> list[dict[str, Any]]:
    """The rows with the highest expected value."""
    with connection.open_engine() as engine:
        connection.name_parquet(engine, "predictions", path_of(run))
        cursor = engine.execute(
            "SELECT * FROM predictions ORDER BY expected_value DESC NULLS LAST, customer_id LIMIT $1", [limit]
        )
        names = [column[0] for column in cursor.description or []]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _row_of(customer_id: int, run: PredictionRun) -> dict[str, Any] | None:
    with connection.open_engine() as engine:
        connection.name_parquet(engine, "predictions", path_of(run))
        columns = connection.columns_of(engine, "predictions")[1:]
        row = connection.one_row(
            engine, "SELECT * EXCLUDE (customer_id) FROM predictions WHERE customer_id = $1", [customer_id]
        )
    return dict(zip(columns, row, strict=True)) if row else None


@dataclass(frozen=True, slots=True)
class Band:
    """Customers whose chance to be alive lies in [low, high), and what is expected of them together."""

    low: float
    high: float
    customers: int
    expected_value: Decimal


def bands_of(run: PredictionRun, *, count: int = 10) -> list[Band]:
    """Those with a repeat order, by their chance to be alive; empty bands are there too."""
    with connection.open_engine() as engine:
        connection.name_parquet(engine, "predictions", path_of(run))
        rows = engine.execute(
            "SELECT LEAST(CAST(FLOOR(chance_alive * $1) AS INTEGER), $1 - 1), COUNT(*), SUM(expected_value) "
            "FROM predictions WHERE chance_alive IS NOT NULL AND order_days > 1 GROUP BY 1",
            [count],
        ).fetchall()
    found = {place: (customers, value or Decimal(0)) for place, customers, value in rows}
    return [
        Band(place / count, (place + 1) / count, *found.get(place, (0, Decimal(0)))) for place in range(count)
    ]  # fmt: skip
