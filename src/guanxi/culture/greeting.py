"""How a letter opens and closes for its reader: name order, honorific, rank, modesty (C-01 to C-04). Pure.

The words are data: languages.yaml per language and formality, changed by a profile's `greeting`, `closing` and
`titles`.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import yaml

from guanxi.culture import titles
from guanxi.culture.profiles import Profile, profile_for
from guanxi.culture.reader import Reader
from guanxi.culture.titles import FEMALE, MALE, Honorific

PATH = Path(__file__).parent / "languages.yaml"
FALLBACK = "en"
FORMS = ("nobody", "rank", "female", "male", "unknown", "family_only", "family_first")
WORDS = ("name", "spaced", "full", "given", "title", "degrees", "rank")
_WORD = re.compile(r"\{([a-z]+)\}")
# Between Chinese and Latin letters stands a space.
_SEAM = re.compile(r"(?<=[\u4e00-\u9fff])(?=[A-Za-zÀ-ɏ])|(?<=[A-Za-zÀ-ɏ.])(?=[\u4e00-\u9fff])")
_EAST_ASIAN_SIGN = re.compile(r"[\u3040-\u9fff]")
_EAST_ASIAN = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7a3]+")
_REGIONS_IN_HANT = frozenset({"TW", "HK", "MO"})
_CHINESE = frozenset({"zh-Hans", "zh-Hant"})
_DEGREES = ("professor", "doctor", "engineer", "licentiate", "neutral")


class BadForm(ValueError):
    """A greeting names a word that there is none of; the sentence says which there are."""


def greeting_for(reader: Reader, language: str, profile: Profile | None = None) -> str:
    """The salutation with its own punctuation, for a letter in `language` (BCP 47); English where none is written.

    `profile` is the reader's country's as the firm has changed it, else the one that ships.
    """
    used = profile or profile_for(reader.country)
    tag = written_tag(language)
    words = _words(reader, tag, used)
    form = _form(reader, tag, used, words)
    text = filled(pattern_of(used, tag, form), words)
    return _SEAM.sub(" ", text) if tag in _CHINESE else text


def closing_for(reader: Reader, language: str, profile: Profile | None = None) -> str:
    """The closing, one or two lines; modest where the reader's country asks for it (C-04)."""
    used = profile or profile_for(reader.country)
    tag = written_tag(language)
    if own := used.entry("closing", tag):
        return own
    entry = _table()[tag]
    if used.modest_close and "modest" in entry:
        return str(entry["modest"])
    return _of_formality(entry, used.formality, "closing")


def pattern_of(profile: Profile, tag: str, form: str) -> str:
    """The text of a form with its braces, the firm's own before the language's."""
    return profile.entry("greeting", tag, form) or _of_formality(_table()[tag], profile.formality, form)


def check_form(pattern: str) -> str:
    """The pattern itself; raises BadForm for a brace that names no word."""
    rest = _WORD.sub(lambda match: "" if match.group(1) in WORDS else match.group(0), pattern)
    if "{" in rest or "}" in rest:
        raise BadForm(f"Only these may stand in braces: {', '.join(WORDS)}.")
    return pattern


@cache
def written_languages() -> tuple[str, ...]:
    """The languages with greetings of their own, as languages.yaml orders them."""
    return tuple(_table())


@lru_cache(maxsize=256)
def written_tag(language: str) -> str:
    """The entry of languages.yaml for a tag: zh-TW is zh-Hant, de-AT is de, an unknown one en."""
    parts = language.replace("_", "-").split("-")
    base = parts[0].lower()
    if base == "zh":
        is_hant = any(part.title() == "Hant" or part.upper() in _REGIONS_IN_HANT for part in parts[1:])
        return "zh-Hant" if is_hant else "zh-Hans"
    return base if base in _table() else FALLBACK


def filled(pattern: str, words: dict[str, str]) -> str:
    """The words in their places; a place that stays empty leaves no double space."""
    parts = list(_cut(pattern))
    parts[1::2] = [words.get(name, "") for name in parts[1::2]]
    text = "".join(parts)
    return " ".join(text.split()) if "  " in text else text


@lru_cache(maxsize=1024)
def _cut(pattern: str) -> tuple[str, ...]:
    """Text and names of words in turn."""
    return tuple(_WORD.split(pattern))


