"""Our Liquid: a small dialect over plain values, without includes, attributes or reach outside (RS-06, RS-07). Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import cache, lru_cache
from time import thread_time
from typing import Any

from liquid import BoundTemplate, Environment, FalsyStrictUndefined, RenderContext
from liquid.exceptions import LiquidError
from liquid.filter import with_context

from guanxi.content import words
from guanxi.culture import formats

# The last three are Liquid's own names for text, output and an unknown tag; no author can write them.
TAGS = frozenset({
    "if", "unless", "case", "for", "break", "continue", "assign", "comment", "#", "content", "output", "illegal",
})  # fmt: skip
FILTERS = frozenset({
    "append", "prepend", "capitalize", "downcase", "upcase", "default", "escape", "first", "join", "last", "lstrip",
    "newline_to_br", "replace", "rstrip", "size", "slice", "split", "strip", "truncate",
})  # fmt: skip
# What the renderer adds by itself; letters do not name them.
LETTER = "letter"
# Liquid takes a text in quotes for mark-up of the author's; with these characters it could build an element (RS-12).
_INSIDE = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
_QUOTED_MARKUP = re.compile(r"""'[^']*[<>&][^']*'|"[^"]*[<>&][^"]*\"""")
_BREAKS_GO_ON = re.compile(r"newline_to_br\s*\||^\{%.*newline_to_br", re.DOTALL)


class BadLetter(Exception):
    """The text of a letter cannot be read; the message says what and where."""


def told(error: LiquidError) -> str:
    """What Liquid says is wrong, without the text around it, which may be a whole letter."""
    return str(error).partition("\n")[0]


class TooLong(LiquidError):
    """Filling a letter takes too long."""


class LetterContext(RenderContext):
    """Bounds the time of filling a letter: every node asks for `disabled_tags` before it is written.

    It is the thread's own time on the processor that counts, so that a busy machine refuses no letter.
    """

    seconds = 0.2
    asked_every = 64

    __slots__ = ("_began", "_count", "_disabled")
    _began: float
    _count: int
    _disabled: Any

    @property
    def disabled_tags(self) -> Any:
        self._count += 1
        if self._count % self.asked_every == 0:
            self._began = self._began or thread_time()
            if thread_time() - self._began > self.seconds:
                raise TooLong("filling it takes longer than 200 ms", token=None)
        return self._disabled

    @disabled_tags.setter
    def disabled_tags(self, value: Any) -> None:
        """Set once, when the context begins."""
        self._count, self._began, self._disabled = 0, 0.0, value


class LetterTemplate(BoundTemplate):
    context_class = LetterContext


class LetterEnvironment(Environment):
    """Strict, and bounded in loops, nesting, output and time."""

    template_class = LetterTemplate
    block_nesting_limit = 10
    context_depth_limit = 10
    loop_iteration_limit = 10_000
    local_namespace_limit = 65_536
    output_stream_limit = 512 * 1024

    def setup_tags_and_filters(self, *, extra: bool = False) -> None:
        super().setup_tags_and_filters(extra=False)
        self.tags = {name: tag for name, tag in self.tags.items() if name in TAGS}
        self.filters = {name: run for name, run in self.filters.items() if name in FILTERS} | dict(_own_filters())


def parse(source: str, is_html: bool) -> BoundTemplate:
    """The parsed text; values are escaped in HTML. Raises BadLetter."""
    return _read(source, is_html)[0]


def names_in(source: str, is_html: bool = False) -> frozenset[str]:
    """The dotted names that a text asks for, without those it sets itself. Raises BadLetter."""
    return _read(source, is_html)[1]


@lru_cache(maxsize=1024)
def _read(source: str, is_html: bool) -> tuple[BoundTemplate, frozenset[str]]:
    environment = _environment(is_html)
    if is_html:
        _refuse_markup(source)
    try:
        template = environment.from_string(source)
        used = template.analyze(include_partials=False)
    except LiquidError as error:
        raise BadLetter(told(error)) from error
    if unknown := sorted(used.filters.keys() - environment.filters.keys()):
        raise BadLetter(f"There is no filter named {', '.join(unknown)}.")
    paths = (variable.segments for variables in used.globals.values() for variable in variables)
    return template, frozenset(".".join(str(part) for part in path) for path in paths)


def _refuse_markup(source: str) -> None:
    """Raises BadLetter where a value could become more than text."""
    for found in _INSIDE.finditer(source):
        if _QUOTED_MARKUP.search(found[0]):
            raise BadLetter(f"{found[0][:80]}: a text in quotes may not hold <, > or &.")
        if _BREAKS_GO_ON.search(found[0]):
            raise BadLetter(f"{found[0][:80]}: newline_to_br must be the last filter, where the value is written.")


@cache
def _environment(is_html: bool) -> LetterEnvironment:
    return LetterEnvironment(undefined=FalsyStrictUndefined, autoescape=is_html)


def _own_filters() -> Iterable[tuple[str, Any]]:
    yield "date", _date
    yield "money", _money
    yield "number", _number
    yield "percent", _percent
    yield "stage", _stage
    yield "document", _document
    yield "recommended_because", _recommended_because
    yield "ltr", _ltr
    yield "isolate", _isolate


def _language(context: RenderContext) -> str:
    return str(context.resolve(LETTER)["language"])


def _locale(context: RenderContext) -> str:
    """The language with the reader's country: a date stands otherwise in Britain than in America."""
    letter = context.resolve(LETTER)
    return str(letter.get("locale") or letter["language"])


@with_context
def _date(value: Any, length: str = "long", *, context: RenderContext) -> str:
    """An ISO date or moment in the reader's language; other text stays as it is."""
    day = _as_date(value)
    return formats.format_date(day, _locale(context), str(length)) if day else str(value)


@with_context
def _money(value: Any, currency: str, *, context: RenderContext) -> str:
    amount = _as_decimal(value)
    return str(value) if amount is None else formats.format_money(amount, str(currency), _locale(context))


@with_context
def _number(value: Any, *, context: RenderContext) -> str:
    number = _as_decimal(value)
    return str(value) if number is None else formats.format_number(number, _locale(context))


@with_context
def _percent(value: Any, *, context: RenderContext) -> str:
    number = _as_decimal(value)
    return str(value) if number is None else formats.format_percent(number, _locale(context))


@with_context
def _stage(value: Any, *, context: RenderContext) -> str:
    return words.stage_word(str(value), _language(context))


@with_context
def _document(value: Any, *, context: RenderContext) -> str:
    return words.document_word(str(value), _language(context))


@with_context
def _recommended_because(value: Any, *, context: RenderContext) -> str:
    return words.recommended_because(str(value), _language(context))


def _ltr(value: Any) -> str:
    """Isolated left to right, so that a phone or tracking number keeps its order in Arabic."""
    return f"\u2066{value}\u2069"


def _isolate(value: Any) -> str:
    """Isolated in its own direction, line by line, so that a Latin name stands well in Arabic text."""
    return "\n".join(f"\u2068{line}\u2069" for line in str(value).splitlines())


def _as_date(value: Any) -> date | None:
    if isinstance(value, date):
        return value
    try:
        return datetime.fromisoformat(str(value))
    except ValueError:
        return None


def _as_decimal(value: Any) -> Decimal | None:
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return None
