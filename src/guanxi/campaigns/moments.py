"""When a campaign's mail may leave for one reader, and until when it is worth sending. Pure (CN-24, RP-16).

Holds, quiet hours and caps are not asked here: the gates of the outbox ask them when the moment has come.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from guanxi.culture.zones import zone_info

NOW, INSTANT, LOCAL = TIMINGS = ("now", "instant", "local")
# What happens to readers whose local time is over: as soon as it fits, or at the same time of the next day.
SAME_DAY, NEXT_DAY = PAST_RULES = ("same_day", "next_day")
# Nowhere is it earlier in the day than where the clock is fourteen hours ahead of UTC (Kiribati).
FURTHEST_AHEAD = timedelta(hours=14)
FURTHEST_BEHIND = timedelta(hours=12)
# Readers are written down and their mails proposed before the first local moment comes.
HEAD_START = timedelta(minutes=15)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Schedule:
    """`local_on` and `local_time` are a wall time in each reader's own zone; `starts_at` is one instant for all."""

    timing: str
    starts_at: datetime | None = None
    local_on: date | None = None
    local_time: time | None = None
    when_past: str = SAME_DAY
    spread_minutes: int = 0
    alive_hours: int = 24

    @property
    def begins_at(self) -> datetime | None:
        """When the work on it has to begin; None for at once."""
        if self.timing == INSTANT:
            return self.starts_at
        if self.timing == LOCAL:
            return self._wall(self.local_on, ZoneInfo("UTC")) - FURTHEST_AHEAD - HEAD_START
        return None

    @property
    def ends_at(self) -> datetime | None:
        """When the last reader's moment has come, before spreading; None for at once."""
        if self.timing == LOCAL:
            return self._wall(self.local_on, ZoneInfo("UTC")) + FURTHEST_BEHIND
        return self.starts_at if self.timing == INSTANT else None

    def leaves_at(self, *, zone: str, now: datetime, share: float = 0.0) -> datetime:
        """The moment for a reader in `zone`, never before `now`; `share` (0 to 1) is his place within the spread."""
        return self._moment(zone, now) + timedelta(minutes=self.spread_minutes) * share

    def expires_at(self, leaves_at: datetime) -> datetime:
        return leaves_at + timedelta(hours=self.alive_hours)

    def _moment(self, zone: str, now: datetime) -> datetime:
        if self.timing == NOW:
            return now
        if self.timing == INSTANT:
            return max(now, self.starts_at or now)
        place = zone_info(zone) or ZoneInfo("UTC")
        moment = self._wall(self.local_on, place)
        if moment >= now:
            return moment
        if self.when_past == SAME_DAY and now.astimezone(place).date() == self.local_on:
            return now
        return self._next_wall(place, now)

    def _next_wall(self, place: ZoneInfo, now: datetime) -> datetime:
        """The first time from `now` on that the reader's clock shows the wall time."""
        today = now.astimezone(place).date()
        moment = self._wall(today, place)
        return moment if moment >= now else self._wall(today + _DAY, place)

    def _wall(self, day: date | None, place: ZoneInfo) -> datetime:
        """That wall time as an instant; one that the clock jumps over comes out after the jump, of two the first."""
        if day is None or self.local_time is None:
            raise ValueError("A local schedule has a day and a time.")
        return datetime.combine(day, self.local_time, tzinfo=place).astimezone(UTC)
