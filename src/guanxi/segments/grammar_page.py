"""The reference page of the rule's grammar, written from the registry. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path
from string import Template

from guanxi.segments import grammar
from guanxi.segments.registry import (
    FIELDS,
    INTEREST_LOOKS,
    INTEREST_SPAN_DAYS,
    MAIL_SPAN_DAYS,
    OPERATORS,
    VISIT_SPAN_DAYS,
    Field,
)
from guanxi.segments.tree import VERSION

PAGE = Path(__file__).with_suffix(".md")

EXAMPLE = {
    "version": 1,
    "level": "customer",
    "where": {
        "all": [
            {"field": "country", "op": "any_of", "value": ["DE", "JP"]},
            {"standing": "rfm-firm", "op": "any_of", "value": ["high"], "for_days": 30},
            {
                "event": "email.clicked", "op": "at_least", "value": 2, "window": {"last_days": 90},
                "where": [{"property": "category", "op": "any_of", "value": ["Lamps"]}],
            },
            {"none": [{"orders": "count", "op": "at_least", "value": 1, "window": {"days_ago": [0, 60]}}]},
        ]
    },
}  # fmt: skip
MEANINGS = {
    "is": "equal, capitals aside", "is_not": "not equal; also when nothing is known",
    "contains": "holds the words, capitals aside", "starts_with": "begins with the words, capitals aside",
    "is_known": "something is known", "is_unknown": "nothing is known", "at_least": "≥ the value",
    "at_most": "≤ the value", "between": "a list of two numbers, both included", "any_of": "one of a list of texts",
    "none_of": "none of a list; also when nothing is known", "is_true": "yes", "is_false": "a known no",
    "in_last_days": "N days up to today, today being one of them", "more_than_days_ago": "longer ago than N days",
    "in_next_days": "from today until N days from now",
    "anniversary_in_days": "the day returns within N days (0 is today); 29 February counts on the 28th in other years",
    "on_or_after": "a day, `2026-03-31`", "on_or_before": "a day, `2026-03-31`",
}  # fmt: skip


def reference_page(generated: str) -> str:
    """docs/reference/segment-grammar.md."""
    operators = "".join(f"| `{op}` | {', '.join(_kinds_with(op))} | {words} |\n" for op, words in MEANINGS.items())
    values = {
        "generated": generated.strip(),
        "example": _example(),
        "version": VERSION,
        "deepest": grammar.DEEPEST,
        "most_conditions": grammar.MOST_CONDITIONS,
        "event_properties": _names(grammar.EVENT_PROPERTIES),
        "order_properties": _names(grammar.ORDER_PROPERTIES),
        "operators": operators,
        "fields": _fields_table(FIELDS.values()),
        "interest_looks": INTEREST_LOOKS,
        "interest_days": INTEREST_SPAN_DAYS,
        "visit_days": VISIT_SPAN_DAYS,
        "mail_days": MAIL_SPAN_DAYS,
    }
    return Template(PAGE.read_text(encoding="utf-8")).substitute(values)


def _example() -> str:
    """Lists of plain values on one line, for the eye."""
    text = json.dumps(EXAMPLE, indent=2, ensure_ascii=False)
    return re.sub(r"\[\s+([^\[\]{}]+?)\s+\]", lambda found: "[" + re.sub(r"\s+", " ", found[1]) + "]", text)


def _kinds_with(op: str) -> list[str]:
    return [kind for kind, operators in OPERATORS.items() if op in operators]


def _names(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _fields_table(fields: Iterable[Field]) -> str:
    rows = "".join(
        f"| `{each.name}` | {each.kind} | {each.sentence}{_choices(each)} |\n" for each in fields
    )  # fmt: skip
    return f"| Name | Kind | Meaning |\n| --- | --- | --- |\n{rows}"


def _choices(each: Field) -> str:
    return f" One of {_names(each.choices)}." if each.choices else ""