def full_name(reader: Reader, profile: Profile | None = None) -> str:
    """As written, or the parts in the order of the country; Chinese and Japanese characters without a space."""
    if reader.full_name:
        return reader.full_name
    parts = [reader.given_name, reader.family_name]
    is_east_asian = _EAST_ASIAN_SIGN.search("".join(parts)) is not None
    if is_east_asian or (profile or profile_for(reader.country)).name_order == "family_first":
        parts.reverse()
    return ("" if is_east_asian else " ").join(part for part in parts if part)


def _words(reader: Reader, tag: str, profile: Profile) -> dict[str, str]:
    title, degrees, gender = _manner(tag, reader.honorific, reader.gender)
    full = full_name(reader, profile)
    name = reader.family_name or _family_name(full) or full
    if tag == FALLBACK:  # The other languages say the family name wherever the reader lives.
        name = {"given_name": reader.given_name, "full_name": full}.get(profile.address_by, reader.family_name) or full
    return {
        "name": name,
        "spaced": f"{name} " if name.isascii() else name,
        "full": full,
        "given": reader.given_name or full,
        "title": title,
        "degrees": degrees,
        "rank": _rank(reader, tag, profile),
        "gender": gender,
    }


@lru_cache(maxsize=4096)
def _manner(tag: str, honorific: str, gender: str) -> tuple[str, str, str]:
    """Title, degrees and gender as far as they are known."""
    entry, known = _table()[tag], titles.read_honorific(honorific, gender)
    degrees = " ".join(word for degree, word in entry.get("degrees", {}).items() if _has(known, degree))
    return _title(entry, known), degrees, known.gender


def _form(reader: Reader, tag: str, profile: Profile, words: dict[str, str]) -> str:
    if not words["full"]:
        return "nobody"
    if words["rank"]:
        return "rank"
    if words["gender"]:
        return "female" if words["gender"] == FEMALE else "male"
    # Dr. and Professor are the same word for a man and a woman in English: no gender is needed.
    if tag == FALLBACK and words["title"]:
        return "male"
    if tag == FALLBACK and profile.name_order == "family_first" and reader.family_name:
        return "family_first"
    is_bare = reader.family_name and not (reader.given_name or reader.full_name or words["degrees"])
    return "family_only" if is_bare else "unknown"


def _family_name(full: str) -> str:
    """田中 of 田中 由紀; nothing where the parts are not set apart or are not written in East Asian letters."""
    first, *rest = full.split() or [""]
    return first if rest and all(_EAST_ASIAN.fullmatch(part) for part in (first, *rest)) else ""


def _rank(reader: Reader, tag: str, profile: Profile) -> str:
    """課長 and the other ranks, which stand in place of 様 or Mr.; the firm's own words for a rank come first."""
    if own := profile.entry("titles", tag, reader.position):
        return own
    if tag == "ja":
        return titles.japanese_rank(reader.position) or titles.japanese_rank(reader.honorific)
    if tag == "ko":
        return titles.korean_rank(reader.position) or titles.korean_rank(reader.honorific)
    if tag in _CHINESE:
        is_named = bool(reader.family_name or reader.full_name)
        return (titles.chinese_rank(reader.position) or titles.chinese_rank(reader.honorific)) if is_named else ""
    return titles.english_rank(reader.position) if tag == FALLBACK and profile.address_by == "position" else ""


def _title(entry: dict[str, Any], honorific: Honorific) -> str:
    table = entry.get("titles", {})
    degree = next((name for name in _DEGREES if name in table and _has(honorific, name)), "")
    male, female = table.get(degree or "none", ("", ""))
    if degree and male == female:
        return str(male)
    return str({FEMALE: female, MALE: male}.get(honorific.gender, ""))


def _has(honorific: Honorific, degree: str) -> bool:
    return bool(getattr(honorific, f"is_{degree}"))


def _of_formality(entry: dict[str, Any], formality: str, form: str) -> str:
    formal = entry["formal"]
    own = entry.get(formality, formal)
    return str(own.get(form) or formal.get(form) or own.get("unknown") or formal["unknown"])


@cache
def _table() -> dict[str, dict[str, Any]]:
    return dict(yaml.load(PATH.read_text("utf-8"), Loader=yaml.CSafeLoader))
