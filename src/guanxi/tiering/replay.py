"""What a scheme would have done: history walked day by day or month by month, in the engine; no database.

The engine holds the tables of the measures (engine.frames.TABLES). At every date all customers are measured, graded
and moved as the order of the day does it, and promotions are tried at each order in between (CN-09). What a person
has to decide is taken as accepted on the first date after the end of its quarter or half year.
"""

from __future__ import annotations

from calendar import monthrange
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal, TypeAlias

from guanxi.engine.connection import Engine, one_row
from guanxi.scoring import scores
from guanxi.scoring.measures import measures_for
from guanxi.scoring.measures.base import IS_ORDER
from guanxi.scoring.policies import Policy
from guanxi.tiering import grading, moves
from guanxi.tiering.grammar import Move, Occasion, Scheme, figures_of
from guanxi.tiering.moves import KNOWN_AT_ORDER, NEWCOMER
from guanxi.tiering.tier_sql import terms_sql, text

Every: TypeAlias = Literal["day", "week", "month", "quarter"]
EVERY: tuple[Every, ...] = ("day", "week", "month", "quarter")
MONTHS: Mapping[Every, int] = {"month": 1, "quarter": 3}
DAYS: Mapping[Every, int] = {"day": 1, "week": 7}
MOST_DATES = 4_000
RUN: tuple[Occasion, ...] = ("run", "order", "review")
SAME = Decimal(1)


@dataclass(frozen=True, slots=True)
class ReplayedMove:
    """One move. `by_rules` is where the rules alone would have put the customer then; empty between two dates."""

    at: date
    customer: str
    from_tier: str
    to_tier: str
    rule: str
    by_rules: str
    customer_id: int = 0


@dataclass(frozen=True, slots=True)
class ReplayedDate:
    """How many stood in each tier at the end of a day; how many had come, and how many moves there were, since the
    date before."""

    at: date
    tiers: Mapping[str, int]
    first: int
    moved: int


@dataclass(frozen=True, slots=True)
class Replay:
    """`counts` are the moves by the rule or the named move behind them, the most frequent first.

    `firsts` tell when each customer (by id) stood somewhere for the first time, and where.
    """

    scheme: Scheme
    dates: Sequence[ReplayedDate] = ()
    moves: Sequence[ReplayedMove] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    firsts: Sequence[tuple[date, int, str]] = ()


@dataclass(frozen=True, slots=True)
class _Step:
    """The span from the date before (None at the start) to `on`; one unit of `currency` is `rate` of the scheme's."""

    before: date | None
    on: date
    currency: str
    rate: Decimal


class BadSpan(ValueError):
    """The span cannot be walked; the text says why and what to write instead."""


def dates_between(start: date, end: date, every: Every) -> list[date]:
    """`start`, which gives the starting tiers, and every following date up to `end`; month and quarter mean the last
    day of each. Raises BadSpan."""
    following = _month_ends(start, end, MONTHS[every]) if every in MONTHS else _steps(start, end, DAYS[every])
    found = [start, *following]
    if len(found) < 2:
        raise BadSpan(
            f"from {start} to {end} there is no end of a {every}; take a later end, or the earlier day first."
        )
    if len(found) > MOST_DATES:
        raise BadSpan(f"{len(found):,} dates are too many; take a shorter span, or every month.")
    return found


def replay(
    engine: Engine, scheme: Scheme, *, dates: Sequence[date], currency: str, rate: Decimal = Decimal(1)
) -> Replay:
    """Walk `dates`; the first one only gives the starting tiers.

    The money of `orders` is in `currency`, one unit of which is `rate` units of the scheme's own.
    """
    _prepare(engine)
    before = [None, *dates]
    found = [_walk(engine, scheme, _Step(*pair, currency, rate)) for pair in zip(before, dates, strict=False)]
    done = _moves(engine)
    firsts = engine.execute("SELECT * FROM first_stands ORDER BY 1, 2").fetchall()
    return Replay(scheme, found, done, dict(Counter(move.rule for move in done).most_common()), firsts)


