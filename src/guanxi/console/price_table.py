"""The price table of a letter, filled from the price breaks that are kept of an article (T-59, X-23)."""

from __future__ import annotations

from typing import Any

from guanxi.offers import queries as offers_queries

MOST = 12


def with_price_breaks(blocks: Any) -> Any:
    """The blocks as they were sent, but price tables that name an article and its currency carry its steps.

    An article without steps in that currency leaves the rows as they are typed; notes stay beside their row.
    """
    if not isinstance(blocks, list):
        return blocks
    return [_filled(each) if isinstance(each, dict) and each.get("type") == "price_breaks" else each for each in blocks]


def _filled(block: dict[str, Any]) -> dict[str, Any]:
    article, currency = str(block.get("article") or "").strip(), str(block.get("currency") or "").strip().upper()
    steps = offers_queries.price_breaks([article], currency)[:MOST] if article and currency else []
    if not steps:
        return block
    typed = block.get("rows") if isinstance(block.get("rows"), list) else []
    notes = {str(row.get("from", "")): str(row.get("note") or "") for row in typed or () if isinstance(row, dict)}
    rows = []
    for step in steps:
        quantity = f"{step.from_quantity.normalize():f}"
        rows.append({"from": quantity, "price": f"{step.unit_price.normalize():f}", "note": notes.get(quantity, "")})
    return {**block, "rows": rows}
