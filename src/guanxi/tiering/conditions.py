"""Reads conditions and borders out of a scheme's YAML. Pure; every complaint names the place and what to write."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from guanxi.scoring.measures import FIGURES
from guanxi.tiering.grammar import (
    STANDING,
    AnyOf,
    Condition,
    Constant,
    Extreme,
    Multiple,
    Operator,
    Percentile,
    Term,
    Terms,
    Threshold,
    Words,
)

OPERATORS: tuple[Operator, ...] = ("at_least", "at_most", "above", "below", "is")
NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
TIER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")


class SchemeError(Exception):
    """The document is no usable scheme; the text says where and what to write instead."""

    def __init__(self, where: str, problem: str) -> None:
        self.where, self.problem = where, problem
        super().__init__(f"{where}: {problem}")


def read_terms(where: str, found: object, facts: Mapping[str, Terms]) -> Terms:
    """A table of figures with comparisons, `any_of`, `standing` and `facts`, all of which must hold."""
    if not isinstance(found, dict) or not found:
        raise SchemeError(where, "must name at least one figure, such as order_count: {at_least: 5}.")
    terms: list[Term] = []
    for key, tests in found.items():
        # The place of a figure leaves the word `when` out, as it always stands there.
        place = f"{where.removesuffix(', when')}, {key}"
        if key == "any_of":
            terms.append(_any_of(place, tests))
        elif key == "facts":
            terms += _facts(place, tests, facts)
        else:
            terms += _plain(place, key, tests)
    return tuple(terms)


def read_word(found: object, where: str) -> str:
    """A name of lower-case letters."""
    if not isinstance(found, str) or not NAME.fullmatch(found):
        raise SchemeError(where, f"{found!r} will not do; use lower-case letters, digits, - and _, at most 40.")
    return found


def read_tier(found: object, where: str) -> str:
    """The name of a tier or a rule, which may be a capital, such as A."""
    if not isinstance(found, str) or not TIER.fullmatch(found):
        raise SchemeError(where, f"{found!r} will not do; use letters, digits, - and _, at most 40.")
    return found


def read_titles(found: object, where: str) -> dict[str, str]:
    """A text, or texts by language."""
    titles: dict[Any, Any] = dict(found) if isinstance(found, Mapping) else {"en": found}
    if not all(isinstance(key, str) and isinstance(value, str) and value for key, value in titles.items()):
        raise SchemeError(
            where,
            "a title is a text, or a table of languages such as {en: High value, zh-Hans: 高价值}; "
            "put a text with a comma in quotes.",
        )
    return {key: value.strip() for key, value in titles.items()}


def check_names(what: str, names: list[str]) -> None:
    """Raises SchemeError when two have the same name."""
    for place, name in enumerate(names, 1):
        if name in names[: place - 1]:
            raise SchemeError(f"{what} {place}", f"is the second one called {name!r}; give it a `name` of its own.")


def read_number(where: str, found: object) -> Decimal:
    if isinstance(found, bool) or not isinstance(found, int | float | str):
        raise SchemeError(where, f"{found!r} is no number; write it with digits, such as 100000.")
    try:
        number = Decimal(str(found))
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or abs(number) >= Decimal(10) ** 14 or number != round(number, 4):
        raise SchemeError(where, f"{found!r} is no number; write it with digits and at most four decimals.")
    return number


def _plain(where: str, key: object, tests: object) -> list[Condition]:
    return _standings(where, tests) if key == "standing" else _conditions(where, key, tests)


def _any_of(where: str, found: object) -> AnyOf:
    if not isinstance(found, list) or not found or not all(isinstance(each, dict) and each for each in found):
        raise SchemeError(where, "takes a list of tables of figures, such as [{order_count: {is: 1}}, {…}].")
    options = [
        [condition for key, tests in each.items() for condition in _plain(f"{where}, {key}", key, tests)]
        for each in found
    ]
    return AnyOf(tuple(map(tuple, options)))


def _facts(where: str, found: object, facts: Mapping[str, Terms]) -> list[Term]:
    names: list[Any] = found if isinstance(found, list) else [found]
    for name in names:
        if name not in facts:
            known = ", ".join(facts) or "none; write them under `facts` at the top"
            raise SchemeError(where, f"{name!r} is no fact of this scheme; known are {known}.")
    return [term for name in names for term in facts[name]]


def _standings(where: str, found: object) -> list[Condition]:
    if not isinstance(found, dict) or not found:
        raise SchemeError(where, "names other schemes and their tiers, such as {rfm-firm: high}.")
    conditions = []
    for scheme, tiers in found.items():
        name = read_word(scheme, where)
        allowed = [read_tier(tier, f"{where}, {name}") for tier in (tiers if isinstance(tiers, list) else [tiers])]
        if not allowed:
            raise SchemeError(f"{where}, {name}", "needs at least one tier.")
        conditions.append(Condition(STANDING + name, "is_one_of", Words(tuple(allowed))))
    return conditions


def _conditions(where: str, figure: object, tests: object) -> list[Condition]:
    known_figure = _figure(where, figure)
    is_flag = FIGURES[known_figure].kind == "flag"
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
            border = int(found) if is_flag and isinstance(found, bool) else found
            conditions.append(Condition(known_figure, operator, _threshold(where, border)))
        else:
            raise SchemeError(where, f"{operator!r} is no comparison; use {', '.join(OPERATORS)} or between.")
    return conditions


def _threshold(where: str, found: object, *, is_inner: bool = False) -> Threshold:
    if not isinstance(found, dict):
        return Constant(read_number(where, found))
    match found:
        case {"percentile": share, **rest} if not rest:
            number = read_number(where, share)
            if not 0 < number < 100:
                raise SchemeError(where, f"a percentile lies between 0 and 100, not at {number}.")
            return Percentile(number)
        case {"figure": figure, **rest} if set(rest) <= {"times"}:
            return Multiple(_figure(where, figure), read_number(where, rest.get("times", 1)))
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
