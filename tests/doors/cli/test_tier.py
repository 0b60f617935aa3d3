"""`guanxi tier FILE`: the spreadsheet user's one command, without a database."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pyarrow.parquet as pq
import pytest

from guanxi.cli.app import app
from guanxi.cli.failure import CommandFailed

COLUMNS = [
    "customer", "tier", "days_since_last_order", "order_count", "spend_total", "window_days", "order_count_window",
    "spend_window", "currency", "r_score", "f_score", "m_score", "reason",
]  # fmt: skip
ORDERS = """Customer,Order number,Date,Amount,Currency
Lena,1,2026-05-01,120000,USD
Lena,2,2026-04-01,10,USD
Lena,3,2026-03-01,10,USD
Lena,4,2026-02-01,10,USD
Lena,5,2026-01-01,10,USD
Yuki,6,2026-04-20,20000,USD
Diego,7,2025-01-01,6000,USD
Diego,8,2025-01-02,-500,USD
=1+1,9,2026-04-30,5,USD
"""
Ask = Callable[..., dict[str, Any]]


@pytest.fixture
def orders(tmp_path: Path) -> Path:
    path = tmp_path / "orders.csv"
    path.write_text(ORDERS, encoding="utf-8")
    return path


@pytest.fixture
def ask(capsys: pytest.CaptureFixture[str]) -> Ask:
    """The JSON answer of `guanxi tier …`."""

    def run(*arguments: str | Path) -> dict[str, Any]:
        app(["tier", *map(str, arguments), "--json"], standalone_mode=False)
        printed = capsys.readouterr()
        assert printed.err == ""
        answer: dict[str, Any] = json.loads(printed.out)
        return answer

    return run


def customers_by_tier(answer: dict[str, Any]) -> dict[str, int]:
    return {row["tier"]: row["customers"] for row in answer["tiers"]}


class TestAnswer:
    def test_counts_customers_orders_and_money(self, ask: Ask, orders: Path) -> None:
        answer = ask(orders, "--scheme", "rfm-000-literal", "--as-of", "2026-05-13")

        assert {key: value for key, value in answer.items() if key not in {"tiers", "notes", "window_days"}} == {
            "scheme": "rfm-000-literal",
            "as_of": "2026-05-13",
            "currency": "USD",
            "customers": 4,
            "orders": 8,
            "spend": 145545.0,
            "rejected": 0,
            "rejects": [],
        }
        assert customers_by_tier(answer) == {"high": 1, "developing": 1, "dormant": 1, "prospect": 0, "none": 1}
        assert answer["tiers"][1] == {
            "tier": "developing", "customers": 1, "customer_share": 0.25, "spend": 20000.0,
            "spend_share": pytest.approx(20000 / 145545, abs=1e-6),
        }  # fmt: skip

    def test_without_a_day_it_is_the_day_after_the_last_order_and_says_so(self, ask: Ask, orders: Path) -> None:
        answer = ask(orders)

        assert answer["scheme"] == "rfm-firm"
        assert answer["as_of"] == "2026-05-02"
        assert any("the day after the last order" in note for note in answer["notes"])

    def test_orders_after_the_day_and_their_customers_are_unseen(self, ask: Ask, orders: Path) -> None:
        answer = ask(orders, "--as-of", "2026-01-31")

        assert (answer["customers"], answer["orders"], answer["spend"]) == (2, 2, 5510.0)

    def test_ignored_returns_are_as_if_they_had_never_been(self, ask: Ask, orders: Path) -> None:
        assert ask(orders, "--returns", "ignore")["spend"] == 146045.0

    def test_an_unknown_currency_is_taken_as_the_schemes(self, ask: Ask, tmp_path: Path) -> None:
        path = tmp_path / "plain.csv"
        path.write_text("Customer,Date,Amount\nLena,2026-05-01,10\nLena,2026-05-01,0\nLena,2026-05-02,5\n")

        answer = ask(path)

        assert answer["currency"] == "USD"
        assert any("names no currency; its amounts are taken as USD" in note for note in answer["notes"])
        # Each row is an order, and an amount of zero is none.
        assert (answer["orders"], answer["spend"]) == (2, 15.0)

    def test_a_currency_may_be_named(self, ask: Ask, tmp_path: Path) -> None:
        path = tmp_path / "plain.csv"
        path.write_text("Customer,Date,Amount\nLena,2026-05-01,10\n")

        answer = ask(path, "--currency", "eur")

        assert answer["currency"] == "EUR"
        assert not any("names no currency" in note for note in answer["notes"])

    def test_rates_convert_a_file_of_several_currencies(self, ask: Ask, tmp_path: Path) -> None:
        path = tmp_path / "mixed.csv"
        path.write_text(ORDERS + "Yuki,10,2026-05-01,100,GBP\n", encoding="utf-8")

        in_dollars = ask(path, "--rate", "GBP=1.60")
        in_pounds = ask(path, "--rate", "GBP=1.60", "--currency", "GBP", "--scheme", "rfm-000-literal")

        assert (in_dollars["currency"], in_dollars["spend"]) == ("USD", 145705.0)
        assert (in_pounds["currency"], in_pounds["spend"]) == ("GBP", pytest.approx(145705 / 1.6, abs=0.01))

    def test_who_says_what_the_answers_own_currency_is_worth_means_the_schemes(self, ask: Ask, tmp_path: Path) -> None:
        file = tmp_path / "orders.csv"
        file.write_text("customer,date,order,amount,currency\nA,2026-01-01,1,10,USD\nB,2026-01-02,2,20,GBP\n")

        answer = ask(file, "--currency", "EUR", "--rate", "EUR=1.25", "--rate", "GBP=1.5")

        assert (answer["currency"], answer["spend"]) == ("EUR", 32.0)


class TestExplain:
    def test_every_rule_with_its_figures(self, ask: Ask, orders: Path) -> None:
        answer = ask(orders, "--scheme", "rfm-000-literal", "--as-of", "2026-05-13", "--explain", "Yuki")

        explained = answer["explain"]
        assert (explained["customer"], explained["tier"]) == ("Yuki", "developing")
        assert [(rule["rule"], rule["decided"]) for rule in explained["rules"]] == [
            ("high", False),
            ("developing", True),
            ("dormant", False),
            ("prospect", False),
        ]
        missed = explained["rules"][0]["checks"][1]
        assert (missed["figure"], missed["passed"], missed["missed_by"]) == ("order_count", False, 4.0)
        assert missed["words"] == "1 order in all (at least 5 orders, missed by 4 orders)"

    def test_in_words(self, orders: Path, capsys: pytest.CaptureFixture[str]) -> None:
        app(["tier", str(orders), "--as-of", "2026-05-13", "--explain", "Diego"], standalone_mode=False)

        printed = capsys.readouterr().out
        assert "Diego: dormant, because last order 497 days ago (at least 180 days)" in printed
        assert "passed  last order 497 days ago" in printed
        assert "missed by" in printed


class TestOut:
    @pytest.fixture
    def rows(self, orders: Path, tmp_path: Path) -> Callable[[str], Path]:
        def write(name: str) -> Path:
            path = tmp_path / "out" / name
            app(["tier", str(orders), "--as-of", "2026-05-13", "--out", str(path), "--json"], standalone_mode=False)
            return path

        return write

    def test_csv_keeps_formulas_asleep(self, rows: Callable[[str], Path]) -> None:
        with rows("tiers.csv").open(encoding="utf-8", newline="") as file:
            found = list(csv.DictReader(file))

        assert list(found[0]) == COLUMNS
        assert {row["customer"] for row in found} == {"Lena", "Yuki", "Diego", "'=1+1"}
        assert found[0]["spend_total"] == "120040.00"

    def test_json(self, rows: Callable[[str], Path]) -> None:
        found = json.loads(rows("tiers.json").read_text(encoding="utf-8"))

        assert list(found[0]) == COLUMNS
        assert found[0]["spend_total"] == 120040.0

    def test_parquet(self, rows: Callable[[str], Path]) -> None:
        found = pq.read_table(rows("tiers.parquet"))

        assert found.column_names == COLUMNS
        assert found["spend_total"][0].as_py() == Decimal(120040)

    def test_excel_holds_text_as_text(self, rows: Callable[[str], Path]) -> None:
        with ZipFile(rows("tiers.xlsx")) as book:
            sheet = book.read("xl/worksheets/sheet1.xml").decode()

        assert "<f>1+1</f>" not in sheet
        assert "=1+1" in sheet

    def test_nothing_half_written_is_left(self, rows: Callable[[str], Path]) -> None:
        assert [path.name for path in rows("tiers.json").parent.iterdir()] == ["tiers.json"]


class TestFailure:
    @pytest.mark.parametrize(
        ("arguments", "sentence"),
        [
            (["--scheme", "rfm-999"], "rfm-999"),
            (["--scheme", "gone.yaml"], "gone.yaml cannot be read"),
            (["--as-of", "May"], "'May' is no day; write it as 2026-03-31"),
            (["--currency", "pounds"], "'pounds' is no currency"),
            (["--rate", "GBP"], "write GBP=1.60"),
            (["--rate", "GBP=-1"], "write GBP=1.60"),
            (["--out", "tiers.doc"], "must end in .xlsx, .csv, .parquet, .json"),
            (["--explain", "Nobody"], "no customer is called 'Nobody'"),
            (["--scheme", "rfm-000-literal", "--currency", "GBP"], "say what one GBP is worth in USD: --rate GBP="),
            (["--as-of", "1999-01-01"], "nobody had ordered by 1999-01-01: the first order of"),
        ],
    )
    def test_says_what_to_do(self, orders: Path, arguments: list[str], sentence: str) -> None:
        with pytest.raises(CommandFailed, match=sentence.replace("(", r"\(")):
            app(["tier", str(orders), *arguments], standalone_mode=False)

    def test_a_wrong_scheme_names_file_rule_and_figure(self, orders: Path, tmp_path: Path) -> None:
        scheme = tmp_path / "mine.yaml"
        scheme.write_text("name: mine\ncurrency: USD\nrules: [{tier: high, when: {sales: {at_least: 1}}}]\n")

        with pytest.raises(CommandFailed, match=r"mine.yaml: rule 1 \(high\), sales: 'sales' is no figure"):
            app(["tier", str(orders), "--scheme", str(scheme)], standalone_mode=False)


def test_a_file_is_answered_without_django(orders: Path) -> None:
    code = (
        "import sys; from guanxi.cli.app import app; "
        f"app(['tier', {str(orders)!r}, '--json'], standalone_mode=False); "
        "sys.exit(int('django' in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)

    assert done.returncode == 0, done.stderr


class TestPublishedFacts:
    """Facts that others published of these data, and the table of requirements 5.0 (E-1)."""

    @pytest.fixture
    def retail(self, shared_data: Path) -> Path:
        return shared_data / "online_retail" / "online_retail.parquet"

    def test_the_literal_rules(self, ask: Ask, retail: Path) -> None:
        answer = ask(
            retail, "--as-of", "2011-12-10", "--rate", "GBP=1.60", "--returns", "ignore", "--scheme", "rfm-000-literal"
        )  # fmt: skip

        assert (answer["customers"], answer["orders"], answer["currency"]) == (4338, 18532, "GBP")
        assert answer["spend"] == pytest.approx(8911407.90, abs=0.01)
        assert customers_by_tier(answer) == {"high": 10, "developing": 0, "dormant": 11, "prospect": 0, "none": 4317}

    def test_the_default_gives_no_class_more_than_three_fifths(self, ask: Ask, retail: Path) -> None:
        answer = ask(retail, "--as-of", "2011-12-10", "--returns", "ignore")

        assert sum(row["customers"] for row in answer["tiers"]) == 4338
        assert max(row["customer_share"] for row in answer["tiers"]) <= 0.6
        assert "none" not in customers_by_tier(answer)

    def test_netted_cancellations_keep_those_who_have_only_credits(self, ask: Ask, retail: Path) -> None:
        answer = ask(retail, "--as-of", "2011-12-10")

        assert (answer["customers"], answer["rejected"]) == (4372, 135080)
        assert answer["spend"] == pytest.approx(8300065.81, abs=0.01)

    def test_the_published_scores_of_the_rfm_reference(self, shared_data: Path, tmp_path: Path) -> None:
        out = tmp_path / "scores.csv"
        app(
            ["tier", str(shared_data / "rfm_reference" / "rfm_data_orders.csv.gz"), "--as-of", "2006-12-31",
             "--out", str(out), "--json"],
            standalone_mode=False,
        )  # fmt: skip

        with out.open(encoding="utf-8", newline="") as file:
            scores = {row["customer"]: row["r_score"] + row["f_score"] + row["m_score"] for row in csv.DictReader(file)}
        published = {
            "Abbey O'Reilly": "343", "Add Senger": "412", "Aden Lesch": "323", "Aden Murphy": "544",
            "Admiral Senger": "433", "Agness O'Keefe": "555", "Aileen Barton": "555", "Ailene Hermann": "355",
            "Aiyanna Bruen": "321", "Akeelah Walsh": "445",
        }  # fmt: skip
        assert {name: scores[name] for name in published} == published


@pytest.mark.django_db
class TestWorkspace:
    """Without FILE: the orders of the workspace, standings untouched."""

    def test_answers_and_explains_by_name_or_number(self, guanxi: Any, orders: Path) -> None:
        assert guanxi("import", str(orders), "--json").returncode == 0

        done = guanxi("tier", "--as-of", "2026-05-13", "--scheme", "rfm-000-literal", "--explain", "Yuki", "--json")

        assert done.returncode == 0, done.stderr
        answer = json.loads(done.stdout)
        assert (answer["customers"], answer["orders"], answer["spend"]) == (4, 8, 145545.0)
        assert answer["explain"]["tier"] == "developing"

    def test_is_answered_when_it_is_empty(self, guanxi: Any) -> None:
        done = guanxi("tier", "--json")

        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["customers"] == 0


class TestRefusedRows:
    def test_are_told_with_row_field_and_remedy(
        self, ask: Ask, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        path = tmp_path / "books.csv"
        path.write_text("Customer,Date,Amount\nLena,2026-05-01,10\nLena,soon,5\nYuki,2026-05-01,\n")

        assert ask(path)["rejects"] == [
            {"row": 3, "field": "Date", "reason": "'soon' is no date; write it like 2024-05-31"},
            {"row": 4, "field": "Amount", "reason": "no amount"},
        ]
        app(["tier", str(path)], standalone_mode=False)
        assert "row 3: Date: 'soon' is no date; write it like 2024-05-31\n" in capsys.readouterr().out


class TestOddFiles:
    def test_orders_of_days_to_come_are_told(self, ask: Ask, tmp_path: Path) -> None:
        path = tmp_path / "books.csv"
        path.write_text("Customer,Date,Amount\nLena,2024-05-01,10\nLena,2124-05-01,5\n")

        assert any("1 order in books.csv lies in the future, on 2124-05-01" in each for each in ask(path)["notes"])

    def test_amounts_without_a_currency_take_the_one_the_others_name(self, ask: Ask, tmp_path: Path) -> None:
        path = tmp_path / "books.csv"
        path.write_text("Customer,Date,Amount,Currency\nLena,2024-05-01,10,EUR\nLena,2024-06-01,5,\n")

        answer = ask(path)

        assert (answer["currency"], answer["spend"]) == ("EUR", 15.0)
        assert "Some amounts name no currency; they are taken as EUR. Say --currency otherwise." in answer["notes"]

    def test_all_rates_that_are_missing_are_named_at_once(self, tmp_path: Path) -> None:
        path = tmp_path / "books.csv"
        path.write_text("Customer,Date,Amount\nLena,2024-05-01,€10\nYuki,2024-06-01,JP¥5\nDiego,2024-06-02,US$5\n")

        with pytest.raises(CommandFailed, match="is worth in USD: --rate EUR=… --rate JPY=…"):
            app(["tier", str(path)], standalone_mode=False)
