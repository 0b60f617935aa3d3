"""What was filled in on a card, as the keys of the text to write."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import zip_longest
from typing import Any

from django.http import QueryDict

from guanxi.console.journey_conditions import condition_filled
from guanxi.console.journey_fields import listed, mapping, numbers_of, span_filled
from guanxi.console.journey_forms import HOUR, MOMENT, WINDOW
from guanxi.console.journey_occasions import TRIGGER, UNTIL, WAY_OUT, occasions_filled
from guanxi.journeys.graph import PER_CUSTOMER

Changes = dict[str, Any]
CHINESE = "zh-Hans"


def step_changes(kind: str, post: QueryDict, written: Mapping[str, Any]) -> Changes:
    """The keys of the step; None where a field was emptied. Raises GraphError for what cannot be read."""
    changes: Changes = OWN_KEYS[kind](post, written) if kind in OWN_KEYS else {kind: _word(kind, post)}
    changes |= {name: span_filled(name, post) for name in WINDOW if name in post}
    changes |= {name: _word(name, post) for name in ("from", "go", "id") if name in post}
    return changes | {"when": condition_filled("when", post) or None}


def head_changes(post: QueryDict, written: Mapping[str, Any]) -> Changes:
    """The keys of the journey itself."""
    entry: Any = post.get("entry", "once")
    if entry == "again":
        entry = {"again_after": span_filled("again_after", post) or "180d"}
    per = post.get("per", PER_CUSTOMER)
    return {
        "title": _titles(post, written.get("title")),
        "entry": entry,
        "about": _word("about", post),
        "priority": _number("priority", post),
        "purpose": _word("purpose", post),
        "per": per if per != PER_CUSTOMER else None,
        "lifecycle": True if post.get("lifecycle") else None,
        "trigger": occasions_filled("trigger", TRIGGER, post) or None,
        "goals": occasions_filled("goals", WAY_OUT, post) or None,
        "exits": occasions_filled("exits", WAY_OUT, post) or None,
    }


# The keys of each kind of card


def _send(post: QueryDict, _written: Mapping[str, Any]) -> Changes:
    return {
        **{name: _word(name, post) for name in ("send", "document", "survey")},
        "values": mapping(post.get("values", "")) or None,
    }


def _task(post: QueryDict, written: Mapping[str, Any]) -> Changes:
    return {
        "task": _word("task", post), "title": _titles(post, written.get("title")), "due": _until("due", post),
        "checklist": _checklist(post, listed(written.get("checklist"))) or None, "document": _word("document", post),
    }  # fmt: skip


def _set(post: QueryDict, _written: Mapping[str, Any]) -> Changes:
    wanted: Changes = {name: _word(f"set-{name}", post) for name in ("tag", "untag", "trait")}
    wanted["fields"] = mapping(post.get("set-fields", ""))
    return {"set": {name: value for name, value in wanted.items() if value}}


def _wait(post: QueryDict, _written: Mapping[str, Any]) -> Changes:
    return {"wait": _until("wait", post), "until": occasions_filled("until", UNTIL, post) or None}


OWN_KEYS: dict[str, Callable[[QueryDict, Mapping[str, Any]], Changes]] = {
    "send": _send,
    "task": _task,
    "set": _set,
    "wait": _wait,
    "branch": lambda post, _written: {"branch": _ways(post)},
    "repeat": lambda post, _written: {"repeat": _word("repeat", post), "at_most": _number("at_most", post)},
    "offer": lambda post, _written: {"offer": _word("offer", post), "valid": span_filled("valid", post)},
}


# Parts of them


def _word(name: str, post: QueryDict) -> str | None:
    return post.get(name, "").strip() or None


def _number(name: str, post: QueryDict) -> int | str | None:
    text = _word(name, post)
    return int(text) if text and text.isdecimal() else text


def _until(name: str, post: QueryDict) -> str | None:
    """So long, until an hour, or until a moment that the record names."""
    how = post.get(f"{name}-how", "")
    if how in {HOUR, MOMENT}:
        return f"until {post.get(f'{name}-{how}', '').strip()}"
    return span_filled(name, post)


def _titles(post: QueryDict, written: Any) -> Any:
    """English and Chinese as filled in; what stands there in other languages stays."""
    return _by_language(post.get("title-en", "").strip(), post.get(f"title-{CHINESE}", "").strip(), written)


def _by_language(english: str, chinese: str, written: Any) -> Any:
    if not chinese and not isinstance(written, Mapping):
        return english
    titles = {**(written if isinstance(written, Mapping) else {}), "en": english, CHINESE: chinese}
    return {language: title for language, title in titles.items() if title}


def _checklist(post: QueryDict, written: list[Any]) -> list[Any]:
    """Line by line; a line that has only Chinese says it in both."""
    english, chinese = (
        [line.strip() for line in post.get(f"checklist-{language}", "").splitlines()] for language in ("en", CHINESE)
    )
    before = {line.get("en", ""): line for line in written if isinstance(line, Mapping)}
    lines = zip_longest(english, chinese, fillvalue="")
    return [_by_language(en or zh, zh, before.get(en)) for en, zh in lines if en or zh]


def _ways(post: QueryDict) -> list[Changes]:
    ways = []
    for number in numbers_of("way", "go", post):
        when, chance = condition_filled(f"way{number}", post), _number(f"way{number}-chance", post)
        go = post.get(f"way{number}-go", "")
        if go and (when or chance):
            ways.append({name: value for name, value in (("when", when), ("chance", chance), ("go", go)) if value})
    return ways
