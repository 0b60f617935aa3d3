"""What the public pages say, in the language of the reader: one YAML file per language. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

FOLDER = Path(__file__).parent / "words"
FALLBACK = "en"
ISOLATE, END_OF_ISOLATE = "\u2068", "\u2069"
# Who reads Traditional characters is served better by Simplified ones than by English.
RELATED = {"zh": "zh-Hans"}


@dataclass(frozen=True, slots=True)
class Words:
    """The texts of one language; `direction` is ltr or rtl."""

    language: str
    name: str
    direction: str
    texts: Mapping[str, str]

    def __getitem__(self, key: str) -> str:
        """For templates: the text as it stands."""
        return self.texts[key]

    def say(self, key: str, **values: str) -> str:
        """The text with its values; a template escapes the whole.

        In right-to-left text each value is isolated, so that a Latin name keeps its full stop where it belongs.
        """
        if self.direction == "rtl":
            values = {name: f"{ISOLATE}{value}{END_OF_ISOLATE}" for name, value in values.items()}
        return self.texts[key].format(**values)


@cache
def all_words() -> dict[str, Words]:
    """By language, English first."""
    found = {path.stem: _read(path) for path in sorted(FOLDER.glob("*.yaml"))}
    return {FALLBACK: found[FALLBACK], **found}


def words_for(languages: Iterable[str]) -> Words:
    """The words of the first of these BCP 47 tags that is known, else English."""
    known = {language.casefold(): words for language, words in all_words().items()}
    for tag in languages:
        plain = tag.replace("_", "-").casefold()
        base = plain.partition("-")[0]
        for candidate in (plain, base, RELATED.get(base, "").casefold()):
            if candidate in known:
                return known[candidate]
    return known[FALLBACK]


def _read(path: Path) -> Words:
    texts = dict(yaml.load(path.read_text("utf-8"), Loader=yaml.CSafeLoader))
    return Words(path.stem, texts.pop("name"), texts.pop("direction"), texts)
