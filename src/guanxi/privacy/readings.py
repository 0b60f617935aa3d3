"""Who of the staff looked at which list on which day (RL-12)."""

from __future__ import annotations

from datetime import datetime

from django.db.models import F

from guanxi.privacy.models import Reading
from guanxi.staff.models import User


def note(*, user: User, what: str, now: datetime) -> None:
    """Count one look; a row per person, list and day."""
    same = Reading.objects.filter(user=user, what=what[:60], on=now.date())
    if not same.update(times=F("times") + 1, latest_at=now):
        Reading.objects.get_or_create(
            user=user, what=what[:60], on=now.date(), defaults={"times": 1, "first_at": now, "latest_at": now}
        )
