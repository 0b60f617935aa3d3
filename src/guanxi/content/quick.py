"""Letters cut once, and filled for each reader without the interpreter; the words that come out are the same. Pure.

A letter is cut at the places of its values, its links and its end. What lies between them is copied; a value is looked
up, filtered by the very filters of the dialect, and escaped in HTML; a condition chooses among pieces of the same kind.
Whatever else there is, such as a loop, the interpreter writes. The text comes in parts: `Fixed` ones stand like that in
every reader's copy, an `Href` is a link.
"""

from __future__ import annotations

import html as html_entities
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
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
from guanxi.content.occasion import Occasion
from guanxi.kernel.fixed import Fixed

# What stands for a value or a tag while the text around it is cut; no letter holds such a character.
MARK = "\x00"
# What filters made of values, for a while.
_FILTERED: dict[tuple[Any, ...], str] = {}
MOST_FILTERED = 20_000
SHARED = (str, int)
OWN_WAYS = re.compile(r"\{%-?\s*(?:assign|break|continue)\b")
SPECIAL = re.compile("[&<>'\"]").search
ENDING = re.compile(r"</body\s*>", re.IGNORECASE).match
PLACES = re.compile(r'href="(?P<target>[^"]*)"|(?=</body\s*>)|\x00(?P<number>\d+)\x00', re.IGNORECASE)


class Href(str):
    """The target of a link as it stands between its quotation marks; `url` is where it leads."""

    url: str

    @classmethod
    def to(cls, escaped: str) -> Href:
        made = cls(escaped)
        made.url = html_entities.unescape(escaped)
        return made


@dataclass(frozen=True, slots=True, eq=False)
class Slot:
    """The place of a value; `asks` are the other values that its filters name."""

    group: str
    name: str
    filters: tuple[Any, ...]
    asks: tuple[tuple[str, str], ...]

    def is_known_to(self, occasion: Occasion) -> bool:
        return occasion.knows(self.group) and all(occasion.knows(group) for group, _ in self.asks)


@dataclass(frozen=True, slots=True)
class Form:
    """Parts to be copied, and what is put in their places: values, and what may become several parts, last first."""

    parts: list[str]
    slots: tuple[tuple[int, Slot], ...]
    others: tuple[tuple[int, Choice | Link | Node], ...]

    def pieces(self) -> list[Piece]:
        """All in their order."""
        pieces: list[Piece] = list(self.parts)
        for at, piece in (*self.slots, *self.others):
            pieces[at] = piece
        return pieces


@dataclass(frozen=True, slots=True)
class Choice:
    """The form behind the first condition that holds; None always does."""

    branches: tuple[tuple[Any, Form], ...]


@dataclass(frozen=True, slots=True)
class Link:
    """A link whose target is written for each reader."""

    target: Form


Piece = str | Slot | Choice | Link | Node


class OutOfTheOrdinary(Exception):
    """The interpreter must have a look at the whole letter."""


def fill(
    source: str,
    values: Mapping[str, Any],
    is_html: bool,
    contexts: dict[bool, Any] | None = None,
    occasion: Occasion | None = None,
) -> list[str] | None:
    """The filled text in parts; None when the interpreter must have a look. Raises BadLetter, LiquidError.

    `contexts` keeps what filters and conditions ask, for all parts of one letter and these values. What is in
    `occasion` is written once for all readers.
    """
    form = _form(source, is_html)
    if form is None:
        return None
    pen = _Pen(source, values, is_html, {} if contexts is None else contexts)
    if occasion is not None:
        form = _written_for(occasion, source, form, pen)
    try:
        parts = pen.write(form)
    except OutOfTheOrdinary:
        return None
    # The interpreter has the words for a text that is too long.
    return parts if sum(map(len, parts)) * 4 <= dialect.LetterEnvironment.output_stream_limit else None


def parted(text: str) -> list[str]:
    """A text that is written already, with its links told apart."""
    parts: list[str] = []
    end = 0
    for match in PLACES.finditer(text):
        start, stop = match.span("target") if match["target"] is not None else match.span()
        parts += (text[end:start], Href.to(match["target"]) if match["target"] is not None else match[0])
        end = stop
    return [part for part in (*parts, text[end:]) if part]


