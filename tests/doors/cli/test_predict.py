"""`guanxi predict FILE`: the look ahead from an order file alone, and its bench."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pyarrow.parquet as pq
import pytest

from guanxi.cli.app import app
from guanxi.cli.benches import predict as predict_bench
from guanxi.cli.failure import CommandFailed

CDNOW_MAPPING = """kind: orders
columns:
  customer: 2
  ordered_at: 3
  order_amount: 5
options:
  currency: USD
  heading: false
  delimiter: blank
  date_order: ymd
"""
COLUMNS = [
    "customer", "chance_alive", "expected_orders", "expected_value", "next_order_from", "next_order_to", "cycle_days",
    "cycle_basis", "chance_of_order_90_days", "currency",
]  # fmt: skip
Ask = Callable[..., dict[str, Any]]


@pytest.fixture
def ask(capsys: pytest.CaptureFixture[str]) -> Ask:
    """The JSON answer of `guanxi predict …`."""

    def run(*arguments: str | Path) -> dict[str, Any]:
        app(["predict", *map(str, arguments), "--json"], standalone_mode=False)
        printed = capsys.readouterr()
        assert printed.err == ""
        answer: dict[str, Any] = json.loads(printed.out)
        return answer

    return run


@pytest.fixture
def clockwork(tmp_path: Path) -> Path:
    """Lena orders every 30 days, Yuki every 30 or 31, Diego has ordered three times, Fatima once."""
    days = {
        "Lena": [date(2026, 1, 1) + timedelta(days=30 * turn) for turn in range(5)],
        "Yuki": [date(2026, 1, 2), date(2026, 2, 1), date(2026, 3, 4), date(2026, 4, 3)],
        "Diego": [date(2026, 1, 1), date(2026, 1, 11), date(2026, 3, 1)],
        "Fatima": [date(2026, 4, 30)],
    }
    path = tmp_path / "orders.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file)
        lines.writerow(["Customer", "Date", "Amount", "Currency"])
        lines.writerows([name, day, 100, "EUR"] for name, each in days.items() for day in each)
    return path


def rows_by_customer(path: Path) -> dict[str, dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return {row["customer"]: row for row in csv.DictReader(file)}


class TestCdnow:
    """B-11, B-22: the whole way from the published file to the published figures."""

    def test_finds_the_published_models(self, ask: Ask, shared_data: Path, tmp_path: Path) -> None:
        mapping, out = tmp_path / "cdnow.yaml", tmp_path / "forecast.csv"
        mapping.write_text(CDNOW_MAPPING, encoding="utf-8")

        answer = ask(
            shared_data / "cdnow_sample" / "CDNOW_sample.txt.gz", "--mapping", mapping, "--until", "1997-09-30",
            "--unit", "week", "--horizon", 273, "--out", out,
        )  # fmt: skip

        counting, spending = answer["bgnbd"], answer["gammagamma"]
        assert answer["customers"] == 2_357
        assert {name: round(counting[name], 3) for name in ("r", "alpha", "a", "b")} == {
            "r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426,
        }  # fmt: skip
        assert round(counting["log_likelihood"], 1) == -9582.4
        assert {name: round(spending[name], 2) for name in ("p", "q", "v")} == {"p": 6.25, "q": 3.74, "v": 15.44}
        assert counting["converged"]
        assert spending["converged"]
        rows = rows_by_customer(out)
        assert list(next(iter(rows.values()))) == COLUMNS
        assert len(rows) == 2_357
        assert float(rows["0001"]["expected_orders"]) == pytest.approx(1.226, abs=1e-3)


class TestRhythm:
    """B-09, CN-60: the next order comes from the customer's own cycle from four orders on, else from a borrowed one."""

    def test_falls_back_to_the_rhythm_and_says_so(self, ask: Ask, clockwork: Path, tmp_path: Path) -> None:
        out = tmp_path / "forecast.csv"

        answer = ask(clockwork, "--until", "2026-05-10", "--out", out)

        assert not answer["bgnbd"]["converged"]
        assert "follow each customer's rhythm" in answer["notes"][0]
        rows = rows_by_customer(out)
        assert rows["Lena"]["chance_alive"] == ""
        assert float(rows["Lena"]["expected_orders"]) == pytest.approx(365 / 30, abs=1e-3)

    def test_days_alone_are_enough(self, ask: Ask, clockwork: Path, tmp_path: Path) -> None:
        """B-09: who ordered when is all that the rhythm needs; that nothing is known of amounts is said."""
        days = tmp_path / "days.csv"
        days.write_text(
            "\n".join(",".join(line.split(",")[:2]) for line in clockwork.read_text().splitlines()), encoding="utf-8"
        )
        out = tmp_path / "forecast.csv"

        answer = ask(days, "--until", "2026-05-10", "--out", out)

        assert answer["notes"][0].startswith("days.csv names no amounts")
        assert float(rows_by_customer(out)["Lena"]["expected_orders"]) == pytest.approx(365 / 30, abs=1e-3)

    def test_names_whose_cycle_it_is(self, ask: Ask, clockwork: Path, tmp_path: Path) -> None:
        out = tmp_path / "forecast.csv"

        ask(clockwork, "--until", "2026-05-10", "--out", out)

        rows = rows_by_customer(out)
        assert {name: row["cycle_basis"] for name, row in rows.items()} == {
            "Lena": "own", "Yuki": "own", "Diego": "firm", "Fatima": "firm",
        }  # fmt: skip
        assert (rows["Lena"]["next_order_from"], rows["Lena"]["next_order_to"]) == ("2026-05-31", "2026-05-31")
        assert (rows["Yuki"]["next_order_from"], rows["Yuki"]["next_order_to"]) == ("2026-05-03", "2026-05-04")


