"""Made-up customers for the tests of schemes: the figures of one who never bought, and of one who did."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from guanxi.scoring.measures import FIGURES
from guanxi.tiering import rules
from guanxi.tiering.documents import read_preset
from guanxi.tiering.rules import Decision, Scheme

# Borders of a firm of usual customers, where a scheme asks for percentiles.
BORDERS = {
    ("days_since_last_order", Decimal(50)): Decimal(60),
    ("order_count", Decimal(50)): Decimal(2),
    ("spend_total", Decimal(50)): Decimal(5000),
    ("order_count_window", Decimal(75)): Decimal(5),
    ("spend_window", Decimal(75)): Decimal(20000),
    ("spend_window", Decimal(25)): Decimal(3000),
}
STRANGER: dict[str, Any] = dict.fromkeys(FIGURES) | {
    "order_count": 0, "spend_total": Decimal(0), "order_count_window": 0, "spend_window": Decimal(0),
    "order_count_90_days": 0, "completed_order_count": 0,
}  # fmt: skip


def buyer(*, days: int, orders: int, spend: str | int = 0, **others: Any) -> dict[str, Any]:
    """Everything in the window unless `others` say otherwise; every order is completed."""
    amount = Decimal(spend)
    exact = {name: Decimal(str(value)) if isinstance(value, float) else value for name, value in others.items()}
    return STRANGER | {
        "days_since_last_order": days, "order_count": orders, "spend_total": amount, "order_count_window": orders,
        "spend_window": amount, "completed_order_count": orders, "days_since_last_interaction": days,
    } | exact  # fmt: skip


def settled(name: str) -> Scheme:
    """A preset with the borders of BORDERS."""
    return rules.settle(read_preset(name), borders=BORDERS, currency="USD")


def decide(name: str, figures: dict[str, Any], stands_in: str | None = None, **standings: str) -> Decision:
    """What a preset decides; `standings` are tiers in other schemes, their names with _ for -."""
    scheme = settled(name)
    others = {f"standing:{key.replace('_', '-')}": tier for key, tier in standings.items()}
    return rules.decide({**figures, scheme.own_standing: stands_in, **others}, scheme)


def tier(name: str, figures: dict[str, Any], stands_in: str | None = None, **standings: str) -> str:
    return decide(name, figures, stands_in, **standings).tier
