"""Why an offer does not hold, is not handed out, or a code was refused: a word to keep, and its sentence. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

SENTENCES: dict[str, str] = {
    # who, when, what is ordered
    "begins": "begins on %(day)s",
    "ended": "ended on %(day)s",
    "kind": "is for %(kinds)s only",
    "standing": "is for %(tiers)s",
    "order_number": "is for order %(wanted)s, this is order %(number)s",
    "orders_before": "is for customers with %(wanted)s orders or more, there are %(number)s",
    "birthday_month": "is for the month of the birthday or founding day",
    "categories": "needs %(wanted)s categories, the order has %(number)s",
    "currency": "is stated in %(wanted)s, the order is in %(currency)s",
    "goods": "needs goods of %(currency)s %(wanted)s, the order has %(amount)s",
    "articles": "is for %(articles)s only, and the order has none of it",
    "needs_code": "holds only with its code",
    # stacking and floors
    "one_discount": "one percentage an order: %(offer)s is better or equal",
    "one_rebate": "one freight rebate an order: %(offer)s gives more or as much",
    "floor": "not in full for %(articles)s: the price would fall below its floor",
    # handing out codes
    "switched_off": "is switched off",
    "no_offer": "there is no offer of that name",
    "codes_gone": "all %(wanted)s codes are handed out",
    "customer_has_his": "the customer has had his %(wanted)s codes of it",
    "cost_reached": "has cost %(currency)s %(amount)s, its limit is %(wanted)s",
    "budget_used": "the budget of %(tier)s for the year is used up",
    # codes
    "unknown_code": "no such code was handed out",
    "withdrawn": "the code was taken back",
    "expired": "the code was valid until %(day)s",
    "used": "the code was used for order %(order)s",
    "uses_gone": "it was used %(wanted)s times, which is its limit",
    "other_customer": "the code was handed out to another customer",
    "older_order": "the order is older than the code, which is of %(day)s",
    "no_purchase": "a credit takes no discount",
}


@dataclass(frozen=True, slots=True)
class Reason:
    """`code` is a key of SENTENCES, `detail` holds its words as text."""

    code: str
    detail: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return SENTENCES[self.code] % self.detail


def because(code: str, **detail: object) -> Reason:
    return Reason(code, {name: str(each) for name, each in detail.items()})
