"""When something promised falls due: three days for dispatch and drawings, ten for a sample. Pure (P-03, P-08, P-09).

Calendar days by default (CN-45); the clock of a project stands still while the customer has to answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

DISPATCH_DAYS = 3
DRAWING_DAYS = 3
SAMPLE_DAYS = 10

State = Literal["running", "waiting", "kept", "missed", "overdue"]


@dataclass(frozen=True, slots=True)
class Pause:
    """The customer's turn; `until` is None while it still is."""

    since: datetime
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Promise:
    """`due_at` moves on while the clock waits. `state` is kept or missed once it is done."""

    due_at: datetime
    state: State
    done_at: datetime | None = None


def promise(
    *, since: datetime, days: int, now: datetime, done_at: datetime | None = None, pauses: Iterable[Pause] = (),
    days_off: Sequence[date] = (),
) -> Promise:  # fmt: skip
    """The promise to do it `days` days after `since`; `days_off` are skipped where the firm counts working days."""
    spans = list(pauses)
    end = done_at or now
    paused = sum(
        (max(min(each.until or end, end) - max(each.since, since), timedelta()) for each in spans), timedelta()
    )
    due_at = _after(since + paused, days, days_off)
    if done_at is not None:
        return Promise(due_at, "kept" if done_at <= due_at else "missed", done_at)
    if any(each.until is None for each in spans):
        return Promise(due_at, "waiting")
    return Promise(due_at, "overdue" if now > due_at else "running")


def _after(moment: datetime, days: int, days_off: Sequence[date]) -> datetime:
    """`days` days later, of which none is a day off."""
    for _ in range(days):
        moment += timedelta(days=1)
        while moment.date() in days_off:
            moment += timedelta(days=1)
    return moment
