"""What the clockwork of triggers would have noticed: journeys.moments asks the rows of today, this asks the past."""

from __future__ import annotations

from calendar import isleap
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from guanxi.culture.holds import spans_in
from guanxi.culture.profiles import profile_of
from guanxi.journeys.clockwork import EVENT, DateOf, Festival, Launch, Moment, Schedule, Silence
from guanxi.journeys.conditions import Test
from guanxi.journeys.graph import Trigger
from guanxi.journeys.moments import launches
from guanxi.journeys.occasions import Happening
from guanxi.outbox.facts import the_policy
from guanxi.rehearsal.past import Past, Told

if TYPE_CHECKING:
    from guanxi.rehearsal.play import Part

Found = Iterator[tuple[int, date, int | None]]


def moments_in(past: Past, parts: Sequence[Part]) -> Iterator[Told]:
    """Whose moment came when, for every trigger with a clockwork; the facts of its `when` are asked at the door."""
    for part in parts:
        for number, trigger in enumerate(part.graph.triggers):
            if trigger.clockwork is None:
                continue
            told = {"journey": part.graph.key, "trigger": number}
            for each in _found(trigger, past):
                happening = Happening(EVENT, properties=told | {"on": each.on.isoformat()} | each.properties)
                yield Told(past.begin_of(each.on), each.customer_id, happening, each.contact_id)


def _found(trigger: Trigger, past: Past) -> Iterator[Moment]:
    if isinstance(trigger.clockwork, Launch):
        yield from _by_launch(trigger.clockwork, trigger, past)
    else:
        for customer_id, on, contact_id in FINDERS[type(trigger.clockwork)](trigger.clockwork, trigger, past):
            yield Moment(customer_id, on, contact_id)


def _days(past: Past) -> list[date]:
    first, last = past.day_of(past.begin), past.day_of(past.end - timedelta(seconds=1))
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def _by_date(clockwork: DateOf, _: Trigger, past: Past) -> Found:
    """An anniversary is none before a year has passed, and no date is known before it is there."""
    first, last = past.day_of(past.begin), past.day_of(past.end - timedelta(seconds=1))
    shift = clockwork.after - clockwork.lead
    for customer_id, contact_id, of, until in _dated(clockwork.name, past):
        targets = _returns(of, first - shift, last - shift) if clockwork.is_yearly else [of]
        for day in (target + shift for target in targets):
            if first <= day <= last and (until is None or day < until):
                yield customer_id, day, contact_id


def _returns(of: date, first: date, last: date) -> Iterator[date]:
    """The days from `first` to `last` on which a date comes round; 29 February on the 28th of other years."""
    for year in range(max(first.year, of.year + 1), last.year + 1):
        day = date(year, of.month, of.day) if (of.month, of.day) != (2, 29) or isleap(year) else date(year, 2, 28)
        if first <= day <= last:
            yield day


def _dated(name: str, past: Past) -> Iterator[tuple[int, int | None, date, date | None]]:
    """Whose date it is, and the day on which another one takes its place."""
    if name == "birthday":
        contacts = (each for some in past.readers.values() for each in some if each.birthday)
        yield from ((each.customer_id, each.pk, each.birthday, None) for each in contacts if each.birthday)
    elif name in {"first_order", "latest_order"}:
        for customer_id, orders in past.orders.items():
            days = sorted({past.day_of(order.placed_at) for order in orders})
            following = [*days[1:], None] if name == "latest_order" else [None]
            yield from ((customer_id, None, day, until) for day, until in zip(days, following, strict=False))
    else:
        for customer in past.customers.values():
            value = (
                customer.fields.get(name.removeprefix("field.")) if name.startswith("field.")
                else getattr(customer, name)
            )  # fmt: skip
            if (of := _as_day(value)) is not None:
                yield customer.pk, None, of, None


def _as_day(value: Any) -> date | None:
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(value[:10]) if isinstance(value, str) else None
    except ValueError:
        return None


