"""What somebody's clicks tell: articles looked at, categories and searches, refusals. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from guanxi.recommendations.affinity import freshness

LOOKS = frozenset({
    "Product Viewed", "Product Clicked", "Product Added", "Product Added to Wishlist", "Product List Viewed",
    "Product List Filtered", "page.viewed",
})  # fmt: skip
SEARCH = "Products Searched"
REFUSED = "Recommendation Refused"
READ = (*sorted(LOOKS), SEARCH, REFUSED)


@dataclass(frozen=True, slots=True)
class Browsing:
    """Articles by code with the days since the latest look, categories with their weight, refused articles."""

    views: dict[str, float] = field(default_factory=dict)
    categories: dict[str, float] = field(default_factory=dict)
    refused: frozenset[str] = frozenset()


def browsing(events: Iterable[tuple[str, Any, datetime]], *, now: datetime, categories: Sequence[str] = ()) -> Browsing:
    """Read (name, properties, when), the newest first; a search speaks for the `categories` its words name."""
    views: dict[str, float] = {}
    weights: dict[str, float] = {}
    refused = set()
    for name, properties, occurred_at in events:
        if not isinstance(properties, Mapping):
            continue
        days = max((now - occurred_at) / timedelta(days=1), 0.0)
        code = _text(properties, "product_code", "sku", "product_id")
        if name == REFUSED and code:
            refused.add(code)
        if name in LOOKS:
            if code:
                views.setdefault(code, days)
            _add(weights, _text(properties, "category"), days)
        elif name == SEARCH:
            query = _text(properties, "query", "search_query", "search").casefold()
            for category in categories if query else ():
                if category.casefold() in query or query in category.casefold():
                    _add(weights, category, days)
    return Browsing(views, weights, frozenset(refused))


def merged(first: Mapping[str, float], second: Mapping[str, float]) -> dict[str, float]:
    """The sum of two weightings."""
    return {name: first.get(name, 0.0) + second.get(name, 0.0) for name in {*first, *second}}


def _add(weights: dict[str, float], category: str, days: float) -> None:
    if category:
        weights[category] = weights.get(category, 0.0) + freshness(days)


def _text(properties: Mapping[str, Any], *names: str) -> str:
    for name in names:
        value = properties.get(name)
        if isinstance(value, str | int) and not isinstance(value, bool) and str(value).strip():
            return str(value).strip()
    return ""
