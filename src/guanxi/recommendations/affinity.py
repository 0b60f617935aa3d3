"""Which articles go together: counted over the customers who bought both, damped and shrunk. Pure numerics.

The lift of two articles is how much more often both are bought than by chance. Alone it flatters rare pairs, so the
product of the buyers is raised to a power below one, and a constant in the denominator asks for support
(docs/explanation/algorithms/recommendations.md has the formula and what it achieves).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Integers: TypeAlias = NDArray[np.int64]
Floats: TypeAlias = NDArray[np.float64]

DAMPING = 0.7
SHRINKAGE = 10.0
LEAST_TOGETHER = 2
KEPT = 100
# Who has bought more articles than this is a reseller of everything and says little about what goes together.
LARGEST_BASKET = 1_000
HALF_LIFE_DAYS = 60.0
POPULARITY_POWER = 0.2
BLOCK = 2_000


@dataclass(frozen=True, slots=True)
class Neighbours:
    """For each article its best companions: `places` (-1 where there are fewer), `weights`, and on what they rest.

    `together` are the customers who bought both, `lifts` the plain lift.
    """

    places: NDArray[np.int32]
    weights: NDArray[np.float32]
    together: NDArray[np.int32]
    lifts: NDArray[np.float32]


def neighbours(customers: Integers, articles: Integers, *, size: int, kept: int = KEPT) -> Neighbours:
    """Companions of each of `size` articles, from distinct pairs of customer and article, both numbered from 0."""
    bought = _matrix(customers, articles, size)
    buyers = np.asarray(bought.sum(axis=0)).ravel()
    everybody = float(bought.shape[0])
    found = Neighbours(
        np.full((size, kept), -1, np.int32), np.zeros((size, kept), np.float32),
        np.zeros((size, kept), np.int32), np.zeros((size, kept), np.float32),
    )  # fmt: skip
    turned = bought.T.tocsr()
    for start in range(0, size, BLOCK):
        _fill(found, (turned[start : start + BLOCK] @ bought).tocsr(), start, buyers, everybody)
    return found


def _matrix(customers: Integers, articles: Integers, size: int) -> Any:
    from scipy import sparse  # a fifth of a second that only counting needs

    many = np.bincount(customers)
    told = many[customers] <= LARGEST_BASKET if len(customers) else np.zeros(0, dtype=bool)
    customers, articles = customers[told], articles[told]
    shape = (int(customers.max(initial=-1)) + 1, size)
    return sparse.csr_matrix((np.ones(len(customers), np.float32), (customers, articles)), shape=shape)


def _fill(found: Neighbours, counts: Any, start: int, buyers: Floats, everybody: float) -> None:
    kept = found.places.shape[1]
    for row in range(counts.shape[0]):
        first, end = counts.indptr[row], counts.indptr[row + 1]
        others, together = counts.indices[first:end], counts.data[first:end]
        told = (others != start + row) & (together >= LEAST_TOGETHER)
        others, together = others[told], together[told]
        chance = buyers[start + row] * buyers[others]
        weights = together / (chance**DAMPING + SHRINKAGE)
        best = np.argsort(-weights, kind="stable")[:kept]
        size = len(best)
        found.places[start + row, :size] = others[best]
        found.weights[start + row, :size] = weights[best]
        found.together[start + row, :size] = together[best]
        found.lifts[start + row, :size] = together[best] * everybody / chance[best]


def freshness(age_days: float) -> float:
    """What a purchase or a look of some days ago still weighs."""
    return float(0.5 ** (max(age_days, 0.0) / HALF_LIFE_DAYS))


@dataclass(frozen=True, slots=True)
class Votes:
    """What a basket says for each article: for `places`, the article it stands in and how loudly it speaks."""

    sources: Integers
    places: Integers
    gains: Floats

    def source_of(self, place: int) -> int:
        """The article of the basket to which `place` owes most."""
        voters = np.flatnonzero(self.places == place)
        return int(self.sources[voters[np.argmax(self.gains[voters])]])


def votes(found: Neighbours, basket: Mapping[int, float]) -> Votes:
    """The companions of everything in the basket (article: weight)."""
    articles = np.fromiter(basket.keys(), dtype=np.int64, count=len(basket))
    weights = np.fromiter(basket.values(), dtype=float, count=len(basket))
    places = found.places[articles]
    told = places >= 0
    gains = found.weights[articles] * weights[:, None]
    sources = np.broadcast_to(articles[:, None], places.shape)
    return Votes(sources[told], places[told].astype(np.int64), gains[told].astype(float))


def scores(cast: Votes, recent_buyers: Floats) -> Floats:
    """A score for every article; what sells now comes first among equals. Zero: nothing speaks for the article."""
    total = np.bincount(cast.places, weights=cast.gains, minlength=len(recent_buyers))
    found: Floats = total * (recent_buyers + 1) ** POPULARITY_POWER
    return found


def best(values: Floats, count: int) -> Integers:
    """The places of the `count` highest values above zero, the highest first."""
    count = min(count, len(values))
    if not count:
        return np.zeros(0, dtype=np.int64)
    top = np.argpartition(-values, count - 1)[:count]
    top = top[np.lexsort((top, -values[top]))]
    return top[values[top] > 0]
