"""Imports at work: waiting rows are claimed by a worker; signs of life lie in a small file beside the upload.

A file and not a row: on SQLite the import itself holds the one lock for writing.
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from time import monotonic
from typing import Any

from django.conf import settings
from django.db.models import F, QuerySet

from guanxi.intake import actions
from guanxi.intake.models import ImportRun
from guanxi.intake.rows import UnusableFile

logger = logging.getLogger(__name__)

TRY, RUN = "try", "run"
SECONDS_BETWEEN_SIGNS = 0.4
SECONDS_OF_SILENCE = 5.0  # after so long without progress the process still says that it lives
DEAD_AFTER_SECONDS = 60
MOST_ATTEMPTS = 2
INTERRUPTED = "interrupted"

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Sign:
    """How far a piece of work is. `state` is waiting, running, done or failed; `phase` a word of Progress."""

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
        return self.state in {"running", "waiting"}

    @property
    def share(self) -> int | None:
        """Per cent of this phase, when its end is known."""
        return min(100, self.done * 100 // self.total) if self.total else None


def enqueue(*, run: ImportRun, what: str, now: datetime) -> bool:
    """Let a worker try out or run an import; False when it waits or is at work already."""
    known = sign_of(run, now=now)
    if known and known.is_running:
        return False
    write_sign(run, Sign(what, state="waiting", at=now.timestamp()))
    ImportRun.objects.filter(pk=run.pk).update(task=what, due_at=now, attempts=0)
    return True


def tasks() -> QuerySet[ImportRun]:
    """The runs that wait for a worker or are in the hands of one."""
    return ImportRun.objects.exclude(task="")


def claim(*, run_id: int, now: datetime) -> bool:
    """Whether this process may do the task of a run now; nobody else can within DEAD_AFTER_SECONDS."""
    waiting = tasks().filter(pk=run_id, due_at__lte=now)
    return bool(waiting.update(due_at=now + timedelta(seconds=DEAD_AFTER_SECONDS), attempts=F("attempts") + 1))


def work_due(*, clock: Clock) -> int:
    """Do the tasks that wait, and those whose process died in the middle, once more; returns how many were ended."""
    count = 0
    for run in tasks().filter(due_at__lte=clock()).order_by("due_at", "id"):
        if _is_alive(run, clock()) or not claim(run_id=run.pk, now=clock()):
            continue
        run.refresh_from_db()
        if run.attempts > MOST_ATTEMPTS:
            _give_up(run, clock())
        else:
            carry_out(run=run, clock=clock)
        count += 1
    return count


def carry_out(*, run: ImportRun, clock: Clock) -> None:
    """Do the task of a claimed run; how it ended stands in its sign."""
    what = run.task
    with _Signs(run, what, clock) as signs:
        try:
            act = actions.run if what == RUN else actions.dry_run
            end = Sign(what, state="done", answer=act(run=run, now=clock(), progress=signs))
        except (UnusableFile, actions.NotToBeRun) as problem:
            end = Sign(what, state="failed", error=str(problem))
        except Exception as problem:
            logger.exception("import %s failed", run.pk)
            end = Sign(what, state="failed", error=f"{type(problem).__name__}: {problem}"[:500])
    _end(run, replace(end, at=clock().timestamp()))


def _give_up(run: ImportRun, now: datetime) -> None:
    """Its process died twice: nothing was written, and a third time would end the same way."""
    ImportRun.objects.filter(pk=run.pk, state="running").update(state="failed", error=INTERRUPTED, ended_at=now)
    _end(run, Sign(run.task, state="failed", at=now.timestamp(), error=INTERRUPTED))


def _end(run: ImportRun, sign: Sign) -> None:
    write_sign(run, sign)
    ImportRun.objects.filter(pk=run.pk).update(task="", due_at=None)


def _is_alive(run: ImportRun, now: datetime) -> bool:
    """Whether a process has told of this run lately; the due moment of a long import passes while it works."""
    sign = sign_of(run, now=now)
    return run.attempts > 0 and sign is not None and sign.state == "running"


def sign_of(run: ImportRun, *, now: datetime) -> Sign | None:
    """The last sign of life; None before the first start. Work that fell silent counts as failed."""
    try:
        sign = Sign(**json.loads(_path(run).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None
    if sign.state == "running" and now.timestamp() - sign.at > DEAD_AFTER_SECONDS:
        return Sign(sign.what, state="failed", error=INTERRUPTED)
    return sign


class _Signs:
    """Writes a sign now and then: at progress, and every few seconds while a long step makes none."""

    def __init__(self, run: ImportRun, what: str, clock: Clock) -> None:
        self._run, self._sign, self._clock, self._latest = run, Sign(what), clock, 0.0
        self._ended = threading.Event()
        self._pulse = threading.Thread(target=self._live, daemon=True, name="guanxi-import-sign")

    def __enter__(self) -> _Signs:
        self._write()
        self._pulse.start()
        return self

    def __exit__(self, *problem: object) -> None:
        self._ended.set()
        self._pulse.join()

    def __call__(self, phase: str, done: int, total: int) -> None:
        self._sign = replace(self._sign, phase=phase, done=done, total=total)
        if monotonic() - self._latest >= SECONDS_BETWEEN_SIGNS:
            self._write()

    def _live(self) -> None:
        while not self._ended.wait(SECONDS_OF_SILENCE):
            self._write()

    def _write(self) -> None:
        self._latest = monotonic()
        write_sign(self._run, replace(self._sign, at=self._clock().timestamp()))


def _path(run: ImportRun) -> Path:
    return Path(settings.GUANXI_DATA) / f"{run.stored_path}.sign.json"


def write_sign(run: ImportRun, sign: Sign) -> None:
    path = _path(run)
    draft = path.with_suffix(f".{threading.get_ident()}.draft")
    draft.write_text(json.dumps(asdict(sign), default=str), encoding="utf-8")
    draft.replace(path)
