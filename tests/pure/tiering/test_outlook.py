"""What would change a tier, and in which words (CN-03, CN-07)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from guanxi.tiering import rules
from guanxi.tiering.outlook import Fall, Orders, outlook
from guanxi.tiering.outlook_words import outlook_words
from guanxi.tiering.words import Language
from tests.pure.tiering.figures import STRANGER, buyer, settled
from tests.pure.tiering.test_presets import BEST, of_share


def sentences(name: str, figures: dict[str, Any], language: Language = "en") -> list[str]:
    scheme = settled(name)
    return outlook_words(outlook(figures, scheme), scheme.tiers, "USD", language)


class TestTheWayUp:
    def test_names_what_is_missing_and_how_many_orders_would_do(self) -> None:
        """CN-07: with the window beside each figure."""
        found = sentences("rfm-firm", buyer(days=20, orders=3, spend=12_000, order_count_90_days=2))

        assert found[0] == (
            "To become High value: by Three orders in three months: 1 order more in 90 days, or 2 orders more "
            "in 365 days and USD 8,000.00 more in 365 days."
        )
        assert found[1] == "One more order like his usual one (USD 4,000.00) would make him High value."

    def test_an_order_also_mends_a_recency(self) -> None:
        found = outlook(buyer(days=61, orders=5, spend=20_000), settled("rfm-firm"))

        assert found.orders == Orders(1, Decimal(4000), "high")
        assert [check.figure for check in found.ways[0].missing] == ["days_since_last_order"]

    def test_names_the_gates_that_stand_between(self) -> None:
        """CN-12: share enough for A, but late in paying."""
        late = of_share("20", **(BEST | {"late_invoice_count_year": 1, "overdue_invoice_count": 1}))
        found = sentences("abc-concentrated", late)

        assert found[0] == (
            "To become A: paid on time and nothing overdue (late invoices in 12 months 1 (exactly 0, missed by 1), "
            "invoices overdue now 1 (exactly 0, missed by 1))."
        )

    def test_of_who_never_bought(self) -> None:
        found = outlook(STRANGER, settled("lifecycle"))

        assert found.orders is not None
        assert (found.orders.count, found.orders.each) == (1, None)

    def test_the_best_have_no_way_up(self) -> None:
        assert sentences("rfm-firm", buyer(days=5, orders=9, spend=90_000))[0] == "The best tier already."

    def test_no_class_of_need_is_better_than_another(self) -> None:
        found = outlook(buyer(days=5, orders=9), settled("need"))

        assert (found.ways, found.orders, found.fall, found.is_best) == ((), None, None, False)


class TestTheFall:
    @pytest.mark.parametrize(
        ("name", "figures", "fall"),
        [
            ("rfm-firm", buyer(days=100, orders=9, spend=1), Fall("dormant", 80)),
            ("rfm-firm", buyer(days=60, orders=5, spend=20_000), Fall("general", 1)),
            ("lifecycle", buyer(days=10, orders=3, cycle_days=Decimal(20), cycles_since_last_order=Decimal("0.5")),
             Fall("declining", 21)),
            ("lifecycle", buyer(days=400, orders=3), Fall("lost", 1)),
            ("reading", buyer(days=10, orders=3, days_since_last_reading=10), Fall("not_known", 80)),
        ],
    )  # fmt: skip
    def test_says_after_how_many_days_of_silence(self, name: str, figures: dict[str, Any], fall: Fall) -> None:
        """CN-08: against the customer's own cycle where the rule says so."""
        figures = figures | ({"days_since_last_interaction": 364} if fall.tier == "lost" else {})

        assert outlook(figures, settled(name)).fall == fall

    def test_tells_days_and_never_r_high(self) -> None:
        """CN-03."""
        for language in ("en", "zh-Hans"):
            told = " ".join(sentences("rfm-003-cells", buyer(days=61, orders=2, spend=5000), language))
            assert "R high" not in told
            assert "R高" not in told


def test_in_chinese() -> None:
    found = sentences("stage", buyer(days=5, orders=2, months_since_first_order=3), "zh-Hans")

    assert found[0].startswith("要成为稳定合作:")
    assert "距首单时间3个月" in found[0]


@pytest.mark.parametrize("language", ["en", "zh-Hans"])
def test_every_reason_can_be_told(language: Language) -> None:
    """CN-12: gates by name and marks come along."""
    from guanxi.tiering import words

    scheme = settled("abc-concentrated")
    decision = rules.decide(of_share("20", cooperation_years=Decimal("0.5"), late_invoice_count_year=0), scheme)
    told = words.reason(decision, "USD", language)

    assert decision.tier == "B"
    assert ("one grade lower" in told) is (language == "en")
    assert ("降一级" in told) is (language == "zh-Hans")
    assert ("provisional" in told) is (language == "en")
