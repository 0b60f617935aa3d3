"""Gives documents to readers, and keeps what they answer."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from guanxi.papers.fitting import Fit
from guanxi.papers.models import Given


def give(*, chosen: Iterable[tuple[int, Fit]], now: datetime) -> None:
    """Write down who got which document and why, by contact id; what he has got before stays as it is."""
    rows = [
        Given(document_id=fit.document_id, contact_id=contact_id, reason=fit.reason, given_at=now)
        for contact_id, fit in chosen
    ]
    Given.objects.bulk_create(rows, ignore_conflicts=True)
