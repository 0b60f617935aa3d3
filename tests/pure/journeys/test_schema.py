"""The JSON Schema drawn from the reader says what the reader says."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from guanxi.journeys.graph import read_fields, read_graph
from guanxi.journeys.reading import Block, Fields, GraphError, read_block
from guanxi.journeys.ready import library_texts
from guanxi.journeys.schema import journey_schema
from guanxi.journeys.splicing import plain

EXAMPLE = """\
key: own
title: {en: Own, zh-Hans: 自有}
about: order
purpose: orders
for: b2b
needs: {data: [order.news, field.market], documents: price_list, consent: marketing}
priority: 3
lifecycle: true
trigger:
  - {event: order.placed, where: {stage: [confirmed, {x: 1}]}, within: 7d}
entry: {again_after: 30d}
per: contact
goals: [{reason: ordered, event: order.placed, of: customer}]
exits: [{reason: gone, when: {tier: {not: vip}, order_count: {at_least: 2}}}]
steps:
  - {id: a, send: x, not_before: 1d, not_after: 3d, expires: 4d, values: {trend: up}}
  - {id: b, wait: 7d, until: [{event: order.news}]}
  - {id: c, branch: [{when: {tag: [x, y]}, chance: 20, go: end}], go: d}
  - {id: d, task: call, title: Call, due: 24h, checklist: [one, two]}
  - {id: e, set: {tag: warm, fields: {x: y}}}
  - {id: f, webhook: it}
  - {id: g, repeat: b, at_most: 3}
  - {id: h, start: j-05, when: {field.market: EU}}
  - {id: i, end: done}
""".replace(", {x: 1}", "")
CLOCKWORKS = [
    "date: birthday, lead: 14d, repeat: once", "silence: 60d, since: order.placed",
    "schedule: week, on: monday, when: {tier: a}",
    "schedule: year, on: 12-01, when: {segment: a}", "schedule: month, on: 3, when: {tag: a}",
    "festival: eid_al_fitr, after: 3d, when: {tier: a}",
]  # fmt: skip
# What only the whole document can tell; everything else the reader refuses is structure.
MEANING = (
    "there is no step", "stands further up", "`repeat` names", "no way leads here", "without a wait", "are called",
    "comes before", "needs an object", "is no event", "is not known here; known are", "is not about one",
    "longer than nothing", "shorter than a day", "has either", "pulled by one thing", "names 'x", "exactly one thing",
    "counts whole days", "exclude each other", "each other without end", "changes nothing", "is no fact",
    "goes nowhere", "concerns everybody",
)  # fmt: skip


@cache
def _validator() -> Draft202012Validator:
    Draft202012Validator.check_schema(journey_schema())
    return Draft202012Validator(journey_schema())


def _is_valid(text: str) -> bool:
    return bool(_validator().is_valid(plain(read_block(text))))


@pytest.mark.parametrize("text", [EXAMPLE, *library_texts()], ids=lambda text: text.split("\n")[0])
def test_what_the_reader_takes_is_valid(text: str) -> None:
    read_graph(text)

    assert [error.message for error in _validator().iter_errors(plain(read_block(text)))] == []


@pytest.mark.parametrize("trigger", CLOCKWORKS)
def test_every_clockwork_is_valid(trigger: str) -> None:
    text = f"key: own\ntitle: Own\nentry: once\ntrigger: {{{trigger}}}\nsteps: [{{id: a, wait: 1d}}]\n"
    read_graph(text)

    assert _is_valid(text)
    assert not _is_valid(text.replace("trigger: {", "trigger: {strange: 1, "))


def test_what_the_reader_refuses_for_its_structure_is_invalid_and_what_it_takes_is_valid() -> None:
    wrong = []
    for document in _spoiled(plain(read_block(EXAMPLE))):
        is_valid, refusal = _validator().is_valid(document), _refusal(document)
        is_structure = bool(refusal) and not any(words in refusal for words in MEANING)
        if is_valid if is_structure else not refusal and not is_valid:
            wrong.append((refusal, document))

    assert wrong == []


def _refusal(document: dict[str, Any]) -> str:
    try:
        read_fields(Fields(_as_read(document)))
    except GraphError as mistake:
        return str(mistake)
    return ""


def _as_read(value: Any) -> Any:
    if isinstance(value, dict):
        block = Block({key: _as_read(each) for key, each in value.items()})
        block.line, block.key_lines = 1, {}
        return block
    return [_as_read(each) for each in value] if isinstance(value, list) else value


def _spoiled(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The document with one thing in it wrong, place by place: gone, of another kind, with a key nobody knows."""
    for number, path in enumerate(_paths(document)):
        yield _with(document, path, [17, {"odd": [1]}, True, "Zß!"][number % 4], gone=number % 3 == 0)


def _paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if isinstance(value, dict):
        for key, each in value.items():
            yield (*path, key)
            yield from _paths(each, (*path, key))
    elif isinstance(value, list):
        for number, each in enumerate(value):
            yield from _paths(each, (*path, number))


def _with(value: Any, path: tuple[Any, ...], new: Any = None, *, gone: bool = False) -> Any:
    head, *rest = path
    changed = dict(value) if isinstance(value, dict) else list(value)
    if rest:
        changed[head] = _with(value[head], tuple(rest), new, gone=gone)
    elif gone:
        del changed[head]
    else:
        changed[head] = new
    return changed
