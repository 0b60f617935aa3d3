"""What an offer is, and whether it holds for a buyer, an order, a code. Pure (CN-36)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from guanxi.kernel.money import Money
from guanxi.offers.reasons import Reason, because

HUNDRED = Decimal(100)
NOTHING = Decimal(0)
END_OF_MONTH, SAME_DAY = "end of month", "same day"


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of the buyer on the day: `standings` are his tiers by scheme, `order_number` that of this order."""

    on: date
    order_number: int
    standings: Mapping[str, str] = field(default_factory=dict)
    kind: str = "unknown"
    is_birthday_month: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """`floor_price` is the least a piece may cost; None when no floor is kept for the article."""

    product_code: str
    quantity: Decimal
    unit_price: Decimal
    category: str = ""
    floor_price: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Basket:
    lines: Sequence[Line]
    currency: str
    freight: Decimal = NOTHING

    @property
    def goods(self) -> Decimal:
        return sum((line.quantity * line.unit_price for line in self.lines), NOTHING)


@dataclass(frozen=True, slots=True)
class PriceBreak:
    """From this quantity on a piece costs `unit_price`, in the basket's currency."""

    product_code: str
    from_quantity: Decimal
    unit_price: Decimal


@dataclass(frozen=True, slots=True)
class Terms:
    """When an offer holds; what is not set does not matter. Bounds include their number (CN-37)."""

    standings: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    kinds: tuple[str, ...] = ()
    order_number: int | None = None
    orders_before: int | None = None
    categories_at_least: int | None = None
    goods_at_least: Decimal | None = None
    currency: str = ""
    from_on: date | None = None
    until_on: date | None = None
    in_birthday_month: bool = False


@dataclass(frozen=True, slots=True)
class Scope:
    """The articles a discount is for; all of them when nothing is named."""

    categories: tuple[str, ...] = ()
    products: tuple[str, ...] = ()

    def holds(self, line: Line) -> bool:
        return not (self.categories or self.products) or (
            line.category in self.categories or line.product_code in self.products
        )

    @property
    def names(self) -> tuple[str, ...]:
        return (*self.categories, *self.products)


@dataclass(frozen=True, slots=True)
class Gift:
    """A thing that comes with the order; `cost` is what it costs us."""

    title: Mapping[str, str]
    cost: Money


