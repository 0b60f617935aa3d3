"""A scheme's YAML as a form: its borders and texts by their place, and every change as a change of the same text.

Pure. A place is a path of keys and numbers, such as `rules/0/when/order_count/at_least`. Numbers and words are replaced
where they stand, so that comments and layout stay; adding and removing writes the document anew under its head.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal, TypeAlias

import yaml

from guanxi.scoring.measures import FIGURES
from guanxi.tiering.conditions import OPERATORS, SchemeError
from guanxi.tiering.documents import load

Path: TypeAlias = tuple[str | int, ...]
Form = Literal["number", "percentile", "times", "flag"]
NO_FIGURES = frozenset({"standing", "facts", "any_of"})


@dataclass(frozen=True, slots=True)
class Border:
    """One number of a condition. `times` counts of `other`; `group` is the rule, fact, gate or move it belongs to."""

    path: Path
    group: Path
    figure: str
    operator: str
    form: Form
    value: Decimal
    other: str = ""

    @property
    def place(self) -> str:
        return place_of(self.path)


class BadChange(Exception):
    """The change names a place that is not there, or a value that will not do."""


def place_of(path: Path) -> str:
    return "/".join(map(str, path))


def path_of(place: str) -> Path:
    return tuple(int(part) if part.isdigit() else part for part in place.split("/"))


def borders_of(document: Mapping[str, Any]) -> list[Border]:
    """Every number of every condition, in the order of the document."""
    return [
        border
        for group, tables in _groups(document)
        for path, table in tables
        for border in _borders_in(path, group, table)
    ]


def changed(text: str, changes: Mapping[Path, str]) -> str:
    """The text with other numbers or words at these places. Raises BadChange."""
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    spans = [(*_span(root, path), _scalar(value)) for path, value in changes.items()]
    for start, end, value in sorted(spans, reverse=True):
        text = text[:start] + value + text[end:]
    return text


def with_operator(text: str, path: Path, operator: str) -> str:
    """The text with another comparison in place of the last part of `path`. Raises BadChange."""
    if operator not in OPERATORS:
        raise BadChange(operator)
    return _rewritten(text, path[:-1], lambda table: _renamed(table, str(path[-1]), operator))


def without(text: str, path: Path) -> str:
    """The text without what stands at `path`. Raises BadChange."""

    def removed(parent: Any) -> Any:
        return {key: each for key, each in parent.items() if key != path[-1]} if isinstance(parent, dict) else [
            each for place, each in enumerate(parent) if place != path[-1]
        ]  # fmt: skip

    return _rewritten(text, path[:-1], removed)


def moved_up(text: str, path: Path) -> str:
    """The text with an item of a list one place earlier. Raises BadChange."""

    def swapped(items: Any) -> Any:
        place = path[-1]
        if not isinstance(items, list) or not isinstance(place, int) or not 0 < place < len(items):
            raise BadChange(place_of(path))
        return [*items[: place - 1], items[place], items[place - 1], *items[place + 1 :]]

    return _rewritten(text, path[:-1], swapped)


def with_condition(text: str, path: Path, figure: str) -> str:
    """The text with one more condition in the table at `path`, easy to meet until its border is set."""
    if figure not in FIGURES:
        raise BadChange(figure)
    border: Any = True if FIGURES[figure].kind == "flag" else 0
    condition = {"is" if border is True else "at_least": border}
    return _rewritten(text, path, lambda table: {**table, figure: condition})


def with_rule(text: str, tier: str) -> str:
    """The text with one more rule at the end, for customers with an order."""
    document = load(text)
    names = {rule.get("name", rule.get("tier")) for rule in document.get("rules", []) if isinstance(rule, dict)}
    rule: dict[str, Any] = {"tier": tier, "when": {"order_count": {"at_least": 1}}}
    if tier in names:
        rule = {"tier": tier, "name": f"{tier}-{len(names) + 1}", "when": rule["when"]}
    return _rewritten(text, ("rules",), lambda rules: [*rules, rule])


def with_gate(text: str, path: Path, figure: str) -> str:
    """The text with one more gate at the rule at `path`."""
    if figure not in FIGURES:
        raise BadChange(figure)
    border: Any = True if FIGURES[figure].kind == "flag" else 0
    condition = {"is" if border is True else "at_least": border}

    def added(rule: Any) -> Any:
        gates = rule.get("gates", [])
        return {**rule, "gates": [*gates, {"name": f"gate-{len(gates) + 1}", "when": {figure: condition}}]}

    return _rewritten(text, path, added)


def set_value(text: str, path: Path, value: Any) -> str:
    """The text with a value at `path`, written where it stands if it is there already. Raises BadChange."""
    if isinstance(value, str | int) and not isinstance(value, bool):
        try:
            return changed(text, {path: str(value)})
        except BadChange:
            pass
    return _rewritten(text, path[:-1], lambda table: {**(table or {}), path[-1]: value}, makes=True)


def _groups(document: Mapping[str, Any]) -> Iterator[tuple[Path, list[tuple[Path, Any]]]]:
    for name, table in (document.get("facts") or {}).items():
        yield ("facts", name), [(("facts", name), table)]
    for key in ("rules", "moves", "marks"):
        for place, each in enumerate(document.get(key) or []):
            yield (key, place), [((key, place, part), each[part]) for part in ("when", "stay", "holds_while")
                                 if part in each]  # fmt: skip
            for number, gate in enumerate(each.get("gates") or []):
                group: Path = (key, place, "gates", number)
                yield group, [((*group, part), gate[part]) for part in ("when", "stay") if part in gate]


def _borders_in(path: Path, group: Path, table: Any) -> Iterator[Border]:
    if not isinstance(table, dict):
        return
    for figure, tests in table.items():
        if figure == "any_of":
            for place, option in enumerate(tests):
                yield from _borders_in((*path, figure, place), group, option)
        elif figure not in NO_FIGURES and isinstance(tests, dict):
            for operator, border in tests.items():
                yield from _numbers((*path, figure, operator), group, figure, operator, border)


def _numbers(path: Path, group: Path, figure: str, operator: str, found: Any) -> Iterator[Border]:
    match found:
        case bool():
            yield Border(path, group, figure, operator, "flag", Decimal(int(found)))
        case int() | float() | str():
            yield Border(path, group, figure, operator, "number", Decimal(str(found)))
        case list():  # between
            for place, (each, test) in enumerate(zip(found, ("at_least", "at_most"), strict=False)):
                yield from _numbers((*path, place), group, figure, test, each)
        case {"percentile": share}:
            yield Border((*path, "percentile"), group, figure, operator, "percentile", Decimal(str(share)))
        case {"figure": other, "times": times}:
            yield Border((*path, "times"), group, figure, operator, "times", Decimal(str(times)), other)
        case {"largest_of": list(parts)} | {"smallest_of": list(parts)}:
            key = "largest_of" if "largest_of" in found else "smallest_of"
            for place, part in enumerate(parts):
                yield from _numbers((*path, key, place), group, figure, operator, part)


def _span(root: yaml.Node | None, path: Path) -> tuple[int, int]:
    """Where the scalar at `path` stands in the text."""
    node = _node(root, path)
    if not isinstance(node, yaml.ScalarNode):
        raise BadChange(place_of(path))
    # A plain scalar of several lines ends behind its last word, a block one behind its line: those are written anew.
    if node.style in ("|", ">"):
        raise BadChange(place_of(path))
    return node.start_mark.index, node.end_mark.index


def _node(root: yaml.Node | None, path: Path) -> yaml.Node | None:
    node = root
    for part in path:
        if isinstance(node, yaml.MappingNode):
            node = next((value for key, value in node.value if key.value == str(part)), None)
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
        else:
            return None
    return node


def _scalar(value: str) -> str:
    """A value as YAML: numbers and plain words bare, everything else in quotes."""
    try:
        return f"{Decimal(value).normalize():f}"
    except ArithmeticError:
        pass
    return value if value.replace("_", "").replace("-", "").isalnum() and value.isascii() else json.dumps(
        value, ensure_ascii=False
    )  # fmt: skip


def _rewritten(text: str, path: Path, change: Any, *, makes: bool = False) -> str:
    document = load(text)
    parent: Any = document
    if not path:
        return _head(text) + _dumped(change(document))
    for part in path[:-1]:
        parent = _inside(parent, part, makes=makes)
    last = path[-1]
    parent[last] = change(_inside(parent, last, makes=makes))
    return _head(text) + _dumped(document)


def _inside(parent: Any, part: str | int, *, makes: bool) -> Any:
    if makes and isinstance(parent, dict):
        return parent.setdefault(part, {})
    try:
        return parent[part]
    except (KeyError, IndexError, TypeError):
        raise BadChange(str(part)) from None


def _renamed(table: Any, before: str, after: str) -> Any:
    if not isinstance(table, dict) or before not in table:
        raise BadChange(before)
    return {after if key == before else key: value for key, value in table.items()}


def _head(text: str) -> str:
    """The comments above the first key."""
    lines = []
    for line in text.splitlines(keepends=True):
        if line.strip() and not line.lstrip().startswith("#"):
            break
        lines.append(line)
    return "".join(lines)


class _Dumper(yaml.SafeDumper):
    """Small tables on one line, as the presets are written."""

    def represent_mapping(self, tag: str, mapping: Any, flow_style: bool | None = None) -> Any:
        values = list(mapping.values()) if isinstance(mapping, dict) else []
        is_small = 0 < len(values) <= 3 and not any(isinstance(value, dict | list) for value in values)
        return super().represent_mapping(tag, mapping, flow_style=is_small)


def _dumped(document: Any) -> str:
    return yaml.dump(document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110)


__all__ = [
    "BadChange", "Border", "SchemeError", "borders_of", "changed", "moved_up", "path_of", "place_of", "set_value",
    "with_condition", "with_gate", "with_operator", "with_rule", "without",
]  # fmt: skip