def _steps(start: date, end: date, days: int) -> Iterator[date]:
    for number in range(1, (end - start).days // days + 1):
        yield start + timedelta(days=number * days)


def _month_ends(start: date, end: date, months: int) -> Iterator[date]:
    """The last days of months (of quarters, when `months` is 3) after `start`."""
    year, month = start.year, start.month + -start.month % months
    while (last := date(year, month, monthrange(year, month)[1])) <= end:
        if last > start:
            yield last
        year, month = year + (month + months > 12), (month + months - 1) % 12 + 1


def _prepare(engine: Engine) -> None:
    engine.execute(f"""
CREATE OR REPLACE TEMP TABLE known_customers AS
SELECT customers.*, first_on
FROM customers
LEFT JOIN (SELECT customer_id, MIN(ordered_on) AS first_on FROM orders WHERE {IS_ORDER} GROUP BY 1) USING (customer_id)
""")
    engine.execute(f"""
CREATE OR REPLACE TEMP TABLE order_speed AS
SELECT DISTINCT customer_id, ordered_on, {KNOWN_AT_ORDER}
FROM (
    SELECT customer_id, ordered_on, COUNT(*) OVER (
        PARTITION BY customer_id ORDER BY ordered_on RANGE BETWEEN INTERVAL 89 DAYS PRECEDING AND CURRENT ROW
    ) AS {KNOWN_AT_ORDER}
    FROM orders WHERE {IS_ORDER}
)
""")
    engine.execute("""
CREATE OR REPLACE TEMP TABLE stands (
    customer_id BIGINT, tier VARCHAR, basis VARCHAR, rule VARCHAR, protected_until DATE, moved_on DATE
)
""")
    engine.execute("""
CREATE OR REPLACE TEMP TABLE replayed (
    moved_on DATE, customer_id BIGINT, from_tier VARCHAR, to_tier VARCHAR, rule VARCHAR, by_rules VARCHAR
)
""")
    engine.execute("CREATE OR REPLACE TEMP TABLE first_stands (since DATE, customer_id BIGINT, tier VARCHAR)")


def _walk(engine: Engine, scheme: Scheme, step: _Step) -> ReplayedDate:
    moves_before, stood_before = _count(engine, "replayed"), _count(engine, "stands")
    if step.before is not None:
        for move in moves.tried_at_orders(scheme):
            _promote(engine, move, after=step.before, until=step.on)
    settled = _grade(engine, scheme, step)
    is_due = scheme.recompute == "daily" or step.before is None or moves.month_of(step.before) < moves.month_of(step.on)
    occasions = _reviews_due(step)
    _settle(engine, settled, moves.next_tiers(settled, occasions={*RUN, *occasions}, is_due=is_due), step.on)
    if occasions:
        _name_standings(engine, step)
        _settle(engine, settled, moves.proposed_tiers(settled, occasions=occasions, and_rules=True), step.on)
    counted = engine.execute("SELECT tier, COUNT(*) FROM stands GROUP BY tier").fetchall()
    return ReplayedDate(
        step.on,
        {
            tier: dict(counted).get(tier, 0)
            for tier in [*scheme.tiers, *(t for t, _ in counted if t not in scheme.tiers)]
        },
        first=_count(engine, "stands") - stood_before,
        moved=_count(engine, "replayed") - moves_before,
    )


def _grade(engine: Engine, scheme: Scheme, step: _Step) -> Scheme:
    """Measure everybody who is known by then, and grade; makes `graded` and `standings`, answers the settled scheme."""
    engine.execute(f"""
CREATE OR REPLACE TEMP TABLE customers AS
SELECT * EXCLUDE (first_on) FROM known_customers WHERE first_on IS NULL OR first_on <= DATE '{step.on}'
""")
    measures = measures_for(figures_of(scheme, and_moves=True))
    scores.name_scores(engine, policy=Policy(step.on, scheme.window_days), measures=measures)
    _name_standings(engine, step)
    grading.name_standings(engine, scheme.name, "SELECT customer_id, tier FROM standings")
    return grading.grade(engine, scheme, currency=step.currency, rate=step.rate).scheme


def _name_standings(engine: Engine, step: _Step) -> None:
    engine.execute(f"""
CREATE OR REPLACE TEMP TABLE standings AS
SELECT
    customer_id, tier, basis, rule, 0 AS version, COALESCE(protected_until > DATE '{step.on}', FALSE) AS is_protected,
    COALESCE(moved_on >= DATE '{moves.month_of(step.on)}', FALSE) AS has_moved,
    customer_id IN (
        SELECT customer_id FROM order_speed
        WHERE ordered_on <= DATE '{step.on}' AND ordered_on > DATE '{step.before or step.on}'
    ) AS has_ordered
FROM stands
""")


def _reviews_due(step: _Step) -> set[Occasion]:
    """What a person is asked for at this date: a quarter or a half year has ended since the one before."""
    if step.before is None:
        return set()
    ends = list(_month_ends(step.before - timedelta(days=1), step.on - timedelta(days=1), 3))
    found: set[Occasion] = {*RUN} if ends else set()
    return found | {"half_year"} if any(end.month in (6, 12) for end in ends) else found


def _promote(engine: Engine, move: Move, *, after: date, until: date) -> None:
    """Carry out a move at the first order in (after, until] at which it is open to the customer (CN-09)."""
    origins = f"AND tier IN ({', '.join(map(text, move.origins))})" if move.origins else ""
    engine.execute(f"""
CREATE OR REPLACE TEMP TABLE promoted AS
SELECT customer_id, MIN(ordered_on) AS moved_on, ANY_VALUE(tier) AS from_tier
FROM (
    SELECT order_speed.*, COALESCE(tier, {text(NEWCOMER)}) AS tier, protected_until
    FROM order_speed LEFT JOIN stands USING (customer_id)
)
WHERE ordered_on > DATE '{after}' AND ordered_on <= DATE '{until}' AND tier <> {text(move.to)} {origins}
    AND (protected_until IS NULL OR protected_until <= ordered_on) AND {terms_sql(move.terms)}
GROUP BY customer_id
""")
    engine.execute(f"""
INSERT INTO replayed SELECT moved_on, customer_id, from_tier, {text(move.to)}, {text(move.name)}, '' FROM promoted
""")
    engine.execute("DELETE FROM stands WHERE customer_id IN (SELECT customer_id FROM promoted)")
    engine.execute(f"""
INSERT INTO stands
SELECT
    customer_id, {text(move.to)}, {text(moves.basis_of(move))}, {text(move.name)}, moved_on + {move.protect_days},
    moved_on
FROM promoted
""")


def _settle(engine: Engine, scheme: Scheme, query: str, on: date) -> None:
    """Write down what `query` (moves.next_tiers or proposed_tiers) has moved."""
    engine.execute(f"CREATE OR REPLACE TEMP TABLE moved AS {query} WHERE tier IS DISTINCT FROM from_tier")
    engine.execute(f"""
INSERT INTO replayed
SELECT DATE '{on}', customer_id, from_tier, tier, given_by, by_rules FROM moved WHERE from_tier IS NOT NULL
""")
    engine.execute(f"INSERT INTO first_stands SELECT DATE '{on}', customer_id, tier FROM moved WHERE from_tier IS NULL")
    engine.execute("DELETE FROM stands WHERE customer_id IN (SELECT customer_id FROM moved)")
    bases = "".join(f" WHEN {text(move.name)} THEN {text(moves.basis_of(move))}" for move in scheme.moves)
    spans = "".join(
        f" WHEN {text(move.name)} THEN DATE '{on}' + {move.protect_days}" for move in scheme.moves if move.protect_days
    )
    engine.execute(f"""
INSERT INTO stands
SELECT
    customer_id, tier, {f"CASE given_by{bases} ELSE 'rule' END" if bases else "'rule'"}, given_by,
    {f"CASE given_by{spans} END" if spans else "NULL"}, CASE WHEN from_tier IS NOT NULL THEN DATE '{on}' END
FROM moved
""")


def _count(engine: Engine, table: str) -> int:
    row = one_row(engine, f"SELECT COUNT(*) FROM {table}")
    return int(row[0]) if row else 0


def _moves(engine: Engine) -> list[ReplayedMove]:
    rows = engine.execute("""
SELECT moved_on, name, from_tier, to_tier, rule, by_rules, customer_id
FROM replayed JOIN known_customers USING (customer_id) ORDER BY moved_on, rule, name
""").fetchall()
    return [ReplayedMove(*row) for row in rows]
