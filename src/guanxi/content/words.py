"""The few words that every letter shares, per language: stages, papers, the foot of the mail. Pure."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml

PATH = Path(__file__).parent / "library" / "words.yaml"
FALLBACK = "en"


@cache
def languages() -> tuple[str, ...]:
    """The languages of the library, English first."""
    return tuple(_table())


def words_for(language: str) -> dict[str, Any]:
    """The words of a language, or the English ones."""
    table = _table()
    return table.get(language) or table.get(language.partition("-")[0]) or table[FALLBACK]


def stage_word(code: str, language: str) -> str:
    """What a stage of ledger.stages is called; the code itself when it is none."""
    return str(words_for(language)["stages"].get(code, code))


def document_word(code: str, language: str) -> str:
    """What a paper is called; a name that is no code is kept as it is."""
    return str(words_for(language)["documents"].get(code, code))


@cache
def _table() -> dict[str, dict[str, Any]]:
    return dict(yaml.load(PATH.read_text("utf-8"), Loader=yaml.CSafeLoader))
