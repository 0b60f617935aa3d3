"""The loop that keeps the order of the day and of the minute, its signals, its log line per turn."""

from __future__ import annotations

import logging
import os
import signal
import socket
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from datetime import time as wall_time
from typing import Any
from zoneinfo import ZoneInfo

from django.db import close_old_connections

from guanxi.firm.queries import the_firm
from guanxi.ledger import queries as ledger_queries
from guanxi.pipeline import soundness
from guanxi.pipeline.day import run_day
from guanxi.pipeline.models import DayRun, Heartbeat
from guanxi.pipeline.pulse import pulse

logger = logging.getLogger(__name__)

PAUSE_SECONDS = 2.0
LOOK_SECONDS = 0.2
PAUSE_AFTER_ERROR_SECONDS = 15.0
NIGHT = wall_time(3, 0)
SIGN_OF_LIFE = timedelta(seconds=20)

Clock = Callable[[], datetime]


class Worker:
    """One turn after the other until it is asked to stop; a turn that has begun is finished."""

    def __init__(self, *, clock: Clock, name: str = "", with_parent: bool = False) -> None:
        self.clock = clock
        self.name = name or f"{socket.gethostname()[:60]}:{os.getpid()}"
        self.parent = os.getppid() if with_parent else None
        self.stopping = threading.Event()
        self.seen_at: datetime | None = None
        self.looked_at: datetime | None = None
        self.look: threading.Thread | None = None

    def listen_to_signals(self) -> None:
        """SIGTERM and SIGINT end the loop after the turn under way."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self.stopping.set())

    def run(self) -> None:
        while not self.stopping.is_set() and not self.is_orphan():
            try:
                close_old_connections()
                self.turn()
                self._look_after_the_database()
                self._rest()
            except Exception:  # a database that is away for a minute must not end the worker
                logger.exception("the turn failed; the next one follows in %d seconds", PAUSE_AFTER_ERROR_SECONDS)
                self.stopping.wait(PAUSE_AFTER_ERROR_SECONDS)
        Heartbeat.objects.filter(worker=self.name).update(has_ended=True)

    def _rest(self) -> None:
        """A pause, which the first new event ends."""
        until = time.monotonic() + PAUSE_SECONDS
        while time.monotonic() < until and not self.stopping.wait(LOOK_SECONDS):
            if ledger_queries.is_anything_unread():
                return

    def turn(self) -> dict[str, Any]:
        """The day when it is due, then the minute."""
        now = self.clock()
        self._give_sign_of_life(now)
        if day_is_due(now):
            logger.info("day: %s", run_day(at=now))
        result = pulse(at=now, clock=self.clock, worker=self.name)
        if any(value for name, value in result.items() if name != "at"):
            logger.info("pulse: %s", result)
        return result

    def is_orphan(self) -> bool:
        """Whether the process that started this worker has gone."""
        return self.parent is not None and os.getppid() != self.parent

    def _give_sign_of_life(self, now: datetime) -> None:
        if self.seen_at is None or now - self.seen_at >= SIGN_OF_LIFE:
            Heartbeat.objects.update_or_create(worker=self.name, defaults={"at": now, "has_ended": False})
            Heartbeat.objects.filter(at__lt=now - timedelta(days=1)).delete()
            self.seen_at = now

    def _look_after_the_database(self) -> None:
        """Now and then, and not while a look is under way."""
        if self.looked_at == self.seen_at or (self.look and self.look.is_alive()):
            return
        self.looked_at = self.seen_at
        if statement := soundness.due(now=self.clock()):
            self.look = soundness.look_beside(statement, now=self.clock())


def day_is_due(now: datetime) -> bool:
    """Whether no day has been run since the latest night of the firm (a new workspace has had none)."""
    return not DayRun.objects.filter(at__gte=latest_night(now, the_firm().time_zone), at__lte=now).exists()


def latest_night(now: datetime, time_zone: str) -> datetime:
    """The latest moment at which clocks in `time_zone` showed NIGHT."""
    local = now.astimezone(ZoneInfo(time_zone))
    night = local.replace(hour=NIGHT.hour, minute=NIGHT.minute, second=0, microsecond=0)
    return night if night <= local else night - timedelta(days=1)
