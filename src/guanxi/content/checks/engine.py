"""Reads a letter line by line against the rules of wording. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from guanxi.content import placeholders

PATH = Path(__file__).parent / "rules.yaml"
LONGEST_EXCERPT = 80
# The foot of every letter is ours, not the author's (library/frame.txt).
_FOOT = re.compile(r"^-{20,}$")
_LIQUID = re.compile(r"\{%.*?%\}|\{\{\s*([a-z_.]+)([^}]*)\}\}")
_FIGURES = ("amount", "percent", "date")
_FIGURE = re.compile(r"\d")
# "ca. 3 Wochen" is one sentence: what follows an abbreviation begins with a small letter or a figure.
_SENTENCE_END = re.compile(r"(?<=[.!?؟])\s+(?=[^a-zäöü0-9\s])|(?<=[。！？])|[;；]")
_ADDRESS = re.compile(r"https?://\S+|\S+@\S+")


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """Equal only to itself. `reason` by language of our pages; a firm's own rule has one for all."""

    code: str
    reason: Mapping[str, str]
    languages: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    matches: re.Pattern[str] | None = None
    unless: re.Pattern[str] | None = None
    needs_figure: bool = False
    requires_any: tuple[str, ...] = ()
    or_pattern: re.Pattern[str] | None = None
    promotes: bool = False

    def looks_at(self, *, language: str, kind: str, key: str) -> bool:
        base = language.partition("-")[0]
        return (
            (not self.languages or language in self.languages or base in self.languages)
            and (not self.kinds or kind in self.kinds)
            and (not self.keys or key.startswith(self.keys))
        )

    def reason_in(self, language: str) -> str:
        """For a page in `language` as Django or BCP 47 writes it."""
        wanted = {"zh-hans": "zh-Hans", "zh": "zh-Hans"}.get(language.lower(), language)
        return self.reason.get(wanted) or self.reason["en"]


@dataclass(frozen=True, slots=True)
class Remark:
    """One place a reader would stumble over: `place` is subject, preheader, letter, `block 3` or `text 7`, the
    line of the text part."""

    rule: Rule
    language: str
    place: str
    excerpt: str


@dataclass(frozen=True, slots=True)
class Written:
    """What of a letter the rules look at."""

    language: str
    subject: str
    preheader: str
    text: str
    names: frozenset[str] = field(default_factory=frozenset)
    block_types: tuple[str, ...] = ()


@cache
def shipped_rules() -> tuple[Rule, ...]:
    return tuple(_rule(entry) for entry in yaml.load(PATH.read_text("utf-8"), Loader=yaml.CSafeLoader))


def own_rule(*, code: str, phrases: str, reason: str, language: str = "", needs_figure: bool = False) -> Rule:
    """A firm's rule: plain phrases, one a line; never a pattern, which could run for ever."""
    lines = [line.strip() for line in phrases.splitlines() if line.strip()]
    return Rule(
        code, {"en": reason}, languages=(language,) if language else (), matches=_phrases(lines),
        needs_figure=needs_figure,
    )  # fmt: skip


def remarks(
    letter: Written, *, kind: str, key: str = "", rules: Sequence[Rule] = (), promotions: Iterable[str] = ()
) -> list[Remark]:
    """Everything the shipped rules and `rules` find, in the order of the letter; each rule once a place.

    `promotions` are the blocks and the beginnings of placeholders that sell.
    """
    lines = list(_lines(letter))
    found: list[Remark] = []
    for rule in (*shipped_rules(), *rules):
        if rule.looks_at(language=letter.language, kind=kind, key=key):
            found += _of_rule(rule, letter, lines, tuple(promotions))
    return sorted(dict.fromkeys(found), key=lambda remark: _order(remark.place))


def _of_rule(
    rule: Rule, letter: Written, lines: Sequence[tuple[str, str]], promotions: tuple[str, ...]
) -> Iterator[Remark]:
    if rule.requires_any and not _has_what_it_needs(rule, letter, lines):
        yield Remark(rule, letter.language, "letter", "")
    if rule.promotes:
        yield from _promotions(rule, letter, promotions)
    if rule.matches is None:
        return
    for place, line in lines:
        for sentence in _sentences(line):
            match = rule.matches.search(sentence)
            if match and not _is_fine(rule, sentence):
                yield Remark(rule, letter.language, place, _excerpt(sentence, match))


