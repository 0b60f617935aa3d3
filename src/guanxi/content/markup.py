"""The small mark-up of running text: bold, italic, links, lists. Cleaned whenever it is used (RS-12). Pure."""

from __future__ import annotations

import html as entities
import re
from html.parser import HTMLParser

import nh3

from guanxi.content import placeholders

TAGS = {"p", "br", "strong", "em", "a", "ul", "ol", "li"}
SCHEMES = ("https://", "mailto:", "tel:")
# Browsers write <b>, <i> and <div> where a person presses bold, italic or Enter.
_SAME = {"b": "strong", "i": "em", "div": "p"}
_OTHER_NAMES = re.compile(r"<(/?)(b|i|div)(?=[\s>/])", re.IGNORECASE)
_LIQUID = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
_ONE_NAME = re.compile(r"\{\{\s*([a-z_.]+)\s*\}\}")
# Characters that make an address look like another one, or end it early.
_DECEITFUL = re.compile(r"[\x00-\x20\x7f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")


def clean(source: str) -> str:
    """Only what the mark-up knows; everything else is dropped, its text kept. Liquid stays as it is."""
    told = _OTHER_NAMES.sub(lambda found: f"<{found[1]}{_SAME[found[2].lower()]}", source)
    kept = nh3.clean(
        told,
        tags=TAGS,
        attributes={"a": {"href"}},
        attribute_filter=lambda _tag, _name, value: value if is_fit_target(value) else None,
        url_schemes={"https", "mailto", "tel"},
        link_rel=None,
    )
    return _LIQUID.sub(lambda found: entities.unescape(found[0]), kept).strip()


def is_fit_target(target: str) -> bool:
    """An absolute https, mailto or tel address, or one placeholder that holds a URL (RS-12, RP-14)."""
    if found := _ONE_NAME.fullmatch(target.strip()):
        known = placeholders.PLACEHOLDERS.get(found[1])
        return known is not None and known.kind == "url"
    return target.startswith(SCHEMES) and not _DECEITFUL.search(target)


def as_text(source: str) -> str:
    """The same words for the plain part: lists with dashes and numbers, addresses behind their words."""
    reader = _Text()
    reader.feed(source)
    reader.close()
    return re.sub(r"\n{3,}", "\n\n", reader.written).strip()


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.written = ""
        self.lists: list[int | None] = []
        self.targets: list[tuple[str, int]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "br":
            self.written += "\n"
        elif tag == "p":
            self._part()
        elif tag in ("ul", "ol"):
            self._part()
            self.lists.append(0 if tag == "ol" else None)
        elif tag == "li" and self.lists:
            self.written = self.written.rstrip(" ") + ("" if self.written.endswith("\n") else "\n") + self._mark()
        elif tag == "a":
            self.targets.append((dict(attrs).get("href") or "", len(self.written)))

    def handle_endtag(self, tag: str) -> None:
        if tag == "p":
            self._part()
        elif tag in ("ul", "ol") and self.lists:
            self.lists.pop()
            self._part()
        elif tag == "a" and self.targets:
            target, begun = self.targets.pop()
            shown = target.removeprefix("mailto:").removeprefix("tel:")
            if shown and shown not in self.written[begun:]:
                self.written += f" ({shown})"

    def handle_data(self, data: str) -> None:
        self.written += data

    def _mark(self) -> str:
        number = self.lists[-1]
        if number is None:
            return "- "
        self.lists[-1] = number + 1
        return f"{number + 1}. "

    def _part(self) -> None:
        if self.written and not self.written.endswith(("\n\n", "- ", ". ")):
            self.written = self.written.rstrip("\n") + "\n\n"