def _by_silence(clockwork: Silence, _: Trigger, past: Past) -> Found:
    """After each event that no other followed in time."""
    for customer_id in past.customers:
        moments = _moments_of(clockwork, customer_id, past)
        for at, following in zip(moments, [*moments[1:], None], strict=False):
            on = past.day_of(at) + clockwork.span
            is_broken = following is not None and past.day_of(following) <= on
            if not is_broken and past.begin <= past.begin_of(on) < past.end:
                yield customer_id, on, None


def _moments_of(clockwork: Silence, customer_id: int, past: Past) -> list[Any]:
    moments = [each.at for each in past.told_to.get(customer_id, []) if each.happening.name in clockwork.events]
    if "order.placed" in clockwork.events:
        moments += [order.placed_at for order in past.orders.get(customer_id, [])]
    return sorted(set(moments))


def _by_schedule(clockwork: Schedule, trigger: Trigger, past: Past) -> Found:
    for day in _days(past):
        if clockwork.strikes_on(day):
            yield from ((customer_id, day, None) for customer_id in _concerned(trigger, past, day))


def _by_festival(clockwork: Festival, trigger: Trigger, past: Past) -> Found:
    """By the country of whom a letter would reach; who is concerned is asked on the day."""
    shift = clockwork.after - clockwork.lead
    first, last = past.day_of(past.begin), past.day_of(past.end - timedelta(seconds=1))
    by_country: dict[str, list[int]] = defaultdict(list)
    for customer_id, customer in past.customers.items():
        readers = past.readers.get(customer_id, [])
        by_country[(readers[0].country if readers else "") or customer.country].append(customer_id)
    for country, customer_ids in by_country.items():
        for day in sorted(begin + shift for begin in _begins_of(clockwork.code, country, past)):
            if first <= day <= last:
                yield from ((customer_id, day, None) for customer_id in _concerned(trigger, past, day, customer_ids))


def _begins_of(code: str, country: str, past: Past) -> set[date]:
    profile = profile_of(country, past.firm.culture)
    years = range(past.begin.year - 1, past.end.year + 2)
    moon = the_policy().ramadan_shift_days
    return {span.begin for year in years for span in spans_in(profile, year, moon) if span.hold.code == code}


def _by_launch(clockwork: Launch, trigger: Trigger, past: Past) -> Iterator[Moment]:
    """For everybody concerned who had ordered by then."""
    shift = clockwork.after - clockwork.lead
    for launches_on, edition, told in launches(clockwork.edition, [day - shift for day in _days(past)]):
        day = launches_on + shift
        for customer_id in _concerned(trigger, past, day):
            if past.orders_between(customer_id, None, past.begin_of(day)):
                yield Moment(customer_id, day, about=f"{launches_on}/{edition}", properties=told)


def _concerned(trigger: Trigger, past: Past, day: date, among: Iterable[int] | None = None) -> Iterator[int]:
    """The customers one narrowing test of the trigger leaves on that day."""
    tests = [test for test in trigger.when.tests if not test.negated and test.values]
    at = past.begin_of(day)
    for customer_id in past.customers if among is None else among:
        if all(_meets(test, customer_id, past, at) for test in tests):
            yield customer_id


def _meets(test: Test, customer_id: int, past: Past, at: Any) -> bool:
    """Of tiers, segments and tags; what else is asked is asked at the door."""
    if test.name == "tier":
        return past.tier_of(customer_id, past.default_scheme, at) in test.values
    if test.name.startswith("standing."):
        return past.tier_of(customer_id, test.name.removeprefix("standing."), at) in test.values
    if test.name == "segment":
        return any(key in test.values for key, _ in past.segments.get(customer_id, []))
    if test.name == "tag":
        return bool(set(past.customers[customer_id].tags) & set(test.values))
    return True


FINDERS: dict[type[Any], Callable[[Any, Trigger, Past], Found]] = {
    DateOf: _by_date, Silence: _by_silence, Schedule: _by_schedule, Festival: _by_festival,
}  # fmt: skip
