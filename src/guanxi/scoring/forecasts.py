"""Runs the models over the frames in the engine: who is to order how often, for how much, and when next; no database.

Every day with an order counts, whatever it was worth; credits do not. Where the likelihood has no optimum the forecast
follows each customer's rhythm instead and says so (docs/explanation/algorithms/prediction.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa

from guanxi.engine import connection
from guanxi.scoring.measures import category_rhythm
from guanxi.scoring.measures.base import Figure, sql_day
from guanxi.scoring.measures.rhythm import LEAD_DAYS, LEAD_SHARE, LEAST_GAPS
from guanxi.scoring.policies import Policy
from guanxi.scoring.prediction import bgnbd, gammagamma
from guanxi.scoring.prediction.fitting import Fit, Floats
from guanxi.scoring.prediction.groups import grouped

HORIZON_DAYS = 365
CHANCE_DAYS = 90
# DP-04: fairly regular are gaps of which the middle half scatters by no more than the cycle itself.
LARGEST_SCATTER = 1.0
# Without a model: who has waited longer than this many cycles is expected to bring nothing.
LOST_CYCLES = 3.0
BASES = ("own", "category", "firm")

FIGURES = {
    "chance_alive": Figure("ratio", "now"),
    "expected_orders": Figure("ratio", "now"),
    "expected_value": Figure("money", "now"),
    "chance_of_order_90_days": Figure("ratio", "now"),
    "days_until_next_order": Figure("days", "now"),
}
COLUMNS = pa.schema({
    "customer_id": pa.int64(), "chance_alive": pa.float64(), "expected_orders": pa.float64(),
    "expected_value": pa.decimal128(18, 4), "chance_of_order_90_days": pa.float64(),
    "days_until_next_order": pa.float64(), "cycle_days": pa.float64(), "cycle_basis": pa.string(),
    "is_regular": pa.bool_(), "order_days": pa.int64(), "latest_on": pa.date32(), "next_order_on": pa.date32(),
    "next_order_from": pa.date32(), "next_order_to": pa.date32(), "lead_from_on": pa.date32(),
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Outlook:
    """As of which day, how far ahead, and in which unit the models count time; orders after `as_of_on` are unseen."""

    as_of_on: date
    horizon_days: int = HORIZON_DAYS
    unit_days: int = 1

    def __post_init__(self) -> None:
        if self.horizon_days < 1 or self.unit_days < 1:
            raise ValueError("A forecast looks at least one day ahead.")


@dataclass(frozen=True, slots=True)
class Forecast:
    """Both fits, what the reader should know, and `rows`: an Arrow table with COLUMNS, one row per customer."""

    outlook: Outlook
    bgnbd: Fit
    gammagamma: Fit
    notes: tuple[str, ...]
    rows: Any

    @property
    def customers(self) -> int:
        return int(self.rows.num_rows)

    def documents(self) -> dict[str, Any]:
        """Both fits as JSON tells them."""
        return {
            "bgnbd": dict.fromkeys(bgnbd.NAMES) | self.bgnbd.document(),
            "gammagamma": dict.fromkeys(gammagamma.NAMES) | self.gammagamma.document(),
        }


def forecast(engine: connection.Engine, outlook: Outlook) -> Forecast:
    """Fit the models to the tables `orders` and `lines`, and look ahead for every customer who has ordered."""
    found = _summaries(engine, outlook)
    repeats = found["repeats"].astype(np.int64)
    groups = grouped(
        repeats=repeats,
        age_at_last_days=found["age_at_last_days"].astype(np.int64),
        observed_days=found["observed_days"].astype(np.int64),
        unit_days=outlook.unit_days,
    )
    counting = bgnbd.fit(groups)
    spending = gammagamma.fit(repeats=repeats, repeat_spend_average=found["repeat_spend_average"])
    cycles = _cycles(found)
    ahead = outlook.horizon_days / outlook.unit_days
    model, worth = bgnbd.model_of(counting), gammagamma.model_of(spending)
    members = groups.member_of
    if model is not None:
        spans = (groups.repeats, groups.age_at_last, groups.observed)
        alive = model.chance_alive(*spans)[members]
        expected = model.expected_orders(ahead, *spans)[members]
        chance = model.chance_of_order(CHANCE_DAYS / outlook.unit_days, *spans)[members]
    else:
        alive, expected, chance = _by_rhythm(found, cycles, outlook)
    amount = _amounts(found, repeats, worth)
    rows = pa.table(
        {
            "customer_id": found["customer_id"],
            "chance_alive": _nullable(alive),
            "expected_orders": _nullable(expected),
            "expected_value": _money(expected * amount),
            "chance_of_order_90_days": _nullable(chance),
            **_next_orders(found, cycles),
        }
    )
    rows = rows.select(COLUMNS.names).cast(COLUMNS)
    return Forecast(outlook, counting, spending, _notes(counting, spending), rows)


def _summaries(engine: connection.Engine, outlook: Outlook) -> dict[str, Any]:
    as_of = sql_day(outlook.as_of_on)
    columns = engine.execute(f"""
