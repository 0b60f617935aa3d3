"""`guanxi bench tier`: both sides compute the same, row by row."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from guanxi.cli.benches import import_, tier
from guanxi.cli.failure import CommandFailed
from guanxi.engine import connection


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    tier.make_data(tmp_path, customers=500, orders=5_000)
    return tmp_path


class TestTier:
    def test_the_product_equals_the_hand_written_sql(self, folder: Path) -> None:
        tier.product(folder)
        tier.baseline(folder)

        tier.compare(folder)

    def test_a_difference_stops_the_bench(self, folder: Path) -> None:
        tier.product(folder)
        tier.make_data(folder, customers=501, orders=5_000)
        tier.baseline(folder)

        with pytest.raises(CommandFailed, match=r"the results differ in [0-9]+ rows"):
            tier.compare(folder)

    def test_the_data_hold_credits_and_customers_who_never_bought(self, folder: Path) -> None:
        tier.product(folder)

        with connection.open_engine() as engine:
            connection.name_parquet(engine, "scores", folder / "product.parquet")
            row = connection.one_row(
                engine, "SELECT COUNT(*), COUNT(*) FILTER (order_count = 0), COUNT(DISTINCT r_score) FROM scores"
            )
        assert row is not None
        assert (row[0], row[2]) == (500, 5)
        assert row[1] > 0

    def test_one_measurement_is_a_process_of_its_own(self, folder: Path) -> None:
        done = subprocess.run(
            [sys.executable, "-m", "guanxi.cli.benches.tier", "product", str(folder)],
            capture_output=True, text=True, timeout=60, check=True,
        )  # fmt: skip

        answer = json.loads(done.stdout)
        assert answer["seconds"] > 0
        assert 10 < answer["peak_mb"] < 1_500


class TestImport:
    """`guanxi bench import`: each pair is compared, so a bench that ends has written the same on both sides."""

    def test_the_data_have_four_lines_to_an_order(self, tmp_path: Path) -> None:
        import_.make_data(tmp_path, rows=1_000)

        heading, *rows = (tmp_path / import_.FILE).read_text(encoding="utf-8").splitlines()
        assert heading.startswith("Order ID,Order Date,Customer ID")
        assert (len(rows), len({row.split(",")[0] for row in rows})) == (1_000, 250)

    def test_stops_when_the_sides_differ(self) -> None:
        sides = {"product": [{"seconds": 1.0, "lines": 4}], "baseline": [{"seconds": 1.0, "lines": 5}]}

        with pytest.raises(CommandFailed, match="different rows"):
            import_.compare(sides)
