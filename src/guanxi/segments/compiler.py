"""From a rule to one query over the fact tables. Pure: text of DuckDB's dialect, translated by engine.dialects.

Every condition is true or false where it matters, so that `none` means the opposite of `any`. What is counted is asked
as a set of customers (`IN (SELECT … GROUP BY … HAVING …)`): an engine turns it into a semi-join and reads only the
months and names of that condition.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from guanxi.segments.registry import (
    INTEREST_LOOKS,
    INTEREST_SPAN_DAYS,
    MAIL_SPAN_DAYS,
    VISIT_SPAN_DAYS,
)
from guanxi.segments.tables import ANSWERED, EVENT_NUMBERS, LOOKS, OPENED, VISITS
from guanxi.segments.tree import (
    EventCount,
    FieldTest,
    Filter,
    Group,
    Level,
    MemberTest,
    Node,
    OrderFigure,
    Rule,
    StandingTest,
    Window,
)

IS_ORDER = "NOT is_credit AND COALESCE(amount, 1) > 0"
JOINED_ONCE = {"scores": "figures", "predictions": "outlook"}
ORDER_COLUMNS = {"currency": "currency", "product": "product_code", "category": "category"}


def member_query(rule: Rule, *, as_of_on: date) -> str:
    """The ids of all who fulfil the rule on that day, in the column `member_id`; of customers or of contacts."""
    writer = _Writer(rule.level, as_of_on)
    condition = writer.node(rule.where)
    return f"SELECT {writer.member} AS member_id\nFROM {writer.joins()}\nWHERE {condition}"


@dataclass(slots=True)
class _Writer:
    level: Level
    as_of_on: date
    beside: dict[str, str] = field(default_factory=dict)
    denied: int = 0  # how many `none` groups are around the condition that is being written

    @property
    def member(self) -> str:
        return "contacts.contact_id" if self.level == "contact" else "customers.customer_id"

    @property
    def customer(self) -> str:
        return "contacts.customer_id" if self.level == "contact" else "customers.customer_id"

    def joins(self) -> str:
        """The table of the members, and beside it what the conditions asked for."""
        parts = ["contacts" if self.level == "contact" else "customers"]
        if self.level == "contact":
            parts.append("JOIN customers ON customers.customer_id = contacts.customer_id")
        for alias, table in self.beside.items():
            parts.append(f"LEFT JOIN {table} AS {alias} ON {alias}.customer_id = {self.customer}")
        return "\n".join(parts)

    def node(self, node: Node) -> str:
        match node:
            case Group():
                self.denied += node.kind == "none"
                inner = [self.node(each) for each in node.nodes]
                self.denied -= node.kind == "none"
                joined = f"({(' AND ' if node.kind == 'all' else ' OR ').join(inner)})"
                return f"NOT {joined}" if node.kind == "none" else joined
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

    # Fields

    def _field(self, test: FieldTest) -> str:
        table, column = test.field.table, test.field.column
        if table == "customers":
            return self._compare(test, f"customers.{column}")
        if table == "contacts":
            if self.level == "contact":
                return self._compare(test, f"contacts.{column}")
            return self._among(f"SELECT customer_id FROM contacts WHERE {self._compare(test, column)}")
        if table in JOINED_ONCE:
            self.beside[JOINED_ONCE[table]] = table
            return self._compare(test, f"{JOINED_ONCE[table]}.{column}")
        if table == "order_days":
            return self._order_day(test)
        if table == "labels":
            return self._list(test, f"SELECT customer_id FROM labels WHERE kind = {literal(column)}", "value")
        if table == "interest":
            return self._list(test, self._interest(), "category")
        if table == "traits":
            return self._trait(test)
        if table == "attributes":
            return self._attribute(test)
        if table == "stock":
            return self._flag_among(test, "SELECT customer_id FROM stock", "is_below")
        if table == "visits":
            return self._visit_days(test)
        return self._mail_answers(test)

    def _compare(self, test: FieldTest, expression: str) -> str:
        """The test as true or false; nothing known fulfils only what HOLDS_WHEN_UNKNOWN names."""
        kind, op, value = test.field.kind, test.op, test.value
        is_text = kind in ("text", "choice")
        known = f"COALESCE({expression}, '') <> ''" if is_text else f"{expression} IS NOT NULL"
        if op == "is_known":
            return f"({known})"
        if op == "is_unknown":
            return f"(NOT ({known}))"
        if kind == "date":
            return self._compare_day(expression, op, value)
        match op:
            case "is_true":
                condition = f"{expression}" if test.field.table != "scores" else f"{expression} = 1"
            case "is_false":
                condition = f"NOT {expression}" if test.field.table != "scores" else f"{expression} = 0"
            case "is":
                condition = f"{lowered(expression)} = {literal(lower(str(value)))}"
            case "is_not":
                return f"(COALESCE({lowered(expression)}, '') <> {literal(lower(str(value)))})"
            case "contains":
                condition = f"STRPOS({lowered(expression)}, {literal(lower(str(value)))}) > 0"
            case "starts_with":
                condition = f"STRPOS({lowered(expression)}, {literal(lower(str(value)))}) = 1"
            case "any_of":
                condition = f"{expression} IN ({literals(value)})"
            case "none_of":
                return f"(COALESCE({expression}, '') NOT IN ({literals(value)}))"
            case "at_least":
                condition = f"{expression} >= {literal(value)}"
            case "at_most":
                condition = f"{expression} <= {literal(value)}"
            case "between":
                low, high = _pair(value)
                condition = f"{expression} BETWEEN {literal(low)} AND {literal(high)}"
            case _:
                raise ValueError(op)
        return self._settled(condition)

    def _compare_day(self, expression: str, op: str, value: object) -> str:
        today = self.as_of_on
        days = value if isinstance(value, int) else 0
        match op:
            case "in_last_days":
                condition = f"{expression} BETWEEN {literal(back(today, days - 1))} AND {literal(today)}"
            case "more_than_days_ago":
                condition = f"{expression} < {literal(back(today, days))}"
            case "in_next_days":
                condition = f"{expression} BETWEEN {literal(today)} AND {literal(today + timedelta(days=days))}"
            case "on_or_after":
                condition = f"{expression} >= {literal(value)}"
            case "on_or_before":
                condition = f"{expression} <= {literal(value)}"
            case _:
                month_day = f"EXTRACT(MONTH FROM {expression}) * 100 + EXTRACT(DAY FROM {expression})"
                condition = f"{expression} < {literal(today)} AND {month_day} IN ({anniversaries(today, days)})"
        return self._settled(condition)

    def _list(self, test: FieldTest, query: str, column: str) -> str:
        if test.op in ("is_known", "is_unknown"):
            return self._among(query, is_in=test.op == "is_known")
        return self._among(f"{query} AND {column} IN ({literals(test.value)})", is_in=test.op == "any_of")

    def _trait(self, test: FieldTest) -> str:
        return self._flag_among(
            test, f"SELECT customer_id FROM traits WHERE name = {literal(test.field.column)}", "value", "AND"
        )

    def _flag_among(self, test: FieldTest, query: str, column: str, more: str = "WHERE") -> str:
        if test.op == "is_unknown":
            return self._among(query, is_in=False)
        return self._among(f"{query} {more} {'' if test.op == 'is_true' else 'NOT '}{column}")

    def _attribute(self, test: FieldTest) -> str:
        query = f"SELECT customer_id FROM attributes WHERE name = {literal(test.field.column)} AND value <> ''"
        if test.op in ("is_known", "is_unknown"):
            return self._among(query, is_in=test.op == "is_known")
        if test.op in ("at_least", "at_most"):
            sign = ">=" if test.op == "at_least" else "<="
            return self._among(f"{query} AND number {sign} {literal(test.value)}")
        word = literal(lower(str(test.value)))
        condition = f"STRPOS(LOWER(value), {word}) > 0" if test.op == "contains" else f"LOWER(value) = {word}"
        return self._among(f"{query} AND {condition}", is_in=test.op != "is_not")

    # Standings, events, orders, segments

    def _standing(self, test: StandingTest) -> str:
        query = f"SELECT customer_id FROM standings WHERE scheme = {literal(test.scheme)}"
        if test.tiers:
            query += f" AND tier IN ({literals(test.tiers)})"
        if test.for_days:
            query += f" AND since_on <= {literal(back(self.as_of_on, test.for_days))}"
        return self._among(query, is_in=test.op in ("any_of", "is_known"))

    def _event(self, test: EventCount) -> str:
        key = "contact_id" if test.by == "contact" else "customer_id"
        conditions = [f"name = {literal(test.name)}", self._span_text("occurred_on", test.window), f"{key} IS NOT NULL"]
        conditions += [_event_filter(each) for each in test.filters]
        query = f"SELECT {key} FROM events WHERE {' AND '.join(conditions)} GROUP BY {key}"
        return self._counted(
            query, "COUNT(*)", test.op, test.count, self.member if key == "contact_id" else self.customer
        )

    def _orders(self, test: OrderFigure) -> str:
        table = "lines" if test.is_of_lines else "orders"
        conditions = [self._span_text("ordered_on", test.window)]
        conditions += [_order_filter(each, table) for each in test.filters]
        if test.figure == "count":
            figure = "COUNT(DISTINCT order_id)" if test.is_of_lines else "COUNT(*)"
            conditions.append("NOT is_credit" if test.is_of_lines else IS_ORDER)
        else:
            figure = "COALESCE(SUM(amount), 0)"
        query = f"SELECT customer_id FROM {table} WHERE {' AND '.join(conditions)} GROUP BY customer_id"
        return self._counted(query, figure, test.op, test.value, self.customer)

    def _counted(self, query: str, figure: str, op: str, wanted: int | Decimal, own: str) -> str:
        """Who has no row has nought: where nought fits, those are in who are not among the ones that do not fit."""
        if (wanted <= 0) if op == "at_least" else (wanted >= 0):
            sign = "<" if op == "at_least" else ">"
            return f"({own} NOT IN ({query}{_having(figure, sign, wanted)}))"
        sign = ">=" if op == "at_least" else "<="
        return f"({own} IN ({query}{_having(figure, sign, wanted)}))"

    def _membership(self, test: MemberTest) -> str:
        """A contact is in a segment of customers when his customer is; a customer in one of contacts when one is."""
        own = f"SELECT customer_id FROM memberships WHERE segment = {literal(test.segment)}"
        if self.level == "customer":
            return self._among(own, is_in=test.is_in)
        customers = self._among(f"{own} AND contact_id IS NULL")
        contacts = f"SELECT contact_id FROM memberships WHERE segment = {literal(test.segment)}"
        condition = f"({customers} OR {self.member} IN ({contacts} AND contact_id IS NOT NULL))"
        return condition if test.is_in else f"(NOT {condition})"

    # Parts

    def _settled(self, condition: str) -> str:
        """Unknown counts as false; only under a `none` does that have to be said."""
        return f"COALESCE({condition}, FALSE)" if self.denied else f"({condition})"

    def _among(self, query: str, *, is_in: bool = True) -> str:
        return f"({self.customer} {'IN' if is_in else 'NOT IN'} ({query}))"

    def _span_text(self, column: str, window: Window | None = None) -> str:
        first, last = (window or Window()).span(self.as_of_on)
        if first is None:
            return f"{column} <= {literal(last)}"
        return f"{column} BETWEEN {literal(first)} AND {literal(last)}"

    def _interest(self) -> str:
        span = self._span_text("occurred_on", Window(last_days=INTEREST_SPAN_DAYS))
        return (
            "SELECT customer_id FROM (SELECT customer_id, category FROM events "
            f"WHERE name IN ({literals(LOOKS)}) AND {span} AND category <> '' AND customer_id IS NOT NULL "
            f"GROUP BY customer_id, category HAVING COUNT(*) >= {INTEREST_LOOKS}) AS interests WHERE category <> ''"
        )

    def _visit_days(self, test: FieldTest) -> str:
        """Days of visits after the day of the latest order; nought for who never came."""
        if test.op in ("is_known", "is_unknown"):
            return "TRUE" if test.op == "is_known" else "FALSE"
        span = self._span_text("occurred_on", Window(last_days=VISIT_SPAN_DAYS))
        query = (
            "SELECT visited.customer_id FROM events AS visited LEFT JOIN "
            f"(SELECT customer_id, MAX(ordered_on) AS latest_on FROM orders WHERE {IS_ORDER} "
            f"AND {self._span_text('ordered_on')} GROUP BY customer_id) AS bought "
            "ON bought.customer_id = visited.customer_id "
            f"WHERE name IN ({literals(VISITS)}) AND {span} AND visited.customer_id IS NOT NULL "
            "AND (bought.latest_on IS NULL OR occurred_on > bought.latest_on) GROUP BY visited.customer_id"
        )
        days = "COUNT(DISTINCT occurred_on)"
        if test.op == "between":
            low, high = _pair(test.value)
            least, most = (
                self._counted(query, days, op, each, self.customer)
                for op, each in (("at_least", low), ("at_most", high))
            )
            return f"({least} AND {most})"
        return self._counted(query, days, test.op, test.value, self.customer)  # type: ignore[arg-type]

    def _mail_answers(self, test: FieldTest) -> str:
        if test.op == "is_unknown":
            return "FALSE"
        span = self._span_text("occurred_on", Window(last_days=MAIL_SPAN_DAYS))
        return self._among(
            f"SELECT customer_id FROM events WHERE name IN ({literals((*ANSWERED, OPENED))}) AND {span} "
            f"AND (name <> {literal(OPENED)} OR verdict = 'human') AND customer_id IS NOT NULL",
            is_in=test.op == "is_true",
        )

    def _order_day(self, test: FieldTest) -> str:
        query = f"SELECT customer_id FROM orders WHERE {IS_ORDER} AND {self._span_text('ordered_on')}"
        if test.op in ("is_known", "is_unknown"):
            return self._among(query, is_in=test.op == "is_known")
        figure = "MIN(ordered_on)" if test.field.column == "first_on" else "MAX(ordered_on)"
        return self._among(f"{query} GROUP BY customer_id HAVING {self._compare_day(figure, test.op, test.value)}")


def _having(figure: str, sign: str, wanted: int | Decimal) -> str:
    """Every group has a row: nothing has to be asked of a count of one or more, or of more than nought."""
    if figure == "COUNT(*)" and (sign, wanted) in ((">=", 1), (">", 0)):
        return ""
    return f" HAVING {figure} {sign} {literal(wanted)}"


def _event_filter(each: Filter) -> str:
    if each.name in EVENT_NUMBERS:
        return f"COALESCE({each.name} {'>=' if each.op == 'at_least' else '<='} {literal(each.value)}, FALSE)"
    return _text_filter(each, each.name)


def _order_filter(each: Filter, table: str) -> str:
    if each.name == "currency" and table == "lines":
        return f"order_id IN (SELECT order_id FROM orders WHERE {_text_filter(each, 'currency')})"
    return _text_filter(each, ORDER_COLUMNS[each.name])


def _text_filter(each: Filter, column: str) -> str:
    if each.op == "contains":
        return f"STRPOS({lowered(column)}, {literal(lower(str(each.value)))}) > 0"
    if each.op == "any_of":
        return f"{column} IN ({literals(each.value)})"
    return f"COALESCE({column}, '') NOT IN ({literals(each.value)})"


# Values as text


def lower(text: str) -> str:
    """Letter by letter, as the engine does it: no letter becomes two, and none looks at its neighbours."""
    return "".join(small if len(small := letter.lower()) == 1 else letter for letter in text)


def lowered(expression: str) -> str:
    return f"LOWER(COALESCE({expression}, ''))"


def literal(value: object) -> str:
    """A value as SQL: a quoted text, a number, a day."""
    match value:
        case Decimal():
            return f"{value:f}"
        case int():
            return str(value)
        case date():
            return f"DATE '{value.isoformat()}'"
        case str():
            return "'" + value.replace("'", "''") + "'"
    raise TypeError(f"{value!r} has no place in a query")


def literals(values: object) -> str:
    if not isinstance(values, Sequence) or isinstance(values, str):
        raise TypeError(f"{values!r} is no list of values")
    return ", ".join(literal(each) for each in values)


def _pair(value: object) -> tuple[Decimal, Decimal]:
    match value:
        case (Decimal() as low, Decimal() as high):
            return low, high
    raise TypeError(f"{value!r} is no pair of numbers")


def back(day: date, days: int) -> date:
    """So many days before; never before the calendar begins."""
    return date.fromordinal(max(1, day.toordinal() - days))


def anniversaries(today: date, days: int) -> str:
    """Month and day (as 1231) of every day from today on; who was born on 29 February has it on the 28th (D-18)."""
    found = set()
    for ahead in range(days + 1):
        day = today + timedelta(days=ahead)
        found.add(day.month * 100 + day.day)
        if (day.month, day.day) == (2, 28) and not _is_leap(day.year):
            found.add(229)
    return ", ".join(str(each) for each in sorted(found))


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