def _has_what_it_needs(rule: Rule, letter: Written, lines: Sequence[tuple[str, str]]) -> bool:
    if any(wanted in letter.names for wanted in rule.requires_any):
        return True
    pattern = rule.or_pattern
    return any(
        any(wanted in text for wanted in rule.requires_any) or (pattern and pattern.search(text)) for _, text in lines
    )


def _promotions(rule: Rule, letter: Written, promotions: tuple[str, ...]) -> Iterator[Remark]:
    for number, block in enumerate(letter.block_types, 1):
        if block in promotions:
            yield Remark(rule, letter.language, f"block {number}", block)
    for name in sorted(letter.names):
        if name.startswith(tuple(each for each in promotions if each.endswith("."))):
            yield Remark(rule, letter.language, "letter", name)


def _is_fine(rule: Rule, sentence: str) -> bool:
    if rule.unless is not None and rule.unless.search(sentence):
        return True
    return rule.needs_figure and _FIGURE.search(sentence) is not None


def _lines(letter: Written) -> Iterator[tuple[str, str]]:
    """Place and words of each line, up to the foot."""
    yield "subject", letter.subject
    yield "preheader", letter.preheader
    for number, line in enumerate(letter.text.splitlines(), 1):
        if _FOOT.match(line):
            return
        yield f"text {number}", line


def _sentences(line: str) -> Iterator[str]:
    """Values are written as a figure where they are one; a filter that writes a short date stays to be found."""
    plain = _LIQUID.sub(_stand_in, _ADDRESS.sub(" ", line) if "{{" not in line else line)
    yield from (part.strip() for part in _SENTENCE_END.split(plain) if part and part.strip())


def _stand_in(match: re.Match[str]) -> str:
    if match.group(1) is None:
        return " "
    name, filters = match.group(1), match.group(2)
    if "short" in filters:
        return filters
    known = placeholders.PLACEHOLDERS.get(name)
    return "100" if known and known.kind in _FIGURES else "…"


def _excerpt(sentence: str, match: re.Match[str]) -> str:
    """The sentence, or what is around the words when it is long."""
    if len(sentence) <= LONGEST_EXCERPT:
        return sentence
    begin = max(0, match.start() - 30)
    return f"{'…' if begin else ''}{sentence[begin : begin + LONGEST_EXCERPT]}…"


def _order(place: str) -> tuple[int, int]:
    kind, _, number = place.partition(" ")
    return ("subject", "preheader", "text", "block", "letter").index(kind), int(number or 0)


def _rule(entry: Mapping[str, Any]) -> Rule:
    pattern, unless = entry.get("pattern"), entry.get("unless")
    return Rule(
        code=entry["code"],
        reason=entry["reason"],
        languages=tuple(entry.get("languages", ())),
        kinds=tuple(entry.get("kinds", ())),
        keys=tuple(entry.get("keys", ())),
        matches=re.compile(pattern, re.IGNORECASE) if pattern else _phrases(entry.get("phrases", ())),
        unless=re.compile(unless, re.IGNORECASE) if unless else None,
        needs_figure=bool(entry.get("needs_figure")),
        requires_any=tuple(entry.get("requires_any", ())),
        or_pattern=re.compile(entry["or_pattern"]) if "or_pattern" in entry else None,
        promotes=bool(entry.get("promotes")),
    )


def _phrases(phrases: Sequence[str]) -> re.Pattern[str] | None:
    """Whole words where the script has spaces; Chinese and Japanese words stand anywhere."""
    if not phrases:
        return None
    return re.compile("|".join(_phrase(phrase) for phrase in sorted(phrases, key=len, reverse=True)), re.IGNORECASE)


def _phrase(phrase: str) -> str:
    body = re.escape(phrase).replace(r"\*", r"\w*")
    has_words = any("a" <= char.lower() <= "z" or "\u0600" <= char <= "\u06ff" for char in phrase)
    if not has_words:
        return body
    before = r"(?<!\w)" if phrase[0].isalpha() else ""
    after = r"(?!\w)" if phrase[-1].isalpha() else ""
    return f"{before}{body}{after}"
