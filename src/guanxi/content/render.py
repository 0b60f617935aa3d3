"""One letter for one reader: subject, preheader, HTML and text from plain values. Pure."""

from __future__ import annotations

import html as html_entities
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol

from liquid.exceptions import LiquidError

from guanxi.content import dialect, placeholders, quick
from guanxi.content.dialect import BadLetter
from guanxi.culture import formats

# What blocks leave that this reader does not see.
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


@dataclass(frozen=True, slots=True)
class Rendered:
    """`link_urls` are the targets in `html` in order of appearance, without unsubscribe and preferences.

    `html_parts` are `html` as quick.fill has cut it: a mail is made of them.
    """

    subject: str
    preheader: str
    html_parts: tuple[str, ...]
    text: str
    link_urls: tuple[str, ...] = ()

    @property
    def html(self) -> str:
        return "".join(self.html_parts)


class MissingValues(Exception):
    """The letter needs values that nobody gave; `names` lists them."""

    def __init__(self, names: list[str]) -> None:
        self.names = names
        super().__init__(f"The letter needs: {', '.join(names)}.")


def render(*, letter: LetterText, values: Mapping[str, Any], subject_prefix: str = "") -> Rendered:
    """The mail as it is read. `subject_prefix` marks advertising where the law asks for it (RL-16).

    Raises MissingValues, placeholders.NotPlain, or BadLetter when a text cannot be rendered within its limits.
    """
    context = _usable_only(values, used_names(letter)) | {dialect.LETTER: _about(letter, values)}
    kept: dict[bool, Any] = {}
    subject = one_line("".join(_fill(letter.subject, context, kept=kept)))
    if subject_prefix and not subject.startswith(subject_prefix.strip()):
        subject = subject_prefix + subject
    html = tuple(_fill(letter.html, context, is_html=True, kept=kept))
    return Rendered(
        subject=subject[:_SUBJECT_LENGTH],
        preheader=one_line("".join(_fill(letter.preheader, context, kept=kept))),
        html_parts=html,
        text=_GAPS.sub("\n\n", "".join(_fill(letter.text, context, kept=kept))).strip() + "\n",
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


def leading(rendered: Rendered, replacements: Mapping[str, str]) -> tuple[str, ...]:
    """The parts of the HTML, whose links lead where `replacements` says, e.g. to the click address."""
    return tuple([_led(part, replacements) if type(part) is quick.Href else part for part in rendered.html_parts])


def _led(link: quick.Href, replacements: Mapping[str, str]) -> str:
    target = replacements.get(link.url)
    return f'href="{html_entities.escape(target)}"' if target else link


def one_line(text: str) -> str:
    """Without line breaks, control characters and direction overrides: fit for a mail header."""
    if not text.isprintable():
        text = "".join(
            " " if unicodedata.category(char) in ("Cc", "Zl", "Zp") else char
            for char in text
            if not "\u202a" <= char <= "\u202e"
        )
    return " ".join(text.split())


def _fill(
    source: str, context: Mapping[str, Any], *, is_html: bool = False, kept: dict[bool, Any] | None = None
) -> list[str]:
    try:
        parts = quick.fill(source, context, is_html, kept)
        return quick.parted(str(dialect.parse(source, is_html).render(**context))) if parts is None else parts
    except LiquidError as error:
        raise BadLetter(dialect.told(error)) from error


def _usable_only(values: Mapping[str, Any], used: frozenset[str]) -> dict[str, Any]:
    """Only the groups and names of the contract that are asked for, without optional values that cannot be used.

    Raises MissingValues, NotPlain.
    """
    context: dict[str, Any] = {}
    missing = []
    for name, group, rest, is_url, is_needed in _asked_for(used):
        found = values.get(group)
        value = found.get(rest) if isinstance(found, dict) else None
        if type(value) is not str:
            placeholders.check_plain(value)
        if value != "" if type(value) is str and not is_url else placeholders.is_usable(name, value):
            context.setdefault(group, {})[rest] = value
        elif is_needed:
            missing.append(name)
    if missing:
        raise MissingValues(sorted(missing))
    return context


@lru_cache(maxsize=1024)
def _asked_for(used: frozenset[str]) -> tuple[tuple[str, str, str, bool, bool], ...]:
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
    found = (part.url for part in html if type(part) is quick.Href)
    return tuple(dict.fromkeys(url for url in found if url.startswith("http") and url not in own))
