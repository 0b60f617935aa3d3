"""Breaches with their clock of 72 hours (GDPR 33), and assessments of what a processing may do to persons."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from guanxi.privacy.models import Assessment, Breach
from guanxi.staff import actions as staff_actions
from guanxi.staff.models import User
from guanxi.staff.roles import Right

CLOCK = timedelta(hours=72)
REVIEWED_AFTER_DAYS = 365
OCCASIONS = ("transfer_abroad", "automated_decision", "sensitive", "entrusting", "disclosure", "other")
FACTS = ("people", "categories", "consequences", "measures", "reported_at", "not_reported_because", "persons_told_at")


class Unanswered(ValueError):
    """A breach is closed once the authority was told, or it is written down why not."""


@transaction.atomic
def open_breach(*, what: str, noticed_at: datetime, actor: User, now: datetime, **facts: Any) -> Breach:
    """Write a breach down; its clock runs from the moment it was noticed. Raises NotAllowed."""
    _check(actor)
    breach = Breach.objects.create(
        what=what.strip(), noticed_at=noticed_at, due_at=noticed_at + CLOCK, entered_by=actor, entered_at=now, **facts
    )
    _audit(actor, "breach.opened", breach, now)
    return breach


@transaction.atomic
def change_breach(*, breach: Breach, actor: User, now: datetime, close: bool = False, **facts: Any) -> Breach:
    """Add what is known by now; with `close` it is done. Raises Unanswered, NotAllowed."""
    _check(actor)
    for name in FACTS:
        if name in facts:
            setattr(breach, name, facts[name])
    if close and not (breach.reported_at or breach.not_reported_because.strip()):
        raise Unanswered
    breach.closed_at = now if close else breach.closed_at
    breach.save()
    _audit(actor, "breach.closed" if close else "breach.changed", breach, now)
    return breach


def open_breaches() -> QuerySet[Breach]:
    """Those not closed, the most urgent first."""
    return Breach.objects.filter(closed_at=None).order_by("due_at", "id")


@transaction.atomic
def add_assessment(
    *, title: str, occasion: str, purpose: str, impact: str, measures: str, decided_on: date, actor: User,
    now: datetime, conclusion: str = "", review_on: date | None = None,
) -> Assessment:  # fmt: skip
    """Keep an assessment; it is looked at again after a year unless another day is named. Raises ValueError."""
    _check(actor)
    if occasion not in OCCASIONS:
        raise ValueError(f"Not an occasion: {occasion}.")
    assessment = Assessment.objects.create(
        title=title.strip(), occasion=occasion, purpose=purpose, impact=impact, measures=measures,
        conclusion=conclusion, decided_on=decided_on, decided_by=actor, entered_at=now,
        review_on=review_on or decided_on + timedelta(days=REVIEWED_AFTER_DAYS),
    )  # fmt: skip
    _audit(actor, "assessment.added", assessment, now)
    return assessment


def _check(actor: User) -> None:
    if not actor.may(Right.MANAGE_SETTINGS):
        raise staff_actions.NotAllowed


def _audit(actor: User, act: str, row: Breach | Assessment, now: datetime) -> None:
    staff_actions.append_audit(
        actor=actor, act=act, now=now, object_kind=act.partition(".")[0], object_id=row.pk, details={}
    )