class TestOutput:
    @pytest.mark.parametrize("ending", ["csv", "json", "parquet", "xlsx"])
    def test_one_row_per_customer_in_any_form(self, ask: Ask, clockwork: Path, tmp_path: Path, ending: str) -> None:
        """B-22: the forecast leaves the house as a file that any tool reads."""
        out = tmp_path / f"forecast.{ending}"

        ask(clockwork, "--out", out)

        if ending == "json":
            assert [row["currency"] for row in json.loads(out.read_text())] == ["EUR"] * 4
        elif ending == "parquet":
            assert pq.read_table(out).column_names == COLUMNS
        elif ending == "xlsx":
            assert "xl/worksheets/sheet1.xml" in ZipFile(out).namelist()
        else:
            assert len(rows_by_customer(out)) == 4

    def test_shows_the_fit_as_a_table(self, clockwork: Path, capsys: pytest.CaptureFixture[str]) -> None:
        app(["predict", str(clockwork)], standalone_mode=False)

        printed = capsys.readouterr().out
        assert "BG/NBD" in printed
        assert "too few data" in printed

    def test_a_file_without_orders_is_refused(self, tmp_path: Path) -> None:
        path = tmp_path / "orders.csv"
        path.write_text("Customer,Date,Amount\nLena,never,5\n", encoding="utf-8")

        with pytest.raises(CommandFailed, match="holds no order with a customer"):
            app(["predict", str(path)], standalone_mode=False)

    def test_nobody_before_that_day_is_refused(self, clockwork: Path) -> None:
        with pytest.raises(CommandFailed, match="nobody has ordered until 2020-01-01"):
            app(["predict", str(clockwork), "--until", "2020-01-01"], standalone_mode=False)

    def test_an_odd_day_is_refused(self, clockwork: Path) -> None:
        with pytest.raises(CommandFailed, match="is no day"):
            app(["predict", str(clockwork), "--until", "soon"], standalone_mode=False)

    def test_a_currency_without_a_rate_is_refused(self, tmp_path: Path) -> None:
        path = tmp_path / "orders.csv"
        path.write_text("Customer,Date,Amount,Currency\nA,2026-01-01,5,EUR\nA,2026-01-02,5,USD\n", encoding="utf-8")

        with pytest.raises(CommandFailed, match="--rate"):
            app(["predict", str(path)], standalone_mode=False)


class TestBench:
    def test_the_product_side_measures(self, tmp_path: Path) -> None:
        predict_bench.make_data(tmp_path, customers=2_000)

        found = predict_bench.product(tmp_path)

        assert found["customers"] == 2_000
        assert found["log_likelihoods"]["bgnbd"] < 0

    def test_different_likelihoods_stop_the_bench(self) -> None:
        with pytest.raises(CommandFailed, match="the log-likelihoods of bgnbd differ"):
            predict_bench.compare({"bgnbd": -9582.43}, {"bgnbd": -9582.54})
