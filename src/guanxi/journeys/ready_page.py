"""docs/reference/ready-journeys.md: every ready journey with its steps and their windows, told from the texts. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

from guanxi.journeys.graph import Graph, read_graph
from guanxi.journeys.ready import library_texts
from guanxi.journeys.shelf import PURPOSES, Needs
from guanxi.journeys.steps.base import Step
from guanxi.journeys.steps.wait import Wait

HEAD = """\
# Ready journeys

{generated}
What comes with the product, one text each in `src/guanxi/journeys/library/`, by purpose. Only order news (`j-04`) and
the wake-up (`j-17`) are live in a new workspace; the others wait as drafts. Every delay, threshold and share is a
default that the firm changes in its own version. A window counts from the moment the step came up, or from the trigger
where it says so; what it covers whole is skipped, not sent late. The texts are written in the
[journey grammar](journey-grammar.md).
"""
# What a step says of itself beside its kind.
SAYS: dict[str, Callable[[Any], str]] = {
    "send": lambda step: f"letter `{step.template_key}`" + (f", document `{step.document}`" if step.document else ""),
    "wait": lambda step: _waiting(step),
    "task": lambda step: f"task: {step.titles['en']}" + (f", due in {_span(step.due)}" if step.due else ""),
    "offer": lambda step: f"code of the offer `{step.offer_name}`",
    "start": lambda step: f"on to `{step.journey_key}`",
    "webhook": lambda step: f"word to other programs: `{step.name}`",
    "give_up": lambda step: "no marketing any more",
    "set": lambda step: "written into the record",
}


def reference_page(generated: str) -> str:
    """The page; `generated` is the line that says so."""
    graphs = [read_graph(text) for text in library_texts()]
    parts = [HEAD.format(generated=generated)]
    for purpose, words in PURPOSES.items():
        parts.append(f"## {words.removesuffix('.')}\n")
        parts += [_section(graph) for graph in graphs if graph.shelf.purpose == purpose]
    return "\n".join(parts)


def _section(graph: Graph) -> str:
    shelf = graph.shelf
    told = f"For {' and '.join(shelf.customers)}{_needed(shelf.needs)}."
    rows = "".join(_rows(graph))
    table = f"\n| Step | What | Counted from | Not before | Not after |\n| --- | --- | --- | --- | --- |\n{rows}"
    words = " ".join(shelf.descriptions.get("en", "").split())
    return f"### {graph.source or graph.key}: {graph.title}\n\n{words}\n\n{told}\n{table if rows else ''}"


def _needed(needs: Needs) -> str:
    parts = [*(f"`{name}`" for name in needs.data), *(f"document `{kind}`" for kind in needs.documents)]
    parts += [f"permission for {purpose}" for purpose in needs.consent]
    return f"; needs {', '.join(parts)}" if parts else ""


def _rows(graph: Graph) -> Iterator[str]:
    for step in graph.steps.values():
        says = SAYS.get(step.kind)
        if says:
            window = "| |" if isinstance(step, Wait) else _window(step)
            yield f"| `{step.frame.id}` | {says(step)} | {window} |\n"


def _waiting(step: Wait) -> str:
    most = f"{step.hour:%H:%M} of the reader" if step.hour else f"the day in `{step.fact}`" if step.fact else ""
    most = most or (step.day.isoformat() if step.day else "")
    events = sorted(name for each in step.until for name in each.names)
    until = f", or {' or '.join(f'`{name}`' for name in events)}" if events else ""
    return f"wait {f'until {most}' if most else _span(step.span)}{until}"


def _window(step: Step) -> str:
    times = step.frame.times
    base = "the trigger" if times.base == "trigger" else "the step before"
    return f"{base} | {_span(times.not_before) or 'at once'} | {_span(times.not_after) or ''}"


def _span(span: timedelta | None) -> str:
    if not span:
        return ""
    hours, minutes = divmod(int(span.total_seconds()) // 60, 60)
    if minutes:
        return f"{hours * 60 + minutes} min"
    return f"{hours} h" if hours % 24 or hours <= 48 else f"{hours // 24} d"