WITH order_days AS (
    SELECT customer_id, ordered_on, CAST(SUM(amount) AS DOUBLE) AS amount
    FROM orders
    WHERE NOT is_credit AND ordered_on <= {as_of}
    GROUP BY customer_id, ordered_on
), placed AS (
    SELECT
        customer_id, ordered_on, amount,
        DATE_DIFF('day', LAG(ordered_on) OVER (PARTITION BY customer_id ORDER BY ordered_on), ordered_on) AS gap_days
    FROM order_days
), found AS (
    SELECT
        customer_id,
        COUNT(gap_days) AS repeats,
        DATE_DIFF('day', MIN(ordered_on), MAX(ordered_on)) AS age_at_last_days,
        DATE_DIFF('day', MIN(ordered_on), {as_of}) AS observed_days,
        COALESCE(AVG(amount) FILTER (gap_days IS NOT NULL), 0) AS repeat_spend_average,
        COALESCE(AVG(amount), 0) AS order_value,
        MAX(ordered_on) AS latest_on,
        QUANTILE_CONT(CAST(gap_days AS DOUBLE), [0.25, 0.5, 0.75]) AS quartiles
    FROM placed
    GROUP BY customer_id
)
SELECT
    found.* EXCLUDE (quartiles, latest_on), CAST(latest_on AS DATE) AS latest_on,
    COALESCE(quartiles[1], 0) AS early_gap, COALESCE(quartiles[2], 0) AS middle_gap,
    COALESCE(quartiles[3], 0) AS late_gap,
    CAST(COALESCE(category_cycle_days, 0) AS DOUBLE) AS category_cycle_days
