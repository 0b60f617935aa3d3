"""Which guide, case or document fits a reader best, and why (X-05, X-06, X-19). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from guanxi.recommendations.regions import regions_of

KINDS = ("guide", "case", "document", "article", "video")
# What speaks for a piece; a case collection is chosen by the category viewed before all else.
WEIGHTS = {"trade": 3.0, "country": 2.5, "region": 2.0, "category": 3.0}
# Near a purchase a reader wants proof and papers, far from it he wants to learn (B-11, D-23): a default.
LIKELY, UNLIKELY, TIMELY = 0.5, 0.2, 2.0
NEAR, FAR = frozenset({"case", "document"}), frozenset({"guide", "article", "video"})


@dataclass(frozen=True, slots=True)
class Piece:
    """A content piece as plain values."""

    key: str
    kind: str
    title: str
    url: str
    summary: str = ""
    language: str = ""
    countries: frozenset[str] = frozenset()
    regions: frozenset[str] = frozenset()
    trades: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reader:
    """Whom a piece is chosen for; `interests` weigh categories looked at or bought, `chance_of_order` is of 90 days."""

    country: str = ""
    trade: str = ""
    language: str = ""
    interests: Mapping[str, float] = field(default_factory=dict)
    chance_of_order: float | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """A piece with what spoke for it: trade, country, region, category, each with the word that met."""

    piece: Piece
    score: float
    because: Mapping[str, str]


def choose(
    pieces: Iterable[Piece], reader: Reader, *, limit: int, refused: frozenset[str] = frozenset()
) -> list[Choice]:
    """The best fitting pieces, the best first; what is made for others, or in another language, is left out."""
    found = [
        choice
        for piece in pieces
        if piece.key not in refused and _reads(piece, reader)
        if (choice := _judged(piece, reader)) is not None
    ]
    return sorted(found, key=lambda each: (-each.score, each.piece.key))[:limit]


def _reads(piece: Piece, reader: Reader) -> bool:
    """English is read where the reader's own language is missing."""
    if not piece.language or not reader.language:
        return True
    return piece.language.partition("-")[0] in {reader.language.partition("-")[0], "en"}


def _judged(piece: Piece, reader: Reader) -> Choice | None:
    """None when the piece asks for a trade or market that is not the reader's."""
    because: dict[str, str] = {}
    score = 0.0
    if piece.trades:
        trade = next((each for each in piece.trades if same_trade(each, reader.trade)), "")
        if not trade:
            return None
        because["trade"] = trade
        score += WEIGHTS["trade"]
    if piece.countries or piece.regions:
        region = next(iter(sorted(piece.regions & regions_of(reader.country))), "")
        if reader.country and reader.country in piece.countries:
            because["country"] = reader.country
            score += WEIGHTS["country"]
        elif region:
            because["region"] = region
            score += WEIGHTS["region"]
        else:
            return None
    if piece.categories:
        category, weight = _interest(piece, reader)
        if weight:
            because["category"] = category
            score += WEIGHTS["category"] * weight
        elif not because:
            return None
    if piece.language and reader.language and piece.language.partition("-")[0] == reader.language.partition("-")[0]:
        score += 0.5
    return Choice(piece, score + _timely(piece, reader), because)


def _interest(piece: Piece, reader: Reader) -> tuple[str, float]:
    """The category of the piece that the reader cares for most, with his share of interest in it."""
    total = sum(reader.interests.values())
    if not total:
        return "", 0.0
    wanted = {category.casefold(): category for category in piece.categories}
    best = max(
        ((category, weight) for category, weight in reader.interests.items() if category.casefold() in wanted),
        key=lambda each: each[1],
        default=("", 0.0),
    )
    return best[0], best[1] / total


def _timely(piece: Piece, reader: Reader) -> float:
    chance = reader.chance_of_order
    if chance is None:
        return 0.0
    if chance >= LIKELY:
        return TIMELY if piece.kind in NEAR else 0.0
    return TIMELY if chance < UNLIKELY and piece.kind in FAR else 0.0


def same_trade(wanted: str, trade: str) -> bool:
    """Whether two names of a line of business mean the same: equal, or one within the other, whatever the case."""
    wanted, trade = wanted.strip().casefold(), trade.strip().casefold()
    return bool(wanted and trade) and (wanted in trade or trade in wanted)
