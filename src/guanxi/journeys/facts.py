"""What the conditions of journeys may ask, gathered for a whole batch: one query per kind of fact that is asked for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any, NamedTuple

from django.db.models import Count, Max, Min

from guanxi.consent import queries as consent_queries
from guanxi.consent import reaching
from guanxi.consent.rules import MARKETING, is_in_force, may_send
from guanxi.desk.models import Task
from guanxi.firm import queries as firm_queries
from guanxi.journeys import trade
from guanxi.journeys.models import Enrolment
from guanxi.kernel.fetching import among
from guanxi.ledger import overdue
from guanxi.ledger.models import Contact, Customer, Event, Invoice, Order, Trait
from guanxi.offers import queries as offers_queries
from guanxi.papers import queries as papers_queries
from guanxi.recommendations import queries as recommendations_queries
from guanxi.segments.models import Membership
from guanxi.supply import queries as supply_queries
from guanxi.tiering import review_queries, treatment
from guanxi.tiering.models import Standing

# What counts as an answer of a reader (CN-38): never a mail that was opened.
ANSWERS = (
    "email.clicked", "email.replied", "page.viewed", "inquiry.received", "order.placed", "note.written",
    "survey.answered",
)  # fmt: skip


class Subject(NamedTuple):
    """Of whom it is asked: a reader, the object his journey is about, and since when (aware)."""

    customer: Customer
    contact: Contact
    since_at: datetime
    object_kind: str = ""
    object_id: str = ""
    occasion: Mapping[str, Any] = MappingProxyType({})

    def told(self, name: str) -> Any:
        """What the event that began the journey told under this name; None when nothing."""
        return self.occasion.get("told", {}).get(name)


@dataclass(frozen=True, slots=True)
class Asked:
    """Whom is asked what, and when; `orders` are the orders journeys are about, by id."""

    subjects: Sequence[Subject]
    names: frozenset[str]
    orders: Mapping[str, Order]
    now: datetime

    @property
    def customer_ids(self) -> set[int]:
        return {each.customer.id for each in self.subjects}

    @property
    def contact_ids(self) -> set[int]:
        return {each.contact.id for each in self.subjects}

    def below(self, prefix: str) -> list[str]:
        """What follows `prefix` in the names asked for."""
        return [name.removeprefix(prefix) for name in self.names if name.startswith(prefix)]


Facts = dict[str, Any]
Kind = Callable[[Asked], list[Facts]]


def gather(
    subjects: Sequence[Subject], names: Collection[str], *, orders: Mapping[str, Order], now: datetime
) -> list[Facts]:
    """The facts called `names` of each subject, in order; a name nobody asks for costs no query."""
    asked = Asked(subjects, frozenset(names), orders, now)
    heads = {name.partition(".")[0] for name in asked.names}
    found: list[Facts] = [{} for _ in subjects]
    for wanted, kind in KINDS:
        if wanted & heads:
            for facts, more in zip(found, kind(asked), strict=True):
                facts |= more
    return found


def _records(asked: Asked) -> list[Facts]:
    """What stands in the rows themselves."""
    told, fields = asked.below("event."), asked.below("field.")
    return [
        _of_rows(each, asked.orders.get(each.object_id) if each.object_kind == "order" else None)
        | {f"event.{name}": each.told(name) for name in told}
        | {f"field.{name}": each.contact.fields.get(name, each.customer.fields.get(name)) for name in fields}
        for each in asked.subjects
    ]


def _of_rows(subject: Subject, order: Order | None) -> Facts:
    customer, contact = subject.customer, subject.contact
    return {
        "came_by": subject.occasion.get("by", ""),
        "stage": order.stage if order else "",
        "order_amount": order.amount_reporting if order else None,
        "is_trial": bool(order and order.is_trial),
        "country": contact.country or customer.country,
        "language": contact.language,
        "customer_kind": customer.kind,
        "trade": customer.trade,
        "tag": tuple(customer.tags),
    }


def _standings(asked: Asked) -> list[Facts]:
    rows = Standing.objects.filter(among("customer_id", asked.customer_ids), scheme__is_active=True)
    found: dict[int, Facts] = defaultdict(dict)
    for customer_id, name, is_default, tier in rows.values_list(
        "customer_id", "scheme__name", "scheme__is_default", "tier"
    ):
        found[customer_id][f"standing.{name}"] = tier
        if is_default:
            found[customer_id]["tier"] = tier
    nowhere = {"tier": "", **{f"standing.{name}": "" for name in asked.below("standing.")}}
    return [nowhere | found.get(each.customer.id, {}) for each in asked.subjects]


def _invoices(asked: Asked) -> list[Facts]:
    numbers = {each.object_id for each in asked.subjects if each.object_kind == "invoice" and each.object_id.isdigit()}
    today = firm_queries.the_firm().day_of(asked.now)
    found = {
        str(each.pk): overdue.state_of(each, today)
        for each in Invoice.objects.filter(among("pk", {int(number) for number in numbers}))
    }
    return [
        {"invoice_state": found.get(each.object_id, "") if each.object_kind == "invoice" else ""}
        for each in asked.subjects
    ]


def _treatment(asked: Asked) -> list[Facts]:
    asleep = treatment.without_costly_treatment(asked.customer_ids)
    return [{"costly_treatment": each.customer.pk not in asleep} for each in asked.subjects]


def _segments(asked: Asked) -> list[Facts]:
    rows = Membership.objects.filter(among("customer_id", asked.customer_ids))
    found: dict[int, list[tuple[str, int | None]]] = defaultdict(list)
    for customer_id, contact_id, key in rows.values_list("customer_id", "contact_id", "segment__key"):
        found[customer_id].append((key, contact_id))
    return [
        {
            "segment": tuple(
                key for key, contact_id in found.get(each.customer.pk, []) if contact_id in {None, each.contact.pk}
            )
        }
        for each in asked.subjects
    ]


def _traits(asked: Asked) -> list[Facts]:
    today = asked.now.date()
    rows = Trait.objects.filter(among("customer_id", asked.customer_ids), name__in=asked.below("trait."), value=True)
    current = rows.exclude(until_on__lt=today).filter(since_on__lte=today)
    held = set(current.values_list("customer_id", "name"))
    names = asked.below("trait.")
    return [{f"trait.{name}": (each.customer.pk, name) in held for name in names} for each in asked.subjects]


def _orders(asked: Asked) -> list[Facts]:
    rows = Order.objects.filter(among("customer_id", asked.customer_ids), kind="order")
    sums: dict[int, Facts] = {
        each["customer_id"]: dict(each)
        for each in rows.values("customer_id").annotate(n=Count("id"), first=Min("placed_at"), latest=Max("placed_at"))
    }
    recent: dict[int, list[datetime]] = defaultdict(list)
    since = min(each.since_at for each in asked.subjects)
    for customer_id, placed_at in rows.filter(placed_at__gte=since).values_list("customer_id", "placed_at"):
        recent[customer_id].append(placed_at)
    return [
        _of_orders(each, sums.get(each.customer.pk), recent[each.customer.pk], asked.now) for each in asked.subjects
    ]


def _of_orders(subject: Subject, sums: Facts | None, recent: Sequence[datetime], now: datetime) -> Facts:
    began = subject.customer.cooperation_since or (sums["first"].date() if sums else None)
    return {
        "order_count": sums["n"] if sums else 0,
        "days_since_order": (now - sums["latest"]).days if sums else None,
        "orders_since_entry": sum(moment > subject.since_at for moment in recent),
        "cooperation_years": None if began is None else whole_years(began, now.date()),
    }


def whole_years(began: date, on: date) -> int:
    return on.year - began.year - ((on.month, on.day) < (began.month, began.day))


def _answers(asked: Asked) -> list[Facts]:
    since = min(each.since_at for each in asked.subjects)
    rows = Event.objects.filter(
        among("customer_id", asked.customer_ids), name__in=ANSWERS, occurred_at__gt=since, is_historical=False
    ).values_list("customer_id", "contact_id", "name", "properties", "occurred_at")
    found: dict[int, list[tuple[int | None, datetime]]] = defaultdict(list)
    for customer_id, contact_id, name, properties, occurred_at in rows:
        if is_answer(name, properties):
            found[customer_id].append((contact_id, occurred_at))
    return [
        {
            "answered": any(
                contact_id in {None, each.contact.pk} and occurred_at > each.since_at
                for contact_id, occurred_at in found.get(each.customer.pk, [])
            )
        }
        for each in asked.subjects
    ]


def _signs(asked: Asked) -> list[Facts]:
    """Whether each answered, and, where it is asked, opened; an answer counts as an open (CN-38): many programs never
    load the pixel.
    """
    answers = _answers(asked)
    if "opened" not in asked.names:
        return answers
    since = min(each.since_at for each in asked.subjects)
    rows = Event.objects.filter(
        among("contact_id", asked.contact_ids), name="email.opened", occurred_at__gt=since, properties__verdict="human"
    )
    found: dict[int | None, list[datetime]] = defaultdict(list)
    for contact_id, occurred_at in rows.values_list("contact_id", "occurred_at"):
        found[contact_id].append(occurred_at)
    return [
        {**said, "opened": said["answered"] or any(moment > each.since_at for moment in found[each.contact.pk])}
        for each, said in zip(asked.subjects, answers, strict=True)
    ]


def _happenings(asked: Asked) -> list[Facts]:
    names = asked.below("happened.")
    since = min(each.since_at for each in asked.subjects)
    rows = Event.objects.filter(
        among("customer_id", asked.customer_ids), name__in=names, occurred_at__gt=since, is_historical=False
    ).values_list("customer_id", "name", "object_kind", "object_id", "occurred_at")
    found: dict[int, list[tuple[str, str, str, datetime]]] = defaultdict(list)
    for customer_id, name, kind, object_id, occurred_at in rows:
        if customer_id is not None:
            found[customer_id].append((name, kind, object_id, occurred_at))
    return [
        {
            f"happened.{name}": any(
                name == told and occurred_at > each.since_at and is_about(each, kind, object_id)
                for told, kind, object_id, occurred_at in found.get(each.customer.pk, [])
            )
            for name in names
        }
        for each in asked.subjects
    ]


def is_about(subject: Subject, kind: str, object_id: str) -> bool:
    return not subject.object_kind or (kind, object_id) == (subject.object_kind, subject.object_id)


def is_answer(name: str, properties: Mapping[str, Any]) -> bool:
    if name == "email.clicked":
        return properties.get("verdict") == "human"
    return name != "note.written" or properties.get("kind") in {"call", "meeting"}


def _offers(asked: Asked) -> list[Facts]:
    names = asked.below("offer.")
    today = firm_queries.the_firm().day_of(asked.now)
    states = offers_queries.states_of_contacts(asked.contact_ids, names, on=today)
    return [{f"offer.{name}": states.get((each.contact.pk, name), "none") for name in names} for each in asked.subjects]


def _permissions(asked: Asked) -> list[Facts]:
    stands = consent_queries.stands_of(asked.contact_ids)
    keys = {each.contact.email_key for each in asked.subjects if each.contact.email_key}
    barred = consent_queries.suppressions_of(keys)
    return [
        {
            "permits_marketing": may_send(
                kind=MARKETING,
                permission=stands.get((each.contact.pk, MARKETING)),
                suppressions=barred.get(each.contact.email_key or "", frozenset()),
                now=asked.now,
            ).allowed
        }
        for each in asked.subjects
    ]


def _complements(asked: Asked) -> list[Facts]:
    """Of each customer by himself: journeys that ask it are few, and each of their letters would ask it again."""
    found = {
        each.customer.pk: recommendations_queries.complements(each.customer, now=asked.now) for each in asked.subjects
    }
    return [{"complements": found[each.customer.pk]} for each in asked.subjects]


def _tasks(asked: Asked) -> list[Facts]:
    kinds = asked.below("task_waits.")
    rows = Task.objects.open().filter(among("customer_id", asked.customer_ids), kind__in=kinds)
    waiting = set(rows.values_list("customer_id", "kind"))
    return [{f"task_waits.{kind}": (each.customer.pk, kind) in waiting for kind in kinds} for each in asked.subjects]


def _under_way(asked: Asked) -> list[Facts]:
    rows = Enrolment.objects.filter(among("contact_id", asked.contact_ids), state="active")
    found: dict[int, list[tuple[str, str, str]]] = defaultdict(list)
    for contact_id, key, kind, object_id in rows.values_list("contact_id", "journey__key", "object_kind", "object_id"):
        found[contact_id].append((key, kind, object_id))
    return [
        {"under_way_in": tuple(key for key, kind, of in found[each.contact.pk] if is_about(each, kind, of))}
        for each in asked.subjects
    ]


def _channels(asked: Asked) -> list[Facts]:
    """Nothing permitted by mail holds for another channel (CN-55)."""
    found: list[Facts] = [{} for _ in asked.subjects]
    for channel in asked.below("permits."):
        stands = consent_queries.stands_of(asked.contact_ids, channel)
        for facts, each in zip(found, asked.subjects, strict=True):
            facts[f"permits.{channel}"] = is_in_force(stands.get((each.contact.pk, MARKETING)), asked.now)
    return found


def _preferences(asked: Asked) -> list[Facts]:
    liked = reaching.preferred_of(asked.contact_ids)
    names = asked.below("prefers.")
    return [{f"prefers.{name}": liked.get(each.contact.pk) == name for name in names} for each in asked.subjects]


def _spend(asked: Asked) -> list[Facts]:
    spent = trade.spend_of_year(asked.customer_ids, trade.last_year(asked.now))
    return [{"spend_last_year": spent.get(each.customer.pk, Decimal(0))} for each in asked.subjects]


def _price_breaks(asked: Asked) -> list[Facts]:
    rows = trade.price_breaks(asked.customer_ids)
    return [{"price_breaks": rows.get(each.customer.pk, [])} for each in asked.subjects]


def _projects(asked: Asked) -> list[Facts]:
    ids = [int(each.object_id) for each in asked.subjects if each.object_kind == "project" and each.object_id.isdigit()]
    promises = supply_queries.promises_of(ids, now=asked.now)
    return [
        {
            f"project.{name}": state
            for name, state in promises.get(int(each.object_id), {}).items()
        } if each.object_kind == "project" and each.object_id.isdigit() else {}
        for each in asked.subjects
    ]  # fmt: skip


def _proposals(asked: Asked) -> list[Facts]:
    found = review_queries.open_kinds_of(asked.customer_ids)
    return [{"proposal": tuple(sorted(found.get(each.customer.pk, ())))} for each in asked.subjects]


def _complaints(asked: Asked) -> list[Facts]:
    rows = Event.objects.filter(
        among("customer_id", asked.customer_ids), name__in=("complaint.opened", "complaint.solved")
    )
    told: dict[str, set[tuple[int, str]]] = defaultdict(set)
    for customer_id, name, object_id in rows.values_list("customer_id", "name", "object_id"):
        told[name].add((customer_id, object_id))
    unhappy = {customer_id for customer_id, _ in told["complaint.opened"] - told["complaint.solved"]}
    return [{"open_complaint": each.customer.pk in unhappy} for each in asked.subjects]


def _documents(asked: Asked) -> list[Facts]:
    kinds = asked.below("document.")
    cabinet = papers_queries.cabinet((each.contact for each in asked.subjects), kinds=kinds, now=asked.now)
    return [
        {f"document.{kind}": cabinet.fit(each.contact.pk, kind) is not None for kind in kinds}
        for each in asked.subjects
    ]


KINDS: tuple[tuple[frozenset[str], Kind], ...] = (
    (
        frozenset({
            "came_by", "event", "stage", "order_amount", "is_trial", "country", "language", "customer_kind", "trade",
            "tag", "field",
        }),
        _records,
    ),
    (frozenset({"invoice_state"}), _invoices),
    (frozenset({"tier", "standing"}), _standings),
    (frozenset({"costly_treatment"}), _treatment),
    (frozenset({"segment"}), _segments),
    (frozenset({"trait"}), _traits),
    (frozenset({"order_count", "days_since_order", "orders_since_entry", "cooperation_years"}), _orders),
    (frozenset({"answered", "opened"}), _signs),
    (frozenset({"happened"}), _happenings),
    (frozenset({"offer"}), _offers),
    (frozenset({"permits_marketing"}), _permissions),
    (frozenset({"permits"}), _channels),
    (frozenset({"prefers"}), _preferences),
    (frozenset({"spend_last_year"}), _spend),
    (frozenset({"price_breaks"}), _price_breaks),
    (frozenset({"project"}), _projects),
    (frozenset({"proposal"}), _proposals),
    (frozenset({"under_way_in"}), _under_way),
    (frozenset({"complements"}), _complements),
    (frozenset({"task_waits"}), _tasks),
    (frozenset({"open_complaint"}), _complaints),
    (frozenset({"document"}), _documents),
)  # fmt: skip


def orders_of(objects: Iterable[tuple[str, str]]) -> dict[str, Order]:
    """The orders among these (kind, id), by id as text, with what a letter tells of them."""
    ids = {int(object_id) for kind, object_id in objects if kind == "order" and object_id.isdigit()}
    if not ids:
        return {}
    rows = Order.objects.filter(pk__in=ids).select_related("customer__owner")
    rows = rows.prefetch_related("lines", "customs_papers")
    return {str(order.pk): order for order in rows}
