"""Imports at work beside the web server: a thread each, its progress in a small file beside the upload.

A file and not a row: on SQLite the import itself holds the one lock for writing.
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any

from django.conf import settings
from django.db import connections

from guanxi.intake import actions as intake_actions
from guanxi.intake.models import ImportRun
from guanxi.intake.rows import UnusableFile
from guanxi.kernel import clock

logger = logging.getLogger(__name__)

TRY, RUN = "try", "run"
SECONDS_BETWEEN_SIGNS = 0.4
# Longer than the longest step that gives no sign of life.
DEAD_AFTER_SECONDS = 600


@dataclass(frozen=True, slots=True)
class Sign:
    """How far a piece of work is. `state` is running, done or failed; `phase` a word of intake.loading.Progress."""

    what: str
    state: str = "running"
    phase: str = "reading"
    done: int = 0
    total: int = 0
    at: float = 0.0
    error: str = ""
    answer: dict[str, Any] = field(default_factory=dict)

    @property
    def is_running(self) -> bool:
        return self.state == "running"

    @property
    def share(self) -> int | None:
        """Per cent of this phase, when its end is known."""
        return min(100, self.done * 100 // self.total) if self.total else None


def in_background(work: Callable[[], None]) -> None:
    """Run `work` in a thread of its own; tests put another runner here."""
    threading.Thread(target=work, daemon=True, name="guanxi-import").start()


def start(run: ImportRun, what: str) -> None:
    """Begin to try out or to run an import; nothing when it is at work already."""
    known = sign_of(run)
    if known and known.is_running:
        return
    _write(run, Sign(what, at=clock.utc_now().timestamp()))
    in_background(lambda: _work(run.pk, what))


def sign_of(run: ImportRun) -> Sign | None:
    """The last sign of life; None before the first start. Work that fell silent counts as failed."""
    try:
        sign = Sign(**json.loads(_path(run).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None
    if sign.is_running and clock.utc_now().timestamp() - sign.at > DEAD_AFTER_SECONDS:
        return Sign(sign.what, state="failed", error="interrupted")
    return sign


def _work(run_id: int, what: str) -> None:
    run = ImportRun.objects.get(pk=run_id)
    signs = _Signs(run, what)
    try:
        if what == RUN:
            answer = intake_actions.run(run=run, now=clock.utc_now(), progress=signs)
        else:
            answer = intake_actions.dry_run(run=run, now=clock.utc_now(), progress=signs)
        _write(run, Sign(what, state="done", at=clock.utc_now().timestamp(), answer=answer))
    except (UnusableFile, intake_actions.NotToBeRun) as problem:
        _write(run, Sign(what, state="failed", error=str(problem)))
    except Exception as problem:
        logger.exception("import %s failed", run_id)
        _write(run, Sign(what, state="failed", error=f"{type(problem).__name__}: {problem}"[:500]))
    finally:
        if threading.current_thread() is not threading.main_thread():
            connections.close_all()


class _Signs:
    """Writes a sign now and then, not at every batch."""

    def __init__(self, run: ImportRun, what: str) -> None:
        self.run, self.what, self.latest = run, what, 0.0

    def __call__(self, phase: str, done: int, total: int) -> None:
        if monotonic() - self.latest >= SECONDS_BETWEEN_SIGNS:
            self.latest = monotonic()
            _write(self.run, Sign(self.what, phase=phase, done=done, total=total, at=clock.utc_now().timestamp()))


def _path(run: ImportRun) -> Path:
    return Path(settings.GUANXI_DATA) / f"{run.stored_path}.sign.json"


def _write(run: ImportRun, sign: Sign) -> None:
    path = _path(run)
    draft = path.with_suffix(".draft")
    draft.write_text(json.dumps(asdict(sign), default=str), encoding="utf-8")
    draft.replace(path)
