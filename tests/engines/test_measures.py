"""The same body on every engine, equal to what was worked out by hand (T-01, T-02, T-03, CN-03, CN-07, CN-08)."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from guanxi.engine.connection import open_engine, write_parquet
from guanxi.engine.spark import Spark
from guanxi.scoring import scores
from guanxi.scoring.measures import FIGURES, MEASURES, measures_for
from guanxi.scoring.policies import Policy
from guanxi.scoring.scores import scores_query
from tests.engines.conftest import OnEngine, fill, golden

TABLES = [*(measure.name for measure in MEASURES), "margin_without_reference"]


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


@pytest.mark.spark
def test_a_run_on_spark_writes_what_duckdb_writes(spark: Spark, tmp_path: Path) -> None:
    table, policy = golden("rhythm"), Policy(date(2026, 5, 13))
    files = {name: tmp_path / f"{name}.parquet" for name in ("orders", "customers")}
    with open_engine(threads=1) as engine:
        for name, path in files.items():
            fill(engine, name, table["tables"][name])
            write_parquet(engine, f"SELECT * FROM {name}", path)
    paths = {name: tmp_path / f"{name}-scores.parquet" for name in ("duckdb", "spark")}

    with open_engine(threads=1) as engine:
        scores.name_frames(engine, **files)
        scores.write_scores(engine, policy=policy, path=paths["duckdb"])
    scores.write_scores_on_spark("the session that is open", **files, others={}, policy=policy, path=paths["spark"])

    found = {name: pq.read_table(path).to_pylist() for name, path in paths.items()}
    assert found["spark"] == found["duckdb"]


def test_nobody_bought_anything_yet(on_engine: OnEngine) -> None:
    """CN-03: never bought is unknown days and zeros, not "today"."""
    table = golden("rfm")

    with on_engine(table["tables"]) as ask:
        rows = ask(MEASURES[0].query(Policy(table["as_of"].replace(year=2001))))

    assert {tuple(row.values()) for row in rows.values()} == {(None, 0, 0, 0, 0, None, None, None)}
