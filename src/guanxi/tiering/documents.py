"""Reads a scheme from its YAML text. Pure; the format is described in docs/reference/schemes.md.

Every complaint names the place (rule, figure) and what to write instead.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from guanxi.scoring.measures import FIGURES
from guanxi.scoring.policies import WINDOW_DAYS
from guanxi.tiering.rules import (
    NONE,
    OTHERWISE,
    Condition,
    Constant,
    Extreme,
    Multiple,
    Operator,
    Percentile,
    Rule,
    Scheme,
    Threshold,
)

PRESETS = Path(__file__).parent / "schemes"
DEFAULT_PRESET = "rfm-firm"
LARGEST_DOCUMENT = 100_000
LIFETIME = "lifetime"
OPERATORS: tuple[Operator, ...] = ("at_least", "at_most", "above", "below", "is")
KEYS = {"name", "title", "about", "currency", "window_days", "tiers", "rules", "otherwise"}
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")


class SchemeError(Exception):
    """The document is no usable scheme; the text says where and what to write instead."""

    def __init__(self, where: str, problem: str) -> None:
        self.where, self.problem = where, problem
        super().__init__(f"{where}: {problem}")


def preset_names() -> list[str]:
    """The schemes that ship with the product."""
    return sorted(path.stem for path in PRESETS.glob("*.yaml"))


@cache
def preset_text(name: str) -> str:
    return (PRESETS / f"{name}.yaml").read_text(encoding="utf-8")


def read_preset(name: str) -> Scheme:
    """Raises SchemeError for a name that is none of `preset_names`."""
    if name not in preset_names():
        raise SchemeError("scheme", f"{name!r} is not known; choose {', '.join(preset_names())} or a .yaml file.")
    return read_scheme(preset_text(name))


def read_scheme(text: str) -> Scheme:
    """Raises SchemeError."""
    document = _load(text)
    unknown = sorted(set(document) - KEYS)
    if unknown:
        raise SchemeError("scheme", f"{unknown[0]!r} is not a key; known are {', '.join(sorted(KEYS))}.")
    name = _word(document.get("name"), "name")
    rules = _rules(document.get("rules"))
    otherwise = _word(document.get("otherwise", NONE), "otherwise")
    return Scheme(
        name=name,
        rules=rules,
        otherwise=otherwise,
        tiers=_tiers(document.get("tiers", {}), [*(rule.tier for rule in rules), otherwise]),
        currency=_currency(document.get("currency")),
        window_days=_window(document.get("window_days", WINDOW_DAYS)),
        title=_titles(document.get("title", name), "title"),
        about=str(document.get("about", "")).strip(),
    )


def _load(text: str) -> dict[str, Any]:
    if len(text) > LARGEST_DOCUMENT:
        raise SchemeError("scheme", f"is longer than {LARGEST_DOCUMENT:,} characters; keep the rules only.")
    try:
        document = yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        place = f"line {mark.line + 1}" if mark else "scheme"
        raise SchemeError(place, "is not readable as YAML; check indentation and quotes there.") from None
    if not isinstance(document, dict) or not all(isinstance(key, str) for key in document):
        raise SchemeError("scheme", "must be a table of keys such as name, window_days and rules.")
    return document


def _rules(found: object) -> tuple[Rule, ...]:
    if not isinstance(found, list) or not found:
        raise SchemeError("rules", "must be a list of rules, each with `tier` and `when`.")
    rules = tuple(_rule(place, each) for place, each in enumerate(found, 1))
    names = [rule.name for rule in rules]
    for place, name in enumerate(names, 1):
        if name in names[: place - 1]:
            raise SchemeError(f"rule {place}", f"is the second one called {name!r}; give it a `name` of its own.")
    return rules


def _rule(place: int, found: object) -> Rule:
    where = f"rule {place}"
    if not isinstance(found, dict) or not set(found) <= {"tier", "name", "when"} or "tier" not in found:
        raise SchemeError(where, "must have `tier` and `when`, and may have `name`; nothing else.")
    tier = _word(found["tier"], f"{where}, tier")
    name = _word(found.get("name", tier), f"{where}, name")
    where = f"{where} ({name})"
    if tier == NONE or name == OTHERWISE:
        raise SchemeError(where, f"{NONE!r} and {OTHERWISE!r} are kept for customers whom no rule fits; take another.")
    when = found.get("when")
    if not isinstance(when, dict) or not when:
        raise SchemeError(f"{where}, when", "must name at least one figure, such as order_count: {at_least: 5}.")
    conditions = [each for figure, tests in when.items() for each in _conditions(f"{where}, {figure}", figure, tests)]
    return Rule(name, tier, tuple(conditions))


def _conditions(where: str, figure: object, tests: object) -> list[Condition]:
    known_figure = _figure(where, figure)
    if not isinstance(tests, dict) or not tests:
        raise SchemeError(where, "needs a comparison, such as {at_least: 5} or {between: [1, 2]}.")
    conditions: list[Condition] = []
    for operator, found in tests.items():
        if operator == "between":
            if not isinstance(found, list) or len(found) != 2:
                raise SchemeError(where, "`between` takes two numbers, both included: [1, 2].")
            low, high = (_threshold(where, each) for each in found)
            conditions += [Condition(known_figure, "at_least", low), Condition(known_figure, "at_most", high)]
        elif operator in OPERATORS:
            conditions.append(Condition(known_figure, operator, _threshold(where, found)))
        else:
            raise SchemeError(where, f"{operator!r} is no comparison; use {', '.join(OPERATORS)} or between.")
    return conditions


def _threshold(where: str, found: object, *, is_inner: bool = False) -> Threshold:
    if not isinstance(found, dict):
        return Constant(_number(where, found))
    match found:
        case {"percentile": share, **rest} if not rest:
            number = _number(where, share)
            if not 0 < number < 100:
                raise SchemeError(where, f"a percentile lies between 0 and 100, not at {number}.")
            return Percentile(number)
        case {"figure": figure, **rest} if set(rest) <= {"times"}:
            return Multiple(_figure(where, figure), _number(where, rest.get("times", 1)))
        case {"largest_of": list(parts), **rest} | {"smallest_of": list(parts), **rest} if (
            not rest and parts and not is_inner
        ):
            return Extreme("largest_of" in found, tuple(_threshold(where, part, is_inner=True) for part in parts))
    raise SchemeError(
        where,
        "a border is a number, {percentile: 80}, {figure: cycle_days, times: 1.5}, "
        "{largest_of: […]} or {smallest_of: […]}.",
    )


def _figure(where: str, found: object) -> str:
    if not isinstance(found, str) or found not in FIGURES:
        raise SchemeError(where, f"{found!r} is no figure; known are {', '.join(FIGURES)}.")
    return found


def _number(where: str, found: object) -> Decimal:
    if isinstance(found, bool) or not isinstance(found, int | float | str):
        raise SchemeError(where, f"{found!r} is no number; write it with digits, such as 100000.")
    try:
        number = Decimal(str(found))
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or abs(number) >= Decimal(10) ** 14 or number != round(number, 4):
        raise SchemeError(where, f"{found!r} is no number; write it with digits and at most four decimals.")
    return number


def _word(found: object, where: str) -> str:
    if not isinstance(found, str) or not _NAME.fullmatch(found):
        raise SchemeError(where, f"{found!r} will not do; use lower-case letters, digits, - and _, at most 40.")
    return found


def _currency(found: object) -> str:
    if not isinstance(found, str) or not re.fullmatch(r"[A-Z]{3}", found):
        raise SchemeError("currency", f"{found!r} is no currency; write its three letters, such as USD.")
    return found


def _window(found: object) -> int | None:
    if found == LIFETIME:
        return None
    if isinstance(found, bool) or not isinstance(found, int) or not 1 <= found <= 36_500:
        raise SchemeError("window_days", f"{found!r} will not do; write a number of days, or lifetime.")
    return found


def _tiers(found: object, used: list[str]) -> dict[str, dict[str, str]]:
    """All tiers in the order of the document; those it does not list follow as the rules name them, `none` last."""
    if not isinstance(found, dict):
        raise SchemeError("tiers", "must be a table: the tier, then its title by language.")
    for tier in found:
        if tier not in used:
            raise SchemeError("tiers", f"{tier!r} is given by no rule; remove it or add its rule.")
    order = [*found, *(tier for tier in dict.fromkeys(used) if tier not in found)]
    order.sort(key=lambda tier: tier == NONE)
    return {tier: _titles(found.get(tier, tier), f"tiers, {tier}") for tier in order}


def _titles(found: object, where: str) -> dict[str, str]:
    titles = found if isinstance(found, Mapping) else {"en": found}
    if not all(isinstance(key, str) and isinstance(value, str) and value for key, value in titles.items()):
        raise SchemeError(
            where, "a title is a text, or a table of languages such as {en: High value, zh-Hans: 高价值}."
        )
    return dict(titles)
