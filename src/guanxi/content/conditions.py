"""Who sees a block: one question about the reader, written as Liquid around it (X-01). Pure."""

from __future__ import annotations

import re
from typing import Any

# What may be asked, and what an answer looks like.
ASKED = {
    "reader.country": re.compile(r"[A-Z]{2}"),
    "reader.gender": re.compile(r"[a-z]{1,12}"),
    "customer.tier": re.compile(r"[\w .&+-]{1,60}"),
    "customer.stage": re.compile(r"[\w .&+-]{1,60}"),
    "customer.need": re.compile(r"[\w .&+-]{1,60}"),
    "customer.trade": re.compile(r"[\w .&+-]{1,60}"),
}
MOST_ANSWERS = 40

Condition = dict[str, Any]


class BadCondition(ValueError):
    """The condition of a block cannot be read; the sentence says why."""


def read_condition(told: Any) -> Condition | None:
    """`{"name", "values", "is_not"}`, or None for a block that everybody sees. Raises BadCondition."""
    if not told:
        return None
    name = told.get("name") if isinstance(told, dict) else None
    pattern = ASKED.get(str(name))
    if pattern is None:
        raise BadCondition(f"only may ask for {', '.join(ASKED)}.")
    values = told.get("values")
    if not isinstance(values, list) or len(values) > MOST_ANSWERS:
        raise BadCondition(f"only needs a list of at most {MOST_ANSWERS} answers.")
    answers = list(dict.fromkeys(str(each).strip() for each in values if str(each).strip()))
    for answer in answers:
        if not pattern.fullmatch(answer):
            raise BadCondition(f"only: {answer[:60]} is no answer to {name}; a country is two capital letters.")
    return {"name": name, "values": answers, "is_not": told.get("is_not") is True} if answers else None


def around_mjml(condition: Condition | None, inner: str) -> str:
    if condition is None:
        return inner
    return f"<mj-raw>{_opened(condition)}</mj-raw>\n{inner}\n<mj-raw>{_closed(condition)}</mj-raw>"


def around_text(condition: Condition | None, inner: str) -> str:
    return inner if condition is None else f"{_opened(condition)}{inner}{_closed(condition)}"


def _opened(condition: Condition) -> str:
    asked = " or ".join(f'{condition["name"]} == "{value}"' for value in condition["values"])
    return f"{{% {'unless' if condition['is_not'] else 'if'} {asked} %}}"


def _closed(condition: Condition) -> str:
    return f"{{% {'endunless' if condition['is_not'] else 'endif'} %}}"
