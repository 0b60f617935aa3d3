"""Who of the staff looked at which list on which day (RL-12).

A look is a line in a file, so that reading a page never waits for the database; a worker counts the lines.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import F

from guanxi.privacy.models import Reading
from guanxi.staff.models import User

NAME = "readings.jsonl"
Look = tuple[int, str, str]  # whose, of what, on which day


def note(*, user: User, what: str, now: datetime) -> None:
    """Write one look down."""
    line = json.dumps([user.pk, what[:60], now.isoformat()]) + "\n"
    handle = os.open(Path(settings.GUANXI_DATA) / NAME, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(handle, line.encode())
    finally:
        os.close(handle)


def count_looks() -> int:
    """Bring what was written down into the table, a row per person, list and day; returns how many looks."""
    path = Path(settings.GUANXI_DATA) / NAME
    taken = path.with_suffix(".counting")
    if not taken.exists():
        if not path.exists():
            return 0
        path.rename(taken)
    looks = [json.loads(line) for line in taken.read_text().splitlines() if line.endswith("]")]
    with transaction.atomic():
        _add(looks)
    taken.unlink()
    return len(looks)


def _add(looks: list[list[str]]) -> None:
    people = set(User.objects.filter(pk__in={look[0] for look in looks}).values_list("pk", flat=True))
    times: Counter[Look] = Counter()
    moments: dict[Look, list[datetime]] = {}
    for user, what, at in looks:
        if int(user) in people:
            key = (int(user), what, at[:10])
            times[key] += 1
            moments.setdefault(key, []).append(datetime.fromisoformat(at))
    for (user_id, what, on), count in times.items():
        seen = moments[user_id, what, on]
        row, _ = Reading.objects.get_or_create(
            user_id=user_id, what=what, on=on, defaults={"first_at": min(seen), "latest_at": max(seen)}
        )
        Reading.objects.filter(pk=row.pk).update(times=F("times") + count, latest_at=max(seen))
