"""How fast: limits, warm-up, rests after a rate limit, and when what comes back stops a stream. Pure.

RP-19, RP-20, RP-31, RP-35, RD-08.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import ceil

SLOT = timedelta(minutes=10)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)

# RP-35: the first day's mails an hour, and the growth a day while few are put off.
WARM_UP_START, WARM_UP_GROWTH, WARM_UP_DEFERRALS = 20, 1.3, 0.02
# Beyond this the warm-up is over: 20 × 1.3^30 is 52,000 an hour.
WARM_UP_DAYS = 30

# RP-31: a stream is stopped by what one hour brought, once so many were sent in it.
COMPLAINT_RATE, HARD_BOUNCE_RATE, RATE_NEEDS = 0.002, 0.03, 200

# RD-08: no more of the lanes for one domain while others wait.
DOMAIN_SHARE = 0.2

FIRST_REST, LONGEST_REST = timedelta(minutes=5), timedelta(hours=4)
STREAM_REST = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Day:
    """What one day of a warm-up brought."""

    on: date
    handed: int
    deferred: int

    @property
    def is_calm(self) -> bool:
        return self.deferred < WARM_UP_DEFERRALS * max(self.handed, 1)


def slot_of(moment: datetime) -> datetime:
    """The ten minutes that `moment` lies in."""
    return moment.replace(minute=moment.minute - moment.minute % 10, second=0, microsecond=0)


def warm_up_limit(*, since: date, today: date, days: list[Day]) -> int | None:
    """Mails an hour to one provider on this day of the warm-up; None once it is over.

    `days` are those before today on which anything was sent. Each calm one lets the next grow; after one with too many
    deferrals the limit stays as it was.
    """
    if (today - since).days < 0:
        return WARM_UP_START
    grown = sum(each.is_calm for each in days if since <= each.on < today)
    if grown >= WARM_UP_DAYS:
        return None
    return int(WARM_UP_START * WARM_UP_GROWTH**grown)


def rest_after(*, strikes: int, asked: timedelta | None, is_stream: bool) -> timedelta:
    """How long to leave them in peace after the `strikes`-th rate limit in a row."""
    first = asked or (STREAM_REST if is_stream else FIRST_REST)
    doubled: timedelta = first * 2 ** min(max(strikes, 1) - 1, 12)
    return max(first, min(doubled, LONGEST_REST))


def share_of(lanes: int) -> int:
    """How many of `lanes` one domain may have while others wait."""
    return max(1, ceil(lanes * DOMAIN_SHARE))


def stop_reason(*, sent: int, complaints: int, hard_bounces: int) -> str:
    """Why a stream must stop after an hour like this, a code of streams.REASONS, or nothing."""
    if sent < RATE_NEEDS:
        return ""
    if complaints >= COMPLAINT_RATE * sent:
        return "complaints"
    if hard_bounces >= HARD_BOUNCE_RATE * sent:
        return "hard_bounces"
    return ""
