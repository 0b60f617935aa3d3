"""Requests of machines that have been answered already, kept for a day (RD-14)."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from guanxi.pipeline.models import KeptAnswer
from guanxi.staff.models import ApiToken

KEPT_FOR = timedelta(hours=24)


def begin(*, token: ApiToken, key: str, fingerprint: str, now: datetime) -> tuple[KeptAnswer, bool]:
    """The row of this key, and whether it is new, that is, whether the caller has to carry the request out."""
    forget_old(now=now)
    fresh = KeptAnswer(token=token, key=key, fingerprint=fingerprint, expires_at=now + KEPT_FOR)
    try:
        with transaction.atomic():
            fresh.save(force_insert=True)
    except IntegrityError:
        return KeptAnswer.objects.get(token=token, key=key), False
    return fresh, True


def keep(kept: KeptAnswer, *, status: int, content: str) -> None:
    kept.status, kept.content = status, content
    kept.save(update_fields=["status", "content"])


def forget(kept: KeptAnswer) -> None:
    """The request came to nothing and may be tried again."""
    kept.delete()


def forget_old(*, now: datetime) -> int:
    """Returns how many."""
    return KeptAnswer.objects.filter(expires_at__lt=now).delete()[0]
