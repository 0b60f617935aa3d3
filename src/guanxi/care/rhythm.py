"""When the next contact with a customer falls due. Pure (T-45 … T-51, L-30).

The clock of a contact begins with the standing and starts anew whenever one was made. A due moment that lies in the
past already, since the customer has stood there for long, moves to a week from now: nobody opens a desk full of old
debts.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from guanxi.care.treatments import Item

GRACE = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Due:
    not_before: datetime
    due_at: datetime


def next_contact(item: Item, *, since_at: datetime, last_at: datetime | None, now: datetime) -> Due | None:
    """The next contact if it may be made by now; None before its time, or when a single one was made."""
    if item.begins is None or item.ends is None or (item.is_once and last_at is not None and last_at >= since_at):
        return None
    start = since_at if last_at is None else max(since_at, last_at)
    not_before = item.begins.after(start)
    if not_before > now:
        return None
    due_at = item.ends.after(start)
    return Due(not_before, due_at if due_at > now else now + GRACE)
