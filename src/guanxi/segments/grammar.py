"""From JSON to a rule, and back. Pure; every mistake is a RuleMistake with its place and the remedy."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from difflib import get_close_matches
from typing import Any

from guanxi.segments import registry
from guanxi.segments.registry import WITHOUT_VALUE, Field
from guanxi.segments.tables import EVENT_NUMBERS, EVENT_TEXTS
from guanxi.segments.tree import (
    EVER,
    LEVELS,
    VERSION,
    EventCount,
    FieldTest,
    Filter,
    Group,
    Level,
    MemberTest,
    Node,
    OrderFigure,
    Rule,
    RuleMistake,
    StandingTest,
    Value,
    Window,
)

GROUPS = ("all", "any", "none")
LEAVES = ("field", "standing", "event", "orders", "segment")
COUNT_OPERATORS = ("at_least", "at_most", "never")
STANDING_OPERATORS = ("any_of", "none_of", "is_known", "is_unknown")
MEMBER_OPERATORS = ("in", "not_in")
TEXT_FILTERS = ("any_of", "none_of", "contains")
NUMBER_FILTERS = ("at_least", "at_most")
EVENT_PROPERTIES = {**dict.fromkeys(EVENT_TEXTS, TEXT_FILTERS), **dict.fromkeys(EVENT_NUMBERS, NUMBER_FILTERS)}
ORDER_PROPERTIES = dict.fromkeys(("category", "product", "currency"), TEXT_FILTERS)
DEEPEST, MOST_CONDITIONS, MOST_VALUES, MOST_FILTERS, LONGEST_TEXT = 8, 60, 500, 10, 200
MOST_DAYS = 36_500
MOST_ANNIVERSARY_DAYS = 180
BIGGEST = Decimal(10) ** 14


@dataclass(frozen=True, slots=True)
class Known:
    """What the names in a rule may refer to; None leaves that check out.

    `schemes` maps a scheme to its tiers, `segments` a key to its level, `currency` is the reporting currency.
    """

    schemes: Mapping[str, Collection[str]] | None = None
    segments: Mapping[str, Level] | None = None
    currency: str = ""
    own_key: str = ""


@dataclass(slots=True)
class _Reader:
    level: Level
    known: Known
    currency: str = ""
    conditions: int = 0
    asked: set[str] = field(default_factory=set)


def read_rule(document: object, *, known: Known | None = None) -> Rule:
    """The rule of a document. Raises RuleMistake."""
    known = known or Known()
    whole = _object(document, "rule")
    _only(whole, "rule", ("version", "level", "where", "currency"))
    if whole.get("version", VERSION) != VERSION:
        raise RuleMistake("version", f'this Guanxi reads version {VERSION}; write "version": {VERSION}.')
    level = _one_of(whole.get("level"), "level", LEVELS)
    currency = whole.get("currency", known.currency)
    if not isinstance(currency, str) or (currency and not (len(currency) == 3 and currency.isascii())):
        raise RuleMistake("currency", "must be the three letters of the firm's reporting currency, such as USD.")
    if known.currency and currency != known.currency:
        raise RuleMistake(
            "currency", f"amounts are in {currency}, but the firm reports in {known.currency}; write them in that one."
        )
    reader = _Reader(level, known, currency)
    where = whole.get("where")
    if where is None:
        raise RuleMistake("where", 'is missing; write {"all": [ … ]} with at least one condition.')
    top = _node(where, "where", reader, depth=1)
    return Rule(level, top if isinstance(top, Group) else Group("all", (top,)), currency)


def _node(value: object, place: str, reader: _Reader, *, depth: int) -> Node:
    entry = _object(value, place)
    kinds = [name for name in (*GROUPS, *LEAVES) if name in entry]
    if len(kinds) != 1:
        raise RuleMistake(
            place, f"must have exactly one of {', '.join((*GROUPS, *LEAVES))}; found {', '.join(kinds) or 'none'}."
        )
    kind = kinds[0]
    if kind in GROUPS:
        return _group(kind, entry, place, reader, depth)
    reader.conditions += 1
    if reader.conditions > MOST_CONDITIONS:
        raise RuleMistake(
            place, f"a rule holds at most {MOST_CONDITIONS} conditions; put some into a segment of its own."
        )
    return _READERS[kind](entry, place, reader)


def _group(kind: str, entry: Mapping[str, Any], place: str, reader: _Reader, depth: int) -> Group:
    _only(entry, place, (kind,))
    nodes = entry[kind]
    if depth > DEEPEST:
        raise RuleMistake(place, f"groups nest at most {DEEPEST} deep; put the inner part into a segment of its own.")
    if not isinstance(nodes, list) or not nodes:
        raise RuleMistake(f"{place}.{kind}", "needs at least one condition; add one or take the group away.")
    return Group(
        kind,  # type: ignore[arg-type]
        tuple(_node(each, f"{place}.{kind}[{number}]", reader, depth=depth + 1) for number, each in enumerate(nodes)),
    )


# Conditions


def _field_test(entry: Mapping[str, Any], place: str, reader: _Reader) -> FieldTest:
    _only(entry, place, ("field", "op", "value"))
    name = entry["field"]
    found = registry.field_named(name) if isinstance(name, str) else None
    if found is None:
        near = get_close_matches(str(name), registry.FIELDS, 1)
        raise RuleMistake(f"{place}.field", f"{name!r} is no field{_meant(near)}; GET /api/segment-fields lists them.")
    op = _one_of(entry.get("op"), f"{place}.op", found.operators)
    return FieldTest(found, op, _value(found, op, entry, place))


def _value(found: Field, op: str, entry: Mapping[str, Any], place: str) -> Value:
    where = f"{place}.value"
    if op in WITHOUT_VALUE:
        if entry.get("value") is not None:
            raise RuleMistake(where, f"`{op}` takes no value; leave it out.")
        return None
    if "value" not in entry:
        raise RuleMistake(where, f"is missing; `{op}` needs one.")
    value = entry["value"]
    if op in ("any_of", "none_of"):
        return _choices(value, where, found.choices)
    if op == "between":
        if not isinstance(value, list) or len(value) != 2:
            raise RuleMistake(where, "must be a list of two numbers, the smaller first.")
        low, high = _number(value[0], f"{where}[0]"), _number(value[1], f"{where}[1]")
        if low > high:
            raise RuleMistake(where, "the smaller number comes first.")
        return low, high
    if op in ("at_least", "at_most"):
        return _number(value, where)
    if op in ("on_or_after", "on_or_before"):
        return _day(value, where)
    if op == "anniversary_in_days":
        return _whole(value, where, 0, MOST_ANNIVERSARY_DAYS)
    if op in ("in_last_days", "in_next_days", "more_than_days_ago"):
        return _whole(value, where, 0 if op == "more_than_days_ago" else 1, MOST_DAYS)
    return _text(value, where)


def _standing(entry: Mapping[str, Any], place: str, reader: _Reader) -> StandingTest:
    _only(entry, place, ("standing", "op", "value", "for_days"))
    scheme = _text(entry["standing"], f"{place}.standing")
    schemes = reader.known.schemes
    if schemes is not None and scheme not in schemes:
        near = get_close_matches(scheme, schemes, 1)
        raise RuleMistake(f"{place}.standing", f"there is no scheme {scheme!r}{_meant(near)}; write one of its names.")
    op = _one_of(entry.get("op"), f"{place}.op", STANDING_OPERATORS)
    tiers: tuple[str, ...] = ()
    if op in ("any_of", "none_of"):
        tiers = _choices(entry.get("value"), f"{place}.value", tuple(schemes[scheme]) if schemes else ())
    elif entry.get("value") is not None:
        raise RuleMistake(f"{place}.value", f"`{op}` takes no value; leave it out.")
    for_days = _whole(entry.get("for_days", 0), f"{place}.for_days", 0, MOST_DAYS)
    if for_days and op not in ("any_of", "is_known"):
        raise RuleMistake(
            f"{place}.for_days", "goes with `any_of` only: since when somebody is *not* there is not kept."
        )
    return StandingTest(scheme, op, tiers, for_days)


def _event(entry: Mapping[str, Any], place: str, reader: _Reader) -> EventCount:
    _only(entry, place, ("event", "op", "value", "window", "where", "by"))
    op, count = _count(entry, place)
    by = _one_of(entry.get("by", reader.level), f"{place}.by", LEVELS)
    if by == "contact" and reader.level == "customer":
        raise RuleMistake(f"{place}.by", "a segment of customers counts the events of the customer; leave `by` out.")
    filters = _filters(entry.get("where", []), f"{place}.where", EVENT_PROPERTIES)
    return EventCount(
        _text(entry["event"], f"{place}.event"), op, count, _window(entry.get("window"), f"{place}.window"), filters, by
    )


def _orders(entry: Mapping[str, Any], place: str, reader: _Reader) -> OrderFigure:
    _only(entry, place, ("orders", "op", "value", "window", "where"))
    figure = _one_of(entry["orders"], f"{place}.orders", ("count", "sum"))
    window = _window(entry.get("window"), f"{place}.window")
    filters = _filters(entry.get("where", []), f"{place}.where", ORDER_PROPERTIES)
    if figure == "count":
        op, count = _count(entry, place)
        return OrderFigure("count", op, Decimal(count), window, filters)
    op = _one_of(entry.get("op"), f"{place}.op", ("at_least", "at_most"))
    return OrderFigure("sum", op, _number(entry.get("value"), f"{place}.value"), window, filters)


def _count(entry: Mapping[str, Any], place: str) -> tuple[str, int]:
    """`never` is at most nought."""
    op = _one_of(entry.get("op"), f"{place}.op", COUNT_OPERATORS)
    if op == "never":
        if entry.get("value") is not None:
            raise RuleMistake(f"{place}.value", "`never` takes no value; leave it out.")
        return "at_most", 0
    return op, _whole(entry.get("value"), f"{place}.value", 1 if op == "at_least" else 0, 1_000_000)


def _member(entry: Mapping[str, Any], place: str, reader: _Reader) -> MemberTest:
    _only(entry, place, ("segment", "op"))
    key = _text(entry["segment"], f"{place}.segment")
    segments = reader.known.segments
    if key == reader.known.own_key and key:
        raise RuleMistake(f"{place}.segment", "a segment cannot ask for itself; take this condition away.")
    if segments is not None and key not in segments:
        near = get_close_matches(key, segments, 1)
        raise RuleMistake(f"{place}.segment", f"there is no segment or list {key!r}{_meant(near)}.")
    return MemberTest(key, _one_of(entry.get("op", "in"), f"{place}.op", MEMBER_OPERATORS) == "in")


_READERS: Mapping[str, Callable[[Mapping[str, Any], str, _Reader], Node]] = {
    "field": _field_test, "standing": _standing, "event": _event, "orders": _orders, "segment": _member,
}  # fmt: skip


def _window(value: object, place: str) -> Window:
    if value is None:
        return EVER
    entry = _object(value, place)
    if "last_days" in entry:
        _only(entry, place, ("last_days",))
        return Window(last_days=_whole(entry["last_days"], f"{place}.last_days", 1, MOST_DAYS))
    if "days_ago" in entry:
        _only(entry, place, ("days_ago",))
        ends = entry["days_ago"]
        if not isinstance(ends, list) or len(ends) != 2:
            raise RuleMistake(f"{place}.days_ago", "must be two numbers of days, such as [30, 90].")
        near, far = (_whole(each, f"{place}.days_ago[{number}]", 0, MOST_DAYS) for number, each in enumerate(ends))
        if near > far:
            raise RuleMistake(f"{place}.days_ago", "the nearer end comes first, such as [30, 90].")
        return Window(days_ago=(near, far))
    _only(entry, place, ("from", "to"))
    ends = [_day(entry[name], f"{place}.{name}") if name in entry else None for name in ("from", "to")]
    if ends == [None, None]:
        raise RuleMistake(place, "needs last_days, days_ago, from or to; leave the window out for all time.")
    if ends[0] and ends[1] and ends[0] > ends[1]:
        raise RuleMistake(place, "`from` lies after `to`; exchange them.")
    return Window(from_on=ends[0], to_on=ends[1])


def _filters(value: object, place: str, properties: Mapping[str, tuple[str, ...]]) -> tuple[Filter, ...]:
    if not isinstance(value, list) or len(value) > MOST_FILTERS:
        raise RuleMistake(place, f"must be a list of at most {MOST_FILTERS} property filters.")
    return tuple(_filter(each, f"{place}[{number}]", properties) for number, each in enumerate(value))


def _filter(value: object, place: str, properties: Mapping[str, tuple[str, ...]]) -> Filter:
    entry = _object(value, place)
    _only(entry, place, ("property", "op", "value"))
    name = _one_of(entry.get("property"), f"{place}.property", properties)
    op = _one_of(entry.get("op"), f"{place}.op", properties[name])
    where = f"{place}.value"
    if op in ("any_of", "none_of"):
        return Filter(name, op, _choices(entry.get("value"), where, ()))
    return Filter(
        name, op, _text(entry.get("value"), where) if op == "contains" else _number(entry.get("value"), where)
    )


# Single values


def _object(value: object, place: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise RuleMistake(place, "must be a JSON object {…}.")
    return value


def _only(entry: Mapping[str, Any], place: str, names: Collection[str]) -> None:
    for name in entry:
        if name not in names:
            near = get_close_matches(str(name), names, 1)
            raise RuleMistake(
                f"{place}.{name}" if place != "rule" else str(name),
                f"is not known here{_meant(near)}; allowed are {', '.join(names)}.",
            )


def _one_of(value: Any, place: str, names: Collection[str]) -> Any:
    if not isinstance(value, str) or value not in names:
        raise RuleMistake(place, f"must be one of {', '.join(names)}.")
    return value


def _choices(value: object, place: str, known: tuple[str, ...]) -> tuple[str, ...]:
    if not isinstance(value, list) or not value or len(value) > MOST_VALUES:
        raise RuleMistake(place, f"must be a list of one to {MOST_VALUES} values.")
    words = [_text(each, f"{place}[{number}]") for number, each in enumerate(value)]
    for number, word in enumerate(words):
        if known and word not in known:
            raise RuleMistake(f"{place}[{number}]", f"{word!r} is none of {', '.join(known)}.")
    return tuple(dict.fromkeys(words))


def _text(value: object, place: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise RuleMistake(place, "must be a text that is not empty.")
    if len(value) > LONGEST_TEXT or "\x00" in value:
        raise RuleMistake(place, f"must be at most {LONGEST_TEXT} characters, without control characters.")
    return value.strip()


def _number(value: object, place: str) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise RuleMistake(place, "must be a number.")
    number = Decimal(str(value))
    if not number.is_finite() or abs(number) >= BIGGEST:
        raise RuleMistake(place, "must be a number below 100 trillion.")
    return round(number, 6) if number.as_tuple().exponent < -6 else number  # type: ignore[operator]


def _whole(value: object, place: str, least: int, most: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise RuleMistake(place, f"must be a whole number from {least} to {most}.")
    return value


def _day(value: object, place: str) -> date:
    try:
        if isinstance(value, str) and len(value) == 10:
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise RuleMistake(place, "must be a day written as 2026-03-31.")


def _meant(near: list[str]) -> str:
    return f" (did you mean {near[0]}?)" if near else ""


# And back


def as_document(rule: Rule) -> dict[str, Any]:
    """The rule as JSON; reading it again gives the same rule."""
    document: dict[str, Any] = {"version": VERSION, "level": rule.level, "where": _written(rule.where, rule.level)}
    return document | ({"currency": rule.currency} if rule.currency else {})


def _written(node: Node, level: Level) -> dict[str, Any]:
    match node:
        case Group():
            return {node.kind: [_written(each, level) for each in node.nodes]}
        case FieldTest():
            return _put({"field": node.field.name, "op": node.op}, value=_plain(node.value))
        case StandingTest():
            return _put(
                {"standing": node.scheme, "op": node.op}, value=list(node.tiers) or None, for_days=node.for_days or None
            )
        case EventCount():
            return _put(
                {"event": node.name, **_written_count(node.op, node.count)}, window=_written_window(node.window),
                where=[_written_filter(each) for each in node.filters] or None,
                by=node.by if node.by != level else None,
            )  # fmt: skip
        case OrderFigure():
            count = _written_count(node.op, int(node.value)) if node.figure == "count" else {}
            return _put(
                {"orders": node.figure, **(count or {"op": node.op, "value": _plain(node.value)})},
                window=_written_window(node.window), where=[_written_filter(each) for each in node.filters] or None,
            )  # fmt: skip
        case MemberTest():
            return {"segment": node.segment, "op": "in" if node.is_in else "not_in"}


def _written_count(op: str, count: int) -> dict[str, Any]:
    return {"op": "never"} if op == "at_most" and count == 0 else {"op": op, "value": count}


def _written_window(window: Window) -> dict[str, Any] | None:
    if window.last_days is not None:
        return {"last_days": window.last_days}
    if window.days_ago is not None:
        return {"days_ago": list(window.days_ago)}
    ends = {"from": window.from_on, "to": window.to_on}
    return {name: day.isoformat() for name, day in ends.items() if day} or None


def _written_filter(each: Filter) -> dict[str, Any]:
    return {"property": each.name, "op": each.op, "value": _plain(each.value)}


def _plain(value: Any) -> Any:
    match value:
        case Decimal():
            return int(value) if value == value.to_integral_value() else float(value)
        case date():
            return value.isoformat()
        case tuple():
            return [_plain(each) for each in value]
    return value


def _put(entry: dict[str, Any], **more: Any) -> dict[str, Any]:
    return entry | {name: value for name, value in more.items() if value is not None}
