"""Puts tasks on desks and takes them off again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q

from guanxi.desk.clocks import warning_at
from guanxi.desk.models import Task
from guanxi.desk.results import DONE_RESULTS, DROP_RESULTS
from guanxi.kernel.parts import in_parts
from guanxi.ledger import actions as ledger_actions
from guanxi.ledger.models import Contact, Customer, Event
from guanxi.staff.models import User

SOURCE = "desk"
# Who hears of a missed task, the first role that somebody holds.
ESCALATION = ("manager", "owner")
AT_ONCE = 500


class AlreadyEnded(Exception):
    """Somebody has finished or dropped this task meanwhile."""


class NoSuchResult(Exception):
    """A task cannot end with this word."""


class NotOnTheList(Exception):
    """The checklist of this task has no such line."""


@dataclass(frozen=True, slots=True)
class Wish:
    """A task somebody wants opened; the fields are those of Task."""

    key: str
    kind: str
    customer_id: int | None
    due_at: datetime
    reason: str = ""
    title: str = ""
    owner_id: int | None = None
    contact_id: int | None = None
    not_before: datetime | None = None
    expires_at: datetime | None = None
    checklist: Sequence[str | Mapping[str, str]] = ()  # a line may be by language, `en` among them
    details: Mapping[str, Any] = field(default_factory=dict)
    origin_kind: str = ""
    origin_id: str = ""


def open_tasks(*, wishes: Iterable[Wish], now: datetime) -> int:
    """Open what was not opened before, by `key`; returns how many. Without an owner it goes to the customer's."""
    opened = 0
    found = list({wish.key: wish for wish in wishes}.values())
    for some in in_parts(found, AT_ONCE):
        opened += _open(some, now)
    return opened


@transaction.atomic
def _open(wishes: Sequence[Wish], now: datetime) -> int:
    known = set(Task.objects.filter(key__in=[wish.key for wish in wishes]).values_list("key", flat=True))
    owners = dict(Customer.objects.filter(pk__in={wish.customer_id for wish in wishes}).values_list("pk", "owner_id"))
    fresh = [
        wish for wish in wishes if wish.key not in known and (wish.customer_id is None or wish.customer_id in owners)
    ]
    Task.objects.bulk_create([_task(wish, owners, now) for wish in fresh], ignore_conflicts=True)
    tasks = list(Task.objects.filter(key__in=[wish.key for wish in fresh], opened_at=now))
    ledger_actions.record_events([_event("task.opened", task, now) for task in tasks])
    return len(tasks)


def _task(wish: Wish, owners: Mapping[int, int | None], now: datetime) -> Task:
    owner_of_customer = None if wish.customer_id is None else owners.get(wish.customer_id)
    return Task(
        key=wish.key, kind=wish.kind, title=wish.title, customer_id=wish.customer_id, contact_id=wish.contact_id,
        owner_id=wish.owner_id or owner_of_customer, reason=wish.reason, details=dict(wish.details),
        checklist=[_line(each) for each in wish.checklist], opened_at=now, not_before=wish.not_before,
        due_at=wish.due_at, warn_at=warning_at(wish.not_before or now, wish.due_at), expires_at=wish.expires_at,
        origin_kind=wish.origin_kind, origin_id=wish.origin_id,
    )  # fmt: skip


def _line(text: str | Mapping[str, str]) -> dict[str, Any]:
    if isinstance(text, str):
        return {"text": text, "done_at": None}
    return {"text": text["en"], "titles": dict(text), "done_at": None}


def open_task(
    *, customer: Customer, title: str, due_at: datetime, now: datetime, by: User, owner: User | None = None,
    contact: Contact | None = None, checklist: Sequence[str] = (),
) -> Task:  # fmt: skip
    """A task that a person writes down."""
    task = Task.objects.create(
        key=f"person:{by.pk}:{now.isoformat()}:{customer.pk}", kind="own", title=title, customer=customer,
        contact=contact, owner=owner or by, due_at=due_at, warn_at=warning_at(now, due_at), opened_at=now,
        checklist=[_line(each) for each in checklist], origin_kind="person", origin_id=str(by.pk),
    )  # fmt: skip
    ledger_actions.record_events([_event("task.opened", task, now)])
    return task


def finish_task(*, task: Task, now: datetime, by: User | None, outcome: str = "", result: str = "") -> None:
    """Take it off the desk as done; `result` is one of DONE_RESULTS. Raises AlreadyEnded, NoSuchResult."""
    if result and result not in DONE_RESULTS:
        raise NoSuchResult
    _end(task, "done", now=now, by=by, outcome=outcome, result=result)


def drop_task(*, task: Task, now: datetime, by: User | None, outcome: str, result: str = "") -> None:
    """Take it off the desk undone, with the reason; `result` is one of DROP_RESULTS. Raises AlreadyEnded,
    NoSuchResult."""
    if result and result not in DROP_RESULTS:
        raise NoSuchResult
    _end(task, "dropped", now=now, by=by, outcome=outcome, result=result)


