"""The steps of a journey as they stand in its text: which lines are whose, with the comments above them. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import yaml

from guanxi.journeys.reading import Block, GraphError
from guanxi.journeys.splicing import block_lines, compose, last_line, lines_of, plain, read_block


def tidy(text: str) -> str:
    """The text with every step in lines of its own; only one that is written otherwise is written anew."""
    text = text.replace("\r\n", "\n")
    steps_of(text)
    if _is_tidy(_steps_node(text), text.split("\n")):
        return text
    document = plain(read_block(text))
    steps = document.pop("steps")
    rows = [line for key, value in document.items() for line in lines_of(key, value, 0)]
    rows.append("\nsteps:")
    for step in steps if isinstance(steps, list) else [steps]:
        rows += [*block_lines(step, 2), ""]
    return "\n".join(rows)


def _is_tidy(node: Any, lines: Sequence[str]) -> bool:
    if not isinstance(node, yaml.SequenceNode) or node.flow_style:
        return False
    begins = [each.start_mark.line for each in node.value]
    return len(set(begins)) == len(begins) and all(lines[begin].lstrip().startswith("-") for begin in begins)


def step_ids(text: str) -> list[str]:
    return [str(step["id"]) for step in steps_of(text)]


def steps_of(text: str) -> list[Block]:
    document = read_block(text)
    found = document.get("steps")
    steps = [found] if isinstance(found, Block) else found
    if not isinstance(steps, list) or not steps or not all(isinstance(each, Block) for each in steps):
        raise GraphError(
            document.key_lines.get("steps", 1), "steps", "a journey is a list of steps; write at least one."
        )
    for step in steps:
        if not isinstance(step.get("id"), str):
            raise GraphError(step.line, "steps", "`id` is missing; add it.")
    return steps


def index_of(text: str, step_id: str) -> int:
    ids = step_ids(text)
    if step_id not in ids:
        raise GraphError(1, "steps", f"there is no step `{step_id}`; the steps are {', '.join(ids)}.")
    return ids.index(step_id)


def line_of(text: str, step_id: str) -> int:
    return steps_of(text)[index_of(text, step_id)].line


def chunks_of(text: str) -> list[list[str]]:
    lines = text.split("\n")
    return [lines[begin:end] for begin, end in _bounds(text)]


def with_chunk(text: str, at: int, rows: Sequence[str]) -> str:
    """`rows` as the step number `at`; an empty line stands between steps where one stood before."""
    bounds, lines = _bounds(text), text.split("\n")
    is_airy = len(bounds) < 2 or not lines[bounds[0][1] - 1].strip()
    new = [*_stripped(rows)]
    if at < len(bounds):
        begin = bounds[at][0]
        return "\n".join([*lines[:begin], *new, *[""] * is_airy, *lines[begin:]])
    end = bounds[-1][1]
    return "\n".join([*lines[:end], *[""] * is_airy, *new, *lines[end:]])


def without_chunk(text: str, at: int) -> str:
    bounds, lines = _bounds(text), text.split("\n")
    begin, end = bounds[at]
    if at == len(bounds) - 1:
        while begin and not lines[begin - 1].strip():
            begin -= 1
    return "\n".join([*lines[:begin], *lines[end:]])


def indent_of(text: str) -> int:
    node = _steps_node(text)
    line = text.split("\n")[node.value[0].start_mark.line]
    return len(line) - len(line.lstrip())


def above_steps(text: str, rows: Sequence[str]) -> str:
    """New lines of the head stand above the steps and what is said about them."""
    lines = text.split("\n")
    at = read_block(text).key_lines.get("steps", len(lines) + 1) - 1
    while at and (not lines[at - 1].strip() or lines[at - 1].startswith("#")):
        at -= 1
    return "\n".join([*lines[:at], *rows, *lines[at:]])


def _bounds(text: str) -> list[tuple[int, int]]:
    """First and last line (exclusive) of each step, with the comment that stands right above it."""
    node, lines = _steps_node(text), text.split("\n")
    begins = []
    for each in node.value:
        begin = each.start_mark.line
        while begin and lines[begin - 1].lstrip().startswith("#"):
            begin -= 1
        begins.append(begin)
    ends = [*begins[1:], last_line(node.value[-1]) + 1]
    return list(zip(begins, ends, strict=True))


def _steps_node(text: str) -> Any:
    return next(value for key, value in compose(text).value if key.value == "steps")


def _stripped(rows: Sequence[str]) -> list[str]:
    return "\n".join(rows).rstrip().split("\n")
