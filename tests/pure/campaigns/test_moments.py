"""When a campaign's mail may leave for one reader."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from guanxi.campaigns.moments import INSTANT, LOCAL, NEXT_DAY, NOW, Schedule

THURSDAY_NINE = Schedule(LOCAL, local_on=date(2026, 5, 14), local_time=time(9, 0))
WEDNESDAY = datetime(2026, 5, 13, 8, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def utc(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 5, day, hour, minute, tzinfo=UTC)


class TestNow:
    def test_is_now_everywhere(self) -> None:
        assert Schedule(NOW).leaves_at(zone="Asia/Tokyo", now=WEDNESDAY) == WEDNESDAY


class TestInstant:
    def test_is_the_same_everywhere(self) -> None:
        schedule = Schedule(INSTANT, starts_at=utc(15, 12))

        moments = {schedule.leaves_at(zone=zone, now=WEDNESDAY) for zone in ("Asia/Tokyo", "America/New_York")}

        assert moments == {utc(15, 12)}

    def test_is_never_in_the_past(self) -> None:
        schedule = Schedule(INSTANT, starts_at=utc(1, 12))

        assert schedule.leaves_at(zone="Asia/Tokyo", now=WEDNESDAY) == WEDNESDAY


class TestLocal:
    @pytest.mark.parametrize(
        ("zone", "expected"),
        [
            ("Asia/Tokyo", utc(14, 0)),
            ("Asia/Kolkata", utc(14, 3, 30)),
            ("Europe/Berlin", utc(14, 7)),
            ("America/New_York", utc(14, 13)),
            ("Pacific/Kiritimati", utc(13, 19)),
            ("No/Such_Zone", utc(14, 9)),
        ],
    )
    def test_is_the_readers_own_morning(self, zone: str, expected: datetime) -> None:
        assert THURSDAY_NINE.leaves_at(zone=zone, now=WEDNESDAY) == expected

    def test_begins_before_the_first_reader_in_the_world(self) -> None:
        begins = THURSDAY_NINE.begins_at

        assert begins is not None
        assert begins < THURSDAY_NINE.leaves_at(zone="Pacific/Kiritimati", now=begins)

    def test_ends_with_the_last_reader_in_the_world(self) -> None:
        assert THURSDAY_NINE.ends_at == THURSDAY_NINE.leaves_at(zone="Etc/GMT+12", now=WEDNESDAY)

    def test_past_its_hour_goes_on_the_same_day_at_once(self) -> None:
        noon_in_tokyo = utc(14, 3)

        assert THURSDAY_NINE.leaves_at(zone="Asia/Tokyo", now=noon_in_tokyo) == noon_in_tokyo

    def test_past_its_hour_goes_the_next_day_when_asked_so(self) -> None:
        schedule = Schedule(LOCAL, local_on=date(2026, 5, 14), local_time=time(9, 0), when_past=NEXT_DAY)

        assert schedule.leaves_at(zone="Asia/Tokyo", now=utc(14, 3)) == utc(15, 0)

    def test_past_its_day_waits_for_the_hour_to_come_round(self) -> None:
        assert THURSDAY_NINE.leaves_at(zone="Asia/Tokyo", now=utc(20, 3)) == utc(21, 0)

    @pytest.mark.parametrize(
        ("day", "at", "expected"),
        [
            (date(2026, 3, 29), time(2, 30), datetime(2026, 3, 29, 1, 30, tzinfo=UTC)),
            (date(2026, 10, 25), time(2, 30), datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        ],
        ids=["the hour the clock jumps over", "the hour that comes twice"],
    )
    def test_keeps_to_the_clock_when_it_changes(self, day: date, at: time, expected: datetime) -> None:
        schedule = Schedule(LOCAL, local_on=day, local_time=at)

        assert schedule.leaves_at(zone="Europe/Berlin", now=datetime(2026, 1, 1, tzinfo=UTC)) == expected

    def test_asks_for_a_day_and_a_time(self) -> None:
        with pytest.raises(ValueError, match="a day and a time"):
            _ = Schedule(LOCAL).begins_at


class TestSpread:
    def test_places_readers_within_it(self) -> None:
        schedule = Schedule(NOW, spread_minutes=60)

        assert schedule.leaves_at(zone="Asia/Tokyo", now=WEDNESDAY, share=0.5) == WEDNESDAY + timedelta(minutes=30)


class TestExpiry:
    def test_is_a_day_by_default(self) -> None:
        """RP-16: marketing expires at the campaign's time to live, 24 hours by default."""
        assert Schedule(NOW).expires_at(WEDNESDAY) == WEDNESDAY + DAY

    def test_begins_without_a_moment_of_its_own(self) -> None:
        assert (Schedule(NOW).begins_at, Schedule(NOW).ends_at) == (None, None)
        assert Schedule(INSTANT, starts_at=WEDNESDAY).begins_at == WEDNESDAY
        assert Schedule(INSTANT, starts_at=WEDNESDAY).ends_at == WEDNESDAY
