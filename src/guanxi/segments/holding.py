"""Whether one customer or contact fulfils a rule, from his own rows. Pure.

The same rule gives the same answer here as in the engine (compiler.py); a property test holds the two equal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from guanxi.segments.registry import INTEREST_LOOKS, INTEREST_SPAN_DAYS, MAIL_SPAN_DAYS, VISIT_SPAN_DAYS
from guanxi.segments.tables import ANSWERED, LOOKS, OPENED, VISITS
from guanxi.segments.tree import (
    EventCount,
    FieldTest,
    Filter,
    Group,
    MemberTest,
    Node,
    OrderFigure,
    Rule,
    StandingTest,
    Window,
)

Row = Mapping[str, Any]
ORDER_COLUMNS = {"currency": "currency", "product": "product_code", "category": "category"}


@dataclass(frozen=True, slots=True)
class Facts:
    """The rows of one customer by table (segments.tables), as of a day; a table that is not there has no rows."""

    as_of_on: date
    tables: Mapping[str, Sequence[Row]]

    def rows(self, table: str) -> Sequence[Row]:
        return self.tables.get(table, ())

    def customer(self) -> Row:
        return next(iter(self.rows("customers")), {})

    def contact(self, contact_id: int) -> Row:
        return next((row for row in self.rows("contacts") if row["contact_id"] == contact_id), {})


def holds(rule: Rule, facts: Facts, contact_id: int | None = None) -> bool:
    """Whether the customer of `facts` fulfils the rule, or that contact of his when the rule is of contacts."""
    return _Test(facts, contact_id if rule.level == "contact" else None).node(rule.where)


@dataclass(frozen=True, slots=True)
class _Test:
    facts: Facts
    contact_id: int | None

    def node(self, node: Node) -> bool:
        match node:
            case Group("all"):
                return all(map(self.node, node.nodes))
            case Group("any"):
                return any(map(self.node, node.nodes))
            case Group():
                return not any(map(self.node, node.nodes))
            case FieldTest():
                return self._field(node)
            case StandingTest():
                return self._standing(node)
            case EventCount():
                return self._event(node)
            case OrderFigure():
                return self._orders(node)
            case MemberTest():
                return self._membership(node)

    def _field(self, test: FieldTest) -> bool:
        table, column = test.field.table, test.field.column
        facts = self.facts
        match table:
            case "customers":
                return self._compare(test, facts.customer().get(column))
            case "contacts" if self.contact_id is not None:
                return self._compare(test, facts.contact(self.contact_id).get(column))
            case "contacts":
                return any(self._compare(test, row.get(column)) for row in facts.rows("contacts"))
            case "scores" | "predictions":
                return self._compare(test, next((row.get(column) for row in facts.rows(table)), None))
            case "order_days":
                days = [row["ordered_on"] for row in self._real_orders()]
                value = (min if column == "first_on" else max)(days) if days else None
                return self._compare(test, value)
            case "labels":
                return _in_list(test, [row["value"] for row in facts.rows("labels") if row["kind"] == column])
            case "interest":
                return _in_list(test, self._interests())
            case "traits":
                return _in_flags(test, [row["value"] for row in facts.rows("traits") if row["name"] == column])
            case "stock":
                return _in_flags(test, [row["is_below"] for row in facts.rows("stock")])
            case "attributes":
                rows = [row for row in facts.rows("attributes") if row["name"] == column and row["value"]]
                return _in_attributes(test, rows)
            case "visits":
                return self._compare(test, self._visit_days())
        return self._compare(test, bool(self._mail_answers()))

    def _compare(self, test: FieldTest, value: Any) -> bool:
        op, wanted = test.op, test.value
        is_known = value not in (None, "")
        match op:
            case "is_known":
                return is_known
            case "is_unknown":
                return not is_known
            case "is_not":
                return lower(value or "") != lower(str(wanted))
            case "none_of":
                return (value or "") not in wanted  # type: ignore[operator]
        return is_known and _COMPARISONS[op](value, wanted, self.facts.as_of_on)

    def _standing(self, test: StandingTest) -> bool:
        rows = [row for row in self.facts.rows("standings") if row["scheme"] == test.scheme]
        if test.tiers:
            rows = [row for row in rows if row["tier"] in test.tiers]
        latest = back(self.facts.as_of_on, test.for_days)
        found = any(not test.for_days or row["since_on"] <= latest for row in rows)
        return found is (test.op in ("any_of", "is_known"))

    def _event(self, test: EventCount) -> bool:
        rows = self._events((test.name,), test.window)
        if test.by == "contact":
            rows = [row for row in rows if row.get("contact_id") == self.contact_id]
        count = sum(all(_passes(each, row.get(each.name)) for each in test.filters) for row in rows)
        return _counted(count, test.op, test.count)

    def _orders(self, test: OrderFigure) -> bool:
        rows = _within(
            self.facts.rows("lines" if test.is_of_lines else "orders"), "ordered_on", test.window, self._today
        )
        rows = [row for row in rows if all(self._order_passes(each, row) for each in test.filters)]
        if test.figure == "sum":
            return _counted(
                sum((row["amount"] for row in rows if row["amount"] is not None), Decimal(0)), test.op, test.value
            )
        if test.is_of_lines:
            return _counted(len({row["order_id"] for row in rows if not row["is_credit"]}), test.op, test.value)
        return _counted(sum(map(_is_order, rows)), test.op, test.value)

    def _order_passes(self, each: Filter, row: Row) -> bool:
        column = ORDER_COLUMNS[each.name]
        if each.name == "currency" and column not in row:
            orders = [order for order in self.facts.rows("orders") if order["order_id"] == row["order_id"]]
            return any(_passes(each, order["currency"]) for order in orders)
        return _passes(each, row.get(column))

    def _membership(self, test: MemberTest) -> bool:
        rows = [row for row in self.facts.rows("memberships") if row["segment"] == test.segment]
        if self.contact_id is not None:
            rows = [row for row in rows if row["contact_id"] in (None, self.contact_id)]
        return bool(rows) is test.is_in

    @property
    def _today(self) -> date:
        return self.facts.as_of_on

    def _events(self, names: Sequence[str], window: Window) -> list[Row]:
        rows = (row for row in self.facts.rows("events") if row["name"] in names)
        return _within(rows, "occurred_on", window, self._today)

    def _real_orders(self) -> list[Row]:
        return [
            row for row in _within(self.facts.rows("orders"), "ordered_on", Window(), self._today) if _is_order(row)
        ]

    def _interests(self) -> list[str]:
        seen = [
            row["category"] for row in self._events(LOOKS, Window(last_days=INTEREST_SPAN_DAYS)) if row.get("category")
        ]
        return [category for category in set(seen) if seen.count(category) >= INTEREST_LOOKS]

    def _visit_days(self) -> int:
        latest = max((row["ordered_on"] for row in self._real_orders()), default=date.min)
        rows = self._events(VISITS, Window(last_days=VISIT_SPAN_DAYS))
        return len({row["occurred_on"] for row in rows if row["occurred_on"] > latest})

    def _mail_answers(self) -> int:
        rows = self._events((*ANSWERED, OPENED), Window(last_days=MAIL_SPAN_DAYS))
        return sum(row["name"] != OPENED or row.get("verdict") == "human" for row in rows)


# Single values


def lower(text: str) -> str:
    """Letter by letter, as the engine does it."""
    return "".join(small if len(small := letter.lower()) == 1 else letter for letter in text)


def back(day: date, days: int) -> date:
    return date.fromordinal(max(1, day.toordinal() - days))


def next_anniversary(day: date, today: date) -> date | None:
    """The next return of `day`, today included; of 29 February the 28th where there is none. None while it is ahead."""
    if day >= today:
        return None
    return min(each for year in (today.year, today.year + 1) if (each := _in_year(day, year)) >= today)


def _in_year(day: date, year: int) -> date:
    try:
        return day.replace(year=year)
    except ValueError:
        return date(year, 2, 28)


def _anniversary(value: date, days: Any, today: date) -> bool:
    found = next_anniversary(value, today)
    return found is not None and found <= today + timedelta(days=days)


_COMPARISONS: Mapping[str, Callable[[Any, Any, date], bool]] = {
    "is": lambda value, wanted, today: lower(value) == lower(wanted),
    "contains": lambda value, wanted, today: lower(wanted) in lower(value),
    "starts_with": lambda value, wanted, today: lower(value).startswith(lower(wanted)),
    "any_of": lambda value, wanted, today: value in wanted,
    "is_true": lambda value, wanted, today: bool(value),
    "is_false": lambda value, wanted, today: not value,
    "at_least": lambda value, wanted, today: value >= _like(value, wanted),
    "at_most": lambda value, wanted, today: value <= _like(value, wanted),
    "between": lambda value, wanted, today: _like(value, wanted[0]) <= value <= _like(value, wanted[1]),
    "in_last_days": lambda value, days, today: back(today, days - 1) <= value <= today,
    "more_than_days_ago": lambda value, days, today: value < back(today, days),
    "in_next_days": lambda value, days, today: today <= value <= today + timedelta(days=days),
    "anniversary_in_days": _anniversary,
    "on_or_after": lambda value, day, today: value >= day,
    "on_or_before": lambda value, day, today: value <= day,
}


def _like(value: Any, wanted: Decimal) -> Any:
    """A predicted figure is a double: compared as such, as the engine does."""
    return float(wanted) if isinstance(value, float) else wanted


def _in_list(test: FieldTest, values: Sequence[str]) -> bool:
    if test.op in ("is_known", "is_unknown"):
        return bool(values) is (test.op == "is_known")
    return any(value in test.value for value in values) is (test.op == "any_of")  # type: ignore[operator]


def _in_flags(test: FieldTest, values: Sequence[bool]) -> bool:
    if test.op == "is_unknown":
        return not values
    return any(value is (test.op == "is_true") for value in values)


def _in_attributes(test: FieldTest, rows: Sequence[Row]) -> bool:
    match test.op:
        case "is_known" | "is_unknown":
            return bool(rows) is (test.op == "is_known")
        case "at_least" | "at_most":
            numbers = [row["number"] for row in rows if row["number"] is not None]
            return any(_COMPARISONS[test.op](number, test.value, date.min) for number in numbers)
        case "contains":
            return any(lower(str(test.value)) in lower(row["value"]) for row in rows)
    return any(lower(row["value"]) == lower(str(test.value)) for row in rows) is (test.op == "is")


def _passes(each: Filter, value: Any) -> bool:
    match each.op:
        case "any_of":
            return (value or "") in each.value  # type: ignore[operator]
        case "none_of":
            return (value or "") not in each.value  # type: ignore[operator]
        case "contains":
            return lower(str(each.value)) in lower(value or "")
    return value is not None and _COMPARISONS[each.op](value, each.value, date.min)


def _within(rows: Iterable[Row], column: str, window: Window, today: date) -> list[Row]:
    first, last = window.span(today)
    return [row for row in rows if (first is None or row[column] >= first) and row[column] <= last]


def _is_order(row: Row) -> bool:
    return not row["is_credit"] and (row["amount"] is None or row["amount"] > 0)


def _counted(found: int | Decimal, op: str, wanted: int | Decimal) -> bool:
    return found >= wanted if op == "at_least" else found <= wanted
