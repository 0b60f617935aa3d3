"""When a deferred message is tried again (RP-16), and what a dead worker leaves behind (RD-06, RD-07). Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from guanxi.outbox.states import HANDING_OFF, QUARANTINED, QUEUED, UNCERTAIN

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
BACK_OFF = (MINUTE, 5 * MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 4 * HOUR, 8 * HOUR)
# After a rate limit the whole stream rests; the recipient is not charged an attempt.
RATE_PAUSE = 15 * MINUTE
# A transactional mail of unknown fate is sent once more after this, with the same Message-ID.
SECOND_TRY_AFTER = 15 * MINUTE
CRASHES_TO_QUARANTINE = 3


def next_try(*, now: datetime, attempts: int) -> datetime:
    """When to try again after `attempts` hand-overs, the latest of which was deferred."""
    return now + BACK_OFF[min(max(attempts, 1), len(BACK_OFF)) - 1]


def state_after_crash(*, state: str, crashes: int) -> str:
    """Where a message goes whose worker died for the `crashes`-th time on it."""
    if state == HANDING_OFF:
        return UNCERTAIN
    return QUARANTINED if crashes >= CRASHES_TO_QUARANTINE else QUEUED


def may_repeat(*, kind: str, uncertain_tries: int) -> bool:
    """Whether a message of unknown fate may be handed over again: transactional mail, once."""
    return kind == "transactional" and uncertain_tries == 1