@dataclass(frozen=True, slots=True)
class CodeTerms:
    """How the offer's personal codes look and how long they are good: days, the month, or the day itself."""

    prefix: str = "GX"
    days: int = 30
    until: str = ""
    uses: int = 1

    def valid_until(self, granted_on: date) -> date:
        """The latest day of use."""
        if self.until == SAME_DAY:
            return granted_on
        if self.until == END_OF_MONTH:
            following = (granted_on.replace(day=1) + timedelta(days=32)).replace(day=1)
            return following - timedelta(days=1)
        return granted_on + timedelta(days=self.days)


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of it there is: codes, uses of them, codes of one customer, and cost in the reporting currency."""

    codes: int | None = None
    uses: int | None = None
    per_customer: int | None = None
    cost: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Offer:
    """Gives a percentage or an amount off the goods of `scope`, a share of the freight, or a gift.

    With `code` it holds only for those who were given one. `budget` names the scheme whose budget per tier it is paid
    from.
    """

    name: str
    title: Mapping[str, str]
    terms: Terms
    percent_off: Decimal = NOTHING
    freight_rebate_percent: Decimal = NOTHING
    amount_off: Money | None = None
    gift: Gift | None = None
    scope: Scope = field(default_factory=Scope)
    code: CodeTerms | None = None
    limits: Limits = field(default_factory=Limits)
    budget: str = ""
    words: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_discount(self) -> bool:
        """Whether it competes for the one discount of an order."""
        return bool(self.percent_off or self.amount_off)


# Whether it holds


def why_not(offer: Offer, basket: Basket, facts: Facts) -> Reason | None:
    """The first reason why an offer does not hold; None when it does."""
    return why_not_on(offer.terms, facts.on) or why_not_buyer(offer.terms, facts) or why_not_order(offer, basket, facts)


def why_not_on(terms: Terms, on: date) -> Reason | None:
    if terms.from_on and on < terms.from_on:
        return because("begins", day=terms.from_on)
    if terms.until_on and on > terms.until_on:
        return because("ended", day=terms.until_on)
    return None


def why_not_buyer(terms: Terms, facts: Facts) -> Reason | None:
    """What is asked of who buys; a code was given to one who met it, and is not asked again."""
    if terms.kinds and facts.kind not in terms.kinds:
        return because("kind", kinds=" and ".join(terms.kinds))
    if terms.standings and not any(facts.standings.get(scheme) in tiers for scheme, tiers in terms.standings.items()):
        tiers = " or ".join(f"{scheme} {'/'.join(tiers)}" for scheme, tiers in terms.standings.items())
        return because("standing", tiers=tiers)
    if terms.orders_before and facts.order_number <= terms.orders_before:
        return because("orders_before", wanted=terms.orders_before, number=facts.order_number - 1)
    if terms.in_birthday_month and not facts.is_birthday_month:
        return because("birthday_month")
    return None


def why_not_order(offer: Offer, basket: Basket, facts: Facts) -> Reason | None:
    """What is asked of the order."""
    terms = offer.terms
    if terms.order_number and facts.order_number != terms.order_number:
        return because("order_number", wanted=terms.order_number, number=facts.order_number)
    categories = len({line.category for line in basket.lines if line.category})
    if terms.categories_at_least and categories < terms.categories_at_least:
        return because("categories", wanted=terms.categories_at_least, number=categories)
    if terms.goods_at_least is not None:
        if terms.currency != basket.currency:
            return because("currency", wanted=terms.currency, currency=basket.currency)
        if basket.goods < terms.goods_at_least:
            return because(
                "goods", currency=terms.currency, wanted=_plain(terms.goods_at_least), amount=_plain(basket.goods)
            )
    if offer.amount_off and offer.amount_off.currency != basket.currency:
        return because("currency", wanted=offer.amount_off.currency, currency=basket.currency)
    if offer.scope.names and not any(offer.scope.holds(line) for line in basket.lines):
        return because("articles", articles=", ".join(offer.scope.names))
    return None


# Handing out codes


@dataclass(frozen=True, slots=True)
class Given:
    """What was handed out and used so far: codes, uses, codes of this customer, cost in the reporting currency."""

    codes: int = 0
    uses: int = 0
    customer_codes: int = 0
    cost: Decimal = NOTHING
    currency: str = ""
    used_up_tier: str = ""


def why_not_grant(offer: Offer, facts: Facts, given: Given) -> Reason | None:
    """Why this buyer gets no code; what the order must be is asked when the code is used."""
    limits = offer.limits
    if offer.terms.until_on and facts.on > offer.terms.until_on:
        return because("ended", day=offer.terms.until_on)
    if reason := why_not_buyer(offer.terms, facts):
        return reason
    if limits.codes is not None and given.codes >= limits.codes:
        return because("codes_gone", wanted=limits.codes)
    if limits.uses is not None and given.uses >= limits.uses:
        return because("uses_gone", wanted=limits.uses)
    if limits.per_customer is not None and given.customer_codes >= limits.per_customer:
        return because("customer_has_his", wanted=limits.per_customer)
    if limits.cost is not None and given.cost >= limits.cost:
        return because("cost_reached", currency=given.currency, amount=_plain(given.cost), wanted=_plain(limits.cost))
    if given.used_up_tier:
        return because("budget_used", tier=given.used_up_tier)
    return None


# Using codes


@dataclass(frozen=True, slots=True)
class Promise:
    """A code as it was handed out; `used_for` are the orders it was used for."""

    customer_id: int
    granted_on: date
    valid_until: date
    uses: int = 1
    used_for: tuple[str, ...] = ()
    is_withdrawn: bool = False


def why_not_use(promise: Promise, *, customer_id: int, on: date, offer: Offer, given: Given) -> Reason | None:
    """Why a code is refused for an order of this customer and day. Both ends of its days count (CN-37)."""
    if promise.customer_id != customer_id:
        return because("other_customer")
    if promise.is_withdrawn:
        return because("withdrawn")
    if on > promise.valid_until:
        return because("expired", day=promise.valid_until)
    if on < promise.granted_on:
        return because("older_order", day=promise.granted_on)
    if len(promise.used_for) >= promise.uses:
        return because("used", order=", ".join(promise.used_for))
    if offer.limits.uses is not None and given.uses >= offer.limits.uses:
        return because("uses_gone", wanted=offer.limits.uses)
    return None


def _plain(amount: Decimal) -> str:
    return f"{amount.normalize():f}"
