"""The same body on every engine, equal to what was worked out by hand (T-01, T-02, T-03, CN-03, CN-07, CN-08)."""

from __future__ import annotations

import pytest

from guanxi.scoring.measures import FIGURES, MEASURES, measures_for
from guanxi.scoring.policies import Policy
from guanxi.scoring.scores import scores_query
from tests.engines.conftest import GOLDEN, OnEngine, golden

TABLES = sorted(path.stem for path in GOLDEN.glob("*.yaml"))


@pytest.mark.parametrize("name", TABLES)
def test_a_measure_finds_the_golden_rows(name: str, on_engine: OnEngine) -> None:
    """Each table of tests/golden: the figures it names, for every customer."""
    table = golden(name)
    figures = table["figures"]
    query = scores_query(Policy(table["as_of"], table["window_days"]), measures_for(set(figures)))

    with on_engine(table["tables"]) as ask:
        rows = ask(query)

    assert {key: [row[figure] for figure in figures] for key, row in rows.items()} == table["rows"]


def test_the_lifetime_as_window_repeats_the_lifetime_figures(on_engine: OnEngine) -> None:
    """T-02, CN-07: the window of a figure is a choice."""
    table = golden("rfm")

    with on_engine(table["tables"]) as ask:
        rows = ask(MEASURES[0].query(Policy(table["as_of"], None)))

    assert {key: [row["order_count_window"], row["spend_window"]] for key, row in rows.items()} == {
        key: row[1:3] for key, row in table["rows"].items()
    }


def test_all_measures_in_one_row_per_customer(on_engine: OnEngine) -> None:
    table = golden("rfm")

    with on_engine(table["tables"]) as ask:
        rows = ask(scores_query(Policy(table["as_of"], table["window_days"])))

    assert rows
    assert all(list(row) == list(FIGURES) for row in rows.values())
    assert {key: [row[figure] for figure in table["figures"]] for key, row in rows.items()} == table["rows"]


def test_nobody_bought_anything_yet(on_engine: OnEngine) -> None:
    """CN-03: never bought is unknown days and zeros, not "today"."""
    table = golden("rfm")

    with on_engine(table["tables"]) as ask:
        rows = ask(MEASURES[0].query(Policy(table["as_of"].replace(year=2001))))

    assert {tuple(row.values()) for row in rows.values()} == {(None, 0, 0, 0, 0, None, None, None)}
