"""Whether SQLite's file is whole: looked at once a day, and thoroughly after a worker that did not end (RD-16).

PostgreSQL keeps checksums of its own; `guanxi doctor` warns where they are off (RD-17).
"""

from __future__ import annotations

import logging
import sqlite3
from datetime import datetime, timedelta
from threading import Thread
from typing import Any

from django.db import DatabaseError, connection
from django.db.models import Max

from guanxi.pipeline.models import Heartbeat, Soundness

logger = logging.getLogger(__name__)

EVERY = timedelta(days=1)
# A worker that gives no sign for so long and has not said that it ends was killed, or the machine was.
SILENCE = timedelta(minutes=2)
KEPT = 30
QUICKLY, THOROUGHLY = "PRAGMA quick_check(10)", "PRAGMA integrity_check(10)"


def due(*, now: datetime) -> str:
    """Which look is due, if any; the latest one is found by the moment it was begun."""
    if connection.vendor != "sqlite":
        return ""
    latest = Soundness.objects.aggregate(at=Max("at"))["at"]
    thorough = Soundness.objects.filter(is_thorough=True).aggregate(at=Max("at"))["at"]
    killed = Heartbeat.objects.filter(has_ended=False, at__lt=now - SILENCE)
    if (killed.filter(at__gt=thorough) if thorough else killed).exists():
        return THOROUGHLY
    return QUICKLY if latest is None or now - latest >= EVERY else ""


def look(statement: str, *, now: datetime) -> Soundness:
    """Read the whole file, and keep what was found. Raises DatabaseError when even that cannot be written down."""
    with connection.cursor() as cursor:
        faults = faults_by(cursor, statement)
    if faults:
        logger.error("the database is damaged; restore the latest backup: %s", "; ".join(faults))
    found = Soundness.objects.create(at=now, is_thorough=statement == THOROUGHLY, faults=faults)
    kept = Soundness.objects.order_by("-at").values_list("id", flat=True)[:KEPT]
    Soundness.objects.exclude(id__in=list(kept)).delete()
    return found


def faults_by(cursor: Any, statement: str) -> list[str]:
    """SQLite's own sentences on what is wrong; none where its answer is a single ok."""
    try:
        told = [str(row[0]) for row in cursor.execute(statement).fetchall()]
    except (DatabaseError, sqlite3.DatabaseError) as error:
        told = [str(error)]
    return [] if told == ["ok"] else told


def look_beside(statement: str, *, now: datetime) -> Thread:
    """The same in a thread of its own, since a file of gigabytes takes minutes and mails do not wait for it."""
    thread = Thread(target=_look_and_part, args=(statement, now), name="soundness", daemon=True)
    thread.start()
    return thread


def latest() -> Soundness | None:
    """What the latest look found; None where nobody looks, which no page need ask."""
    return None if connection.vendor != "sqlite" else Soundness.objects.order_by("-at", "-id").first()


def is_damaged() -> bool:
    found = latest()
    return found is not None and bool(found.faults)


def _look_and_part(statement: str, now: datetime) -> None:
    try:
        look(statement, now=now)
    except DatabaseError:
        logger.exception("whether the database is whole could not be written down")
    finally:
        connection.close()
