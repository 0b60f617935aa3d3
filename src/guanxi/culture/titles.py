"""Honorifics and ranks in the languages of our letters, read from ranks.yaml. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import yaml

PATH = Path(__file__).parent / "ranks.yaml"
FEMALE, MALE = "f", "m"
# Sig.ra and Dott.ssa are one word each, Prof.Dr. is two.
_ONE_WORD = re.compile(r"\.(ra|ssa|na)\b")
# What is put behind a rank out of courtesy is none of it.
_COURTESY = ("様", "さま", "殿", "님")


@dataclass(frozen=True, slots=True)
class Honorific:
    """What an honorific as written says; `gender` is f, m or empty, `is_neutral` a title that names none (Mx)."""

    gender: str = ""
    is_neutral: bool = False
    is_doctor: bool = False
    is_professor: bool = False
    is_engineer: bool = False
    is_licentiate: bool = False


@lru_cache(maxsize=4096)
def read_honorific(text: str, gender: str = "") -> Honorific:
    """The parts of e.g. "Frau Prof. Dr."; a gender that is given wins over one the honorific implies."""
    known = _table()["honorifics"]
    words = _words(text)
    genders = dict.fromkeys(known["female"], FEMALE) | dict.fromkeys(known["male"], MALE)
    implied = next((genders[word] for word in words if word in genders), "")
    return Honorific(
        gender=gender if gender in (FEMALE, MALE) else implied,
        is_neutral=not set(known["neutral"]).isdisjoint(words),
        is_doctor=not set(known["doctor"]).isdisjoint(words),
        is_professor=not set(known["professor"]).isdisjoint(words),
        is_engineer=not set(known["engineer"]).isdisjoint(words),
        is_licentiate=not set(known["licentiate"]).isdisjoint(words),
    )


@lru_cache(maxsize=4096)
def is_honorific(text: str) -> bool:
    """Whether every word of it addresses a person, as in Herr Dr.; a position such as 課長 or Buyer does not."""
    words = _words(text)
    return bool(words) and {each for group in _table()["honorifics"].values() for each in group}.issuperset(words)


@lru_cache(maxsize=4096)
def japanese_rank(position: str) -> str:
    """The rank to put behind the name: 購買部 課長 and Section Chief give 課長; empty when there is none."""
    ranks = _table()["ja"]
    if written := _ending_of(position, ranks):
        return str(ranks[written][0])
    wanted = position.strip().casefold()
    if other := _table()["ja_from_english"].get(wanted):
        return str(other)
    return next((str(rank) for rank, english in ranks.values() if english.casefold() == wanted), "")


@lru_cache(maxsize=4096)
def chinese_rank(position: str) -> str:
    """The rank to put behind the family name: 采购经理 gives 经理; empty when there is none."""
    return str(_table()["zh"].get(_ending_of(position, _table()["zh"]), ""))


@lru_cache(maxsize=4096)
def korean_rank(position: str) -> str:
    """The rank to put behind the name, with 님: 영업부 부장 gives 부장; empty when there is none."""
    return _ending_of(position, _table()["ko"])


@lru_cache(maxsize=4096)
def english_rank(position: str) -> str:
    """The rank to put before the name in English; a rank already in Latin letters stays as it is."""
    text = position.strip()
    if text.isascii():
        return text
    if written := _ending_of(text, _table()["ja"]):
        return str(_table()["ja"][written][1])
    return str(_table()["ko"].get(_ending_of(text, _table()["ko"]), ""))


def _ending_of(position: str, ranks: Iterable[str]) -> str:
    """The longest rank that a position ends with, or nothing."""
    text = position.strip()
    for courtesy in _COURTESY:
        text = text.removesuffix(courtesy)
    return max((rank for rank in ranks if text.endswith(rank)), key=len, default="")


def _words(text: str) -> list[str]:
    """The words of an honorific without their stops: Herr Dipl.-Ing. gives herr, dipl, ing."""
    parted = _ONE_WORD.sub(r"\1", text.casefold()).replace(".", ". ").split()
    return [word.strip(".,-") for word in parted]


@cache
def _table() -> dict[str, Any]:
    return dict(yaml.load(PATH.read_text("utf-8"), Loader=yaml.CSafeLoader))
