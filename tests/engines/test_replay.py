"""What a scheme would have done on real orders (section M of the acceptance tests)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from guanxi.engine import connection
from guanxi.intake import tables
from guanxi.scoring import order_lines
from guanxi.tiering import documents, replay
from guanxi.tiering.replay import Replay

MONTHS = replay.dates_between(date(2011, 3, 31), date(2011, 11, 30), "month")
Walk = Callable[..., Replay]


@pytest.fixture(scope="module")
def online_retail(shared_data: Path) -> Any:
    """The wholesaler's order lines of 2011, read once."""
    return tables.order_table(shared_data / "online_retail" / "online_retail.parquet", mapping=None, currency="").table


@pytest.fixture(scope="module")
def walk(online_retail: Any) -> Walk:
    """Replay a preset over dates; `rate` is what one pound is worth in its currency."""

    def run(preset: str, dates: list[date], rate: int = 1) -> Replay:
        with connection.open_engine() as engine:
            order_lines.name_frames(
                engine,
                online_retail,
                as_of_on=dates[-1],
                worth=dict.fromkeys(["", "GBP"], Decimal(1)),
                returns="ignore",
            )
            return replay.replay(engine, documents.read_preset(preset), dates=dates, currency="GBP", rate=Decimal(rate))

    return run


@pytest.fixture(scope="module")
def firm_replay(walk: Walk) -> Replay:
    return walk("rfm-firm", MONTHS)


class TestTheLiteralRule:
    """M-02, CN-09: the table of requirements 5.0, pounds × 1.60 × 20 and × 40."""

    @pytest.mark.parametrize(("rate", "promotions", "also_high"), [(32, 271, 2), (64, 243, 5)])
    def test_fires_as_often_as_published(self, walk: Walk, rate: int, promotions: int, also_high: int) -> None:
        """M-02: developing at the month end before, and three orders in the 90 days that end with this one."""
        found = walk("rfm-000-literal", MONTHS, rate)

        raised = [move for move in found.moves if move.rule == "M-02"]
        assert found.counts["M-02"] == len(raised) == promotions
        assert {(move.from_tier, move.to_tier) for move in raised} == {("developing", "high")}
        assert sum(move.by_rules == "high" for move in raised) == also_high


class TestTheFirmsOwnRule:
    """M-01, CN-09: monthly, promotions at each order."""

    def test_nobody_promoted_falls_within_180_days(self, firm_replay: Replay) -> None:
        """CN-09, DP-07: the protection after a promotion."""
        promoted: dict[str, date] = {}
        for move in firm_replay.moves:
            if move.from_tier == "high" and move.customer in promoted:
                assert move.at >= promoted[move.customer] + timedelta(days=180)
            if move.rule == "M-02":
                promoted[move.customer] = move.at

        assert len(promoted) > 500

    def test_nobody_moves_twice_in_a_month(self, firm_replay: Replay) -> None:
        """M-01: monthly means the end of a calendar month (CN-07)."""
        seen = Counter((move.customer, move.at.year, move.at.month) for move in firm_replay.moves)

        assert max(seen.values()) == 1

    def test_a_month_again_changes_nothing(self, walk: Walk) -> None:
        found = walk("rfm-firm", [*MONTHS[:2], MONTHS[1]])

        assert found.dates[1].moved > 0
        assert found.dates[2].moved == 0
        assert found.dates[1].tiers == found.dates[2].tiers

    def test_customers_who_were_too_fast_for_the_month_end_are_promoted_too(self, firm_replay: Replay) -> None:
        """CN-09: the extension, from general and first order."""
        origins = Counter(move.from_tier for move in firm_replay.moves if move.rule == "M-02")

        assert origins["general"] > 0
        assert origins["prospect"] > 0

    def test_every_move_leaves_one_tier_for_another_and_names_its_rule(self, firm_replay: Replay) -> None:
        """M-12, M-15: no class is for ever, and nobody moves without a cause."""
        assert all(move.rule and move.from_tier != move.to_tier for move in firm_replay.moves)
        left = {move.from_tier for move in firm_replay.moves}
        assert left >= {"high", "developing", "general", "dormant"}


class TestTheLifecycle:
    """Section L of the acceptance tests: day by day."""

    def test_everybody_is_in_exactly_one_stage_at_every_midnight(self, walk: Walk, online_retail: Any) -> None:
        dates = replay.dates_between(date(2011, 10, 28), date(2011, 11, 6), "day")
        found = walk("lifecycle", dates)

        first_on: dict[Any, date] = {}
        rows = online_retail.select(["customer", "ordered_at", "amount", "is_credit"]).to_pylist()
        for row in rows:
            if not row["is_credit"] and row["amount"] > 0:
                day = row["ordered_at"].date()
                first_on[row["customer"]] = min(day, first_on.get(row["customer"], day))
        for each in found.dates:
            assert sum(each.tiers.values()) == sum(day <= each.at for day in first_on.values())
        assert all(move.rule for move in found.moves)

    def test_the_figures_of_a_day_follow_from_the_day_before_and_its_moves(self, walk: Walk) -> None:
        """No stage is skipped without its event: counts and moves agree at every midnight."""
        found = walk("lifecycle", replay.dates_between(date(2011, 11, 1), date(2011, 11, 6), "day"))

        for before, after in zip(found.dates, found.dates[1:], strict=False):
            moves = [move for move in found.moves if move.at == after.at]
            change = Counter(move.to_tier for move in moves)
            change.subtract(move.from_tier for move in moves)
            grown = {tier: after.tiers[tier] - before.tiers[tier] - change[tier] for tier in after.tiers}
            assert sum(grown.values()) == after.first
            assert all(count >= 0 for count in grown.values())


class TestDates:
    @pytest.mark.parametrize(
        ("start", "end", "every", "found"),
        [
            (date(2026, 1, 31), date(2026, 3, 31), "month", ["2026-01-31", "2026-02-28", "2026-03-31"]),
            (date(2026, 1, 10), date(2026, 3, 30), "month", ["2026-01-10", "2026-01-31", "2026-02-28"]),
            (date(2025, 11, 5), date(2026, 7, 1), "quarter", ["2025-11-05", "2025-12-31", "2026-03-31", "2026-06-30"]),
            (date(2026, 1, 1), date(2026, 1, 20), "week", ["2026-01-01", "2026-01-08", "2026-01-15"]),
            (date(2026, 2, 27), date(2026, 3, 1), "day", ["2026-02-27", "2026-02-28", "2026-03-01"]),
        ],
    )
    def test_are_calendar_ends_after_the_start(self, start: date, end: date, every: Any, found: list[str]) -> None:
        assert [day.isoformat() for day in replay.dates_between(start, end, every)] == found

    @pytest.mark.parametrize(("start", "end", "every"), [
        (date(2026, 3, 1), date(2026, 3, 1), "day"),
        (date(2026, 3, 1), date(2026, 2, 1), "month"),
        (date(2026, 3, 1), date(2026, 3, 30), "month"),
        (date(1990, 1, 1), date(2026, 1, 1), "day"),
    ])  # fmt: skip
    def test_a_span_without_a_date_or_with_too_many_is_refused(self, start: date, end: date, every: Any) -> None:
        with pytest.raises(replay.BadSpan):
            replay.dates_between(start, end, every)
