"""One letter for one reader: subject, preheader, HTML and text from plain values. Pure."""

from __future__ import annotations

import html as html_entities
import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple, Protocol

from liquid.exceptions import LiquidError

from guanxi.content import dialect, placeholders, quick
from guanxi.content.dialect import BadLetter
from guanxi.content.marking import marked
from guanxi.content.occasion import Occasion
from guanxi.culture import formats

TWO_ENDS = "\n\n"
_GAPS = re.compile(r"\n(?:[ \t]*\n){2,}")
# Our own links, which are never counted as clicks.
_UNCOUNTED = ("unsubscribe", "preferences", "share", "browser")
_SUBJECT_LENGTH = 300


class LetterText(Protocol):
    """What rendering needs of a letter; the model `Letter` has it."""

    @property
    def language(self) -> str: ...
    @property
    def subject(self) -> str: ...
    @property
    def preheader(self) -> str: ...
    @property
    def html(self) -> str: ...
    @property
    def text(self) -> str: ...


class Rendered(NamedTuple):
    """`link_urls` are the targets in `html` in order of appearance, without unsubscribe and preferences.

    The parts are `html` and `text` as quick.fill has cut them: a mail is made of them.
    """

    subject: str
    preheader: str
    html_parts: Sequence[str]
    text_parts: Sequence[str]
    link_urls: tuple[str, ...] = ()

    @property
    def html(self) -> str:
        return "".join(self.html_parts)

    @property
    def text(self) -> str:
        return "".join(self.text_parts)


class MissingValues(Exception):
    """The letter needs values that nobody gave; `names` lists them."""

    def __init__(self, names: list[str]) -> None:
        self.names = names
        super().__init__(f"The letter needs: {', '.join(names)}.")


def render(
    *, letter: LetterText, values: Mapping[str, Any], subject_prefix: str = "", occasion: Occasion | None = None
) -> Rendered:
    """The mail as it is read. `subject_prefix` marks advertising where the law asks for it (RL-16).

    `occasion` holds those of the values that other readers have too.
    Raises MissingValues, placeholders.NotPlain, or BadLetter when a text cannot be rendered within its limits.
    """
    context = _usable_only(values, used_names(letter), occasion) | {dialect.LETTER: _about(letter, values)}
    pen = _Pen(context, occasion)
    subject = marked(one_line(pen.text(letter.subject)), subject_prefix)
    html = pen.parts(letter.html, is_html=True)
    return Rendered(
        subject=subject[:_SUBJECT_LENGTH],
        preheader=one_line(pen.text(letter.preheader)),
        html_parts=html,
        text_parts=_tidy(pen.parts(letter.text)),
        link_urls=_link_urls(html, values),
    )


def _about(letter: LetterText, values: Mapping[str, Any]) -> dict[str, str]:
    """The language, and with the reader's country the forms of dates and numbers."""
    country, own = (str(placeholders.value_of(values, f"reader.{name}") or "") for name in ("country", "locale"))
    return {"language": letter.language, "locale": formats.reader_locale(letter.language, country, own)}


def missing_values(letter: LetterText, values: Mapping[str, Any]) -> list[str]:
    """Names that the letter cannot do without and that are absent, empty or no absolute URL; sorted."""
    return sorted(
        name for name in required_names(letter) if not placeholders.is_usable(name, placeholders.value_of(values, name))
    )


def required_names(letter: LetterText) -> frozenset[str]:
    """The known, not optional placeholders that a letter uses, whoever fills them."""
    return _required(used_names(letter))


@lru_cache(maxsize=4096)
def _required(used: frozenset[str]) -> frozenset[str]:
    known = placeholders.PLACEHOLDERS
    return frozenset(name for name in used if name in known and not known[name].is_optional)


def used_names(letter: LetterText) -> frozenset[str]:
    """Every dotted name in subject, preheader, HTML and text. Raises BadLetter."""
    return _names_in(letter.html, letter.subject, letter.preheader, letter.text)


@lru_cache(maxsize=1024)
def _names_in(html: str, *plain: str) -> frozenset[str]:
    return dialect.names_in(html, is_html=True).union(*map(dialect.names_in, plain))


