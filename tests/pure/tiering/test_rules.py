"""Ordered rules, one class for everyone, and by how much the next one is missed (CN-04, CN-07, CN-08, CN-37)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from guanxi.tiering import rules
from guanxi.tiering.documents import read_preset
from guanxi.tiering.rules import Condition, Constant, Extreme, Multiple, Percentile, Rule, Scheme, Unsettled

LITERAL = read_preset("rfm-000-literal")
FIRM_BORDERS = {
    ("days_since_last_order", Decimal(50)): Decimal(60),
    ("order_count_window", Decimal(75)): Decimal(5),
    ("spend_window", Decimal(75)): Decimal(2000),
    ("spend_window", Decimal(25)): Decimal(300),
}
FIRM = rules.settle(read_preset("rfm-firm"), borders=FIRM_BORDERS, currency="USD")
NOTHING: dict[str, Any] = {
    "days_since_last_order": None, "order_count": 0, "spend_total": Decimal(0), "order_count_window": 0,
    "spend_window": Decimal(0), "r_score": None, "f_score": None, "m_score": None, "cycle_days": None,
}  # fmt: skip


def bought(days: int, orders: int, spend: str, **changes: Any) -> dict[str, Any]:
    """The figures of a customer whose orders all lie in the window, unless `changes` say otherwise."""
    return NOTHING | {
        "days_since_last_order": days, "order_count": orders, "spend_total": Decimal(spend),
        "order_count_window": orders, "spend_window": Decimal(spend),
    } | changes  # fmt: skip


def scheme_of(*conditions: Condition, currency: str = "USD") -> Scheme:
    return Scheme("one", (Rule("high", "high", conditions),), "none", {"high": {}, "none": {}}, currency, 365)


class TestTheLiteralRules:
    @pytest.mark.parametrize(
        ("figures", "tier"),
        [
            (bought(30, 5, "100000"), "high"),  # T-05, each border included (CN-37)
            (bought(31, 5, "100000"), "none"),
            (bought(30, 4, "100000"), "none"),
            (bought(30, 5, "99999.9999"), "none"),
            (bought(60, 1, "10000"), "developing"),  # T-06
            (bought(60, 2, "50000"), "developing"),
            (bought(60, 3, "50000"), "none"),
            (bought(60, 2, "50000.01"), "none"),
            (bought(61, 2, "50000"), "none"),
            (bought(180, 1, "5000"), "dormant"),  # T-07
            (bought(179, 1, "5000"), "none"),
            (bought(180, 1, "4999.99"), "none"),
            (NOTHING, "prospect"),  # T-08: never bought is no R of zero days (CN-03)
            (NOTHING | {"spend_total": Decimal(-10)}, "none"),  # only credits
        ],
    )
    def test_decide_word_for_word(self, figures: dict[str, Any], tier: str) -> None:
        assert rules.decide(figures, LITERAL).tier == tier


class TestTheFirmsOwnRules:
    @pytest.mark.parametrize(
        ("figures", "tier"),
        [
            (bought(60, 5, "2000"), "high"),
            (bought(61, 5, "2000"), "general"),  # recent enough for nobody without a longer cycle
            (bought(90, 5, "2000", cycle_days=Decimal(60)), "high"),  # within 1.5 × own cycle (CN-08)
            (bought(91, 5, "2000", cycle_days=Decimal(60)), "general"),
            (bought(60, 2, "300"), "developing"),
            (bought(60, 3, "300"), "general"),
            (bought(60, 2, "299.99"), "general"),
            (bought(180, 1, "5"), "dormant"),
            (bought(179, 1, "5"), "general"),
            (bought(200, 8, "900", cycle_days=Decimal(180)), "general"),  # due every half year: not asleep
            (bought(270, 8, "900", cycle_days=Decimal(180)), "dormant"),
            # Silent for longer than the window: dormant looks at the lifetime (CN-07).
            (bought(400, 9, "9000", order_count_window=0, spend_window=Decimal(0)), "dormant"),
            (NOTHING, "prospect"),
            (NOTHING | {"spend_total": Decimal(-10)}, "general"),
        ],
    )
    def test_give_exactly_one_class(self, figures: dict[str, Any], tier: str) -> None:
        assert rules.decide(figures, FIRM).tier == tier


class TestDecision:
    def test_shows_every_rule_and_by_how_much_it_is_missed(self) -> None:
        decision = rules.decide(bought(40, 3, "120000"), LITERAL)

        high = decision.outcomes[0]
        assert [(check.figure, check.passed, check.missed_by) for check in high.checks] == [
            ("days_since_last_order", False, 10),
            ("order_count", False, 2),
            ("spend_total", True, None),
        ]
        assert len(decision.outcomes) == 4
        assert decision.rule == "otherwise"
        assert decision.checks == ()

    def test_the_first_rule_that_fits_decides_and_a_later_one_is_only_shown(self) -> None:
        condition = Condition("order_count", "at_least", Constant(Decimal(1)))
        scheme = Scheme(
            "two", (Rule("a", "high", (condition,)), Rule("b", "low", (condition,))), "none",
            {"high": {}, "low": {}, "none": {}}, "USD", 365,
        )  # fmt: skip

        decision = rules.decide(bought(1, 1, "1"), scheme)

        assert decision.tier == "high"
        assert [(outcome.passed, outcome.decided) for outcome in decision.outcomes] == [(True, True), (True, False)]

    def test_the_nearest_rule_fails_in_the_fewest_conditions(self) -> None:
        nearest = rules.decide(bought(190, 1, "100"), LITERAL).nearest

        assert nearest is not None
        assert nearest.rule == "dormant"

    def test_nothing_is_nearest_when_every_rule_passed(self) -> None:
        scheme = scheme_of(Condition("order_count", "at_least", Constant(Decimal(1))))

        assert rules.decide(bought(1, 1, "1"), scheme).nearest is None

    def test_names_the_window_of_a_figure_of_the_window_only(self) -> None:
        checks = rules.decide(bought(1, 1, "1"), FIRM).outcomes[0].checks

        assert [(check.figure, check.window_days) for check in checks] == [
            ("days_since_last_order", None),
            ("order_count_window", 365),
            ("spend_window", 365),
        ]

    def test_tells_which_part_of_a_border_was_decisive(self) -> None:
        own_cycle = rules.decide(bought(70, 5, "2000", cycle_days=Decimal(60)), FIRM)
        others = rules.decide(bought(10, 5, "2000", cycle_days=Decimal(7)), FIRM)

        assert own_cycle.checks[0].source == Multiple("cycle_days", Decimal("1.5"))
        assert own_cycle.checks[0].threshold == 90
        assert others.checks[0].source == Constant(Decimal(60), percentile=Decimal(50))

    @pytest.mark.parametrize(
        ("operator", "value", "passed"),
        [
            ("at_least", 5, True), ("at_least", 4, False), ("at_most", 5, True), ("at_most", 6, False),
            ("above", 5, False), ("above", 6, True), ("below", 5, False), ("below", 4, True),
            ("is", 5, True), ("is", 4, False),
        ],
    )  # fmt: skip
    def test_comparisons_at_the_border(self, operator: Any, value: int, passed: bool) -> None:
        scheme = scheme_of(Condition("order_count", operator, Constant(Decimal(5))))

        assert (rules.decide(bought(1, value, "1"), scheme).tier == "high") is passed

    def test_an_unknown_border_is_never_passed(self) -> None:
        for threshold in (Constant(None), Multiple("cycle_days", Decimal(2)), Extreme(True, (Constant(None),))):
            decision = rules.decide(bought(1, 1, "1"), scheme_of(Condition("order_count", "at_least", threshold)))

            assert decision.tier == "none"
            assert decision.outcomes[0].checks[0].missed_by is None

    def test_the_smallest_of_several(self) -> None:
        smallest = Extreme(False, (Constant(Decimal(3)), Constant(Decimal(2))))
        scheme = scheme_of(Condition("order_count", "at_least", smallest))

        assert rules.decide(bought(1, 2, "1"), scheme).tier == "high"
        assert "LEAST(3, 2)" in rules.tier_case(scheme)


class TestSettle:
    PERCENTILE = scheme_of(Condition("spend_total", "at_least", Percentile(Decimal(80))))

    def test_an_unsettled_scheme_cannot_decide(self) -> None:
        with pytest.raises(Unsettled):
            rules.decide(bought(1, 1, "1"), self.PERCENTILE)
        with pytest.raises(Unsettled):
            rules.tier_case(self.PERCENTILE)

    def test_a_percentile_is_not_converted(self) -> None:
        borders = {("spend_total", Decimal(80)): Decimal(7)}

        settled = rules.settle(self.PERCENTILE, borders=borders, currency="GBP", rate=Decimal("1.6"))

        assert settled.rules[0].conditions[0].threshold == Constant(Decimal(7), percentile=Decimal(80))

    def test_an_amount_is_converted_and_remembers_what_was_written(self) -> None:
        settled = rules.settle(LITERAL, borders={}, currency="GBP", rate=Decimal("1.6"))

        assert settled.currency == "GBP"
        assert settled.rules[0].conditions[2].threshold == Constant(Decimal("62500.0000"), stated=Decimal(100000))
        # Days and counts have no currency.
        assert settled.rules[0].conditions[0].threshold == Constant(Decimal(30))

    @pytest.mark.parametrize("operator", ["at_least", "above", "at_most", "below"])
    @pytest.mark.parametrize("spend", ["33333.3333", "33333.3334"])
    def test_rounding_a_border_changes_no_answer(self, operator: Any, spend: str) -> None:
        scheme = scheme_of(Condition("spend_total", operator, Constant(Decimal(100000))))

        settled = rules.settle(scheme, borders={}, currency="GBP", rate=Decimal(3))

        in_dollars = rules.decide(bought(1, 1, str(Decimal(spend) * 3)), scheme).tier
        assert rules.decide(bought(1, 1, spend), settled).tier == in_dollars


class TestWhatASchemeLooksAt:
    def test_figures_and_percentiles(self) -> None:
        firm = read_preset("rfm-firm")

        assert "cycle_days" in rules.figures_of(firm)
        assert set(rules.percentiles_of(firm)) == set(FIRM_BORDERS)

    @pytest.mark.parametrize(("name", "needs_a_rate"), [("rfm-000-literal", True), ("rfm-firm", False)])
    def test_only_amounts_need_a_rate(self, name: str, needs_a_rate: bool) -> None:
        assert rules.has_amounts(read_preset(name)) is needs_a_rate
