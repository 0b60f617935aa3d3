"""The same body on every engine, equal to what was worked out by hand (T-01, T-02, T-03, CN-03, CN-07, CN-08)."""

from __future__ import annotations

from typing import Any

import pytest

from guanxi.scoring.measures import MEASURES
from guanxi.scoring.policies import Policy
from guanxi.scoring.scores import scores_query


@pytest.mark.parametrize("measure", MEASURES, ids=lambda measure: measure.name)
def test_a_measure_finds_the_golden_rows(measure: Any, ask: Any, golden: dict[str, Any]) -> None:
    rows = ask(measure.query(Policy(golden["as_of"], golden["window_days"])))

    assert rows == golden[measure.name]


def test_the_lifetime_as_window_repeats_the_lifetime_figures(ask: Any, golden: dict[str, Any]) -> None:
    rows = ask(MEASURES[0].query(Policy(golden["as_of"], None)))

    assert {key: row[3:5] for key, row in rows.items()} == {key: row[1:3] for key, row in golden["rfm"].items()}


def test_all_measures_in_one_row_per_customer(ask: Any, golden: dict[str, Any]) -> None:
    rows = ask(scores_query(Policy(golden["as_of"], golden["window_days"])))

    assert rows == {key: row + golden["rhythm"].get(key, [None]) for key, row in golden["rfm"].items()}


def test_nobody_bought_anything_yet(ask: Any, golden: dict[str, Any]) -> None:
    rows = ask(scores_query(Policy(golden["as_of"].replace(year=2001))))

    assert set(map(tuple, rows.values())) == {(None, 0, 0, 0, 0, None, None, None, None)}
