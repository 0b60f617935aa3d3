"""The counted affinities as one file, held in memory by every process that recommends. Knows no Django."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from guanxi.recommendations.affinity import Floats, Integers, Neighbours


@dataclass(frozen=True)
class Affinities:
    """Everything about articles, by their place in `codes`.

    `buyers` are distinct customers of all time, `recent_buyers` those of the latest weeks, `first_sold_days` how long
    ago an article was sold first (-1: never). `popular` gives the places and counts of the best sellers of a scope:
    "all", "country:DE", "trade:retail", "category:Drones".
    """

    codes: Any
    names: Any
    categories: Any
    buyers: Integers
    recent_buyers: Floats
    first_sold_days: Integers
    neighbours: Neighbours
    popular: Mapping[str, tuple[Integers, Integers]]

    @cached_property
    def place_of(self) -> dict[str, int]:
        return {code: place for place, code in enumerate(self.codes.tolist())}

    @cached_property
    def places_of_category(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for place, category in enumerate(self.categories.tolist()):
            if category:
                found.setdefault(category, []).append(place)
        return found


def save(path: Path, found: Affinities) -> None:
    """A half-written file never lies under the final name."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part.npz")
    scopes = list(found.popular)
    sizes = np.array([len(found.popular[scope][0]) for scope in scopes], dtype=np.int64)
    none = np.zeros(0, dtype=np.int64)
    np.savez(
        part,
        codes=found.codes, names=found.names, categories=found.categories, buyers=found.buyers,
        recent_buyers=found.recent_buyers, first_sold_days=found.first_sold_days,
        places=found.neighbours.places, weights=found.neighbours.weights, together=found.neighbours.together,
        lifts=found.neighbours.lifts, scopes=np.array(scopes, dtype=np.str_), scope_sizes=sizes,
        popular_places=np.concatenate([none, *(found.popular[scope][0] for scope in scopes)]),
        popular_counts=np.concatenate([none, *(found.popular[scope][1] for scope in scopes)]),
    )  # fmt: skip
    part.replace(path)


def _read(path: Path) -> Affinities:
    with np.load(path, allow_pickle=False) as file:
        found = {name: file[name] for name in file.files}
    ends = np.cumsum(found["scope_sizes"])
    popular = {
        scope: (found["popular_places"][end - size : end], found["popular_counts"][end - size : end])
        for scope, size, end in zip(found["scopes"].tolist(), found["scope_sizes"], ends, strict=True)
    }
    neighbours = Neighbours(found["places"], found["weights"], found["together"], found["lifts"])
    return Affinities(
        found["codes"], found["names"], found["categories"], found["buyers"], found["recent_buyers"],
        found["first_sold_days"], neighbours, popular,
    )  # fmt: skip


_lock = threading.Lock()
_held: tuple[Path, Affinities] | None = None


def load(path: Path) -> Affinities:
    """The affinities of a file; the latest one asked for stays in memory. Files are never rewritten."""
    global _held
    with _lock:
        if _held is None or _held[0] != path:
            _held = (path, _read(path))
        return _held[1]
