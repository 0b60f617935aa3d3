"""The rule of a segment as a JSON Schema (draft 2020-12), made of the registry so that it never lags behind. Pure."""

from __future__ import annotations

from typing import Any

from guanxi.segments import grammar
from guanxi.segments.registry import CUSTOM, FIELDS, OPERATORS, WITHOUT_VALUE
from guanxi.segments.tables import EVENT_NUMBERS
from guanxi.segments.tree import LEVELS, VERSION

_DAYS = {"type": "integer", "minimum": 1, "maximum": grammar.MOST_DAYS}
_TEXT = {"type": "string", "minLength": 1, "maxLength": grammar.LONGEST_TEXT}
_WORDS = {"type": "array", "items": _TEXT, "minItems": 1, "maxItems": grammar.MOST_VALUES}
_DAY = {"type": "string", "format": "date"}
_PAIR = {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2}
_VALUES: dict[str, dict[str, Any]] = {
    "any_of": _WORDS, "none_of": _WORDS, "between": _PAIR, "at_least": {"type": "number"},
    "at_most": {"type": "number"}, "on_or_after": _DAY, "on_or_before": _DAY, "in_last_days": _DAYS,
    "in_next_days": _DAYS, "more_than_days_ago": _DAYS | {"minimum": 0},
    "anniversary_in_days": {"type": "integer", "minimum": 0, "maximum": grammar.MOST_ANNIVERSARY_DAYS},
    "is": _TEXT, "is_not": _TEXT, "contains": _TEXT, "starts_with": _TEXT,
}  # fmt: skip


def rule_schema() -> dict[str, Any]:
    """The schema; what it cannot say (circles, names of schemes and segments) the reader checks."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Rule of a segment",
        "type": "object",
        "required": ["level", "where"],
        "additionalProperties": False,
        "properties": {
            "version": {"const": VERSION},
            "level": {"enum": list(LEVELS)},
            "currency": {"type": "string", "pattern": "^[A-Z]{3}$"},
            "where": {"$ref": "#/$defs/node"},
        },
        "$defs": {
            "node": {"oneOf": [*({"$ref": f"#/$defs/{name}"} for name in (*grammar.GROUPS, *grammar.LEAVES))]},
            **{name: _group(name) for name in grammar.GROUPS},
            "field": {"oneOf": [_field(kind) for kind in OPERATORS]},
            "standing": _entry(
                "standing", _TEXT, op={"enum": list(grammar.STANDING_OPERATORS)}, value=_WORDS, for_days=_DAYS
            ),
            "event": _entry(
                "event", _TEXT, op={"enum": list(grammar.COUNT_OPERATORS)}, value={"type": "integer", "minimum": 0},
                window={"$ref": "#/$defs/window"}, where=_filters(list(grammar.EVENT_PROPERTIES)),
                by={"enum": list(LEVELS)},
            ),
            "orders": _entry(
                "orders", {"enum": ["count", "sum"]}, op={"enum": list(grammar.COUNT_OPERATORS)},
                value={"type": "number"}, window={"$ref": "#/$defs/window"},
                where=_filters(list(grammar.ORDER_PROPERTIES)),
            ),
            "segment": {
                "type": "object", "required": ["segment"], "additionalProperties": False,
                "properties": {"segment": _TEXT, "op": {"enum": list(grammar.MEMBER_OPERATORS)}},
            },
            "window": _window(),
        },
    }  # fmt: skip


def _group(name: str) -> dict[str, Any]:
    nodes = {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/node"}}
    return {"type": "object", "required": [name], "additionalProperties": False, "properties": {name: nodes}}


def _field(kind: Any) -> dict[str, Any]:
    """One shape per operator of the kind, with the value it takes."""
    names: dict[str, Any] = {"enum": [name for name, field in FIELDS.items() if field.kind == kind]}
    if kind == "attribute":
        names = {"type": "string", "pattern": f"^{CUSTOM.replace('.', '[.]')}."}
    shapes = []
    for op in OPERATORS[kind]:
        entry: dict[str, Any] = {"field": names, "op": {"const": op}}
        required = ["field", "op"]
        if op not in WITHOUT_VALUE:
            entry["value"] = _VALUES[op]
            required.append("value")
        shapes.append(
            {"type": "object", "required": required, "additionalProperties": False, "properties": entry}
        )  # fmt: skip
    return {"oneOf": shapes}


def _entry(name: str, kind: dict[str, Any], **more: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object", "required": [name, "op"], "additionalProperties": False, "properties": {name: kind, **more},
    }  # fmt: skip


def _filters(names: list[str]) -> dict[str, Any]:
    texts = [name for name in names if name not in EVENT_NUMBERS]
    numbers = [name for name in names if name in EVENT_NUMBERS]
    shapes = [
        _filter(texts, ["any_of", "none_of"], _WORDS),
        _filter(texts, ["contains"], _TEXT),
        *([_filter(numbers, list(grammar.NUMBER_FILTERS), {"type": "number"})] if numbers else []),
    ]
    return {"type": "array", "maxItems": grammar.MOST_FILTERS, "items": {"oneOf": shapes}}


def _filter(names: list[str], operators: list[str], value: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object", "required": ["property", "op", "value"], "additionalProperties": False,
        "properties": {"property": {"enum": names}, "op": {"enum": operators}, "value": value},
    }  # fmt: skip


def _window() -> dict[str, Any]:
    ago = {"type": "array", "items": {"type": "integer", "minimum": 0}, "minItems": 2, "maxItems": 2}

    def shape(**properties: dict[str, Any]) -> dict[str, Any]:
        return {"type": "object", "minProperties": 1, "additionalProperties": False, "properties": properties}

    return {"oneOf": [shape(last_days=_DAYS), shape(days_ago=ago), {**shape(**{"from": _DAY, "to": _DAY})}]}
