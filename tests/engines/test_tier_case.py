"""One customer and all customers are decided alike: `decide` and the SQL of `tier_case` (house B7, property)."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guanxi.engine.connection import Engine, open_engine
from guanxi.scoring.measures import FIGURES, SCORES
from guanxi.tiering import documents, rules, words
from guanxi.tiering.reason_sql import reason_sql
from guanxi.tiering.rules import (
    STANDING,
    AnyOf,
    Condition,
    Constant,
    Extreme,
    Gate,
    Multiple,
    Rule,
    Scheme,
    Words,
)
from tests.pure.tiering.figures import BORDERS, STRANGER, buyer

TIERS = ("a", "b", "c")
OWN, OTHER = f"{STANDING}made-up", f"{STANDING}other"
# One of each kind is enough; few values, so that borders are hit.
CHOSEN = ("days_since_last_order", "order_count", "spend_window", "cycle_days", "margin_index", "trait_growth_plan")
NUMBERS = st.integers(-3, 12).map(Decimal)
QUARTERS = st.integers(-8, 40).map(lambda number: Decimal(number) / 4)


def values_of(figure: str) -> st.SearchStrategy[Any]:
    kind = FIGURES[figure].kind
    if kind == "money":
        return QUARTERS
    if kind == "flag":
        return st.none() | st.integers(0, 1)
    if kind == "percent" or figure == "cycle_days":
        return st.none() | st.integers(0, 40).map(lambda number: Decimal(number) / 2)
    return st.none() | st.integers(0, 12)


standings = st.none() | st.sampled_from(TIERS)
rows = st.fixed_dictionaries({figure: values_of(figure) for figure in CHOSEN} | {OWN: standings, OTHER: standings})
figures = st.sampled_from(CHOSEN)
leaves = (
    st.builds(Constant, st.none() | NUMBERS | QUARTERS)
    | st.builds(Multiple, figures, st.sampled_from([Decimal(1), Decimal("1.5"), Decimal("0.25"), Decimal(-2)]))
)  # fmt: skip
thresholds = leaves | st.builds(Extreme, st.booleans(), st.lists(leaves, min_size=1, max_size=3).map(tuple))
conditions = st.builds(
    Condition, figures, st.sampled_from(["at_least", "at_most", "above", "below", "is"]), thresholds
) | st.builds(
    Condition, st.just(OTHER), st.just("is_one_of"),
    st.builds(Words, st.lists(st.sampled_from(TIERS), min_size=1, max_size=2, unique=True).map(tuple)),
)  # fmt: skip
groups = st.lists(conditions, min_size=1, max_size=2).map(tuple)
terms = st.lists(
    conditions | st.builds(AnyOf, st.lists(groups, min_size=1, max_size=2).map(tuple)), min_size=1, max_size=3
).map(tuple)
gates = st.lists(st.builds(Gate, st.just("gate"), st.just({}), terms, st.just(()) | terms), max_size=2).map(tuple)


@st.composite
def schemes(draw: st.DrawFn) -> Scheme:
    found = draw(
        st.lists(st.tuples(st.sampled_from(TIERS), terms, gates, st.just(()) | terms), min_size=1, max_size=4)
    )  # fmt: skip
    ruled = tuple(
        Rule(f"rule-{place}", tier, when, each_gates, TIERS[(TIERS.index(tier) + 1) % 3], stay)
        for place, (tier, when, each_gates, stay) in enumerate(found)
    )
    return Scheme("made-up", ruled, "none", {tier: {} for tier in (*TIERS, "none")}, "USD", 365)


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with open_engine(threads=1) as opened:
        yield opened


def decided_in_bulk(engine: Engine, scheme: Scheme, customers: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Tier and rule of each; of the figures those that the first customer has."""
    names = list(customers[0])
    columns = ", ".join(f'"{name}" {SCORES.get(name, "VARCHAR")}' for name in names)
    engine.execute(f"CREATE OR REPLACE TEMP TABLE scores (customer_id BIGINT, {columns})")
    engine.executemany(
        f"INSERT INTO scores VALUES ({', '.join('?' * (len(names) + 1))})",
        [[place, *(figures[name] for name in names)] for place, figures in enumerate(customers)],
    )
    query = f"SELECT {rules.tier_case(scheme)}, {rules.rule_case(scheme)} FROM scores ORDER BY customer_id"
    return engine.execute(query).fetchall()


