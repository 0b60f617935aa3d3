"""The daily look at what no event tells: dates that come round, silence, the calendar, festivals, launches.

Whoever is found gets the event `moment.came` in the ledger, once per journey, trigger, person and day; the next pulse
reads it and lets him in by the rules of the door.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from django.db.models import Max, Min, Q, QuerySet

from guanxi.catalogue.models import Product
from guanxi.culture.holds import spans_in
from guanxi.culture.profiles import profile_of
from guanxi.firm import queries as firm_queries
from guanxi.firm.models import Firm
from guanxi.journeys import queries
from guanxi.journeys.clockwork import (
    ANY_EDITION,
    EVENT,
    Clockwork,
    DateOf,
    Festival,
    Launch,
    Moment,
    Schedule,
    Silence,
    days_back,
    is_anniversary,
)
from guanxi.journeys.conditions import Condition
from guanxi.journeys.graph import NARROWING, Trigger
from guanxi.kernel.parts import in_parts
from guanxi.ledger import actions as ledger_actions
from guanxi.ledger.models import Contact, Customer, Event, Order
from guanxi.outbox import facts as outbox_facts
from guanxi.segments.models import Membership
from guanxi.tiering.models import Standing

AT_ONCE = 500
# What a letter names of one launch.
MOST_NAMES, LONGEST_NAME = 8, 60
Each = TypeVar("Each")


@dataclass(frozen=True, slots=True)
class Look:
    """One trigger's clockwork and the days on which a moment would not be too old; days are the firm's."""

    firm: Firm
    when: Condition
    days: Sequence[date]

    @property
    def zone(self) -> ZoneInfo:
        return self.firm.zone

    def begin_of(self, day: date) -> datetime:
        return datetime.combine(day, time(), self.zone)

    def day_of(self, moment: datetime) -> date:
        return self.firm.day_of(moment)

    def window(self, back: timedelta = timedelta()) -> tuple[datetime, datetime]:
        """From the beginning of the first day to the end of the last one, so long ago."""
        return self.begin_of(self.days[0] - back), self.begin_of(self.days[-1] - back + timedelta(days=1))


def notice_moments(*, now: datetime) -> int:
    """Record whose moment has come for the live journeys; again on the same day it finds nothing new."""
    firm = firm_queries.the_firm()
    today = firm.day_of(now)
    noticed = 0
    for door in queries.open_doors():
        for number, trigger in enumerate(door.graph.triggers):
            if trigger.clockwork is None:
                continue
            found = _found_by(trigger, firm, today)
            noticed += _record(door.graph.key, number, found, Look(firm, trigger.when, (today,)), now)
    return noticed


def moments_of(trigger: Trigger, *, firm: Firm, today: date) -> list[Moment]:
    """Whose moment came on `today` or on the days before it that are not too old; without clockwork nobody's."""
    return list(_found_by(trigger, firm, today))


def _found_by(trigger: Trigger, firm: Firm, today: date) -> Iterable[Moment]:
    if trigger.clockwork is None:
        return ()
    look = Look(firm, trigger.when, tuple(days_back(today, trigger.within)))
    return FINDERS[type(trigger.clockwork)](trigger.clockwork, look)


def _record(key: str, number: int, moments: Iterable[Moment], look: Look, now: datetime) -> int:
    recorded = 0
    for some in in_parts(moments, AT_ONCE):
        named = {_name(each, key, number): each for each in some}
        known = Event.objects.filter(source="journeys", message_id__in=named).values_list("message_id", flat=True)
        fresh = named.keys() - set(known)
        ledger_actions.record_events([
            Event(
                name=EVENT, customer_id=named[name].customer_id, contact_id=named[name].contact_id, source="journeys",
                message_id=name, occurred_at=min(look.begin_of(named[name].on), now), recorded_at=now,
                properties={"journey": key, "trigger": number, "on": named[name].on.isoformat()}
                | named[name].properties,
            )
            for name in sorted(fresh)
        ])  # fmt: skip
        recorded += len(fresh)
    return recorded


