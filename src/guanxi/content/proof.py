"""What is wrong with a letter before it is published. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from html.parser import HTMLParser

from guanxi.content import placeholders, render, words
from guanxi.content.dialect import BadLetter
from guanxi.content.render import LetterText, missing_values

__all__ = ["Finding", "check", "missing_translations", "missing_values"]

# Gmail shows only the first 102 kB of a mail (RP-14).
HEAVIEST_HTML_BYTES = 100_000
_PLACEHOLDER_LINK = re.compile(r"\{\{\s*([a-z_.]+)\s*\}\}")
# German readers expect figures: these words stand where one is missing (C-02).
VAGUE_GERMAN = re.compile(
    r"\b(ungefähr|circa|ca\.|etwa|demnächst|in Kürze|baldmöglichst|zeitnah|möglichst bald|so bald wie möglich)", re.I
)


@dataclass(frozen=True, slots=True)
class Finding:
    """`code` says what is wrong, `detail` where. A warning does not stop publishing."""

    code: str
    detail: str
    is_warning: bool = False


def check(letter: LetterText, kind: str) -> list[Finding]:
    """Everything wrong with one letter of a template of `kind`; empty when it may be published.

    Codes: unreadable, dead_placeholder, unguarded_optional, no_unsubscribe, no_text, no_subject, too_heavy,
    unsafe_html, bad_link, vague_wording.
    """
    try:
        used = render.used_names(letter)
    except BadLetter as error:
        return [Finding("unreadable", str(error))]
    findings = [Finding("dead_placeholder", name) for name in sorted(used - placeholders.PLACEHOLDERS.keys())]
    if findings:
        return findings
    findings += _absences(letter, kind) + _markup(letter.html) + _wording(letter)
    return findings + _trials(letter)


def missing_translations(languages: Iterable[str]) -> list[str]:
    """The languages of the library that a template does not have yet."""
    present = set(languages)
    return [language for language in words.languages() if language not in present]


def _absences(letter: LetterText, kind: str) -> list[Finding]:
    findings = []
    if not letter.text.strip():
        findings.append(Finding("no_text", "The text part is empty."))
    if not letter.subject.strip():
        findings.append(Finding("no_subject", "The subject is empty."))
    for part, text in (("html", letter.html), ("text", letter.text)):
        if kind == "marketing" and "links.unsubscribe" not in text:
            findings.append(Finding("no_unsubscribe", part))
    return findings


def _wording(letter: LetterText) -> list[Finding]:
    if letter.language.partition("-")[0] != "de":
        return []
    return [Finding("vague_wording", word, is_warning=True) for word in sorted(set(VAGUE_GERMAN.findall(letter.text)))]


def _trials(letter: LetterText) -> list[Finding]:
    """Render once with every value and once with the required ones only."""
    findings = []
    samples = placeholders.sample_values(letter.language)
    least = placeholders.sample_values(letter.language, only_required=True)
    try:
        weight = len(render.render(letter=letter, values=samples).html.encode())
        if weight > HEAVIEST_HTML_BYTES:
            findings.append(Finding("too_heavy", f"{weight:,} bytes of HTML"))
    except BadLetter as error:
        findings.append(Finding("unreadable", str(error)))
    try:
        render.render(letter=letter, values=least)
    except BadLetter as error:
        findings.append(Finding("unguarded_optional", str(error)))
    return findings


class _Markup(HTMLParser):
    """Collects what a mail must not carry and where its links lead."""

    FORBIDDEN = frozenset({"script", "iframe", "object", "embed", "form", "input", "button", "base", "svg", "link"})

    def __init__(self) -> None:
        super().__init__()
        self.findings: list[Finding] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in self.FORBIDDEN:
            self.findings.append(Finding("unsafe_html", f"<{tag}>"))
        for name, value in attrs:
            if name.startswith("on") or name in ("srcdoc", "formaction", "action", "poster", "background"):
                self.findings.append(Finding("unsafe_html", f"{name} on <{tag}>"))
            if name in ("href", "src") and not _is_fit_target(value or ""):
                self.findings.append(Finding("bad_link", value or ""))


def _markup(html: str) -> list[Finding]:
    parser = _Markup()
    parser.feed(html)
    return parser.findings


def _is_fit_target(target: str) -> bool:
    """An absolute https, mailto or tel address, or one placeholder that holds a URL (RS-12)."""
    if placeholder := _PLACEHOLDER_LINK.fullmatch(target.strip()):
        known = placeholders.PLACEHOLDERS.get(placeholder.group(1))
        return known is not None and known.kind == "url"
    return target.startswith(("https://", "mailto:", "tel:"))