class _Pen:
    """Fills forms for one reader."""

    def __init__(self, source: str, values: Mapping[str, Any], is_html: bool, contexts: dict[bool, Any]) -> None:
        self._source, self._values, self._is_html, self._contexts = source, values, is_html, contexts
        about = values.get(dialect.LETTER, {})
        self._place = (is_html, about.get("language"), about.get("locale"))

    @property
    def context(self) -> Any:
        """The interpreter's, made when something asks for it."""
        if self._is_html not in self._contexts:
            template = dialect.parse(self._source, self._is_html)
            made = template.context_class(template, globals=template.make_globals(dict(self._values)))
            self._contexts[self._is_html] = made
        return self._contexts[self._is_html]

    @property
    def place(self) -> tuple[Any, ...]:
        """What words depend on beside their values: HTML or not, language, forms of the reader's country."""
        return self._place

    def written(self, form: Form, occasion: Occasion) -> Form:
        """The form with everything in it that is the same for all readers of the occasion."""
        return _laid_out(_joined(self._known(form, occasion)))

    def _known(self, form: Form, occasion: Occasion) -> Iterator[Piece]:
        for piece in form.pieces():
            if isinstance(piece, Slot):
                yield self._value(piece) if piece.is_known_to(occasion) else piece
            elif isinstance(piece, Link):
                target = self.written(piece.target, occasion)
                yield Link(target) if target.slots or target.others else Href.to("".join(target.parts))
            elif isinstance(piece, Choice) and all(_is_known(asked, occasion) for asked, _ in piece.branches):
                chosen = next((form for asked, form in piece.branches if self._holds(asked)), None)
                yield from self._known(chosen, occasion) if chosen else ()
            elif isinstance(piece, Choice):
                yield Choice(tuple((asked, self.written(form, occasion)) for asked, form in piece.branches))
            else:
                yield piece

    def write(self, form: Form) -> list[str]:
        parts = form.parts.copy()
        for at, slot in form.slots:
            parts[at] = self._value(slot)
        for at, other in form.others:
            parts[at : at + 1] = self._several(other)
        return parts

    def _several(self, piece: Choice | Link | Node) -> list[str]:
        if isinstance(piece, Link):
            return [Href.to("".join(self.write(piece.target)))]
        if isinstance(piece, Choice):
            return next((self.write(form) for asked, form in piece.branches if self._holds(asked)), [])
        buffer = self.context.get_buffer()
        piece.render(self.context, buffer)
        return parted(buffer.getvalue())

    def _holds(self, condition: Any) -> bool:
        return condition is None or bool(condition.evaluate(self.context))

    def _value(self, slot: Slot) -> str:
        try:
            value = self._values[slot.group][slot.name]
        except (KeyError, TypeError):
            raise OutOfTheOrdinary from None
        if slot.filters:
            return self._filtered(slot, value)
        if type(value) is str:
            return str(escape(value)) if self._is_html and SPECIAL(value) else value
        return str(to_liquid_string(value, self._is_html))

    def _filtered(self, slot: Slot, value: Any) -> str:
        """Filters ask for the value, their arguments and the language alone, so that many readers share their words."""
        asked = [self._values.get(group, {}).get(name) for group, name in slot.asks]
        if type(value) not in SHARED or any(type(each) not in SHARED for each in asked):
            return self._interpreted(slot, value)
        key = (slot, type(value), value, self._place, *asked)
        if (known := _FILTERED.get(key)) is None:
            if len(_FILTERED) >= MOST_FILTERED:
                _FILTERED.clear()
            known = _FILTERED[key] = self._interpreted(slot, value)
        return known

    def _interpreted(self, slot: Slot, value: Any) -> str:
        for each in slot.filters:
            value = each.evaluate(value, self.context)
        # Not as mark-up, which would escape whatever is added to it.
        return str(to_liquid_string(value, self._is_html))


