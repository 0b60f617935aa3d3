"""When a deferred message is tried again (RP-16), and what a dead worker leaves behind (RD-06, RD-07). Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from guanxi.outbox.states import HANDING_OFF, QUARANTINED, QUEUED, UNCERTAIN
from guanxi.transports import base
from guanxi.transports.base import Receipt

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
BACK_OFF = (MINUTE, 5 * MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 4 * HOUR, 8 * HOUR)
# After a rate limit the whole stream rests; the recipient is not charged an attempt.
RATE_PAUSE = 15 * MINUTE
# A refusal that nobody understands is believed when it comes again after three days (RP-17).
UNKNOWN_PAUSE, UNKNOWN_BELIEVED_AFTER = 24 * HOUR, 72 * HOUR
# A transactional mail of unknown fate is sent once more after this, with the same Message-ID.
SECOND_TRY_AFTER = 15 * MINUTE
CRASHES_TO_QUARANTINE = 3


def next_try(*, now: datetime, attempts: int) -> datetime:
    """When to try again after `attempts` hand-overs, the latest of which was deferred."""
    return now + BACK_OFF[min(max(attempts, 1), len(BACK_OFF)) - 1]


def next_look(*, receipt: Receipt, now: datetime, attempts: int) -> datetime:
    """When a message is tried again after this answer; `attempts` counts those that were charged."""
    if receipt.outcome == base.KEPT_BACK:
        return now
    if receipt.outcome in (base.RATE_LIMITED, base.BLOCKED):
        return now + (receipt.pause or RATE_PAUSE)
    if receipt.reason == "unknown":
        return now + UNKNOWN_PAUSE
    return max(next_try(now=now, attempts=attempts), now + (receipt.pause or timedelta(0)))


def state_after_crash(*, state: str, crashes: int, may_repeat: bool = False) -> str:
    """Where a message goes whose worker died for the `crashes`-th time on it.

    `may_repeat`: the way out takes the very same message once, however often it is handed over (RD-10).
    """
    if state == HANDING_OFF and not may_repeat:
        return UNCERTAIN
    return QUARANTINED if crashes >= CRASHES_TO_QUARANTINE else QUEUED


def may_repeat(*, kind: str, uncertain_tries: int) -> bool:
    """Whether a message of unknown fate may be handed over again: transactional mail, once."""
    return kind == "transactional" and uncertain_tries == 1
