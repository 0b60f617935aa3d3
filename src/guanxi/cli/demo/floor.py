"""Single things that happen in the replayed weeks: a customer comes back with his code, production is photographed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from guanxi.cli.demo.fill import SOURCE
from guanxi.cli.demo.pages import pdf, photo
from guanxi.cli.demo.pools import goods
from guanxi.ledger import actions as ledger_actions
from guanxi.ledger.facts import LineFacts
from guanxi.ledger.models import Order
from guanxi.offers.models import Grant
from guanxi.offers.redeeming import IMPORT, redeem
from guanxi.papers import actions as papers_actions
from guanxi.supply import actions as supply_actions

NODES = (("materials_in", "Material for {article}"), ("assembly", "Assembly of {article}"), ("packing", "Packed"))
PAPERS = ("commercial_invoice", "packing_list", "certificate_of_origin")


@dataclass(frozen=True, slots=True)
class ComingBack:
    """Whoever has had an unused code for longest orders with it."""

    number: int
    at: datetime

    def __call__(self) -> None:
        open_ones = Grant.objects.filter(redemptions=None, granted_at__lt=self.at, contact__isnull=False)
        grant = open_ones.select_related("customer", "contact").order_by("granted_at", "pk").first()
        if grant is None:
            return
        chosen = goods()[self.number * 3 % len(goods()) :][:2]
        order = ledger_actions.record_order(
            customer=grant.customer, contact=grant.contact, number=f"PB-CODE-{self.number + 1}", placed_at=self.at,
            currency="USD", source=SOURCE, now=self.at,
            lines=[
                LineFacts(
                    quantity=Decimal(240 + 60 * self.number), unit_price=good.price, product_code=good.code,
                    product_name=good.name, category=good.category,
                )
                for good in chosen
            ],
        )  # fmt: skip
        redeem(order=order, codes=[grant.code], told_by=IMPORT, now=self.at)


@dataclass(frozen=True, slots=True)
class Showing:
    """The newest order in production is photographed, and its papers for customs are listed."""

    number: int
    at: datetime

    def __call__(self) -> None:
        order = Order.objects.filter(stage="in_production", pictures=None).order_by("-placed_at", "-pk").first()
        if order is None:
            return
        line = order.lines.order_by("position").first()
        node, caption = NODES[self.number % len(NODES)]
        supply_actions.show_production(
            order=order, node=node, picture=photo([2 + (self.number + place) % 3 for place in range(5)]), now=self.at,
            caption=caption.format(article=line.product_name if line else "the goods"),
        )  # fmt: skip
        for number, kind in enumerate(PAPERS):
            raw = pdf(f"{kind.replace('_', ' ').capitalize()} {order.number}", []) if number < len(PAPERS) - 1 else None
            papers_actions.list_for_customs(order=order, kind=kind, raw=raw, by=None, now=self.at)
