"""Imports asked for in the console: a worker does them; where none lives, a thread of the web server does."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta

from django.db import connections

from guanxi.intake import work
from guanxi.intake.models import ImportRun
from guanxi.intake.work import RUN, TRY, Sign
from guanxi.kernel import clock
from guanxi.pipeline import queries as pipeline_queries

__all__ = ["RUN", "TRY", "Sign", "in_background", "sign_of", "start"]

# A worker gives a sign of life every twenty seconds, but none while a long import keeps it busy.
WORKER_LIVES = timedelta(seconds=60)


def in_background(task: Callable[[], None]) -> None:
    """Run `task` in a thread of its own; tests put another runner here."""
    threading.Thread(target=task, daemon=True, name="guanxi-import").start()


def start(run: ImportRun, what: str) -> None:
    """Let an import be tried out or run; nothing when it waits or is at work already."""
    if work.enqueue(run=run, what=what, now=clock.utc_now()) and not has_worker():
        in_background(lambda: _work(run.pk))


def has_worker() -> bool:
    """Whether somebody will come to what waits: a worker that lives, or the process of an import under way."""
    seen_at = pipeline_queries.worker_seen_at()
    if seen_at is not None and clock.utc_now() - seen_at < WORKER_LIVES:
        return True
    return any((sign := sign_of(run)) and sign.state == "running" for run in work.tasks())


def sign_of(run: ImportRun) -> Sign | None:
    """The last sign of life of the work on a run."""
    return work.sign_of(run, now=clock.utc_now())


def _work(run_id: int) -> None:
    try:
        if work.claim(run_id=run_id, now=clock.utc_now()):
            work.carry_out(run=ImportRun.objects.get(pk=run_id), clock=clock.utc_now)
            work.work_due(clock=clock.utc_now)
    finally:
        if threading.current_thread() is not threading.main_thread():
            connections.close_all()
