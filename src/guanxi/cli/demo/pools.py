"""The pools that names, firms and goods are drawn from: YAML beside this file. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).parent
# Letters that Unicode does not take apart into a plain one and a mark.
PLAIN = str.maketrans({"ß": "ss", "ø": "o", "ł": "l", "ı": "i", "æ": "ae", "Ł": "l", "đ": "d"})


@dataclass(frozen=True, slots=True)
class Word:
    """A word as written, and in Latin letters for addresses."""

    written: str
    latin: str


@dataclass(frozen=True, slots=True)
class Names:
    given: dict[str, tuple[Word, ...]]
    family: tuple[Word, ...]
    honorific: dict[str, str]


@dataclass(frozen=True, slots=True)
class Country:
    """`shops` is the part of its customers who are persons buying in the web shop."""

    code: str
    weight: int
    shops: float
    currency: str
    names: Names
    language: str
    cities: tuple[tuple[str, str], ...]
    phone: str
    roots: tuple[Word, ...]
    trades: tuple[Word, ...]
    form: str
    positions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Good:
    code: str
    name: str
    category: str
    price: Decimal

    @property
    def cost(self) -> Decimal:
        return (self.price * Decimal("0.62")).quantize(Decimal("0.01"))


@cache
def countries() -> tuple[Country, ...]:
    cultures = {name: names_from(each) for name, each in document("names.yaml").items()}
    return tuple(
        Country(
            code=code, weight=each["weight"], shops=each["shops"], currency=each["currency"],
            names=cultures[each["names"]], language=each["language"], cities=tuple(each["cities"].items()),
            phone=each["phone"], roots=words(each["roots"]), trades=words(each["trades"]), form=each["form"],
            positions=tuple(each["positions"]),
        )
        for code, each in document("countries.yaml").items()
    )  # fmt: skip


@cache
def goods() -> tuple[Good, ...]:
    return tuple(
        Good(code, name, category, Decimal(str(price)))
        for category, rows in document("goods.yaml").items()
        for code, name, price in rows
    )


def names_from(each: dict[str, Any]) -> Names:
    return Names(
        given={gender: words(each[gender]) for gender in "fm"},
        family=words(each["family"]),
        honorific=each["honorific"],
    )


def words(texts: Iterable[str]) -> tuple[Word, ...]:
    return tuple(Word(text.partition("|")[0], slug(text.partition("|")[2] or text)) for text in texts)


def slug(text: str) -> str:
    """Lower-case Latin letters, digits and single hyphens."""
    plain = unicodedata.normalize("NFKD", text.translate(PLAIN).lower())
    kept = "".join(letter if letter.isascii() and letter.isalnum() else " " for letter in plain if ord(letter) < 0x300)
    return "-".join(kept.split())


def document(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((FOLDER / name).read_text(encoding="utf-8"))
    return loaded
