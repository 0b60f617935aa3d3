"""How fast: warm-up, rests, shares, and when a stream must stop."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from guanxi.outbox.pace import Day, rest_after, share_of, slot_of, stop_reason, warm_up_limit
from tests.cast import NOW

FIRST = date(2026, 5, 1)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def days(*deferred: int) -> list[Day]:
    """A hundred mails a day from the first on, of which so many were put off."""
    return [Day(FIRST + timedelta(days=number), 100, count) for number, count in enumerate(deferred)]


class TestWarmUp:
    @pytest.mark.parametrize(
        ("before", "limit"),
        [((), 20), ((0,), 26), ((0, 0), 33), ((1, 1, 1), 43), ((0, 2), 26), ((5, 0), 26), ((0,) * 29, 40307)],
    )
    def test_grows_by_a_third_each_calm_day(self, before: tuple[int, ...], limit: int) -> None:
        """RP-35: start 20 an hour, × 1.3 a day while deferrals are below 2 %."""
        assert warm_up_limit(since=FIRST, today=FIRST + timedelta(days=len(before)), days=days(*before)) == limit

    def test_is_over_one_day(self) -> None:
        assert warm_up_limit(since=FIRST, today=FIRST + timedelta(days=30), days=days(*(0,) * 30)) is None

    def test_begins_gently_when_the_day_lies_ahead(self) -> None:
        assert warm_up_limit(since=FIRST, today=FIRST - timedelta(days=3), days=[]) == 20


class TestRest:
    @pytest.mark.parametrize(
        ("strikes", "asked", "is_stream", "rest"),
        [
            (1, None, False, 5 * MINUTE), (2, None, False, 10 * MINUTE), (4, None, False, 40 * MINUTE),
            (9, None, False, 4 * HOUR), (99, None, False, 4 * HOUR), (1, None, True, 15 * MINUTE),
            (1, 2 * MINUTE, False, 2 * MINUTE), (2, HOUR, False, 2 * HOUR), (1, 6 * HOUR, False, 6 * HOUR),
        ],
    )  # fmt: skip
    def test_doubles_with_each_strike(
        self, strikes: int, asked: timedelta | None, is_stream: bool, rest: timedelta
    ) -> None:
        """RP-19, RP-20, RP-23: what the provider asks for is the least."""
        assert rest_after(strikes=strikes, asked=asked, is_stream=is_stream) == rest


class TestStopReason:
    @pytest.mark.parametrize(
        ("sent", "complaints", "bounces", "reason"),
        [
            (199, 50, 50, ""), (200, 0, 0, ""), (501, 1, 0, ""), (501, 1, 16, "hard_bounces"), (501, 1, 15, ""),
            (1000, 2, 0, "complaints"), (200, 1, 0, "complaints"), (10_000, 19, 299, ""),
        ],
    )  # fmt: skip
    def test_needs_two_hundred_mails_and_a_share(self, sent: int, complaints: int, bounces: int, reason: str) -> None:
        """RP-31: 0.2 % complaints or 3 % hard bounces in an hour, from 200 sent on."""
        assert stop_reason(sent=sent, complaints=complaints, hard_bounces=bounces) == reason


class TestShares:
    @pytest.mark.parametrize(("lanes", "share"), [(1, 1), (4, 1), (5, 1), (10, 2), (20, 4), (50, 10)])
    def test_no_domain_has_more_than_a_fifth(self, lanes: int, share: int) -> None:
        """RD-08."""
        assert share_of(lanes) == share


class TestSlot:
    def test_is_ten_minutes(self) -> None:
        assert slot_of(datetime(2026, 5, 13, 8, 39, 59, 7)) == datetime(2026, 5, 13, 8, 30)
        assert slot_of(NOW) == NOW
