"""Copies of everything, asked for in the console and written by a worker (D-26)."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import F

from guanxi.insights.export import export_all
from guanxi.pipeline.models import Export

logger = logging.getLogger(__name__)

FOLDER = "exports"
KEPT_FOR = timedelta(days=7)
# Longer than a large workspace takes; then the worker that took it is thought dead.
LEASE = timedelta(hours=1)
MOST_ATTEMPTS = 2
Clock = Callable[[], datetime]


def ask(*, form: str, user: Any, with_audit: bool, now: datetime) -> Export:
    """Let a worker write a copy; one that waits already in this form is answered instead."""
    waiting = Export.objects.filter(form=form, with_audit=with_audit, state__in=["waiting", "running"]).first()
    return waiting or Export.objects.create(
        form=form, with_audit=with_audit, asked_by=user, asked_at=now, due_at=now, expires_at=now + KEPT_FOR
    )


def write_due(*, clock: Clock) -> int:
    """Write the copies that wait, and once more those whose worker died; returns how many were ended."""
    count = 0
    for export in Export.objects.filter(state__in=["waiting", "running"], due_at__lte=clock()).order_by("due_at"):
        now = clock()
        taken = Export.objects.filter(pk=export.pk, due_at=export.due_at).update(
            state="running", due_at=now + LEASE, attempts=F("attempts") + 1
        )
        if taken:
            _write(export, clock)
            count += 1
    return count


def forget_expired(*, now: datetime) -> int:
    """Delete copies whose time has run out, with their files; returns how many."""
    expired = list(Export.objects.filter(expires_at__lte=now))
    for export in expired:
        if export.stored_path:
            path_of(export).unlink(missing_ok=True)
    return Export.objects.filter(pk__in=[export.pk for export in expired]).delete()[0]


def path_of(export: Export) -> Path:
    return Path(settings.GUANXI_DATA) / export.stored_path


def recent(*, limit: int = 10) -> list[Export]:
    return list(Export.objects.select_related("asked_by").order_by("-id")[:limit])


def _write(export: Export, clock: Clock) -> None:
    if export.attempts >= MOST_ATTEMPTS:
        _end(export, clock(), state="failed", error="The worker died twice while writing; ask again.")
        return
    stored = f"{FOLDER}/{secrets.token_hex(16)}.zip"
    path = Path(settings.GUANXI_DATA) / stored
    try:
        manifest = export_all(path=path, form=export.form, now=clock(), with_audit=export.with_audit)
    except Exception as problem:
        logger.exception("export %s failed", export.pk)
        path.unlink(missing_ok=True)
        _end(export, clock(), state="failed", error=f"{type(problem).__name__}: {problem}"[:300])
        return
    _end(export, clock(), state="done", stored_path=stored, rows=manifest["rows"], size=path.stat().st_size)


def _end(export: Export, now: datetime, **changes: Any) -> None:
    changes |= {"ended_at": now, "due_at": None, "expires_at": now + KEPT_FOR}
    Export.objects.filter(pk=export.pk).update(**changes)
