"""Changes one place of a YAML text and leaves every other character, comments too, as it is. Pure.

A place is a path such as `("steps", 2, "not_after")`. What is written in flow style (`{a: 1}`) is written anew as a
whole; what stands in lines of its own is replaced line by line.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import yaml

from guanxi.journeys import reading
from guanxi.journeys.reading import Block, GraphError

Path = tuple[str | int, ...]
WIDTH = 100


# One operation looks at the same text many times; nobody changes what it finds.
compose = lru_cache(maxsize=16)(reading.compose)
read_block = lru_cache(maxsize=16)(reading.read_block)


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        return True


def plain(value: Any) -> Any:
    """Without what the reader knows of lines."""
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [plain(each) for each in value]
    return value


def flow(value: Any) -> str:
    """In one line."""
    text = yaml.dump(
        plain(value), Dumper=_Dumper, default_flow_style=True, width=10**9, allow_unicode=True, sort_keys=False
    )
    return text.strip().removesuffix("...").strip()


def lines_of(key: str, value: Any, indent: int) -> list[str]:
    """The lines of one key; a list of mappings has one line or block for each."""
    pad = " " * indent
    if isinstance(value, Sequence) and not isinstance(value, str) and value and isinstance(value[0], Mapping):
        rows = [f"{pad}{flow(key)}:"]
        for each in value:
            rows += _item_lines(each, indent + 2)
        return rows
    return [f"{pad}{flow(key)}: {flow(value)}"]


def _item_lines(item: Mapping[str, Any], indent: int) -> list[str]:
    pad = " " * indent
    one = f"{pad}- {flow(item)}"
    if len(one) <= WIDTH:
        return [one]
    rows = [line for key, value in item.items() for line in lines_of(key, value, indent + 2)]
    return [f"{pad}- {rows[0].lstrip()}", *rows[1:]]


def block_lines(item: Mapping[str, Any], indent: int) -> list[str]:
    """A list item of which every key has a line of its own."""
    rows = [line for key, value in item.items() for line in lines_of(key, value, indent + 2)]
    return [f"{' ' * indent}- {rows[0].lstrip()}", *rows[1:]]


def put(text: str, path: Path, value: Any) -> str:
    """The text with `value` at `path`, whose last part is a key that may be new. Raises GraphError."""
    *way, key = path
    parent = node_at(text, tuple(way))
    if not isinstance(parent, yaml.MappingNode) or parent.flow_style or not parent.value:
        data = dict(data_at(text, tuple(way)) or {})
        data[str(key)] = value
        return _over(text, parent, flow(data))
    found = _pair(parent, str(key))
    indent = parent.start_mark.column
    if found is None:
        at = last_line(parent) + 1
        return _with_lines(text, at, at, lines_of(str(key), value, indent))
    rows = lines_of(str(key), value, indent)
    if len(rows) == 1 and _is_inline(found[1]):
        return _over(text, found[1], flow(value))
    begin, end = found[0].start_mark.line, last_line(found[1]) + 1
    lead = text.split("\n")[begin][: found[0].start_mark.column]
    return _with_lines(text, begin, end, [lead + rows[0].lstrip(), *rows[1:]])


def drop(text: str, path: Path) -> str:
    """The text without the key at `path`; the same when there is none."""
    *way, key = path
    parent = node_at(text, tuple(way))
    found = _pair(parent, str(key)) if isinstance(parent, yaml.MappingNode) else None
    if found is None:
        return text
    if parent.flow_style or len(parent.value) == 1:
        data = {name: each for name, each in data_at(text, tuple(way)).items() if name != key}
        return _over(text, parent, flow(data))
    begin = found[0].start_mark
    if text.split("\n")[begin.line][: begin.column].strip():  # it stands behind the dash of a list
        following = parent.value[1][0].start_mark
        return text[: begin.index] + text[following.index :]
    return _with_lines(text, begin.line, last_line(found[1]) + 1, [])


def node_at(text: str, path: Path) -> Any:
    """Raises GraphError when nothing is there."""
    node: Any = compose(text)
    for part in path:
        if isinstance(part, int) and isinstance(node, yaml.SequenceNode) and part < len(node.value):
            node = node.value[part]
        elif isinstance(part, int) and part == 0 and isinstance(node, yaml.MappingNode):
            continue  # one mapping where a list of them may stand
        elif isinstance(node, yaml.MappingNode) and (found := _pair(node, str(part))):
            node = found[1]
        else:
            raise GraphError(node.start_mark.line + 1, "", f"there is no `{part}` here.")
    return node


def data_at(text: str, path: Path) -> Any:
    data: Any = read_block(text)
    for part in path:
        if not (part == 0 and isinstance(data, Block)):
            data = data[part]
    return data


def last_line(node: Any) -> int:
    """The last line with something of the node."""
    if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        key, value = last if isinstance(last, tuple) else (last, last)
        return max(last_line(value), int(key.start_mark.line))
    begin, end = node.start_mark, node.end_mark
    if isinstance(node, yaml.ScalarNode) and node.style in {"|", ">"}:
        rows = end.buffer[: end.pointer].rstrip() if end.buffer else ""
        return max(int(begin.line), rows.count("\n"))
    return int(end.line - (end.column == 0 and end.line > begin.line))


def _is_inline(node: Any) -> bool:
    if isinstance(node, yaml.ScalarNode):
        return node.style not in {"|", ">"} and node.start_mark.index < node.end_mark.index
    return bool(node.flow_style)


def _pair(node: yaml.MappingNode, key: str) -> tuple[Any, Any] | None:
    return next((pair for pair in node.value if pair[0].value == key), None)


def _over(text: str, node: Any, words: str) -> str:
    """The text with `words` in place of a node that stands in its line."""
    begin, end = node.start_mark.index, node.end_mark.index
    gap = " " if begin and text[begin - 1] in ":-" else ""
    return text[:begin] + gap + words + text[end:]


def _with_lines(text: str, begin: int, end: int, rows: Sequence[str]) -> str:
    lines = text.split("\n")
    return "\n".join([*lines[:begin], *rows, *lines[end:]])
