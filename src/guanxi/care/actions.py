"""Looks after customers: opens the contacts that fall due, and the tasks that something brings about."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.db.models import Sum

from guanxi.care import due, occasions
from guanxi.care.models import Gift, StageCheck, TeamMember
from guanxi.care.treatments import policy
from guanxi.desk import actions as desk_actions
from guanxi.desk.actions import Wish
from guanxi.ledger.models import Contact, Customer, Event
from guanxi.staff.models import User
from guanxi.staff.roles import Right
from guanxi.supply import actions as supply_actions
from guanxi.supply.clocks import DRAWING_DAYS, SAMPLE_DAYS
from guanxi.supply.models import Project
from guanxi.tiering.treatment import without_costly_treatment

GIFT_LIMIT_PER_YEAR = Decimal(200)  # per person, in the currency of the gift; above it a manager approves (CN-46)


class GiftRefused(Exception):
    """The gift cannot be entered; the text says why. `is_by_customer`: he accepts none at all."""

    def __init__(self, reason: str, *, is_by_customer: bool = False) -> None:
        self.is_by_customer = is_by_customer
        super().__init__(reason)


class NoSuchLine(Exception):
    """No checklist has this line."""


def open_due(*, now: datetime) -> dict[str, int]:
    """The nightly round: contacts, dispatches and renewals that fall due; and what dormancy has ended (M-14)."""
    opened = desk_actions.open_tasks(wishes=due.wishes(now=now), now=now)
    costly = [item.key for item in policy().items.values() if item.is_costly]
    dropped = desk_actions.withdraw_care(
        customer_ids=without_costly_treatment(), kinds=costly, now=now, outcome="the customer is dormant now"
    )
    clocks = desk_actions.look_at_clocks(now=now)
    return {"opened": opened, "dropped": dropped + clocks.dropped, "breached": clocks.breached}


def react_to(*, events: Sequence[Event], now: datetime) -> Counter[str]:
    """Open and end the tasks that these live events bring about; call it in the transaction that claimed them."""
    live = [event for event in events if not event.is_historical]
    opened = desk_actions.open_tasks(wishes=occasions.wishes(live, now=now), now=now)
    ended = 0
    for end in occasions.ENDS:
        ids = [event.object_id for event in live if event.name == end.event and event.object_id]
        if ids:
            ended += desk_actions.finish_by_origin(
                kind=end.kind, origin_kind=end.origin_kind, origin_ids=ids, now=now, outcome=end.outcome
            )
    return Counter({name: count for name, count in (("tasks", opened), ("tasks_ended", ended)) if count})


@transaction.atomic
def accept_project(
    *, customer: Customer, title: str, now: datetime, specification: str = "", technician: User | None = None
) -> Project:
    """Accept a custom request and put its drawing (3 days) and sample (10 days) on the technician's desk."""
    project = supply_actions.accept_project(
        customer=customer, title=title, specification=specification, technician=technician, now=now
    )
    wishes = [
        Wish(
            key=f"project:{project.pk}:{kind}", kind=kind, customer_id=customer.pk, due_at=now + timedelta(days=days),
            owner_id=technician.pk if technician else None, reason=f"custom request accepted: {title}"[:300],
            origin_kind="project", origin_id=str(project.pk),
        )
        for kind, days in (("drawing", DRAWING_DAYS), ("sample", SAMPLE_DAYS))
    ]  # fmt: skip
    desk_actions.open_tasks(wishes=wishes, now=now)
    return project


@transaction.atomic
def finish_drawing(*, project: Project, now: datetime) -> None:
    """The drawing is with the customer: its promise and its task end."""
    supply_actions.finish_drawing(project=project, now=now)
    _end_task(project, "drawing", now)


@transaction.atomic
def finish_sample(*, project: Project, now: datetime) -> None:
    """The sample is made: its promise and its task end."""
    supply_actions.finish_sample(project=project, now=now)
    _end_task(project, "sample", now)


def _end_task(project: Project, kind: str, now: datetime) -> None:
    desk_actions.finish_by_origin(
        kind=kind, origin_kind="project", origin_ids=[str(project.pk)], now=now, outcome="delivered"
    )


def join_team(*, customer: Customer, user: User, role: str, now: datetime) -> TeamMember:
    """Put a colleague into the customer's team, or change his role there."""
    member, _ = TeamMember.objects.update_or_create(
        customer=customer, user=user, defaults={"role": role[:60]}, create_defaults={"role": role[:60], "since_at": now}
    )
    return member


def leave_team(*, customer: Customer, user: User) -> None:
    TeamMember.objects.filter(customer=customer, user=user).delete()


def check_line(
    *, customer: Customer, item: str, line: str, is_done: bool, now: datetime, by: User, note: str = ""
) -> None:
    """Tick a line of a stage's checklist for the customer, or take the tick back. Raises NoSuchLine."""
    known = policy().items.get(item)
    if known is None or line not in known.lines:
        raise NoSuchLine
    if is_done:
        StageCheck.objects.get_or_create(
            customer=customer, item=item, line=line, defaults={"note": note[:300], "done_by": by, "done_at": now}
        )
    else:
        StageCheck.objects.filter(customer=customer, item=item, line=line).delete()


@transaction.atomic
def give(
    *, contact: Contact, what: str, value: Decimal, currency: str, given_on: date, now: datetime, by: User,
    approved_by: User | None = None,
) -> Gift:  # fmt: skip
    """Enter a gift; above the yearly limit per person a manager's approval is needed (CN-46). Raises GiftRefused."""
    traits = contact.customer.traits.filter(name="gifts_refused").order_by("-set_at").first()
    if traits is not None and traits.value:
        raise GiftRefused(f"{contact.customer} does not accept gifts.", is_by_customer=True)
    given = Gift.objects.filter(contact=contact, given_on__year=given_on.year, currency=currency)
    total = (given.aggregate(total=Sum("value"))["total"] or Decimal(0)) + value
    if total > GIFT_LIMIT_PER_YEAR and not (approved_by and approved_by.may(Right.ASSIGN_OWNERS)):
        raise GiftRefused(
            f"Gifts to {contact} would come to {currency} {total:,f} in {given_on.year}; "
            f"above {GIFT_LIMIT_PER_YEAR:f} a manager has to approve."
        )
    return Gift.objects.create(
        contact=contact, what=what, value=value, currency=currency, given_on=given_on, given_by=by,
        approved_by=approved_by, entered_at=now,
    )  # fmt: skip
