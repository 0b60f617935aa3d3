"""The few words that every letter shares, per language: stages, papers, the foot of the mail. Pure."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml

LIBRARY = Path(__file__).parent / "library"
FALLBACK = "en"
RIGHT_TO_LEFT = frozenset({"ar", "fa", "he", "ur"})
# Full-width punctuation is written where the script is.
_FULL_WIDTH = frozenset({"ja", "zh"})


@cache
def languages() -> tuple[str, ...]:
    """The languages of the library, English first."""
    return tuple(_table())


def words_for(language: str) -> dict[str, Any]:
    """The words of a language, or the English ones."""
    table = _table()
    return next(table[tag] for tag in (language, language.partition("-")[0], FALLBACK) if tag in table)


def is_right_to_left(language: str) -> bool:
    return language.partition("-")[0] in RIGHT_TO_LEFT


def colon(language: str) -> str:
    return "\uff1a" if language.partition("-")[0] in _FULL_WIDTH else ":"


def recommended_because(kind: str, language: str) -> str:
    """Why an article is recommended, in a few words; nothing for a reason that has none."""
    return str(words_for(language)["recommended_because"].get(kind, ""))


def stage_word(code: str, language: str) -> str:
    """What a stage of ledger.stages is called; the code itself when it is none."""
    return str(words_for(language)["stages"].get(code, code))


def document_word(code: str, language: str) -> str:
    """What a paper is called; a name that is no code is kept as it is."""
    return str(words_for(language)["documents"].get(code, code))


@cache
def _table() -> dict[str, dict[str, Any]]:
    """What orders and papers are called, and beside it the words of the blocks."""
    blocks = _read("block_words.yaml")
    return {language: blocks.get(language, blocks[FALLBACK]) | told for language, told in _read("words.yaml").items()}


def _read(name: str) -> dict[str, dict[str, Any]]:
    return dict(yaml.load((LIBRARY / name).read_text("utf-8"), Loader=yaml.CSafeLoader))
