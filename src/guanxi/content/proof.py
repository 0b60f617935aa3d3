"""What is wrong with a letter before it is published. Pure."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser

from guanxi.content import blocks as content_blocks
from guanxi.content import dialect, markup, placeholders, render, words
from guanxi.content.blocks import Block
from guanxi.content.checks import engine
from guanxi.content.checks.engine import Rule, Written
from guanxi.content.dialect import BadLetter
from guanxi.content.render import LetterText, missing_values

__all__ = ["Finding", "check", "missing_translations", "missing_values", "weight_of"]

# Gmail shows only the first 102 kB of a mail (RP-14).
HEAVIEST_HTML_BYTES = 100_000
# Our own pictures; before the installation has its public address, that is no https.
_OWN_PICTURE = re.compile(r"https?://[^/\s]+(/[^/\s]+)*/p/i/[A-Za-z0-9_-]+\.(png|jpg)")
# What only advertising says (CN-43).
_PROMOTIONS = ("recommended.", "coupon.", "offer.")


@dataclass(frozen=True, slots=True)
class Finding:
    """`code` says what is wrong, `detail` what exactly, `place` where, `suggestion` what was probably meant.

    A place is subject, preheader, text, letter, `line 7` of the source, `text 7` or `block 3`. A warning does not stop
    publishing. `reason`, by language, comes with a rule of wording (content.checks); the other codes have theirs in
    the pages.
    """

    code: str
    detail: str
    is_warning: bool = False
    place: str = ""
    suggestion: str = ""
    reason: Mapping[str, str] | None = field(default=None, hash=False)


def check(
    letter: LetterText,
    kind: str,
    *,
    blocks: Sequence[Block] | None = None,
    body: str = "",
    body_text: str | None = None,
    key: str = "",
    rules: Sequence[Rule] = (),
) -> list[Finding]:
    """Everything wrong with one letter of a template of `kind`; empty when it may be published.

    `blocks` or `body`, what its author wrote, name the place more exactly. Codes: unreadable, dead_placeholder,
    unguarded_optional, no_unsubscribe, no_text, no_subject, too_heavy, unsafe_html, bad_link, promotion_inside,
    unsubscribe_inside, no_alt, empty_block, and those of content/checks/rules.yaml with the firm's own `rules`.
    `body_text` is the text beside `body` in its author's own words; without any, a reader without HTML sees a greeting
    and a foot alone. `key` is the template's: some rules look at certain letters only.
    """
    try:
        used = render.used_names(letter)
    except BadLetter as error:
        return [Finding("unreadable", str(error), place=_unreadable_place(letter, blocks))]
    unknown = sorted(used - placeholders.PLACEHOLDERS.keys())
    if unknown:
        return [_dead(name, letter, blocks, body) for name in unknown]
    findings = _without_words(blocks, body, body_text) + _absences(letter, kind)
    findings += _kind_breaches(used, kind, blocks) + _markup(letter.html)
    findings += _wording(letter, used, kind, key, blocks or (), rules)
    return findings + _unfinished(blocks or ()) + _trials(letter)


def weight_of(letter: LetterText) -> int:
    """Bytes of HTML with sample values; 0 for a letter that cannot be read."""
    try:
        return len(render.render(letter=letter, values=placeholders.sample_values(letter.language)).html.encode())
    except (BadLetter, render.MissingValues):
        return 0


def missing_translations(languages: Iterable[str]) -> list[str]:
    """The languages of the library that a template does not have yet."""
    present = set(languages)
    return [language for language in words.languages() if language not in present]


def nearest_name(name: str) -> str:
    """The placeholder that was probably meant, or nothing."""
    return next(iter(difflib.get_close_matches(name, placeholders.PLACEHOLDERS, n=1, cutoff=0.6)), "")


def _dead(name: str, letter: LetterText, blocks: Sequence[Block] | None, body: str) -> Finding:
    place = _place_of(name, letter, blocks, body)
    return Finding("dead_placeholder", name, place=place, suggestion=nearest_name(name))


def _place_of(name: str, letter: LetterText, blocks: Sequence[Block] | None, body: str) -> str:
    for place, source in (("subject", letter.subject), ("preheader", letter.preheader)):
        if name in _names(source):
            return place
    for number, block in enumerate(blocks or (), 1):
        if any(name in _names(text) for text in content_blocks.strings_of(block)):
            return f"block {number}"
    for number, line in enumerate(body.splitlines(), 1):
        if name in line:
            return f"line {number}"
    return "text" if name in _names(letter.text) and name not in _names(letter.html, is_html=True) else "letter"


def _unreadable_place(letter: LetterText, blocks: Sequence[Block] | None) -> str:
    for place, source in (("subject", letter.subject), ("preheader", letter.preheader)):
        if not _is_readable(source):
            return place
    for number, block in enumerate(blocks or (), 1):
        if not all(_is_readable(text) for text in content_blocks.strings_of(block)):
            return f"block {number}"
    return "letter" if _is_readable(letter.text) else "text"


def _names(source: str, *, is_html: bool = False) -> frozenset[str]:
    try:
        return dialect.names_in(source, is_html=is_html)
    except BadLetter:
        return frozenset()


def _is_readable(source: str) -> bool:
    try:
        dialect.names_in(source)
    except BadLetter:
        return False
    return True


def _without_words(blocks: Sequence[Block] | None, body: str, body_text: str | None) -> list[Finding]:
    if blocks is not None or not body.strip() or body_text is None or body_text.strip():
        return []
    return [Finding("no_text", "The text part is empty.", is_warning=True, place="text")]


def _absences(letter: LetterText, kind: str) -> list[Finding]:
    findings = []
    if not letter.text.strip():
        findings.append(Finding("no_text", "The text part is empty.", place="text"))
    if not letter.subject.strip():
        findings.append(Finding("no_subject", "The subject is empty.", place="subject"))
    for part, text in (("html", letter.html), ("text", letter.text)):
        if kind == "marketing" and "links.unsubscribe" not in text:
            findings.append(Finding("no_unsubscribe", part, place="letter"))
    return findings


def _kind_breaches(used: frozenset[str], kind: str, blocks: Sequence[Block] | None) -> list[Finding]:
    """What makes a letter marketing although its template says otherwise (CN-43)."""
    if kind == "marketing":
        return []
    blocks = blocks or ()
    findings = [
        Finding("promotion_inside", block["type"], place=f"block {number}")
        for number, block in enumerate(blocks, 1) if block["type"] in content_blocks.PROMOTIONS
    ]  # fmt: skip
    if not findings:
        told = sorted(name for name in used if name.startswith(_PROMOTIONS))
        findings = [Finding("promotion_inside", name, place="letter") for name in told]
    if "links.unsubscribe" in used:
        findings.append(Finding("unsubscribe_inside", "links.unsubscribe", place="letter"))
    return findings


def _unfinished(blocks: Sequence[Block]) -> list[Finding]:
    findings = []
    for number, block in enumerate(blocks, 1):
        place = f"block {number}"
        if block["type"] == "picture" and block["picture"] and not block["alt"]:
            findings.append(Finding("no_alt", block["picture"], place=place))
        if block.get("href") and not markup.is_fit_target(block["href"]):
            findings.append(Finding("bad_link", block["href"], place=place))
        elif block["type"] == "button" and not (block["label"] and block["href"]):
            findings.append(Finding("empty_block", "button", place=place))
        if any(block["type"] == kind and not block[field] for kind, field in _NEEDED):
            findings.append(Finding("empty_block", block["type"], is_warning=True, place=place))
    return findings


_NEEDED = (("heading", "text"), ("text", "html"), ("picture", "picture"), ("price_breaks", "rows"))


def _wording(
    letter: LetterText, used: frozenset[str], kind: str, key: str, blocks: Sequence[Block], rules: Sequence[Rule]
) -> list[Finding]:
    """What a reader of this culture would stumble over: warnings with the reason of their rule."""
    written = Written(
        letter.language, letter.subject, letter.preheader, letter.text, used, tuple(block["type"] for block in blocks)
    )
    selling = (*content_blocks.PROMOTIONS, *_PROMOTIONS)
    found = engine.remarks(written, kind=kind, key=key, rules=rules, promotions=selling)
    return [
        Finding(each.rule.code, each.excerpt, is_warning=True, place=each.place, reason=each.rule.reason)
        for each in found
    ]


def _trials(letter: LetterText) -> list[Finding]:
    """Render once with every value and once with the required ones only."""
    findings = []
    samples = placeholders.sample_values(letter.language)
    least = placeholders.sample_values(letter.language, only_required=True)
    try:
        html = render.render(letter=letter, values=samples).html
        findings += [each for each in _markup(html, is_rendered=True) if each.code == "unsafe_html"]
        if len(html.encode()) > HEAVIEST_HTML_BYTES:
            findings.append(Finding("too_heavy", f"{len(html.encode()):,} bytes of HTML", place="letter"))
    except BadLetter as error:
        findings.append(Finding("unreadable", str(error), place="letter"))
    try:
        render.render(letter=letter, values=least)
    except BadLetter as error:
        findings.append(Finding("unguarded_optional", str(error), place="letter"))
    return findings


class _Markup(HTMLParser):
    """Collects what a mail must not carry and where its links lead."""

    FORBIDDEN = frozenset({"script", "iframe", "object", "embed", "form", "input", "button", "base", "svg", "link"})

    def __init__(self, *, is_rendered: bool) -> None:
        super().__init__()
        self.findings: list[Finding] = []
        self.is_rendered = is_rendered

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in self.FORBIDDEN:
            self.findings.append(Finding("unsafe_html", f"<{tag}>", place="letter"))
        for name, value in attrs:
            if name.startswith("on") or name in ("srcdoc", "formaction", "action", "poster", "background"):
                self.findings.append(Finding("unsafe_html", f"{name} on <{tag}>", place="letter"))
            if name == "http-equiv" and (value or "").strip().lower() == "refresh":
                self.findings.append(Finding("unsafe_html", "refresh", place="letter"))
            if not self.is_rendered and name in ("href", "src") and not _is_fit_target(value or ""):
                self.findings.append(Finding("bad_link", value or "", place="letter"))


def _markup(html: str, *, is_rendered: bool = False) -> list[Finding]:
    parser = _Markup(is_rendered=is_rendered)
    parser.feed(html)
    return list(dict.fromkeys(parser.findings))


def _is_fit_target(target: str) -> bool:
    """An absolute https, mailto or tel address, one placeholder that holds a URL, or a picture of ours (RS-12)."""
    if target in ("mailto:{{ manager.email }}", "tel:{{ manager.phone }}"):
        return True
    return markup.is_fit_target(target) or _OWN_PICTURE.fullmatch(target) is not None
