"""What lies on a desk."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F, Q, QuerySet

from guanxi.desk.models import Task
from guanxi.staff.models import User

WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Desk:
    """Open tasks by how pressing they are; `later` counts what is due after a week or may not be begun yet."""

    overdue: list[Task]
    today: list[Task]
    this_week: list[Task]
    later: int


def my_day(user: User, *, now: datetime, end_of_day: datetime) -> Desk:
    """The desk of one person; `end_of_day` is midnight where he works."""
    mine = Task.objects.open().filter(owner=user).select_related("customer", "contact").order_by("due_at", "id")
    ready = mine.filter(Q(not_before__isnull=True) | Q(not_before__lte=now))
    shown = list(ready.filter(due_at__lt=end_of_day + WEEK))
    return Desk(
        overdue=[task for task in shown if task.due_at < now],
        today=[task for task in shown if now <= task.due_at < end_of_day],
        this_week=[task for task in shown if task.due_at >= end_of_day],
        later=mine.count() - len(shown),
    )


def tasks_of(customer_id: int) -> QuerySet[Task]:
    """Open ones by their due moment, then the ended ones, the newest first."""
    found = Task.objects.filter(customer_id=customer_id).select_related("owner", "ended_by")
    return found.order_by(F("ended_at").desc(nulls_first=True), "due_at", "id")


def unowned() -> QuerySet[Task]:
    """Open tasks on nobody's desk, the most pressing first."""
    return Task.objects.open().filter(owner__isnull=True).select_related("customer").order_by("due_at", "id")


def escalated_to(user: User) -> QuerySet[Task]:
    """What others have missed and he is to see to, the oldest first."""
    missed = Task.objects.open().filter(escalated_to=user).exclude(owner=user)
    return missed.select_related("customer", "contact", "owner").order_by("due_at", "id")


def ended_by(user: User, *, since: datetime) -> QuerySet[Task]:
    """What he has done or dropped, the newest first."""
    found = Task.objects.exclude(state="open").filter(ended_by=user, ended_at__gte=since)
    return found.select_related("customer").order_by("-ended_at", "-id")


def pressing(user: User, *, now: datetime) -> int:
    """How many of his tasks are due within a day or late, and what others have missed; found by two indexes."""
    mine = Q(owner=user, due_at__lt=now + timedelta(days=1))
    return Task.objects.open().filter(mine | Q(escalated_to=user, due_at__lt=now)).count()
