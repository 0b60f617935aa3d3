"""Which document fits a reader best: language first, then market, then trade. Pure.

A document that names markets, trades or categories of goods is for these alone; one that names none is for all. So a
reader never gets a price list of another market, and what is made for him goes before what is made for everybody.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from guanxi.papers.kinds import ONCE_EACH

OWN, RELATED, ENGLISH, ALL = "own", "related", "english", "all"
FALLBACK = "en"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A document as the choice sees it; empty `markets`, `trades`, `categories` mean all of them."""

    id: int
    kind: str
    language: str
    markets: frozenset[str]
    trades: frozenset[str]
    categories: frozenset[str]
    added_at: datetime
    valid_until: date | None = None


@dataclass(frozen=True, slots=True)
class Reader:
    """`languages` are BCP 47 tags, best first, English among them; `interest` is the category he looked at lately."""

    languages: Sequence[str]
    market: str
    trade: str
    interest: str = ""
    has_got: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Fit:
    """The chosen document and why: `language` is own, related or english; the others are own or all."""

    document_id: int
    language: str
    market: str
    trade: str
    category: str

    @property
    def reason(self) -> str:
        """Such as `language own, market all, trade own, category all`; pages put it into words."""
        return f"language {self.language}, market {self.market}, trade {self.trade}, category {self.category}"


def best(candidates: Iterable[Candidate], kind: str, reader: Reader, *, on: date) -> Fit | None:
    """The best of what fits, the newest of equals; None when nothing does."""
    fitting = [
        (rank, each.added_at, each)
        for each in candidates
        if each.kind == kind
        and (each.valid_until is None or each.valid_until >= on)
        and not (kind in ONCE_EACH and each.id in reader.has_got)
        and (rank := _rank(each, reader)) is not None
    ]
    if not fitting:
        return None
    _, _, chosen = min(fitting, key=lambda found: (found[0], -found[1].timestamp(), -found[2].id))
    return Fit(
        chosen.id, _language(chosen.language, reader), _own(chosen.markets), _own(chosen.trades),
        _own(chosen.categories),
    )  # fmt: skip


def _rank(each: Candidate, reader: Reader) -> tuple[int, int, int, int] | None:
    """Smaller is better; None when it is for somebody else."""
    if each.language not in reader.languages:
        return None
    if each.markets and reader.market not in each.markets:
        return None
    if each.trades and reader.trade.casefold() not in each.trades:
        return None
    if each.categories and reader.interest.casefold() not in each.categories:
        return None
    # What he has just looked at is why he is written to; of two in his language it goes first.
    return list(reader.languages).index(each.language), not each.categories, not each.markets, not each.trades


def _own(named: frozenset[str]) -> str:
    return OWN if named else ALL


def _language(language: str, reader: Reader) -> str:
    first = reader.languages[0]
    if language == first:
        return OWN
    if language.partition("-")[0] == first.partition("-")[0]:
        return RELATED
    return ENGLISH if language == FALLBACK else OWN
