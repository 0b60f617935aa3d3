"""When a telling that failed is tried again, and when nobody tries any more. Pure.

The steps are those that the Standard Webhooks description proposes: ten tries in about three days.
"""

from __future__ import annotations

from datetime import datetime, timedelta

PAUSES = (
    timedelta(seconds=5), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2), timedelta(hours=5),
    timedelta(hours=10), timedelta(hours=14), timedelta(hours=20), timedelta(hours=24),
)  # fmt: skip
MOST_TRIES = len(PAUSES) + 1
# An endpoint that has answered nothing well for so long is paused when a telling is given up.
LONG_FAILURE = timedelta(days=3)
LONGEST_ASKED_PAUSE = timedelta(hours=24)


def next_try(*, tries: int, now: datetime, asked_seconds: int = 0) -> datetime | None:
    """The moment of the next try after `tries` have failed; None when that was the last.

    A receiver that asks for a longer pause (Retry-After) gets it, up to a day.
    """
    if tries >= MOST_TRIES:
        return None
    asked = min(timedelta(seconds=max(0, asked_seconds)), LONGEST_ASKED_PAUSE)
    return now + max(PAUSES[max(tries, 1) - 1], asked)


def is_long_failure(failing_since: datetime | None, now: datetime) -> bool:
    return failing_since is not None and now - failing_since >= LONG_FAILURE