def decided_one_by_one(scheme: Scheme, customers: list[dict[str, Any]]) -> list[tuple[str, str]]:
    decisions = [rules.decide(each, scheme) for each in customers]
    return [(decision.tier, decision.rule) for decision in decisions]


@given(scheme=schemes(), customers=st.lists(rows, min_size=1, max_size=8))
def test_one_and_all_are_decided_alike(engine: Engine, scheme: Scheme, customers: list[dict[str, Any]]) -> None:
    assert decided_in_bulk(engine, scheme, customers) == decided_one_by_one(scheme, customers)


@pytest.mark.parametrize("name", documents.preset_names())
def test_every_preset_decides_alike(engine: Engine, name: str) -> None:
    scheme = rules.settle(documents.read_preset(name), borders=BORDERS, currency="USD")
    asked = {f"{STANDING}{each}": None for each in rules.schemes_asked(scheme) | {name}}
    worlds = [
        STRANGER, buyer(days=1, orders=9, spend=200_000, spend_share=Decimal(20), cooperation_years=3),
        buyer(days=1, orders=9, spend=9, spend_share=Decimal(20), cooperation_years=1, late_invoice_count_year=1),
        buyer(days=400, orders=2, spend=6_000, mails_unread=9, days_since_last_reading=400),
        buyer(days=50, orders=4, most_categories_in_order=3, order_size_variation=Decimal(5), trait_named_vip=1),
    ]  # fmt: skip
    customers = [world | asked | {f"{STANDING}rfm-firm": "high"} for world in worlds]

    assert decided_in_bulk(engine, scheme, customers) == decided_one_by_one(scheme, customers)


@st.composite
def plain_schemes(draw: st.DrawFn) -> Scheme:
    """Conditions only, of figures that are no flags: what is worded in SQL."""
    kinds = ("days_since_last_order", "order_count", "spend_window", "cycle_days", "margin_index", "spend_total")
    borders = st.builds(Constant, st.none() | NUMBERS | QUARTERS) | st.builds(
        Multiple, st.sampled_from(kinds), st.sampled_from([Decimal(1), Decimal("1.5"), Decimal("0.25")])
    )
    each = st.builds(
        Condition, st.sampled_from(kinds), st.sampled_from(["at_least", "at_most", "above", "below", "is"]),
        borders | st.builds(Extreme, st.booleans(), st.lists(borders, min_size=1, max_size=3).map(tuple)),
    )  # fmt: skip
    found = draw(st.lists(st.lists(each, min_size=1, max_size=3).map(tuple), min_size=1, max_size=3))
    ruled = tuple(Rule(f"rule-{place}", "a", conditions) for place, conditions in enumerate(found))
    return Scheme("made-up", ruled, "none", {"a": {}, "none": {}}, "USD", 365)


@given(
    scheme=plain_schemes(), customers=st.lists(rows, min_size=1, max_size=5), language=st.sampled_from(words.LANGUAGES),
    currency=st.sampled_from(["USD", "JPY"]),
)  # fmt: skip
def test_one_and_all_are_told_alike(
    engine: Engine, scheme: Scheme, customers: list[dict[str, Any]], language: words.Language, currency: str
) -> None:
    customers = [figures | {"spend_total": Decimal("1234567.125")} for figures in customers]
    decided_in_bulk(engine, scheme, customers)
    told = reason_sql(scheme, currency, language)

    found = engine.execute(f"SELECT {told} FROM scores ORDER BY customer_id").fetchall()

    assert [reason for (reason,) in found] == [
        words.reason(rules.decide(figures, scheme), currency, language) for figures in customers
    ]


def test_an_unknown_figure_fails_on_both_sides(engine: Engine) -> None:
    scheme = Scheme(
        "one", (Rule("x", "a", (Condition("days_since_last_order", "at_least", Constant(Decimal(0))),)),), "none",
        {"a": {}, "none": {}}, "USD", 365,
    )  # fmt: skip
    nobody = dict.fromkeys(CHOSEN)

    assert decided_in_bulk(engine, scheme, [nobody]) == decided_one_by_one(scheme, [nobody]) == [("none", "otherwise")]
