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

# What to do about it, where the sentence does not say so already.
REMEDIES: dict[str, str] = {
    "begins": "Use it from that day on.",
    "ended": "Choose an offer that holds on the day of the order.",
    "order_number": "Keep it for that order.",
    "categories": "Add articles of more categories.",
    "currency": "Choose an offer in the currency of the order.",
    "goods": "Add goods up to that sum.",
    "articles": "Add an article it is for.",
    "one_discount": "Take the other code back first if this one shall count.",
    "one_rebate": "Take the other code back first if this one shall count.",
    "unknown_code": "Read it again; GET /api/codes/{code} tells of those that were handed out.",
    "withdrawn": "Hand out a new code.",
    "expired": "Hand out a new code.",
    "used": "Hand out a new code.",
    "uses_gone": "Raise the limit of uses in the offer, or choose another offer.",
    "other_customer": "Use it for an order of the customer who was given it.",
    "older_order": "Use it for an order of that day or later.",
    "no_purchase": "Use it for an order.",
}


@dataclass(frozen=True, slots=True)
class Reason:
    """`code` is a key of SENTENCES, `detail` holds its words as text."""

    code: str
    detail: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return SENTENCES[self.code] % self.detail

    @property
    def advice(self) -> str:
        """The reason as a sentence, with what to do about it."""
        sentence = str(self)
        return f"{sentence[:1].upper()}{sentence[1:]}. {REMEDIES.get(self.code, '')}".strip()


def because(code: str, **detail: object) -> Reason:
    return Reason(code, {name: str(each) for name, each in detail.items()})