def _name(moment: Moment, key: str, number: int) -> str:
    """What makes it one: the same again is not recorded."""
    about = f":{moment.about}" if moment.about else ""
    return f"{key}:{number}:{moment.contact_id or ''}:{moment.customer_id}:{moment.on}{about}"


# Dates of the record


def _by_date(clockwork: DateOf, look: Look) -> Iterator[Moment]:
    """Who has a date that comes round; an anniversary is none before a year has passed."""
    for customer_id, contact_id, of in _dated(clockwork, look):
        for day in look.days:
            target = clockwork.dates_for(day)
            is_due = (
                is_anniversary(of, target) and of.year < target.year if clockwork.is_yearly else of == target
            )  # fmt: skip
            if is_due:
                yield Moment(customer_id, day, contact_id)


def _dated(clockwork: DateOf, look: Look) -> Iterator[tuple[int, int | None, date]]:
    name = clockwork.name
    targets = [clockwork.dates_for(day) for day in look.days]
    if name == "birthday":
        rows = Contact.objects.filter(_falls_on("birthday", targets), birthday__isnull=False)
        yield from (
            (customer_id, pk, of) for customer_id, pk, of in rows.values_list("customer_id", "pk", "birthday") if of
        )
    elif name in {"founded_on", "cooperation_since"}:
        customers = Customer.objects.filter(_falls_on(name, targets), Q((f"{name}__isnull", False)))
        yield from ((pk, None, of) for pk, of in customers.values_list("pk", name))
    elif name in {"first_order", "latest_order"}:
        yield from _ordered(name, look, targets)
    else:
        yield from _written_down(name.removeprefix("field."))


def _falls_on(name: str, targets: Sequence[date]) -> Q:
    found = Q()
    for target in targets:
        found |= Q((f"{name}__month", target.month), (f"{name}__day", target.day))
        if (target.month, target.day) == (2, 28):
            found |= Q((f"{name}__month", 2), (f"{name}__day", 29))
    return found


def _ordered(name: str, look: Look, targets: Sequence[date]) -> Iterator[tuple[int, int | None, date]]:
    """Customers known for longer than the day, since a file of old orders is no event of today (RD-13)."""
    orders = Order.objects.filter(kind="order", customer__created_at__lt=look.begin_of(look.days[-1]))
    # A day more on both sides: the firm's day is not the day of UTC.
    near = [target + timedelta(days=shift) for target in targets for shift in (-1, 0, 1)]
    ids = orders.filter(_falls_on("placed_at", near)).values_list("customer_id", flat=True).distinct()
    for some in in_parts(ids, AT_ONCE):
        of_some = orders.filter(customer_id__in=some).values("customer_id")
        found = of_some.annotate(at=Min("placed_at") if name == "first_order" else Max("placed_at"))
        yield from ((row["customer_id"], None, look.day_of(row["at"])) for row in found)


def _written_down(name: str) -> Iterator[tuple[int, int | None, date]]:
    for pk, text in Customer.objects.filter(fields__has_key=name).values_list("pk", f"fields__{name}"):
        try:
            yield pk, None, date.fromisoformat(str(text)[:10])
        except ValueError:
            continue


# Silence


def _by_silence(clockwork: Silence, look: Look) -> Iterator[Moment]:
    """Whose latest event lies so long back; customers known for longer than the day (RD-13)."""
    events = Event.objects.filter(
        name__in=clockwork.events, customer__isnull=False, customer__created_at__lt=look.begin_of(look.days[-1])
    )
    begin, end = look.window(clockwork.span)
    ids = events.filter(occurred_at__gte=begin, occurred_at__lt=end).values_list("customer_id", flat=True).distinct()
    for some in in_parts(ids, AT_ONCE):
        for row in events.filter(customer_id__in=some).values("customer_id").annotate(at=Max("occurred_at")):
            on = look.day_of(row["at"]) + clockwork.span
            if on in look.days:
                yield Moment(row["customer_id"], on)


# The calendar


def _by_schedule(clockwork: Schedule, look: Look) -> Iterator[Moment]:
    for day in look.days:
        if clockwork.strikes_on(day):
            yield from (Moment(customer_id, day) for customer_id in _concerned(look.when))


