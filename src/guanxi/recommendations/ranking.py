"""Which articles to show to whom, in which order and why. Pure: affinities and plain facts in, suggestions out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from guanxi.recommendations import affinity
from guanxi.recommendations.affinity import Floats
from guanxi.recommendations.store import Affinities

Place = Literal["home", "product", "mail"]
PLACES: tuple[Place, ...] = ("home", "product", "mail")
# A look weighs less than a purchase.
VIEW_WEIGHT = 0.5
NEW_DAYS = 60
NEW_AT_MOST = 2
# How much an article gains that sells in the customer's own country, when he has only tried us so far.
MARKET_GAIN = 2.0


@dataclass(frozen=True, slots=True)
class Person:
    """What is known of whom we recommend to; articles by code with the days since.

    `interests` weigh categories by purchases, looks and searches. `order_count` is None for an unknown visitor.
    """

    country: str = ""
    trade: str = ""
    purchases: Mapping[str, float] = field(default_factory=dict)
    views: Mapping[str, float] = field(default_factory=dict)
    interests: Mapping[str, float] = field(default_factory=dict)
    order_count: int | None = None
    has_only_tried: bool = False


@dataclass(frozen=True, slots=True)
class Suggestion:
    """An article with its reason: `kind` and the plain values that `words.reason` turns into a sentence.

    Kinds: complementary, viewed (goes with something looked at), next_purchase, new, affinity, popular_near, popular.
    """

    code: str
    name: str
    category: str
    kind: str
    score: float
    because: Mapping[str, Any] = field(default_factory=dict)


def suggest(
    found: Affinities,
    person: Person,
    *,
    place: Place = "home",
    product: str = "",
    blocked: Iterable[str] = (),
    limit: int = 10,
) -> list[Suggestion]:
    """The best suggestions, the best first; never what is `blocked`, bought already, or the article looked at."""
    closed = np.zeros(len(found.codes), dtype=bool)
    for code in (*blocked, *person.purchases, product):
        if code in found.place_of:
            closed[found.place_of[code]] = True
    ranking = _Ranking(found, person, product, closed, limit)
    sources: list[Callable[[], Iterator[Suggestion]]] = [
        ranking.complements, ranking.affine, ranking.popular_near, ranking.popular,
    ]  # fmt: skip
    if place == "product":
        sources.insert(0, ranking.companions)
    elif place == "home":
        sources.insert(0, ranking.new)
    chosen: list[Suggestion] = []
    for source in sources:
        for each in source():
            where = found.place_of[each.code]
            if closed[where]:
                continue
            closed[where] = True
            chosen.append(each)
            if len(chosen) == limit:
                return chosen
    return chosen


@dataclass(frozen=True)
class _Ranking:
    """`closed` are the articles that may not be named (any more)."""

    found: Affinities
    person: Person
    product: str
    closed: Any
    limit: int

    def companions(self) -> Iterator[Suggestion]:
        """What goes with the article on the page."""
        place = self.found.place_of.get(self.product)
        if place is not None:
            yield from self._voted("complementary", affinity.votes(self.found.neighbours, {place: 1.0}), 1.0)

    def complements(self) -> Iterator[Suggestion]:
        """What goes with what he has bought and looked at; for a trial customer the accessory his market buys."""
        basket = self._basket()
        if not basket:
            return
        kind, gain = "complementary", self._affinity_gain()
        if self.person.has_only_tried:
            kind, gain = "next_purchase", gain * self._market_gain()
        yield from self._voted(kind, affinity.votes(self.found.neighbours, basket), gain)

    def new(self) -> Iterator[Suggestion]:
        """New articles of the categories he cares for come first on the home page (X-03)."""
        found, yielded = self.found, 0
        for category, share in self._categories():
            for place in found.places_of_category.get(category, ()):
                if found.first_sold_days[place] <= NEW_DAYS and yielded < NEW_AT_MOST:
                    yielded += 1
                    yield self._made(place, "new", share, category=category)

    def affine(self) -> Iterator[Suggestion]:
        """The best sellers of the categories he cares for."""
        for category, share in self._categories():
            yield from self._best_of(f"category:{category}", "affinity", {"category": category}, scale=share)

    def popular_near(self) -> Iterator[Suggestion]:
        """What others of his country and trade buy."""
        person, trade = self.person, self.person.trade.strip().lower()
        scopes = [
            (f"country:{person.country}|trade:{trade}", {"country": person.country, "trade": person.trade}),
            (f"country:{person.country}", {"country": person.country}),
            (f"trade:{trade}", {"trade": person.trade}),
        ]  # fmt: skip
        for scope, because in scopes:
            yield from self._best_of(scope, "popular_near", because)

    def popular(self) -> Iterator[Suggestion]:
        yield from self._best_of("all", "popular", {})

    def _basket(self) -> dict[int, float]:
        basket: dict[int, float] = {}
        for codes, weight in ((self.person.views, VIEW_WEIGHT), (self.person.purchases, 1.0)):
            for code, days in codes.items():
                place = self.found.place_of.get(code)
                if place is not None:
                    basket[place] = weight * affinity.freshness(days)
        return basket

    def _voted(self, kind: str, cast: affinity.Votes, gain: Floats | float) -> Iterator[Suggestion]:
        values = affinity.scores(cast, self.found.recent_buyers) * gain
        values[self.closed] = 0
        for place in map(int, affinity.best(values, self.limit)):
            source = cast.source_of(place)
            code = str(self.found.codes[source])
            is_own = code in self.person.purchases or code == self.product
            told = self._evidence(source, place) | {"with": str(self.found.names[source]) or code}
            if kind == "next_purchase":
                told |= self._market_evidence(place)
            yield self._made(place, kind if is_own else "viewed", float(values[place]), **told)

    def _evidence(self, source: int, place: int) -> dict[str, Any]:
        near = self.found.neighbours
        where = int(np.flatnonzero(near.places[source] == place)[0])
        return {
            "together": int(near.together[source, where]),
            "buyers": int(self.found.buyers[source]),
            "lift": round(float(near.lifts[source, where]), 1),
        }

    def _market(self) -> tuple[Any, Any]:
        nothing = np.zeros(0, dtype=np.int64)
        return self.found.popular.get(f"country:{self.person.country}", (nothing, nothing))

    def _market_gain(self) -> Floats:
        gain = np.ones(len(self.found.codes))
        places, counts = self._market()
        if len(places):
            gain[places] += MARKET_GAIN * counts / counts.max()
        return gain

    def _market_evidence(self, place: int) -> dict[str, Any]:
        places, counts = self._market()
        where = np.flatnonzero(places == place)
        return {"country": self.person.country, "buyers_there": int(counts[where[0]]) if len(where) else 0}

    def _affinity_gain(self) -> Floats:
        gain = np.ones(len(self.found.codes))
        for category, share in self._categories():
            gain[self.found.places_of_category.get(category, [])] += share
        return gain

    def _categories(self) -> list[tuple[str, float]]:
        """Categories with his share of interest in them, the highest first."""
        total = sum(self.person.interests.values())
        shares = [(category, weight / total) for category, weight in self.person.interests.items() if total]
        return sorted(shares, key=lambda each: (-each[1], each[0]))

    def _best_of(
        self, scope: str, kind: str, because: Mapping[str, Any], *, scale: float = 1.0
    ) -> Iterator[Suggestion]:
        places, counts = self.found.popular.get(scope, ((), ()))
        for place, count in zip(places, counts, strict=True):
            yield self._made(int(place), kind, scale * float(count), buyers=int(count), **because)

    def _made(self, place: int, kind: str, score: float, **because: Any) -> Suggestion:
        found = self.found
        code = str(found.codes[place])
        return Suggestion(code, str(found.names[place]) or code, str(found.categories[place]), kind, score, because)
