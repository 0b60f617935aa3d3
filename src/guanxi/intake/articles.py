"""What the catalogue knows of the articles in lines that name only a number."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal

from guanxi.catalogue.models import Product
from guanxi.kernel.parts import in_parts
from guanxi.ledger.bulk import LOOKED_UP_AT_ONCE
from guanxi.ledger.bulk_orders import LINE_TEXTS, LineRecord


@dataclass(frozen=True, slots=True)
class _Article:
    name: str
    category: str
    cost: Decimal | None


class Catalogue:
    """The articles of these numbers, as far as the catalogue has them; costs in another currency are left aside."""

    def __init__(self, codes: Collection[str], *, currency: str) -> None:
        self._articles: dict[str, _Article] = {}
        for chunk in in_parts(codes, LOOKED_UP_AT_ONCE):
            rows = Product.objects.filter(code__in=chunk).values_list("code", "name", "category", "cost", "currency")
            self._articles |= {
                code: _Article(name, category, cost if priced_in in {"", currency} else None)
                for code, name, category, cost, priced_in in rows
            }

    def __len__(self) -> int:
        return len(self._articles)

    def completed(self, line: LineRecord) -> LineRecord:
        """`line` with name, category and cost (per piece × quantity) where the file gave none."""
        article = self._articles.get(line.product_code)
        if article is None:
            return line
        cost = line.cost
        if cost is None and article.cost is not None:
            cost = (article.cost * line.quantity).quantize(Decimal("0.0001"))
        return line._replace(
            product_name=line.product_name or article.name[: LINE_TEXTS["product_name"]],
            category=line.category or article.category[: LINE_TEXTS["category"]],
            cost=cost,
        )
