"""Periods and kinds of a review."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from guanxi.tiering import documents, moves, reviews, rules


@pytest.mark.parametrize(
    ("kind", "on", "begins", "ends"),
    [
        ("quarter", date(2026, 3, 30), date(2025, 10, 1), date(2026, 1, 1)),
        ("quarter", date(2026, 3, 31), date(2026, 1, 1), date(2026, 4, 1)),  # over by the end of that day
        ("quarter", date(2026, 4, 1), date(2026, 1, 1), date(2026, 4, 1)),
        ("quarter", date(2026, 1, 1), date(2025, 10, 1), date(2026, 1, 1)),
        ("half_year", date(2026, 6, 29), date(2025, 7, 1), date(2026, 1, 1)),
        ("half_year", date(2026, 6, 30), date(2026, 1, 1), date(2026, 7, 1)),
        ("half_year", date(2026, 12, 31), date(2026, 7, 1), date(2027, 1, 1)),
    ],
)
def test_the_period_is_the_latest_closed_one(kind: Any, on: date, begins: date, ends: date) -> None:
    """M-04, M-08, CN-17: quarters and half years of the calendar."""
    found = reviews.closed_period(kind, on)

    assert (found.from_on, found.until_on) == (begins, ends)


@pytest.mark.parametrize(
    ("scheme", "move", "before", "after", "kind"),
    [
        ("abc-cumulative", None, "C", "A", "raise"),
        ("abc-cumulative", None, "A", "B", "lower"),
        ("abc-cumulative", "M-05", "C", "B", "raise"),
        ("abc-cumulative", "M-06", "A", "B", "lower"),
        ("abc-cumulative", "M-08-talks", "C", "dormant", "dormant"),
        ("abc-cumulative", "M-13", "C", "B", "candidate"),
        ("need", "M-07", "standard", "custom", "need"),
        ("need", None, "custom", "standard", "need"),
        ("service-level", "M-10", "standard", "vip", "member"),
    ],
)
def test_every_proposal_is_of_a_known_kind(scheme: str, move: str | None, before: str, after: str, kind: str) -> None:
    """M-05…M-10, M-13."""
    read = documents.read_preset(scheme)
    found = moves.named_move(read, move) if move else None
    assert (found is None) is (move is None)

    assert reviews.kind_of(read, found, before=before, after=after) == kind
    assert kind in reviews.KINDS


class TestTheMovesThatShip:
    def test_have_a_cause_and_leave_a_way_out(self) -> None:
        """M-12, M-15: growth, risk, time or need; and no move leads into a tier that nothing leads out of."""
        for name in documents.preset_names():
            scheme = documents.read_preset(name)
            for move in scheme.moves:
                assert move.cause in ("growth", "risk", "time", "need")
                assert any(rule.tier != move.to for rule in scheme.rules)

    def test_grades_and_needs_wait_for_a_person_and_activity_does_not(self) -> None:
        """CN-51, D-28: who decides."""
        decides = {name: documents.read_preset(name).decides for name in documents.ACTIVE_PRESETS}

        assert {name for name, who in decides.items() if who == "review"} == {"abc-cumulative", "need"}

    def test_stable_cooperation_wants_three_orders_and_a_year(self) -> None:
        """DP-13: the default of CN-53."""
        stage = documents.read_preset("stage")
        plain = dict.fromkeys(rules.figures_of(stage)) | {"order_count": 3, "days_since_last_order": 30}

        def tier(completed: int, months: int) -> str:
            figures = {"completed_order_count": completed, "months_since_first_order": Decimal(months)}
            return rules.decide(plain | figures, stage).tier

        assert (tier(3, 12), tier(2, 12), tier(3, 11)) == ("stable", "trial", "trial")

    def test_promotion_is_protected_for_180_days(self) -> None:
        """DP-07, CN-09: the default."""
        for name in ("M-05", "M-13"):
            move = moves.named_move(documents.read_preset("abc-cumulative"), name)
            assert move is not None
            assert move.protect_days == 180
        speed = moves.named_move(documents.read_preset("rfm-firm"), "M-02")
        assert speed is not None
        assert (speed.protect_days, speed.occasion) == (180, "order")

    def test_recency_never_lowers_a_grade(self) -> None:
        """CN-08: value and activity are two axes; A is never lowered by days without an order."""
        for name in ("abc-cumulative", "abc-concentrated"):
            scheme = documents.read_preset(name)
            for rule in scheme.rules:
                terms = [*rule.conditions, *(term for gate in rule.gates for term in gate.terms)]
                assert not any(getattr(term, "figure", "") == "days_since_last_order" for term in terms)
            lowering = [move for move in scheme.moves if "A" in move.origins]
            assert [move.name for move in lowering] == ["M-06"]

    def test_lost_is_kept_apart_from_dormant(self) -> None:
        """CN-11, M-03, CN-44: a year without any sign of life, not merely without an order."""
        scheme = documents.read_preset("lifecycle")
        move = moves.named_move(scheme, "M-03")

        assert move is not None
        assert (set(move.origins), move.to) == ({"dormant", "lapsed"}, "lost")
        assert [each.figure for each in move.terms] == ["days_since_last_interaction"]  # type: ignore[union-attr]
        assert {"dormant", "lapsed", "lost"} <= set(scheme.tiers)
