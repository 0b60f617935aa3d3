"""The window of a measure (CN-07)."""

from datetime import date, timedelta

import pytest

from guanxi.scoring.measures import FIGURES, MEASURES, measures_for
from guanxi.scoring.policies import LIFETIME_FROM, Policy

DAY = date(2026, 5, 13)


class TestWindow:
    @pytest.mark.parametrize(
        ("window_days", "first"),
        [
            (1, DAY),  # the day alone
            (365, date(2025, 5, 14)),
            (None, LIFETIME_FROM),
            (2_000_000, LIFETIME_FROM),  # longer than the calendar
        ],
    )
    def test_holds_exactly_its_days_and_ends_with_the_day(self, window_days: int | None, first: date) -> None:
        policy = Policy(DAY, window_days)

        assert policy.window_from_on == first

    def test_a_year_of_365_days_holds_365_days(self) -> None:
        assert DAY - Policy(DAY).window_from_on == timedelta(days=364)

    @pytest.mark.parametrize("window_days", [0, -1])
    def test_refuses_an_empty_window(self, window_days: int) -> None:
        with pytest.raises(ValueError, match="holds nothing"):
            Policy(DAY, window_days)

    def test_is_kept_with_the_run(self) -> None:
        assert Policy(DAY).as_document() == {
            "version": 2, "as_of_on": "2026-05-13", "window_days": 365, "score_cuts": "whole",
        }  # fmt: skip


class TestMeasuresFor:
    def test_rfm_always_runs(self) -> None:
        assert [measure.name for measure in measures_for(set())] == ["rfm"]

    def test_others_run_only_where_a_scheme_asks(self) -> None:
        assert [measure.name for measure in measures_for({"order_count", "cycle_days"})] == ["rfm", "rhythm"]

    def test_no_two_measures_find_the_same_figure(self) -> None:
        assert len(FIGURES) == sum(len(measure.figures) for measure in MEASURES)

    def test_no_figure_has_one_of_the_words_of_two_meanings(self) -> None:
        assert not {"recency", "frequency", "monetary", "t"} & set(FIGURES)
