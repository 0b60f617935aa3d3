"""The late-payment rules against twenty payers judged by hand (CN-15, DP-05, M-06)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from guanxi.engine import connection
from guanxi.scoring.measures import payment
from guanxi.scoring.policies import Policy
from guanxi.tiering import documents, moves, rules

GOLDEN = yaml.safe_load((Path(__file__).parents[1] / "golden" / "late_payment.yaml").read_text(encoding="utf-8"))
NAMES = list(GOLDEN["customers"])
SCHEME = documents.read_preset("abc-cumulative")


@pytest.fixture(scope="module")
def measured() -> dict[str, dict[str, Any]]:
    """The payment figures of the twenty, by name."""
    with connection.open_engine() as engine:
        engine.execute(
            "CREATE TABLE invoices "
            "(customer_id BIGINT, issued_on DATE, due_on DATE, paid_on DATE, amount DECIMAL(18, 4))"
        )
        for number, name in enumerate(NAMES):
            for due_on, paid_on in GOLDEN["customers"][name]["invoices"]:
                engine.execute(
                    "INSERT INTO invoices VALUES (?, ?, ?, ?, 100)", [number, date(2025, 1, 1), due_on, paid_on]
                )
        query = payment.MEASURE.query(Policy(GOLDEN["as_of"], 365))
        columns = ", ".join(payment.FIGURES)
        rows = engine.execute(f"SELECT customer_id, {columns} FROM ({query})").fetchall()
    return {NAMES[number]: dict(zip(payment.FIGURES, row, strict=True)) for number, *row in rows}


def figures_of(measured: dict[str, dict[str, Any]], name: str) -> dict[str, Any]:
    """All figures of the scheme: sales that suffice for A, and the measured payment."""
    plain = dict.fromkeys(rules.figures_of(SCHEME, and_moves=True))
    enough = {"spend_share_before": Decimal(0), "spend_window": Decimal(100), "order_count": 9}
    return plain | enough | measured[name] | {SCHEME.own_standing: GOLDEN["customers"][name]["now"] or None}


@pytest.mark.parametrize("name", NAMES)
class TestTwentyPayers:
    def test_are_counted_as_by_hand(self, measured: dict[str, dict[str, Any]], name: str) -> None:
        """DP-05: late, and more than seven days late, in twelve months."""
        wanted = GOLDEN["customers"][name]
        found = measured[name]

        assert (
            found["late_invoice_count_year"], found["badly_late_invoice_count_year"], found["overdue_invoice_count"]
        ) == (wanted["late"], wanted["bad"], wanted["open"])  # fmt: skip

    def test_are_graded_as_by_hand(self, measured: dict[str, dict[str, Any]], name: str) -> None:
        """CN-15: no delay to enter A, one to stay with a warning, two bad ones to be lowered."""
        decision = rules.decide(figures_of(measured, name), SCHEME)

        assert decision.tier == GOLDEN["customers"][name]["grade"]

    def test_are_lowered_by_m_06_as_by_hand(self, measured: dict[str, dict[str, Any]], name: str) -> None:
        """M-06: only a customer of class A, and only a proposal (CN-51)."""
        move = moves.named_move(SCHEME, "M-06")
        assert move is not None
        assert (move.origins, move.to, move.decides) == (("A",), "B", "review")

        is_open = GOLDEN["customers"][name]["now"] == "A" and rules.holds(move.terms, figures_of(measured, name), 365)
        assert bool(is_open) is GOLDEN["customers"][name]["lowered"]


def test_there_are_twenty() -> None:
    assert len(NAMES) == 20