FROM found
LEFT JOIN ({category_rhythm.MEASURE.query(Policy(outlook.as_of_on))}) AS category_rhythm USING (customer_id)
ORDER BY customer_id
""").fetchnumpy()
    return {name: np.ma.getdata(values) for name, values in columns.items()}


@dataclass(frozen=True, slots=True)
class _Cycles:
    """Per customer: the gap to expect with its quartiles, whose it is (a place in BASES, or -1), and its regularity."""

    days: Floats
    early: Floats
    late: Floats
    basis: Any
    is_regular: Any


def _cycles(found: dict[str, Any]) -> _Cycles:
    """The own cycle from four order days on, else the category's, else the firm's (CN-60)."""
    own = found["repeats"] >= LEAST_GAPS
    steady = own & (found["middle_gap"] > 0)
    pool = found["middle_gap"][steady]
    early, middle, late = np.quantile(pool, [0.25, 0.5, 0.75]) if len(pool) else (0.0, 0.0, 0.0)
    category = ~own & (found["category_cycle_days"] > 0)
    days = np.where(own, found["middle_gap"], np.where(category, found["category_cycle_days"], middle))
    # A borrowed cycle is as uncertain as the cycles of the firm's customers differ.
    narrow, wide = (early / middle, late / middle) if middle > 0 else (1.0, 1.0)
    basis = np.where(own, 0, np.where(category, 1, 2 if middle > 0 else -1))
    late_gap, early_gap = found["late_gap"], found["early_gap"]
    return _Cycles(
        days=days,
        early=np.where(own, early_gap, days * narrow),
        late=np.where(own, late_gap, days * wide),
        basis=basis,
        is_regular=np.where(own, late_gap - early_gap <= LARGEST_SCATTER * np.maximum(days, 1), category),
    )


def _next_orders(found: dict[str, Any], cycles: _Cycles) -> dict[str, Any]:
    """When the next order is expected, from when to when, and the day on which to write before it (DP-04)."""
    latest = found["latest_on"].astype("datetime64[D]")
    known = cycles.basis >= 0
    # A fortnight before a cycle of three weeks would be a word right after the order.
    lead = np.minimum(np.maximum(LEAD_DAYS, np.round(LEAD_SHARE * cycles.days)), np.floor(cycles.days / 2))

    def day(after: Floats) -> Any:
        return pa.array(latest + np.asarray(after, dtype="timedelta64[D]"), mask=~known).cast(pa.date32())

    names = np.array([*BASES, ""], dtype=object)[cycles.basis]
    waited = found["observed_days"] - found["age_at_last_days"]
    return {
        "days_until_next_order": pa.array(cycles.days - waited, mask=~known),
        "cycle_days": pa.array(cycles.days, mask=~known),
        "cycle_basis": pa.array(names, pa.string()),
        "is_regular": pa.array(known & cycles.is_regular.astype(bool)),
        "order_days": found["repeats"] + 1,
        "latest_on": pa.array(latest).cast(pa.date32()),
        "next_order_on": day(np.round(cycles.days)),
        "next_order_from": day(np.floor(cycles.early)),
        "next_order_to": day(np.ceil(cycles.late)),
        "lead_from_on": day(np.round(cycles.days) - lead),
    }


def _by_rhythm(found: dict[str, Any], cycles: _Cycles, outlook: Outlook) -> tuple[Floats, Floats, Floats]:
    """Without a model: as many orders as cycles fit ahead, nothing from those who have waited too long."""
    waited = found["observed_days"] - found["age_at_last_days"]
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = np.where((cycles.basis >= 0) & (cycles.days > 0), 1 / cycles.days, np.nan)
    rate = np.where(waited * np.nan_to_num(rate) > LOST_CYCLES, 0.0, rate)
    return np.full(len(rate), np.nan), rate * outlook.horizon_days, -np.expm1(-rate * CHANCE_DAYS)


def _amounts(found: dict[str, Any], repeats: Any, model: gammagamma.Model | None) -> Floats:
    """What an order is worth: by the model, else the customer's own mean."""
    own: Floats = found["order_value"]
    if model is None:
        return own
    modelled = model.expected_amount(repeats, found["repeat_spend_average"])
    return np.where(np.isfinite(modelled), modelled, own)


def _notes(counting: Fit, spending: Fit) -> tuple[str, ...]:
    found = []
    if not counting.converged:
        found.append(
            f"BG/NBD cannot be fitted ({_joined(counting.notes)}); expected orders follow each customer's rhythm "
            "instead, and no chance to be alive is told."
        )
    if not spending.converged:
        found.append(
            f"Gamma-Gamma cannot be fitted ({_joined(spending.notes)}); expected value uses each customer's own mean "
            "order."
        )
    else:
        found += [f"Gamma-Gamma: {note}." for note in spending.notes]
    return tuple(found)


def _joined(notes: Sequence[str]) -> str:
    return "; ".join(notes)


def _nullable(values: Floats) -> Any:
    return pa.array(values, mask=~np.isfinite(values))


def _money(values: Floats) -> Any:
    import pyarrow.compute as pc

    return pc.round(pa.array(values, mask=~np.isfinite(values)), 4).cast(pa.decimal128(18, 4))
