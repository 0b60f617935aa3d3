"""When the owner of a task is warned. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

LONGEST_WARNING = timedelta(days=1)


def warning_at(begins_at: datetime, due_at: datetime) -> datetime:
    """When three quarters of its time are over, at most a day before its end."""
    return due_at - min(max(due_at - begins_at, timedelta()) / 4, LONGEST_WARNING)
