"""What the clockwork of triggers would have noticed: journeys.moments asks the rows of today, this asks the past."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from guanxi.culture.holds import spans_in
from guanxi.culture.profiles import profile_of
from guanxi.journeys.clockwork import EVENT, DateOf, Festival, Schedule, Silence, is_anniversary
from guanxi.journeys.conditions import Test
from guanxi.journeys.graph import Trigger
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
            for customer_id, on, contact_id in FINDERS[type(trigger.clockwork)](trigger.clockwork, trigger, past):
                yield Told(past.begin_of(on), customer_id, Happening(EVENT, properties=told), contact_id)


def _days(past: Past) -> list[date]:
    first, last = past.begin.date(), (past.end - timedelta(seconds=1)).date()
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def _by_date(clockwork: DateOf, _: Trigger, past: Past) -> Found:
    days = _days(past)
    for customer_id, contact_id, of in _dated(clockwork.name, past):
        for day in days:
            target = clockwork.dates_for(day)
            if is_anniversary(of, target) and of.year < target.year if clockwork.is_yearly else of == target:
                yield customer_id, day, contact_id


def _dated(name: str, past: Past) -> Iterator[tuple[int, int | None, date]]:
    if name == "birthday":
        contacts = (each for some in past.readers.values() for each in some if each.birthday)
        yield from ((each.customer_id, each.pk, each.birthday) for each in contacts if each.birthday)
    elif name in {"first_order", "latest_order"}:
        place = 0 if name == "first_order" else -1
        for customer_id, orders in past.orders.items():
            if orders:
                yield customer_id, None, orders[place].placed_at.astimezone(past.zone).date()
    else:
        for customer in past.customers.values():
            value = (
                customer.fields.get(name.removeprefix("field.")) if name.startswith("field.")
                else getattr(customer, name)
            )  # fmt: skip
            if (of := _as_day(value)) is not None:
                yield customer.pk, None, of


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
        for at, following in zip(moments, [*moments[1:], None], strict=True):
            on = at.astimezone(past.zone).date() + clockwork.span
            is_broken = following is not None and following.astimezone(past.zone).date() <= on
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
    shift = clockwork.after - clockwork.lead
    begins: dict[str, set[date]] = {}
    for day in _days(past):
        for customer_id in _concerned(trigger, past, day):
            readers = past.readers.get(customer_id, [])
            country = (readers[0].country if readers else "") or past.customers[customer_id].country
            if country not in begins:
                begins[country] = _begins_of(clockwork.code, country, past)
            if day - shift in begins[country]:
                yield customer_id, day, None


def _begins_of(code: str, country: str, past: Past) -> set[date]:
    profile = profile_of(country, past.firm.culture)
    years = range(past.begin.year - 1, past.end.year + 2)
    moon = the_policy().ramadan_shift_days
    return {span.begin for year in years for span in spans_in(profile, year, moon) if span.hold.code == code}


def _concerned(trigger: Trigger, past: Past, day: date) -> Iterator[int]:
    """The customers one narrowing test of the trigger leaves on that day."""
    tests = [test for test in trigger.when.tests if not test.negated and test.values]
    at = past.begin_of(day)
    for customer_id in past.customers:
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