@transaction.atomic
def _end(task: Task, state: str, *, now: datetime, by: User | None, outcome: str, result: str) -> None:
    changed = (
        Task.objects.open()
        .filter(pk=task.pk)
        .update(state=state, ended_at=now, ended_by=by, outcome=outcome, result=result)
    )
    if not changed:
        raise AlreadyEnded
    task.refresh_from_db()
    ledger_actions.record_events([_event("task.done" if state == "done" else "task.dropped", task, now)])


@transaction.atomic
def finish_by_origin(*, kind: str, origin_kind: str, origin_ids: Iterable[str], now: datetime, outcome: str) -> int:
    """What somebody did elsewhere (an inquiry answered) ends its task; returns how many."""
    found = Task.objects.open().filter(kind=kind, origin_kind=origin_kind, origin_id__in=list(origin_ids))
    tasks = list(found)
    found.update(state="done", ended_at=now, outcome=outcome)
    ledger_actions.record_events([_event("task.done", task, now) for task in tasks])
    return len(tasks)


@transaction.atomic
def tick(*, task: Task, line: int, is_done: bool, now: datetime) -> None:
    """Tick a line of the checklist, or take the tick back. Raises NotOnTheList."""
    kept = Task.objects.select_for_update().get(pk=task.pk)
    if not 0 <= line < len(kept.checklist):
        raise NotOnTheList
    kept.checklist[line]["done_at"] = now.isoformat() if is_done else None
    kept.save(update_fields=["checklist"])
    task.checklist = kept.checklist


def hand_over(*, task: Task, owner: User) -> None:
    """Put it on another desk. Raises AlreadyEnded."""
    if not Task.objects.open().filter(pk=task.pk).update(owner=owner):
        raise AlreadyEnded
    task.owner = owner


@dataclass(frozen=True, slots=True)
class Rounds:
    """What the minute's look at the clocks of tasks brought about."""

    warned: int = 0
    breached: int = 0
    dropped: int = 0


def look_at_clocks(*, now: datetime) -> Rounds:
    """Warn of what is due soon, mark what is late and tell the manager, drop what has expired; each once."""
    expired = Task.objects.open().filter(expires_at__lte=now)
    dropped = expired.update(state="dropped", ended_at=now, outcome="its time was over", result="other")
    return Rounds(warned=_warn(now), breached=_breach(now), dropped=dropped)


def _warn(now: datetime) -> int:
    warned = 0
    while soon := list(Task.objects.open().filter(warn_at__lte=now)[:AT_ONCE]):
        with transaction.atomic():
            marked = [
                task for task in soon
                if Task.objects.open().filter(pk=task.pk, warn_at__isnull=False).update(warn_at=None)
                and task.due_at > now
            ]  # fmt: skip
            ledger_actions.record_events([_event("task.due_soon", task, now) for task in marked])
        warned += len(marked)
    return warned


def _breach(now: datetime) -> int:
    chiefs, breached = _chiefs(), 0
    while late := list(Task.objects.open().filter(due_at__lt=now, breached_at__isnull=True)[:AT_ONCE]):
        with transaction.atomic():
            marked = [
                task for task in late
                if Task.objects.filter(pk=task.pk, breached_at__isnull=True).update(
                    breached_at=now, escalated_to=_above(task.owner_id, chiefs)
                )
            ]  # fmt: skip
            ledger_actions.record_events([_event("task.breached", task, now) for task in marked])
        breached += len(marked)
    return breached


def _chiefs() -> list[User]:
    """Who answers for missed tasks: the first manager, then the first owner of the installation."""
    active = User.objects.filter(is_active=True)
    found = (active.filter(role=role).order_by("pk").first() for role in ESCALATION)
    return [each for each in found if each is not None]


def _above(owner_id: int | None, chiefs: Sequence[User]) -> User | None:
    """Nobody is told of his own delay as if it were another's; whom nobody stands above is told himself."""
    return next((each for each in chiefs if each.pk != owner_id), next(iter(chiefs), None))


def withdraw_care(*, customer_ids: Iterable[int], kinds: Iterable[str], now: datetime, outcome: str) -> int:
    """Drop open tasks of these kinds that the program had opened: their cause is gone (M-14)."""
    program = ~Q(origin_kind="person")
    found = Task.objects.open().filter(program, customer_id__in=list(customer_ids), kind__in=list(kinds))
    return found.update(state="dropped", ended_at=now, outcome=outcome)


def _event(name: str, task: Task, now: datetime) -> Event:
    return Event(
        name=name, customer_id=task.customer_id, contact_id=task.contact_id, object_kind="task",
        object_id=str(task.pk), occurred_at=now, recorded_at=now, source=SOURCE,
        properties={
            "kind": task.kind, "due_at": task.due_at.isoformat(), **({"result": task.result} if task.result else {}),
        },
    )  # fmt: skip
