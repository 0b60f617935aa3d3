"""Reads a scheme from its YAML text. Pure; the format is described in docs/reference/schemes.md.

Every complaint names the place (rule, figure) and what to write instead.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from copy import deepcopy
from decimal import Decimal
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import yaml

from guanxi.scoring.policies import WINDOW_DAYS
from guanxi.tiering.conditions import (
    SchemeError,
    check_names,
    read_number,
    read_terms,
    read_tier,
    read_titles,
    read_word,
)
from guanxi.tiering.grammar import (
    NONE,
    OTHERWISE,
    Deciding,
    Gate,
    Mark,
    Recompute,
    Rule,
    Scheme,
    Terms,
    Titles,
    schemes_asked,
)
from guanxi.tiering.move_documents import read_moves
from guanxi.tiering.settling import soften

__all__ = ["SchemeError", "line_of", "preset_names", "preset_text", "read_preset", "read_scheme"]

PRESETS = Path(__file__).parent / "schemes"
DEFAULT_PRESET = "rfm-firm"
# Applied in a new workspace; the others wait until somebody switches them on.
ACTIVE_PRESETS = ("rfm-firm", "abc-cumulative", "stage", "need", "lifecycle", "reading", "service-level")
LARGEST_DOCUMENT = 100_000
LIFETIME = "lifetime"
AXES = ("activity", "value", "stage", "need", "lifecycle", "reading", "service")
KEYS = {
    "name", "title", "about", "currency", "window_days", "axis", "decides", "hysteresis", "facts", "tiers", "rules",
    "otherwise", "marks", "labels", "moves", "recompute",
}  # fmt: skip
RULE_KEYS = {"tier", "name", "when", "stay", "gates", "failing"}
GATE_KEYS = {"name", "title", "when", "stay"}
MARK_KEYS = {"name", "title", "tiers", "when"}


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


@lru_cache(maxsize=128)
def read_scheme(text: str) -> Scheme:
    """Raises SchemeError."""
    document = load(text)
    unknown = sorted(set(document) - KEYS)
    if unknown:
        raise SchemeError("scheme", f"{unknown[0]!r} is not a key; known are {', '.join(sorted(KEYS))}.")
    name = read_word(document.get("name"), "name")
    facts = _facts(document.get("facts", {}))
    hysteresis = _hysteresis(document.get("hysteresis", 0))
    decides = _decides(document.get("decides", "automatic"), "decides")
    rules = _rules(document.get("rules"), facts)
    otherwise = read_tier(document.get("otherwise", NONE), "otherwise")
    moves = read_moves(document.get("moves", []), facts, decides)
    used = [*(tier for rule in rules for tier in (rule.tier, rule.failing) if tier), otherwise]
    tiers = _tiers(document.get("tiers", {}), [*used, *(move.to for move in moves)])
    scheme = Scheme(
        name=name,
        rules=tuple(_completed(rule, list(tiers), hysteresis) for rule in rules),
        otherwise=otherwise,
        tiers=tiers,
        currency=_currency(document.get("currency")),
        window_days=_window(document.get("window_days", WINDOW_DAYS)),
        title=read_titles(document.get("title", name), "title"),
        about=_about(document.get("about", "")),
        decides=decides,
        axis=_axis(document.get("axis", "")),
        moves=moves,
        marks=_marks(document.get("marks", []), tiers, facts),
        labels=_labels(document.get("labels", {}), tiers),
        hysteresis=hysteresis,
        recompute=_recompute(document.get("recompute", "daily")),
    )
    _check_references(scheme)
    return scheme


def load(text: str) -> dict[str, Any]:
    """The document as plain tables and lists. Raises SchemeError."""
    if len(text) > LARGEST_DOCUMENT:
        raise SchemeError("scheme", f"is longer than {LARGEST_DOCUMENT:,} characters; keep the rules only.")
    try:
        document = deepcopy(_parsed(text))
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        place = f"line {mark.line + 1}" if mark else "scheme"
        raise SchemeError(place, "is not readable as YAML; check indentation and quotes there.") from None
    if not isinstance(document, dict) or not all(isinstance(key, str) for key in document):
        raise SchemeError("scheme", "must be a table of keys such as name, window_days and rules.")
    return document


@lru_cache(maxsize=32)
def _parsed(text: str) -> Any:
    """Reading YAML takes longer than anything else that is done with a scheme."""
    return yaml.safe_load(text)


def line_of(text: str, where: str) -> int | None:
    """The line (from 1) of the place a complaint names, as near as it can be found."""
    if found := re.fullmatch(r"line (\d+)", where):
        return int(found.group(1))
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError:
        return None
    line = None
    for part in where.split(", "):
        step = _step(node, part)
        if step is None:
            break
        key, node = step
        line = key.start_mark.line + 1
    return line


def _step(node: yaml.Node | None, part: str) -> tuple[yaml.Node, yaml.Node] | None:
    """The node of a part such as `rule 2 (high)` or `spend_total`, and the node whose line is to be told."""
    numbered = re.fullmatch(r"(rule|move|gate|mark) (\d+)(?: \(.*\))?", part)
    if numbered:
        step = _step(node, f"{numbered.group(1)}s")
        place = int(numbered.group(2)) - 1
        if step and isinstance(step[1], yaml.SequenceNode) and place < len(step[1].value):
            return step[1].value[place], step[1].value[place]
        return None
    if not isinstance(node, yaml.MappingNode):
        return None
    for key, value in node.value:
        if key.value == part:
            return key, value
    # The place of a figure leaves out the table it stands in.
    for key, value in node.value:
        if key.value in ("when", "stay") and (step := _step(value, part)):
            return step
    return None


def _rules(found: object, facts: Mapping[str, Terms]) -> tuple[Rule, ...]:
    if not isinstance(found, list) or not found:
        raise SchemeError("rules", "must be a list of rules, each with `tier` and `when`.")
    rules = tuple(_rule(place, each, facts) for place, each in enumerate(found, 1))
    check_names("rule", [rule.name for rule in rules])
    return rules


def _rule(place: int, found: object, facts: Mapping[str, Terms]) -> Rule:
    where = f"rule {place}"
    if not isinstance(found, dict) or not set(found) <= RULE_KEYS or "tier" not in found:
        raise SchemeError(
            where, "must have `tier` and `when`, and may have `name`, `stay`, `gates` and `failing`; nothing else."
        )
    tier = read_tier(found["tier"], f"{where}, tier")
    name = read_tier(found.get("name", tier), f"{where}, name")
    where = f"{where} ({name})"
    if tier == NONE or name == OTHERWISE:
        raise SchemeError(where, f"{NONE!r} and {OTHERWISE!r} are kept for customers whom no rule fits; take another.")
    gates = found.get("gates", [])
    if not isinstance(gates, list):
        raise SchemeError(f"{where}, gates", "must be a list of gates, each with `name` and `when`.")
    return Rule(
        name=name,
        tier=tier,
        conditions=read_terms(f"{where}, when", found.get("when"), facts),
        gates=tuple(_gate(f"{where}, gate {number}", each, facts) for number, each in enumerate(gates, 1)),
        failing=read_tier(found["failing"], f"{where}, failing") if "failing" in found else "",
        stay=read_terms(f"{where}, stay", found["stay"], facts) if "stay" in found else (),
    )


def _gate(where: str, found: object, facts: Mapping[str, Terms]) -> Gate:
    if not isinstance(found, dict) or not set(found) <= GATE_KEYS or not {"name", "when"} <= set(found):
        raise SchemeError(where, "must have `name` and `when`, and may have `title` and `stay`; nothing else.")
    name = read_word(found["name"], f"{where}, name")
    return Gate(
        name=name,
        title=read_titles(found.get("title", name), f"{where}, title"),
        terms=read_terms(f"{where}, when", found["when"], facts),
        stay=read_terms(f"{where}, stay", found["stay"], facts) if "stay" in found else (),
    )


def _completed(rule: Rule, order: list[str], hysteresis: Decimal) -> Rule:
    """The rule with the tier below its own for those who fail a gate, and with softer borders for those who stay."""
    below = order[order.index(rule.tier) + 1 :]
    if rule.gates and (not below or rule.failing not in ("", below[0])):
        wanted = f"the tier below, {below[0]!r}" if below else "a tier below its own, which there is none"
        raise SchemeError(f"rule ({rule.name}), failing", f"gates lower by one tier only: {wanted} (CN-12).")
    return Rule(
        name=rule.name,
        tier=rule.tier,
        conditions=rule.conditions,
        gates=rule.gates,
        failing=below[0] if rule.gates else "",
        stay=rule.stay or (soften(rule.conditions, hysteresis) if hysteresis else ()),
    )


def _check_references(scheme: Scheme) -> None:
    if scheme.name in schemes_asked(scheme):
        raise SchemeError("standing", f"{scheme.name!r} is this very scheme; name another, or use `stay`.")
    for place, move in enumerate(scheme.moves, 1):
        for tier in move.origins:
            if tier not in scheme.tiers:
                raise SchemeError(f"move {place} ({move.name}), from", f"{tier!r} is no tier of this scheme.")


def _facts(found: object) -> dict[str, Terms]:
    if not isinstance(found, dict):
        raise SchemeError("facts", "must be a table: a name, then its conditions.")
    return {read_word(name, "facts"): read_terms(f"facts, {name}", each, {}) for name, each in found.items()}


def _hysteresis(found: object) -> Decimal:
    percent = read_number("hysteresis", found)
    if not 0 <= percent <= 50:
        raise SchemeError("hysteresis", f"{found!r} will not do; write a percentage from 0 to 50.")
    return percent


def _decides(found: object, where: str) -> Deciding:
    if found not in ("automatic", "review"):
        raise SchemeError(where, f"{found!r} will not do; write automatic or review.")
    return found


def _axis(found: object) -> str:
    if found not in ("", *AXES):
        raise SchemeError("axis", f"{found!r} is no axis; choose {', '.join(AXES)}.")
    return str(found)


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


def _tiers(found: object, used: list[str]) -> dict[str, Titles]:
    """All tiers in the order of the document; those it does not list follow as the rules name them, `none` last."""
    if not isinstance(found, dict):
        raise SchemeError("tiers", "must be a table: the tier, then its title by language.")
    for tier in found:
        if tier not in used:
            raise SchemeError("tiers", f"{tier!r} is given by no rule; remove it or add its rule.")
    order = [*found, *(tier for tier in dict.fromkeys(used) if tier not in found)]
    order.sort(key=lambda tier: tier == NONE)
    return {tier: read_titles(found.get(tier, tier), f"tiers, {tier}") for tier in order}


def _recompute(found: object) -> Recompute:
    if found == "daily":
        return "daily"
    if found == "monthly":
        return "monthly"
    raise SchemeError("recompute", f"{found!r} will not do; write daily or monthly.")


def _marks(found: object, tiers: Mapping[str, Titles], facts: Mapping[str, Terms]) -> tuple[Mark, ...]:
    if not isinstance(found, list):
        raise SchemeError("marks", "must be a list of marks, each with `name` and `when`.")
    marks = tuple(_mark(f"mark {place}", each, tiers, facts) for place, each in enumerate(found, 1))
    check_names("mark", [mark.name for mark in marks])
    return marks


def _mark(where: str, found: object, tiers: Mapping[str, Titles], facts: Mapping[str, Terms]) -> Mark:
    if not isinstance(found, dict) or not set(found) <= MARK_KEYS or not {"name", "when"} <= set(found):
        raise SchemeError(where, "must have `name` and `when`, and may have `title` and `tiers`; nothing else.")
    name = read_word(found["name"], f"{where}, name")
    beside = found.get("tiers", [])
    return Mark(
        name=name,
        title=read_titles(found.get("title", name), f"{where}, title"),
        tiers=tuple(
            _known(tier, tiers, f"{where}, tiers") for tier in (beside if isinstance(beside, list) else [beside])
        ),
        terms=read_terms(f"{where}, when", found["when"], facts),
    )


def _labels(found: object, tiers: Mapping[str, Titles]) -> dict[str, Titles]:
    if not isinstance(found, dict):
        raise SchemeError("labels", "must be a table: the tier, then its label by language.")
    return {_known(tier, tiers, "labels"): read_titles(each, f"labels, {tier}") for tier, each in found.items()}


def _known(tier: object, tiers: Mapping[str, Titles], where: str) -> str:
    if tier not in tiers:
        raise SchemeError(f"{where}, {tier}", f"{tier!r} is no tier of this scheme; known are {', '.join(tiers)}.")
    return str(tier)


def _about(found: object) -> dict[str, str]:
    return read_titles(found, "about") if found else {}
