"""What falls due by the calendar: contacts, dispatches of paid orders, renewals of agreements."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, Max, OuterRef, QuerySet
from django.db.models.functions import Coalesce

from guanxi.care import rhythm
from guanxi.care.treatments import Item, policy
from guanxi.desk.actions import Wish
from guanxi.desk.models import Task
from guanxi.ledger.models import Order
from guanxi.ledger.stages import ENDS, SHIPPED_OR_LATER
from guanxi.supply import queries as supply_queries
from guanxi.tiering.models import Scheme, Standing, StandingChange
from guanxi.tiering.treatment import without_costly_treatment

RENEWAL_DAYS = 30
STOCK_TIERS = ("standard", "standard_several")
Place = tuple[str, str]


def wishes(*, now: datetime) -> Iterator[Wish]:
    """Everything the calendar brings about, as wishes to the desk; what was opened before keeps its key."""
    yield from _contacts(now)
    yield from _class_contacts(now)
    yield from _dispatches(now)
    yield from _renewals(now)


def _contacts(now: datetime) -> Iterator[Wish]:
    """Those made with each customer of a tier."""
    dormant = without_costly_treatment()
    # A contact may be due by several schemes: each customer once.
    served: dict[str, set[int]] = defaultdict(set)
    for place, items in _contact_items(per_tier=False).items():
        for item in items:
            standing = _risen_or_fallen(place) if item.is_once else _standing_at(place)
            rows = standing.values_list("customer_id", "since_at")
            last, waiting = _last_contacts(item.key), _on_desks(item.key)
            for customer_id, since_at in rows.iterator():
                is_spared = item.is_costly and customer_id in dormant
                if is_spared or customer_id in waiting or customer_id in served[item.key]:
                    continue
                served[item.key].add(customer_id)
                due = rhythm.next_contact(item, since_at=since_at, last_at=last.get(customer_id), now=now)
                if due:
                    yield Wish(
                        key=f"care:{item.key}:{customer_id}:{due.not_before:%Y-%m-%d}", kind=item.key,
                        customer_id=customer_id, not_before=due.not_before, due_at=due.due_at,
                        checklist=item.checklist, reason=f"stands at {place[1]} in {place[0]}", origin_kind="care",
                        origin_id=item.key,
                    )  # fmt: skip


def _class_contacts(now: datetime) -> Iterator[Wish]:
    """One task for the whole class."""
    for (scheme, tier), items in _contact_items(per_tier=True).items():
        rows = _standing_at((scheme, tier))
        first = rows.order_by("since_at").values_list("since_at", flat=True).first()
        if first is None:
            continue
        for item in items:
            ended = Task.objects.filter(origin_kind="care_class", origin_id=f"{item.key}:{scheme}:{tier}")
            last = ended.aggregate(last=Max(Coalesce("ended_at", "opened_at")))["last"]
            due = rhythm.next_contact(item, since_at=first, last_at=last, now=now)
            if due and not ended.open().exists():
                yield Wish(
                    key=f"care:{item.key}:{scheme}:{tier}:{due.not_before:%Y-%m-%d}", kind=item.key, customer_id=None,
                    not_before=due.not_before, due_at=due.due_at, reason=f"{rows.count()} customers at {tier}",
                    origin_kind="care_class", origin_id=f"{item.key}:{scheme}:{tier}",
                    details={"scheme": scheme, "tier": tier},
                )  # fmt: skip


def _dispatches(now: datetime) -> Iterator[Wish]:
    """Paid orders of buyers of standard goods that have not left yet (P-03)."""
    orders = Order.objects.filter(paid_at__isnull=False, kind="order", customer__in=_standard_buyers())
    waiting = orders.exclude(stage__in=[*SHIPPED_OR_LATER, *ENDS])
    for dispatch in supply_queries.dispatches(list(waiting), now=now):
        order = dispatch.order
        yield Wish(
            key=f"dispatch:{order.pk}", kind="dispatch", customer_id=order.customer_id,
            due_at=dispatch.promise.due_at, reason=f"order {order.number} was paid", origin_kind="order",
            origin_id=str(order.pk),
        )  # fmt: skip


def _renewals(now: datetime) -> Iterator[Wish]:
    """Agreements that run out within a month (P-04)."""
    today = now.date()
    for agreement in supply_queries.ending_agreements(on=today, until=today + timedelta(days=RENEWAL_DAYS)):
        yield Wish(
            key=f"renew:{agreement.pk}:{agreement.ends_on}", kind="renew_agreement",
            customer_id=agreement.customer_id, due_at=now + timedelta(days=14),
            reason=f"{agreement.title} ends on {agreement.ends_on}", origin_kind="agreement",
            origin_id=str(agreement.pk),
        )  # fmt: skip


def _contact_items(*, per_tier: bool) -> dict[Place, list[Item]]:
    """The contacts of every tier of the schemes that are in use; the same contact once per customer."""
    active = set(Scheme.objects.filter(is_active=True).values_list("name", flat=True))
    found: dict[Place, list[Item]] = defaultdict(list)
    for treatment in policy().treatments:
        contacts = [item for item in treatment.items if item.begins and item.per_tier is per_tier]
        for place in sorted(treatment.tiers):
            if contacts and place[0] in active:
                found[place] += contacts
    return found


def _standing_at(place: Place) -> QuerySet[Standing]:
    scheme, tier = place
    found = Standing.objects.filter(scheme__name=scheme, tier=tier, customer__merged_into__isnull=True)
    return found.filter(customer__is_blocked=False)


def _risen_or_fallen(place: Place) -> QuerySet[Standing]:
    """Those who came there by a move: a first standing, such as after an import of history, is no occasion (RD-13)."""
    moved = StandingChange.objects.filter(
        customer_id=OuterRef("customer_id"), scheme_id=OuterRef("scheme_id"), at=OuterRef("since_at")
    )
    return _standing_at(place).filter(Exists(moved.exclude(from_tier="")))


def _standard_buyers() -> QuerySet[Standing, Any]:
    return Standing.objects.filter(scheme__name="need", tier__in=STOCK_TIERS).values("customer_id")


def _last_contacts(kind: str) -> dict[int | None, datetime]:
    """When the last contact of a kind was made, or dropped, with each customer."""
    rows = Task.objects.filter(kind=kind, customer__isnull=False, ended_at__isnull=False)
    return dict(rows.values_list("customer_id").annotate(last=Max("ended_at")))


def _on_desks(kind: str) -> set[int | None]:
    """Customers for whom a contact of this kind still waits to be made."""
    return set(Task.objects.open().filter(kind=kind).values_list("customer_id", flat=True))
