"""The only place that may ask the time; everywhere else `now` is handed in."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime


def utc_now() -> datetime:
    """This moment as an aware datetime in UTC."""
    return datetime.now(UTC)


def utc_seconds() -> float:
    """The same in seconds since 1970, where a datetime takes too long."""
    return time.time()


def today_utc() -> date:
    return utc_now().date()


def parse_moment(text: str) -> datetime:
    """An ISO 8601 date or datetime as an aware UTC datetime; without a zone it is read as UTC.

    Raises ValueError with a sentence that names the expected form.
    """
    try:
        moment = datetime.fromisoformat(text.strip())
        moment = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError(f"{text!r} is no moment; write 2026-03-01 or 2026-03-01T09:00:00+08:00.") from None
    if not 1900 <= moment.year < 2200:  # room for the waits and windows counted from it
        raise ValueError(f"{text!r} lies too far away; write a moment between 1900 and 2199.")
    return moment
