"""`guanxi tier` without FILE tells, beside its own answer, the standings that the workspace keeps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from guanxi.cli import tier_explain, tier_files
from guanxi.cli.tier_answer import KEPT, Answer
from guanxi.cli.tier_sources import Wishes, answer_file, scheme_named
from guanxi.engine.connection import append_columns, open_engine


class TestKeptStandings:
    """Beside what the rules alone say today, the answer of a workspace tells where customers stand."""

    @pytest.fixture
    def found(self, tmp_path: Path) -> Iterator[Answer]:
        path = tmp_path / "orders.csv"
        path.write_text("Customer,Order ID,Date,Amount,Currency\nLena,1,2026-01-01,5,USD\nYuki,2,2026-01-01,5,USD\n")
        wishes = Wishes(date(2026, 2, 1), None, {}, "net")
        with open_engine() as engine:
            plain = answer_file(engine, path, scheme_named("rfm-000-literal"), wishes, mapping=None)
            engine.execute(f"CREATE TEMP TABLE {KEPT} (customer_id BIGINT, scheme VARCHAR, tier VARCHAR)")
            rows = [[1, 2], ["rfm-000-literal"] * 2, ["high", "none"]]
            append_columns(engine, KEPT, rows)
            yield replace(plain, has_kept=True)

    def test_are_a_column_of_their_own(self, found: Answer) -> None:
        assert {row["customer"]: (row["tier"], row["stands_in"]) for row in found.rows()} == {
            "Lena": ("none", "high"), "Yuki": ("none", "none"),
        }  # fmt: skip

    def test_are_counted_where_they_differ(self, found: Answer) -> None:
        assert found.stand_elsewhere() == 1

    def test_are_told_with_the_reasons(self, found: Answer) -> None:
        assert tier_explain.document(tier_explain.explain(found, "Lena"))["stands_in"] == "high"

    def test_are_written_to_every_kind_of_file(self, found: Answer, tmp_path: Path) -> None:
        for kind in ("csv", "json", "parquet"):
            tier_files.write(found, tmp_path / f"tiers.{kind}")

        assert [row["stands_in"] for row in pq.read_table(tmp_path / "tiers.parquet").to_pylist()] == ["high", "none"]