def _tidy(parts: list[str]) -> list[str]:
    """Without the gaps that blocks leave which this reader does not see."""
    text = "".join(parts)
    tidy = f"{_GAPS.sub(TWO_ENDS, text).strip()}\n"
    return parts if tidy == text else [tidy]


def leading(rendered: Rendered, replacements: Mapping[str, str]) -> list[str]:
    """The parts of the HTML, whose links lead where `replacements` says, e.g. to the click address."""
    led = {url: html_entities.escape(to) if quick.SPECIAL(to) else to for url, to in replacements.items()}
    return [led.get(part.url, part) if type(part) is quick.Href else part for part in rendered.html_parts]


def one_line(text: str) -> str:
    """Without line breaks, control characters and direction overrides: fit for a mail header."""
    if not text.isprintable():
        text = "".join(
            " " if unicodedata.category(char) in ("Cc", "Zl", "Zp") else char
            for char in text
            if not "\u202a" <= char <= "\u202e"
        )
    return " ".join(text.split())


class _Pen:
    """Fills the texts of one letter for one reader."""

    def __init__(self, context: Mapping[str, Any], occasion: Occasion | None) -> None:
        self._context, self._occasion, self._kept = context, occasion, dict[bool, Any]()

    def text(self, source: str) -> str:
        return "".join(self.parts(source)) if source else source

    def parts(self, source: str, *, is_html: bool = False) -> list[str]:
        """Raises BadLetter."""
        try:
            parts = quick.fill(source, self._context, is_html, self._kept, self._occasion)
            return quick.parted(str(dialect.parse(source, is_html).render(**self._context))) if parts is None else parts
        except LiquidError as error:
            raise BadLetter(dialect.told(error)) from error


def _usable_only(values: Mapping[str, Any], used: frozenset[str], occasion: Occasion | None = None) -> dict[str, Any]:
    """Only the groups and names of the contract that are asked for, without optional values that cannot be used.

    Raises MissingValues, NotPlain.
    """
    if occasion is None:
        context, missing = _usable(values, _asked_for(used))
    else:
        shared, own = occasion.once(("asked", used), lambda: _apart(_asked_for(used), occasion))
        known, lacking = occasion.once(("usable", used), lambda: _usable(values, shared))
        context, missing = _usable(values, own)
        context, missing = known | context, lacking + missing
    if missing:
        raise MissingValues(sorted(missing))
    return context


# A placeholder: its name, group and name within it, whether it is a URL, whether the letter cannot do without it.
Asked = tuple[str, str, str, bool, bool]


def _apart(asked: Sequence[Asked], occasion: Occasion) -> tuple[list[Asked], list[Asked]]:
    """What the occasion knows, and what each reader has of his own."""
    shared = [each for each in asked if occasion.knows(each[1])]
    return shared, [each for each in asked if not occasion.knows(each[1])]


def _usable(values: Mapping[str, Any], asked: Sequence[Asked]) -> tuple[dict[str, Any], list[str]]:
    """What can be used, by group, and the names of what is needed and cannot."""
    context: dict[str, Any] = {}
    missing = []
    for name, group, rest, is_url, is_needed in asked:
        found = values.get(group)
        value = found.get(rest) if isinstance(found, dict) else None
        if type(value) is not str:
            placeholders.check_plain(value)
        if value != "" if type(value) is str and not is_url else placeholders.is_usable(name, value):
            context.setdefault(group, {})[rest] = value
        elif is_needed:
            missing.append(name)
    return context, missing


@lru_cache(maxsize=1024)
def _asked_for(used: frozenset[str]) -> tuple[Asked, ...]:
    """The placeholders that these names reach: themselves, their group or something inside them; and who is needed."""
    needed, asked = _required(used), []
    for name, placeholder in placeholders.PLACEHOLDERS.items():
        group, _, rest = name.partition(".")
        if name in used or group in used or any(each.startswith(f"{name}.") for each in used):
            asked.append((name, group, rest, placeholder.kind == "url", name in needed))
    return tuple(asked)


def _link_urls(html: Sequence[str], values: Mapping[str, Any]) -> tuple[str, ...]:
    links = values.get("links")
    own = [links.get(name) for name in _UNCOUNTED] if isinstance(links, Mapping) else []
    found = dict.fromkeys([part.url for part in html if type(part) is quick.Href])
    return tuple([url for url in found if url.startswith("http") and url not in own])
