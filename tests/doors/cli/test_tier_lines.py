"""What `guanxi tier FILE` knows beyond orders: what was bought, what it cost, and how invoices were paid."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from guanxi.cli.app import app
from guanxi.cli.failure import CommandFailed
from guanxi.scoring import order_lines
from guanxi.scoring.measures import MEASURES
from guanxi.scoring.policies import Policy

ORDERS = """Order ID,Order Date,Customer ID,Customer Name,SKU,Product,Category,Quantity,Unit Price,Cost,Currency
O1,13/01/2025,C1,Lena GmbH,S1,Lamp,Lamps,10,20,150,USD
O1,13/01/2025,C1,Lena GmbH,S2,Vase,Glass,5,30,50,USD
O2,02/02/2025,C1,Lena GmbH,S1,Lamp,Lamps,10,20,150,USD
O3,03/03/2025,C1,Lena GmbH,S1,Lamp,Lamps,12,20,180,USD
O4,03/03/2025,C2,Yuki,S3,Rug,Rugs,12,200,1200,USD
"""
INVOICES = """Invoice No,Customer Name,Order ID,Invoice Date,Due Date,Paid Date,Amount
I1,Lena GmbH,,2025-01-13,2025-02-12,2025-03-01,350
I2,,O4,2025-03-03,2025-04-20,,2400
I3,Nobody,,2025-03-03,2025-03-20,,2400
"""
MARGIN = """
name: margins
title: Margins
currency: USD
tiers: {good: {en: Good}, late: {en: Late}, other: {en: Other}}
rules:
  - {tier: late, when: {late_invoice_count_year: {above: 0}}}
  - {tier: good, when: {margin_percent: {at_least: 30}, category_count: {at_least: 2}}}
otherwise: other
"""
Ask = Callable[..., dict[str, Any]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in (("orders.csv", ORDERS), ("invoices.csv", INVOICES), ("margins.yaml", MARGIN)):
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


@pytest.fixture
def ask(capsys: pytest.CaptureFixture[str], folder: Path) -> Ask:
    def run(*arguments: str | Path) -> dict[str, Any]:
        app(["tier", str(folder / "orders.csv"), "--as-of", "2025-04-01", *map(str, arguments), "--json"],
            standalone_mode=False)  # fmt: skip
        answer: dict[str, Any] = json.loads(capsys.readouterr().out)
        return answer

    return run


def tiers(answer: dict[str, Any]) -> dict[str, int]:
    return {row["tier"]: row["customers"] for row in answer["tiers"] if row["customers"]}


class TestLines:
    def test_need_is_known_from_the_categories_of_the_lines(self, ask: Ask) -> None:
        """P-01, P-12: without lines everybody would be `not_known`."""
        assert "not_known" not in tiers(ask("--scheme", "need"))

    def test_margin_is_known_from_the_cost_of_the_lines(self, ask: Ask, folder: Path) -> None:
        """790 sold for 530 is a margin of 32.9 %, in two categories."""
        assert tiers(ask("--scheme", folder / "margins.yaml")) == {"good": 1, "other": 1}

    @pytest.mark.parametrize("measure", MEASURES, ids=lambda each: each.name)
    def test_lines_are_read_for_the_measures_that_look_at_them(self, measure: Any) -> None:
        looks = "FROM lines" in measure.query(Policy(date(2026, 1, 1)))

        assert looks == bool(measure.figures.keys() & order_lines.FIGURES_OF_ARTICLES)


class TestInvoices:
    def test_a_late_payment_counts(self, ask: Ask, folder: Path) -> None:
        """D-10: by the customer's name, and by the number of his order."""
        answer = ask("--scheme", folder / "margins.yaml", "--invoices", folder / "invoices.csv")

        assert tiers(answer) == {"late": 1, "other": 1}
        assert "Invoices of nobody who ordered, left out: 1." in answer["notes"]

    def test_a_due_day_on_the_order_is_an_invoice(self, ask: Ask, folder: Path) -> None:
        heading, *rows = ORDERS.splitlines()
        path = folder / "orders.csv"
        path.write_text("\n".join([f"{heading},Due Date", *(f"{row},2025-03-20" for row in rows)]), encoding="utf-8")

        assert tiers(ask("--scheme", folder / "margins.yaml")) == {"late": 2}

    def test_they_need_a_file_of_orders(self, folder: Path) -> None:
        with pytest.raises(CommandFailed, match="--invoices belongs to a FILE of orders"):
            app(["tier", "--invoices", str(folder / "invoices.csv")], standalone_mode=False)

    def test_a_file_without_invoices_is_refused_in_words(self, ask: Ask, folder: Path) -> None:
        with pytest.raises(CommandFailed, match=r"margins\.yaml|orders\.csv"):
            ask("--scheme", "abc-concentrated", "--invoices", folder / "margins.yaml")


class TestDateOrder:
    @pytest.mark.parametrize(("order", "seen"), [("mdy", 1), ("dmy", 0)])
    def test_an_ambiguous_day_is_read_as_told(self, ask: Ask, folder: Path, order: str, seen: int) -> None:
        """The fourth of March or the third of April."""
        rows = "Order ID,Order Date,Customer,Amount\nO1,03/04/2025,Lena,5\nO2,01/01/2025,Lena,5\n"
        (folder / "orders.csv").write_text(rows, encoding="utf-8")

        assert ask("--date-order", order)["orders"] == 1 + seen