def _by_festival(clockwork: Festival, look: Look) -> Iterator[Moment]:
    """By the country of whom a letter would reach: the primary contact's, else the customer's."""
    shift = clockwork.after - clockwork.lead
    days_by_country: dict[str, list[date]] = {}
    for some in in_parts(_concerned(look.when), AT_ONCE):
        for customer_id, country in _countries_of(some):
            if country not in days_by_country:
                days_by_country[country] = _days_of(clockwork.code, country, look, shift)
            yield from (Moment(customer_id, day) for day in days_by_country[country])


def _days_of(code: str, country: str, look: Look, shift: timedelta) -> list[date]:
    profile = profile_of(country, look.firm.culture)
    years = {day.year + move for day in look.days for move in (-1, 0, 1)}
    moon = outbox_facts.the_policy().ramadan_shift_days
    begins = {span.begin for year in years for span in spans_in(profile, year, moon) if span.hold.code == code}
    return [day for day in look.days if day - shift in begins]


def _countries_of(customer_ids: Sequence[int]) -> Iterator[tuple[int, str]]:
    own = dict(Customer.objects.filter(pk__in=customer_ids).values_list("pk", "country"))
    contacts = Contact.objects.filter(customer_id__in=customer_ids, is_primary=True).exclude(country="")
    own |= dict(contacts.values_list("customer_id", "country"))
    yield from own.items()


# Launches


def _by_launch(clockwork: Launch, look: Look) -> Iterator[Moment]:
    """Without narrowing for every buyer."""
    shift = clockwork.after - clockwork.lead
    for launches_on, edition, told in launches(clockwork.edition, [day - shift for day in look.days]):
        for customer_id in _concerned(look.when) if _is_narrow(look.when) else _buyers():
            yield Moment(customer_id, launches_on + shift, about=f"{launches_on}/{edition}", properties=told)


def launches(edition: str, days: Sequence[date]) -> list[tuple[date, str, dict[str, str]]]:
    """What goes on sale on these days, with what is told of it: the articles of an edition and a day are one launch."""
    found = Product.objects.filter(launches_on__in=days).order_by("code")
    if edition != ANY_EDITION:
        found = found.filter(edition=edition)
    names: dict[tuple[date, str], list[str]] = defaultdict(list)
    for product in found:
        if product.launches_on:
            names[product.launches_on, product.edition].append(str(product)[:LONGEST_NAME])
    return [
        (day, each, {"launches_on": day.isoformat(), "edition": each, "products": "\n".join(some[:MOST_NAMES])})
        for (day, each), some in names.items()
    ]


def _buyers() -> Iterable[int]:
    return _ids(Order.objects.filter(kind="order").order_by())


def _is_narrow(when: Condition) -> bool:
    return any(test.values and not test.negated and _narrows(test.name) for test in when.tests)


def _narrows(name: str) -> bool:
    return name in NARROWING or name.startswith("standing.")


def _concerned(when: Condition) -> Iterable[int]:
    """The customers one test of the condition leaves; the door asks the rest."""
    for test in when.tests:
        if test.negated or not test.values:
            continue
        if test.name == "tier":
            return _ids(Standing.objects.filter(scheme__is_default=True, tier__in=test.values))
        if test.name.startswith("standing."):
            scheme = test.name.removeprefix("standing.")
            return _ids(Standing.objects.filter(scheme__name=scheme, tier__in=test.values))
        if test.name == "segment":
            return _ids(Membership.objects.filter(segment__key__in=test.values))
        if test.name == "tag":
            tagged = Customer.objects.exclude(tags=[]).values_list("pk", "tags")
            return (pk for pk, tags in tagged.iterator(chunk_size=10_000) if set(tags) & set(test.values))
    raise ValueError(f"The grammar asks for one of {', '.join(sorted(NARROWING))} or a standing.")


def _ids(rows: QuerySet[Any]) -> Iterable[int]:
    return rows.values_list("customer_id", flat=True).distinct().iterator(chunk_size=10_000)


FINDERS: dict[type[Clockwork], Callable[[Any, Look], Iterable[Moment]]] = {
    DateOf: _by_date,
    Silence: _by_silence,
    Schedule: _by_schedule,
    Festival: _by_festival,
    Launch: _by_launch,
}
