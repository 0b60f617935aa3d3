"""What was filled in on a card, as the keys of the text to write."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import QueryDict

from guanxi.console.journey_forms import AS_TEXT, OWN_FIELDS, WINDOW, Choices
from guanxi.journeys.reading import GraphError, read_block
from guanxi.journeys.splicing import plain

MOST_ROWS = 12
# Keys that are whole numbers, and keys that are lists of lines.
NUMBERS = frozenset({"at_most", "priority"})
LISTS = frozenset({"checklist"})


def step_changes(kind: str, post: QueryDict, written: Mapping[str, Any]) -> dict[str, Any]:
    """The keys of the step; None where a field was emptied. Raises GraphError for a text that cannot be read."""
    names = {each.name for each in OWN_FIELDS[kind]({}, Choices((), (), (), ()))} if kind in OWN_FIELDS else set()
    changes: dict[str, Any] = {name: _written(name, post) for name in names if "-" not in name}
    changes |= {name: _written(name, post) for name in (*WINDOW, "from", "go", "id") if name in post}
    changes["when"] = _when("when", post) or None
    if kind == "task":
        changes["title"] = _titles(post, written.get("title"))
    if kind == "set":
        changes["set"] = _set(post)
    if kind == "wait":
        changes["until"] = _occasions_of("until", post) or None
    if kind == "branch":
        changes["branch"] = _ways_of(post)
    return changes


def head_changes(post: QueryDict, written: Mapping[str, Any]) -> dict[str, Any]:
    """The keys of the journey itself."""
    entry: Any = post.get("entry", "once")
    if entry == "again":
        entry = {"again_after": post.get("again_after", "").strip() or "180d"}
    return {
        "title": _titles(post, written.get("title")),
        "entry": entry,
        "priority": _written("priority", post),
        **{name: _occasions_of(name, post) or None for name in ("trigger", "goals", "exits")},
    }


def _written(name: str, post: QueryDict) -> Any:
    text = post.get(name, "").strip()
    if not text:
        return None
    if name in NUMBERS:
        return int(text) if text.isdecimal() else text
    if name in LISTS:
        lines = [line.strip() for line in text.split("\n") if line.strip()]
        return [_mapping(line[1:-1]) if line.startswith("{") else line for line in lines]
    return _mapping(text) if name == "values" else text


def _titles(post: QueryDict, written: Any) -> Any:
    """English and Chinese as filled in; what stands there in other languages stays."""
    english, chinese = post.get("title-en", "").strip(), post.get("title-zh-Hans", "").strip()
    if not chinese and not isinstance(written, Mapping):
        return english
    titles = {**(written if isinstance(written, Mapping) else {}), "en": english, "zh-Hans": chinese}
    return {language: title for language, title in titles.items() if title}


def _set(post: QueryDict) -> dict[str, Any]:
    wanted: dict[str, Any] = {name: post.get(f"set-{name}", "").strip() for name in ("tag", "untag", "trait")}
    wanted["fields"] = _mapping(post.get("set-fields", ""))
    return {name: value for name, value in wanted.items() if value}


def _ways_of(post: QueryDict) -> list[dict[str, Any]]:
    ways = []
    for number in range(MOST_ROWS):
        go, chance, when = (
            post.get(f"way{number}-go", ""),
            post.get(f"way{number}-chance", ""),
            _when(f"way{number}", post),
        )
        if not (when or chance) or not go:
            continue
        way: dict[str, Any] = {"when": when} if when else {}
        way |= {"chance": int(chance) if chance.isdecimal() else chance} if chance else {}
        ways.append(way | {"go": go})
    return ways


def _when(prefix: str, post: QueryDict) -> dict[str, Any]:
    facts, ops, values = (post.getlist(f"{prefix}-{part}") for part in ("fact", "op", "value"))
    when: dict[str, Any] = {}
    for fact, op, value in zip(facts, ops, values, strict=False):
        if not fact.strip() or not value.strip():
            continue
        wanted = _scalars(value)
        told: Any = wanted if len(wanted) > 1 else wanted[0]
        before = when.get(fact)
        if op == "is":
            when[fact] = told
        else:
            when[fact] = {**(before if isinstance(before, dict) else {}), op: told}
    return when


def _occasions_of(prefix: str, post: QueryDict) -> list[dict[str, Any]]:
    parts = (post.getlist(f"{prefix}-{part}") for part in ("event", "text"))
    reasons, withins = post.getlist(f"{prefix}-reason"), post.getlist(f"{prefix}-within")
    found = []
    for number, (event, text) in enumerate(zip(*parts, strict=False)):
        if not event:
            continue
        row: dict[str, Any] = {"reason": reasons[number].strip()} if number < len(reasons) else {}
        if event == AS_TEXT:
            row |= _mapping(text)
        else:
            row |= {"event": event, **({"where": _mapping(text)} if text.strip() else {})}
        if number < len(withins) and withins[number].strip():
            row["within"] = withins[number].strip()
        found.append(row)
    return found


def _mapping(text: str) -> dict[str, Any]:
    """`stage: confirmed, to: [a, b]`, as it stands between braces."""
    if not text.strip():
        return {}
    found = plain(read_block("{" + text.replace("\n", " ") + "}"))
    return dict(found)


def _scalars(text: str) -> list[Any]:
    try:
        found = _mapping(f"it: [{text}]")["it"]
    except (GraphError, KeyError):
        found = [each.strip() for each in text.split(",")]
    return list(found) or [text]
