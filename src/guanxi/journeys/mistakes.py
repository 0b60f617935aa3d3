"""Every mistake of a journey that can be seen by itself, each with its line; publishing stops at the first. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from guanxi.journeys import graph
from guanxi.journeys.reading import Block, Fields, GraphError, read_block
from guanxi.journeys.shelf import read_shelf
from guanxi.journeys.steps.base import END

MOST = 50


def mistakes_of(text: str) -> list[GraphError]:
    """In order of their lines; none for a journey that can be published."""
    try:
        graph.read_graph(text)
    except GraphError as first:
        found = {str(first): first}
    else:
        return []
    try:
        document = read_block(text)
    except GraphError:
        return list(found.values())
    for check in _parts(document):
        try:
            check()
        except GraphError as mistake:
            found.setdefault(str(mistake), mistake)
    return sorted(found.values(), key=lambda each: each.line)[:MOST]


def _parts(document: Block) -> Iterator[Callable[[], Any]]:
    """The lines of the head, steps, triggers and ways out, each read alone."""
    key, about, head = str(document.get("key", "x")), str(document.get("about", "")), Fields(document)
    yield from (partial(read, head) for read in (graph.read_key, graph.read_about, read_shelf))
    yield partial(head.text, "source", "")
    yield partial(head.flag, "lifecycle")
    yield partial(graph.read_priority, head, ())
    yield partial(graph.read_entry, head, about, ())
    steps = _blocks(document, "steps")
    named = [block for block in steps if isinstance(block.get("id"), str)]
    ids = [block["id"] for block in named]
    yield from (partial(graph.read_step_id, block) for block in steps)
    yield partial(graph.check_names, named)
    yield from (partial(_read_step, block, ids) for block in named)
    for number, block in enumerate(_blocks(document, "trigger")):
        yield partial(graph.read_trigger, Fields(block, "trigger"), key, about, number)
    for name in ("goals", "exits"):
        for block in _blocks(document, name):
            yield partial(graph.read_exit, Fields(block, name))


def _read_step(block: Block, ids: list[str]) -> None:
    graph.check_ways(graph.read_step(block["id"], END, block), ids, block)


def _blocks(document: Block, name: str) -> list[Block]:
    value = document.get(name)
    rows = value if isinstance(value, list) else [value]
    return [each for each in rows if isinstance(each, Block)]
