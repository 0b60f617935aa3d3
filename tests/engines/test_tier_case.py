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
from guanxi.tiering import rules
from guanxi.tiering.rules import Condition, Constant, Extreme, Multiple, Rule, Scheme

TIERS = ("a", "b", "c")
# Few values, so that borders are hit.
NUMBERS = st.integers(-3, 12).map(Decimal)
QUARTERS = st.integers(-8, 40).map(lambda number: Decimal(number) / 4)


def values_of(figure: str) -> st.SearchStrategy[Any]:
    if FIGURES[figure].kind == "money":
        return QUARTERS
    if figure == "cycle_days":
        return st.none() | st.integers(0, 40).map(lambda number: Decimal(number) / 2)
    return st.none() | st.integers(0, 12)


rows = st.fixed_dictionaries({figure: values_of(figure) for figure in FIGURES})
figures = st.sampled_from(sorted(FIGURES))
leaves = (
    st.builds(Constant, st.none() | NUMBERS | QUARTERS)
    | st.builds(Multiple, figures, st.sampled_from([Decimal(1), Decimal("1.5"), Decimal("0.25"), Decimal(-2)]))
)  # fmt: skip
thresholds = leaves | st.builds(Extreme, st.booleans(), st.lists(leaves, min_size=1, max_size=3).map(tuple))
conditions = st.builds(
    Condition, figures, st.sampled_from(["at_least", "at_most", "above", "below", "is"]), thresholds
)  # fmt: skip
condition_lists = st.lists(conditions, min_size=1, max_size=3).map(tuple)


@st.composite
def schemes(draw: st.DrawFn) -> Scheme:
    found = draw(st.lists(st.tuples(st.sampled_from(TIERS), condition_lists), min_size=1, max_size=4))
    ruled = tuple(Rule(f"rule-{place}", tier, each) for place, (tier, each) in enumerate(found))
    return Scheme("made-up", ruled, "none", {tier: {} for tier in (*TIERS, "none")}, "USD", 365)


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with open_engine(threads=1) as opened:
        yield opened


def decided_in_bulk(engine: Engine, scheme: Scheme, customers: list[dict[str, Any]]) -> list[str]:
    columns = ", ".join(f"{name} {kind}" for name, kind in SCORES.items())
    engine.execute(f"CREATE OR REPLACE TEMP TABLE scores ({columns})")
    marks = ", ".join("?" * len(SCORES))
    engine.executemany(
        f"INSERT INTO scores VALUES ({marks})",
        [[place, *(figures[name] for name in FIGURES)] for place, figures in enumerate(customers)],
    )
    found = engine.execute(f"SELECT {rules.tier_case(scheme)} FROM scores ORDER BY customer_id").fetchall()
    return [tier for (tier,) in found]


@given(scheme=schemes(), customers=st.lists(rows, min_size=1, max_size=8))
def test_one_and_all_are_decided_alike(engine: Engine, scheme: Scheme, customers: list[dict[str, Any]]) -> None:
    assert decided_in_bulk(engine, scheme, customers) == [rules.decide(each, scheme).tier for each in customers]


def test_an_unknown_figure_fails_on_both_sides(engine: Engine) -> None:
    scheme = Scheme(
        "one", (Rule("x", "a", (Condition("days_since_last_order", "at_least", Constant(Decimal(0))),)),), "none",
        {"a": {}, "none": {}}, "USD", 365,
    )  # fmt: skip
    nobody = dict.fromkeys(FIGURES)

    assert decided_in_bulk(engine, scheme, [nobody]) == [rules.decide(nobody, scheme).tier] == ["none"]
