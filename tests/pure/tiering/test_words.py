"""Reasons in words, each figure with its window (CN-07)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from guanxi.tiering import rules, words
from guanxi.tiering.rules import Condition, Constant, Multiple, Rule, Scheme

FIGURES: dict[str, Any] = {
    "days_since_last_order": 12, "order_count": 1, "spend_total": Decimal("1234.5"), "order_count_window": 3,
    "spend_window": Decimal(900), "r_score": 5, "f_score": 1, "m_score": 2, "cycle_days": Decimal("30.5"),
}  # fmt: skip


def reason_of(*conditions: Condition, figures: dict[str, Any] = FIGURES) -> str:
    scheme = Scheme("one", (Rule("high", "high", conditions),), "none", {"high": {}, "none": {}}, "USD", 90)
    return words.reason(rules.decide(figures, scheme), "USD")


@pytest.mark.parametrize(
    ("condition", "reason"),
    [
        (
            Condition("days_since_last_order", "at_most", Constant(Decimal(51), percentile=Decimal(50))),
            "last order 12 days ago (at most 51 days, the 50th percentile of your customers)",
        ),
        (
            Condition("days_since_last_order", "at_most", Multiple("cycle_days", Decimal("1.5"))),
            "last order 12 days ago (at most 45.75 days, 1.5 × own cycle)",
        ),
        (Condition("order_count", "is", Constant(Decimal(1))), "1 order in all (exactly 1 order)"),
        (Condition("order_count", "below", Constant(Decimal(2))), "1 order in all (less than 2 orders)"),
        (Condition("order_count_window", "above", Constant(Decimal(2))), "3 orders in 90 days (more than 2 orders)"),
        (
            Condition("spend_total", "at_least", Constant(Decimal(1000), stated=Decimal(1600))),
            "USD 1,234.50 in all (at least USD 1,000.00, written as 1,600 in the scheme's currency)",
        ),
        (
            Condition("spend_window", "at_least", Multiple("order_count", Decimal(2))),
            "USD 900.00 in 90 days (at least USD 2.00, 2 × order_count)",
        ),
        (Condition("r_score", "at_least", Constant(Decimal(4))), "R score 5 of 5 (at least 4)"),
        (Condition("cycle_days", "at_most", Constant(Decimal(40))), "own cycle 30.5 days (at most 40 days)"),
    ],
)
def test_a_figure_and_its_border(condition: Condition, reason: str) -> None:
    assert reason_of(condition) == reason


def test_the_catch_all_names_the_nearest_rule_and_the_gap() -> None:
    reason = reason_of(
        Condition("order_count", "at_least", Constant(Decimal(5))),
        Condition("spend_total", "at_least", Constant(Decimal(1))),
    )

    assert reason == "no rule fits; nearest is high: 1 order in all (at least 5 orders, missed by 4 orders)"


def test_a_border_missed_by_nothing_is_only_missed() -> None:
    reason = reason_of(Condition("order_count", "above", Constant(Decimal(1))))

    assert reason.endswith("1 order in all (more than 1 order, missed)")


def test_a_customer_without_orders() -> None:
    nobody = FIGURES | {"days_since_last_order": None, "cycle_days": None}

    assert "no order yet (at most 30 days, missed)" in reason_of(
        Condition("days_since_last_order", "at_most", Constant(Decimal(30))), figures=nobody
    )
    assert "no own cycle yet" in reason_of(Condition("cycle_days", "at_most", Constant(Decimal(3))), figures=nobody)


def test_a_border_that_nobody_knows() -> None:
    assert "at least a border that is not known" in reason_of(Condition("order_count", "at_least", Constant(None)))


def test_a_scheme_whose_rules_all_passed_has_nothing_nearest() -> None:
    decision = rules.Decision("none", rules.OTHERWISE, ())

    assert words.reason(decision, "USD") == "no rule fits"


@pytest.mark.parametrize(
    ("share", "words_of_it"),
    [("1", "1st"), ("2", "2nd"), ("33", "33rd"), ("11", "11th"), ("80", "80th"), ("2.5", "2.5th")],
)
def test_percentiles_are_ordinals(share: str, words_of_it: str) -> None:
    reason = reason_of(Condition("order_count", "at_least", Constant(Decimal(1), percentile=Decimal(share))))

    assert f"the {words_of_it} percentile" in reason


def test_two_borders_of_one_figure_are_told_in_one_breath() -> None:
    reason = reason_of(
        Condition("order_count_window", "at_least", Constant(Decimal(1))),
        Condition("order_count_window", "at_most", Constant(Decimal(3))),
    )

    assert reason == "3 orders in 90 days (at least 1 order, at most 3 orders)"
