"""What a scheme that is not in force yet would do: classes with their money, who would move, what each border does.

Nothing is written (CN-06).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from math import exp, floor, log

from guanxi.engine.connection import Engine, one_row
from guanxi.scoring import queries as scoring_queries
from guanxi.scoring.measures import FIGURES
from guanxi.scoring.models import ScoreRun
from guanxi.tiering import actions, documents, grading, scheme_forms, warm
from guanxi.tiering.grading import Borders, Overview
from guanxi.tiering.grammar import STANDING, Scheme, schemes_asked
from guanxi.tiering.scheme_forms import Border
from guanxi.tiering.tier_sql import column_of

NEAR = Decimal("0.1")
KEPT = "customer_id, order_count, spend_total"
MOVERS_SHOWN = 20
BINS = 40
# A figure whose upper half is wider than so many times the lower one is shown on a logarithmic scale.
SKEW = 4


@dataclass(frozen=True, slots=True)
class Stream:
    """Customers who would go from one tier to another, with their lifetime net spend; empty `before`: they are new."""

    before: str
    after: str
    customers: int
    spend: Decimal


@dataclass(frozen=True, slots=True)
class Mover:
    """One of those who would move."""

    customer_id: int
    before: str
    after: str
    spend: Decimal


@dataclass(frozen=True, slots=True)
class Spread:
    """How a figure lies over the customers: counts in BINS equal steps from `low` to `high`, which both are shown.

    On a logarithmic scale the steps are equal ratios.
    """

    low: float
    high: float
    is_log: bool
    counts: tuple[int, ...]

    def place_of(self, value: float) -> float:
        """Where a value lies between 0 and 1."""
        if self.high <= self.low:
            return 0.5
        if self.is_log:
            value = max(value, self.low)
            return min(1.0, max(0.0, (log(value) - log(self.low)) / (log(self.high) - log(self.low))))
        return min(1.0, max(0.0, (value - self.low) / (self.high - self.low)))

    def value_at(self, place: float) -> float:
        if self.is_log:
            return exp(log(self.low) + place * (log(self.high) - log(self.low)))
        return self.low + place * (self.high - self.low)


@dataclass(frozen=True, slots=True)
class BorderFacts:
    """One border: where it lies now (`settled`, in the run's currency; None for one that differs per customer), how
    many customers lie within a tenth of it, and the spread of its figure."""

    border: Border
    settled: Decimal | None
    near: int
    spread: Spread | None


@dataclass(frozen=True, slots=True)
class Preview:
    """`streams` leave out those who stay; `moving` and `moving_spend` are their sums."""

    run: ScoreRun
    overview: Overview
    streams: tuple[Stream, ...]
    movers: tuple[Mover, ...]
    moving: int
    moving_spend: Decimal
    borders: tuple[BorderFacts, ...]


def preview(text: str, *, now: datetime) -> Preview | None:
    """None before the first run of scores. Raises SchemeError, Circular, and NoRate when its amounts cannot be told."""
    scheme = documents.read_scheme(text)
    run = scoring_queries.latest_run()
    if run is None:
        return None
    rate, usable = actions.rate_for(scheme, run)
    run = actions.run_for(usable, run, now=now)
    with warm.scores_in_memory(run, [scheme.name, *schemes_asked(scheme)]) as engine:
        borders = grading.find_borders(engine, usable)
        overview = grading.grade(engine, usable, currency=run.currency, rate=rate, columns=KEPT, borders=borders)
        streams = _streams(engine, scheme)
        found = _border_facts(engine, scheme_forms.borders_of(documents.load(text)), borders, rate)
        movers = _movers(engine, scheme)
    moving = [stream for stream in streams if stream.before]
    return Preview(
        run=run,
        overview=overview,
        streams=streams,
        movers=movers,
        moving=sum(stream.customers for stream in moving),
        moving_spend=sum((stream.spend for stream in moving), Decimal(0)),
        borders=found,
    )


def cross_table(first: Scheme, second: Scheme) -> dict[tuple[str, str], tuple[int, Decimal]] | None:
    """Customers and lifetime net spend per pair of tiers, by the standings of both; None before the first run."""
    run = scoring_queries.latest_run()
    if run is None:
        return None
    with warm.scores_in_memory(run, [first.name, second.name]) as engine:
        one, two = column_of(STANDING + first.name), column_of(STANDING + second.name)
        rows = engine.execute(
            f"SELECT {one}.tier, {two}.tier, COUNT(*), SUM(spend_total) FROM scores "
            f"JOIN {one} USING (customer_id) JOIN {two} USING (customer_id) GROUP BY 1, 2"
        ).fetchall()
    return {(before, after): (customers, spend) for before, after, customers, spend in rows}


def _streams(engine: Engine, scheme: Scheme) -> tuple[Stream, ...]:
    table = column_of(STANDING + scheme.name)
    rows = engine.execute(
        f"SELECT COALESCE(before.tier, ''), graded.tier, COUNT(*), SUM(spend_total) FROM graded "
        f"LEFT JOIN {table} AS before USING (customer_id) WHERE before.tier IS DISTINCT FROM graded.tier "
        "GROUP BY 1, 2 ORDER BY 4 DESC, 3 DESC, 1, 2"
    ).fetchall()
    return tuple(Stream(*row) for row in rows)


def _movers(engine: Engine, scheme: Scheme) -> tuple[Mover, ...]:
    table = column_of(STANDING + scheme.name)
    rows = engine.execute(
        f"SELECT customer_id, before.tier, graded.tier, spend_total FROM graded "
        f"JOIN {table} AS before USING (customer_id) WHERE before.tier <> graded.tier "
        f"ORDER BY spend_total DESC, customer_id LIMIT {MOVERS_SHOWN}"
    ).fetchall()
    return tuple(Mover(*row) for row in rows)


def _border_facts(engine: Engine, found: Sequence[Border], borders: Borders, rate: Decimal) -> tuple[BorderFacts, ...]:
    facts, counts = [], []
    for border in found:
        settled = _settled(border, borders, rate)
        facts.append((border, settled))
        counts.append(_near_sql(border, settled))
    near = one_row(engine, f"SELECT {', '.join(counts)} FROM scores") if counts else ()
    return tuple(
        BorderFacts(border, settled, count or 0, None if border.form == "flag" else _spread(engine, border.figure))
        for (border, settled), count in zip(facts, near or (), strict=True)
    )


def _settled(border: Border, borders: Borders, rate: Decimal) -> Decimal | None:
    if border.form == "percentile":
        return borders.get((border.figure, border.value))
    if border.form == "times":
        return None
    return border.value / rate if FIGURES[border.figure].kind == "money" else border.value


def _near_sql(border: Border, settled: Decimal | None) -> str:
    if border.form == "flag" or (settled is None and border.form != "times"):
        return "0"
    threshold = f"{border.value:f} * {border.other}" if settled is None else f"{settled:f}"
    return f"COUNT(*) FILTER (WHERE ABS({border.figure} - {threshold}) <= {NEAR} * ABS({threshold}))"


def _spread(engine: Engine, figure: str) -> Spread | None:
    if figure not in warm.spreads():
        warm.spreads()[figure] = _find_spread(engine, figure)
    found: Spread | None = warm.spreads()[figure]
    return found


def _find_spread(engine: Engine, figure: str) -> Spread | None:
    row = one_row(
        engine, f"SELECT QUANTILE_CONT({figure}::DOUBLE, [0.01, 0.5, 0.99]) FROM scores WHERE {figure} IS NOT NULL"
    )
    if not row or row[0] is None:
        return None
    low, middle, high = row[0]
    is_log = FIGURES[figure].kind == "money" and low >= 0 and high - middle > SKEW * (middle - low)
    if is_log:
        low = max(low, high / 10_000, 0.01)
    if high <= low:
        return Spread(low, high, False, (0,) * BINS)
    position = f"(LN({figure}::DOUBLE) - {log(low)!r}) / {log(high) - log(low)!r}" if is_log else (
        f"({figure}::DOUBLE - {low!r}) / {high - low!r}"
    )  # fmt: skip
    rows = engine.execute(
        f"SELECT LEAST(GREATEST(FLOOR({position} * {BINS}), 0), {BINS - 1})::INTEGER, COUNT(*) FROM scores "
        f"WHERE {figure} IS NOT NULL {f'AND {figure} > 0' if is_log else ''} GROUP BY 1"
    ).fetchall()
    counts = dict(rows)
    return Spread(low, high, is_log, tuple(counts.get(place, 0) for place in range(BINS)))


def nice(value: float, figure: str) -> Decimal:
    """A value as somebody would write it as a border: whole days and counts, three leading digits of money."""
    kind = FIGURES[figure].kind
    if kind in ("days", "count", "score", "months", "flag"):
        return Decimal(round(value))
    digits = 2 - floor(log(abs(value), 10)) if value else 0
    return Decimal(str(round(value, max(min(digits, 2), -12)))).normalize()