@lru_cache(maxsize=1024)
def _form(source: str, is_html: bool) -> Form | None:
    """None for a letter that sets names of its own, which only the interpreter knows."""
    nodes = dialect.parse(source, is_html).nodes
    if MARK in source or OWN_WAYS.search(source):
        return None
    return _cut(nodes)


def _written_for(occasion: Occasion, source: str, form: Form, pen: _Pen) -> Form:
    """As it is where something of the occasion is missing that perhaps nobody asks for."""

    def write() -> Form:
        try:
            return pen.written(form, occasion)
        except OutOfTheOrdinary:
            return form

    return occasion.once((source, *pen.place), write)


def _is_known(condition: Any, occasion: Occasion) -> bool:
    """Whether a condition asks for nothing but what the occasion knows."""
    if isinstance(condition, Path):
        return isinstance(condition.path[0], str) and occasion.knows(condition.path[0])
    return condition is None or all(_is_known(each, occasion) for each in condition.children())


def _cut(nodes: Iterable[Node]) -> Form:
    marked, special = "", list[Piece]()
    for node in nodes:
        if isinstance(node, ContentNode):
            marked += node.text
        else:
            marked += f"{MARK}{len(special)}{MARK}"
            special.append(_piece(node))
    return _laid_out(_between(marked, special))


def _laid_out(pieces: Iterable[Piece]) -> Form:
    numbered = list(enumerate(pieces))
    return Form(
        parts=[each if isinstance(each, str) else "" for _, each in numbered],
        slots=tuple((at, each) for at, each in numbered if isinstance(each, Slot)),
        others=tuple((at, each) for at, each in reversed(numbered) if not isinstance(each, str | Slot)),
    )


def _between(marked: str, special: Sequence[Piece]) -> Iterable[Piece]:
    end = 0
    for match in PLACES.finditer(marked):
        start, stop = match.span("target") if match["target"] is not None else match.span()
        yield from _text(marked[end:start])
        end = stop
        if match["number"] is not None:
            yield special[int(match["number"])]
        elif match["target"] is not None and MARK in match["target"]:
            yield Link(_laid_out(_between(match["target"], special)))
        elif match["target"] is not None:
            yield Href.to(match["target"])
    yield from _text(marked[end:])


def _joined(pieces: Iterable[Piece]) -> Iterator[Piece]:
    """With the texts between the others each in one piece; a link stays one, and where a body ends one begins."""
    text = ""
    for piece in pieces:
        if isinstance(piece, str) and not isinstance(piece, Href) and not ENDING(piece):
            text += piece
            continue
        yield from _text(text)
        text = ""
        if isinstance(piece, str) and not isinstance(piece, Href):
            text = piece
        else:
            yield piece
    yield from _text(text)


def _text(text: str) -> Iterable[str]:
    if text:
        yield Fixed(text)


def _piece(node: Node) -> Piece:
    if isinstance(node, OutputNode):
        return _slot(node.expression) or node
    if type(node) is IfNode and not node.blank:
        branches: list[tuple[Any, Form]] = [(node.condition, _cut(node.consequence.nodes))]
        branches += [(each.expression, _cut(each.block.nodes)) for each in node.alternatives]
        branches += [(None, _cut(node.default.nodes))] if node.default else []
        return Choice(tuple(branches))
    return node


def _slot(expression: Any) -> Slot | None:
    if type(expression) is not FilteredExpression or type(expression.left) is not Path:
        return None
    filters = tuple(expression.filters or ())
    arguments = [each for one in filters for each in one.children()]
    names = [_name(each) for each in (expression.left, *arguments) if isinstance(each, Path)]
    if None in names or any(each.children() for each in arguments):
        return None
    (group, name), *asks = (each for each in names if each is not None)
    return Slot(group, name, filters, tuple(asks))


def _name(path: Path) -> tuple[str, str] | None:
    """A name of the contract, such as order.number; None for any other way to ask."""
    match path.path:
        case [str(group), str(name)]:
            return group, name
    return None
