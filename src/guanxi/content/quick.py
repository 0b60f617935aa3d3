"""Letters cut once, and filled for each reader without the interpreter; the words that come out are the same. Pure.

A letter is cut at the places of its values, its links and its end. What lies between them is copied; a value is looked
up, filtered by the very filters of the dialect, and escaped in HTML; a condition chooses among pieces of the same kind.
Whatever else there is, such as a loop, the interpreter writes. The text comes in parts: `Fixed` ones stand like that in
every reader's copy, an `Href` is a link.
"""

from __future__ import annotations

import html as html_entities
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from liquid.ast import Node
from liquid.builtin.content import ContentNode
from liquid.builtin.expressions.filtered import FilteredExpression
from liquid.builtin.expressions.path import Path
from liquid.builtin.output import OutputNode
from liquid.builtin.tags.if_tag import IfNode
from liquid.stringify import to_liquid_string
from markupsafe import escape

from guanxi.content import dialect
from guanxi.kernel.fixed import Fixed

# What stands for a value or a tag while the text around it is cut; no letter holds such a character.
MARK = "\x00"
# A shorter text is not worth a place of its own.
LEAST_FIXED = 160
OWN_WAYS = re.compile(r"\{%-?\s*(?:assign|break|continue)\b")
PLACES = re.compile(r'href="(?P<target>[^"]*)"|(?=</body\s*>)|\x00(?P<number>\d+)\x00', re.IGNORECASE)


class Href(str):
    """The attribute as it stands in the letter; `url` is where it leads."""

    url: str

    @classmethod
    def to(cls, escaped: str) -> Href:
        made = cls(f'href="{escaped}"')
        made.url = html_entities.unescape(escaped)
        return made


@dataclass(frozen=True, slots=True)
class Slot:
    """The place of a value."""

    path: tuple[str, ...]
    filters: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """The pieces behind the first condition that holds; None always does."""

    branches: tuple[tuple[Any, tuple[Piece, ...]], ...]


@dataclass(frozen=True, slots=True)
class Link:
    """A link whose target is written for each reader."""

    pieces: tuple[Piece, ...]


Piece = str | Slot | Choice | Link | Node


class OutOfTheOrdinary(Exception):
    """The interpreter must have a look at the whole letter."""


def fill(
    source: str, values: Mapping[str, Any], is_html: bool, contexts: dict[bool, Any] | None = None
) -> list[str] | None:
    """The filled text in parts; None when the interpreter must have a look. Raises BadLetter, LiquidError.

    `contexts` keeps what filters and conditions ask, for all parts of one letter and these values.
    """
    pieces = _pieces(source, is_html)
    if pieces is None:
        return None
    pen = _Pen(source, values, is_html, {} if contexts is None else contexts)
    try:
        pen.write(pieces)
    except OutOfTheOrdinary:
        return None
    # The interpreter has the words for a text that is too long.
    return pen.parts if sum(map(len, pen.parts)) * 4 <= dialect.LetterEnvironment.output_stream_limit else None


def parted(text: str) -> list[str]:
    """A text that is written already, with its links told apart."""
    parts: list[str] = []
    end = 0
    for match in PLACES.finditer(text):
        parts += (text[end : match.start()], Href.to(match["target"]) if match["target"] is not None else match[0])
        end = match.end()
    return [part for part in (*parts, text[end:]) if part]


class _Pen:
    """Writes pieces for one reader."""

    def __init__(self, source: str, values: Mapping[str, Any], is_html: bool, contexts: dict[bool, Any]) -> None:
        self.parts: list[str] = []
        self._source, self._values, self._is_html, self._contexts = source, values, is_html, contexts

    @property
    def context(self) -> Any:
        """The interpreter's, made when something asks for it."""
        if self._is_html not in self._contexts:
            template = dialect.parse(self._source, self._is_html)
            made = template.context_class(template, globals=template.make_globals(dict(self._values)))
            self._contexts[self._is_html] = made
        return self._contexts[self._is_html]

    def write(self, pieces: Sequence[Piece]) -> None:
        parts = self.parts
        for piece in pieces:
            if isinstance(piece, str):
                parts.append(piece)
            elif isinstance(piece, Slot):
                parts.append(self._value(piece))
            elif isinstance(piece, Choice):
                self.write(next((found for asked, found in piece.branches if self._holds(asked)), ()))
            elif isinstance(piece, Link):
                begun = len(parts)
                self.write(piece.pieces)
                parts[begun:] = [Href.to("".join(parts[begun:]))]
            else:
                buffer = self.context.get_buffer()
                piece.render(self.context, buffer)
                parts += parted(buffer.getvalue())

    def _holds(self, condition: Any) -> bool:
        return condition is None or bool(condition.evaluate(self.context))

    def _value(self, slot: Slot) -> str:
        found: Any = self._values
        for key in slot.path:
            if type(found) is not dict or key not in found:
                raise OutOfTheOrdinary
            found = found[key]
        for each in slot.filters:
            found = each.evaluate(found, self.context)
        if type(found) is str:
            return str(escape(found)) if self._is_html else found
        return to_liquid_string(found, self._is_html)


@lru_cache(maxsize=1024)
def _pieces(source: str, is_html: bool) -> tuple[Piece, ...] | None:
    """None for a letter that sets names of its own, which only the interpreter knows."""
    nodes = dialect.parse(source, is_html).nodes
    if MARK in source or OWN_WAYS.search(source):
        return None
    return _cut(nodes)


def _cut(nodes: Iterable[Node]) -> tuple[Piece, ...]:
    marked, special = "", list[Piece]()
    for node in nodes:
        if isinstance(node, ContentNode):
            marked += node.text
        else:
            marked += f"{MARK}{len(special)}{MARK}"
            special.append(_piece(node))
    return tuple(_between(marked, special))


def _between(marked: str, special: Sequence[Piece]) -> Iterable[Piece]:
    end = 0
    for match in PLACES.finditer(marked):
        yield from _text(marked[end : match.start()])
        end = match.end()
        if match["number"] is not None:
            yield special[int(match["number"])]
        elif match["target"] is not None and MARK in match["target"]:
            yield Link(tuple(_between(match["target"], special)))
        elif match["target"] is not None:
            yield Href.to(match["target"])
    yield from _text(marked[end:])


def _text(text: str) -> Iterable[str]:
    if text:
        yield Fixed(text) if len(text) >= LEAST_FIXED else text


def _piece(node: Node) -> Piece:
    if isinstance(node, OutputNode):
        return _slot(node.expression) or node
    if type(node) is IfNode and not node.blank:
        branches = [(node.condition, _cut(node.consequence.nodes))]
        branches += [(each.expression, _cut(each.block.nodes)) for each in node.alternatives]
        branches += [(None, _cut(node.default.nodes))] if node.default else []
        return Choice(tuple(branches))
    return node


def _slot(expression: Any) -> Slot | None:
    if type(expression) is not FilteredExpression or type(expression.left) is not Path:
        return None
    path = tuple(key for key in expression.left.path if isinstance(key, str))
    if len(path) != len(expression.left.path):
        return None
    return Slot(path, tuple(expression.filters or ()))
