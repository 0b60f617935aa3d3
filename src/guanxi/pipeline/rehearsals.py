"""Rehearsals asked for in the console: one at a time, the figures kept for a month."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from guanxi.journeys.reading import GraphError
from guanxi.pipeline.models import RehearsalRun
from guanxi.rehearsal.rehearsing import Rehearsal, Unrehearsable, as_published, rehearse

logger = logging.getLogger(__name__)

KEPT_FOR = timedelta(days=30)
# Longer than five years of a large workspace take; then whoever played it is thought dead.
LEASE = timedelta(hours=1)
LETTERS_SHOWN = 200
DEAD = "Guanxi was stopped while it played; ask again."
Clock = Callable[[], datetime]


class Busy(Exception):
    """Another rehearsal is being played; it takes a processor for itself."""


def ask(*, wishes: dict[str, Any], user: Any, now: datetime) -> RehearsalRun:
    """Write down what is wished; `play` carries it out. Raises Busy."""
    RehearsalRun.objects.filter(state="running", asked_at__lt=now - LEASE).update(
        state="failed", error=DEAD, ended_at=now
    )
    if RehearsalRun.objects.filter(state="running").exists():
        raise Busy
    return RehearsalRun.objects.create(wishes=wishes, asked_by=user, asked_at=now, expires_at=now + KEPT_FOR)


def play(run_id: int, *, clock: Clock) -> None:
    """Play what was asked for, and beside a tried version the published ones; the outcome stands in the run."""
    run = RehearsalRun.objects.get(pk=run_id)
    wishes = run.wishes
    first, last = date.fromisoformat(wishes["from"]), date.fromisoformat(wishes["to"])
    texts = [wishes["text"]] if wishes["text"].strip() else []
    try:
        found = rehearse(
            first=first, last=last, keys=wishes["journeys"], assume=wishes["assume"], texts=texts, now=clock()
        )
        run.result = found.document() | {"letters": letters_of(found)}
        published = as_published(found, now=clock()) if texts else None
        if published is not None:
            run.published = published.document()
        run.state = "done"
    except (Unrehearsable, GraphError) as problem:
        run.state, run.error = "failed", str(problem)[:500]
    except Exception as problem:
        logger.exception("rehearsal %s failed", run.pk)
        run.state, run.error = "failed", f"{type(problem).__name__}: {problem}"[:500]
    run.ended_at = clock()
    run.save()


def letters_of(found: Rehearsal) -> list[dict[str, Any]]:
    """The first letters, by the customer's id: names are looked up when somebody looks."""
    return [
        {
            "customer": each.customer_id, "journey": each.journey, "step": each.step, "letter": each.template,
            "proposed_at": each.proposed_at.isoformat(), "left_at": each.left_at.isoformat() if each.left_at else "",
            "held_by": list(dict.fromkeys(each.held_by)), "dropped_by": each.dropped_by,
        }
        for each in found.play.letters[:LETTERS_SHOWN]
    ]  # fmt: skip


def recent(*, limit: int = 20) -> list[RehearsalRun]:
    return list(RehearsalRun.objects.select_related("asked_by").defer("result", "published").order_by("-id")[:limit])


def forget_expired(*, now: datetime) -> int:
    """Delete the runs whose time has run out; returns how many."""
    return RehearsalRun.objects.filter(expires_at__lte=now).delete()[0]
