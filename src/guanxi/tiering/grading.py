"""Grades all customers of a table of scores by a scheme, in the engine; no database.

The engine holds a table `scores` (columns of engine.frames.SCORES that the scheme looks at, and those of rfm).
Afterwards it holds `graded` too: the same rows with their `tier`, and a column per standing that the scheme looks at.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from guanxi.engine.connection import Engine, one_row
from guanxi.scoring.measures import FIGURES
from guanxi.tiering import rules
from guanxi.tiering.grammar import STANDING, Gate, Scheme, in_order, schemes_asked
from guanxi.tiering.tier_sql import column_of, terms_sql, text

Borders = Mapping[tuple[str, Decimal], Decimal | None]


@dataclass(frozen=True, slots=True)
class TierRow:
    """One line of the overview; shares are between 0 and 1, spend is lifetime net spend."""

    tier: str
    customers: int
    customer_share: float
    spend: Decimal
    spend_share: float


@dataclass(frozen=True, slots=True)
class Overview:
    """How a scheme divides the customers. `scheme` is settled: its thresholds are in its `currency`."""

    scheme: Scheme
    customers: int
    orders: int
    spend: Decimal
    tiers: tuple[TierRow, ...]


def grade(
    engine: Engine,
    scheme: Scheme,
    *,
    currency: str,
    rate: Decimal = Decimal(1),
    columns: str = "*",
    borders: Borders | None = None,
) -> Overview:
    """Settle the scheme with the firm's own percentiles, decide for every row of `scores`, and count.

    The money of `scores` is in `currency`, one unit of which is `rate` units of the scheme's own. What other schemes
    decided is looked up where `name_standings` has put it; a scheme that nobody named there is unknown. `columns` are
    those that `graded` keeps of `scores`; customer_id, order_count and spend_total must be among them. `borders` are
    looked up when they are not given.
    """
    known = find_borders(engine, scheme) if borders is None else borders
    settled = rules.settle(scheme, borders=known, currency=currency, rate=rate)
    engine.execute(
        f"CREATE OR REPLACE TEMP TABLE graded AS SELECT {columns}, {rules.tier_case(settled)} AS tier "
        f"FROM ({with_standings(engine, settled)}) AS scores"
    )
    return overview(engine, settled)


def grade_in_order(
    engine: Engine, schemes: Mapping[str, Scheme], *, currency: str, rates: Mapping[str, Decimal]
) -> dict[str, Overview]:
    """Grade several schemes, each after those whose standings it asks for. Raises Circular.

    `rates` says per scheme what one unit of `currency` is worth in its own. `graded` is that of the last one.
    """
    overviews = {}
    for name in in_order(schemes):
        overviews[name] = grade(engine, schemes[name], currency=currency, rate=rates.get(name, Decimal(1)))
        name_standings(engine, name, "SELECT customer_id, tier FROM graded")
    return overviews


def unknown_gates(engine: Engine, scheme: Scheme) -> list[tuple[str, Gate, int]]:
    """The tiers, gates and numbers of customers of `graded` whose gate could not be judged; `scheme` is settled."""
    wanted = [(rule, gate) for rule in scheme.rules for gate in rule.gates]
    if not wanted:
        return []
    counts = ", ".join(
        f"COUNT(*) FILTER (WHERE {rules.rule_case(scheme)} = {text(rule.name)} AND ({terms_sql(gate.terms)}) IS NULL)"
        for rule, gate in wanted
    )
    found = one_row(engine, f"SELECT {counts} FROM graded") or ()
    return [(rule.tier, gate, count) for (rule, gate), count in zip(wanted, found, strict=True) if count]


def name_standings(engine: Engine, scheme: str, query: str) -> None:
    """Make what `query` finds (customer_id, tier) known as the standings of the scheme of that name."""
    engine.execute(f"CREATE OR REPLACE TEMP TABLE {column_of(STANDING + scheme)} AS {query}")


def with_standings(engine: Engine, scheme: Scheme) -> str:
    """SQL for `scores` with a column per standing that the scheme looks at."""
    names = sorted(schemes_asked(scheme) | ({scheme.name} if _looks_at_itself(scheme) else set()))
    named = _named(engine, names)
    for name in names:
        if name not in named:
            name_standings(engine, name, "SELECT 0::BIGINT AS customer_id, ''::VARCHAR AS tier WHERE FALSE")
    columns = "".join(f", {column_of(STANDING + name)}.tier AS {column_of(STANDING + name)}" for name in names)
    joins = " ".join(f"LEFT JOIN {column_of(STANDING + name)} USING (customer_id)" for name in names)
    return f"SELECT scores.*{columns} FROM scores {joins}"


def _looks_at_itself(scheme: Scheme) -> bool:
    return any(rule.stay or any(gate.stay for gate in rule.gates) for rule in scheme.rules)


def _named(engine: Engine, names: Iterable[str]) -> set[str]:
    wanted = ", ".join(text(STANDING + name) for name in names) or "''"
    rows = engine.execute(f"SELECT table_name FROM duckdb_tables() WHERE table_name IN ({wanted})").fetchall()
    return {name.removeprefix(STANDING) for (name,) in rows}


def find_borders(engine: Engine, scheme: Scheme) -> Borders:
    """The value some customer really has at each percentile the scheme names.

    Only customers with an order count, and for a figure of the window only those with an order in the window.
    """
    borders: dict[tuple[str, Decimal], Decimal | None] = {}
    for figure, share in rules.percentiles_of(scheme):
        counted = "order_count_window" if FIGURES[figure].span == "window" else "order_count"
        row = one_row(engine, f"SELECT QUANTILE_DISC({figure}, {share / 100:f}) FROM scores WHERE {counted} > 0")
        border = row[0] if row else None
        borders[figure, share] = None if border is None else Decimal(border)
    return borders


def overview(engine: Engine, scheme: Scheme) -> Overview:
    """Count what stands in `graded`."""
    rows = engine.execute(
        "SELECT tier, COUNT(*), SUM(order_count), SUM(spend_total) FROM graded GROUP BY tier"
    ).fetchall()
    found = {tier: (customers, spend) for tier, customers, _, spend in rows}
    all_customers = sum(customers for customers, _ in found.values())
    all_spend = sum((spend for _, spend in found.values()), Decimal(0))
    return Overview(
        scheme=scheme,
        customers=all_customers,
        orders=int(sum(orders for _, _, orders, _ in rows)),
        spend=all_spend,
        tiers=tuple(
            TierRow(tier, customers, _share(customers, all_customers), spend, _share(spend, all_spend))
            for tier in [*scheme.tiers, *(tier for tier in found if tier not in scheme.tiers)]
            for customers, spend in [found.get(tier, (0, Decimal(0)))]
        ),
    )


def _share(part: Decimal | int, whole: Decimal | int) -> float:
    return float(part / whole) if whole else 0.0
