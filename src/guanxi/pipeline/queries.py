"""Questions to the pipeline."""

from __future__ import annotations

from datetime import datetime

from guanxi.pipeline.models import DayRun, Heartbeat


def worker_seen_at() -> datetime | None:
    """The latest sign of life of any worker."""
    return Heartbeat.objects.order_by("-at").values_list("at", flat=True).first()


def latest_day() -> DayRun | None:
    """The day run last, by the moment it was run for."""
    return DayRun.objects.order_by("-at").first()
