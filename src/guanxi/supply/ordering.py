"""The ordering channel of a customer's own: what he may order, at which price, and the order he places (L-27)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from guanxi.catalogue.models import Product
from guanxi.firm.queries import the_firm
from guanxi.kernel.signing import sign
from guanxi.ledger import actions as ledger_actions
from guanxi.ledger.facts import LineFacts
from guanxi.ledger.models import NOT_ORDERED, Contact, Customer, Order, OrderLine
from guanxi.supply.actions import NotPossible
from guanxi.supply.models import Agreement
from guanxi.supply.queries import agreements_of

PURPOSE = "ordering"  # of the link's token
SOURCE = "own_channel"
MOST_ARTICLES = 300
MOST_WAITING = 20
LARGEST_QUANTITY = Decimal(10) ** 9
WITH_PRICES = ("supply", "price_lock")


@dataclass(frozen=True, slots=True)
class Article:
    """What he may order. `stock` is available, out, or on_request for what the catalogue does not know; `reserved` is
    held back for him. Without a price it is quoted with the confirmation."""

    code: str
    name: str
    unit_price: Decimal | None
    currency: str
    stock: str
    reserved: Decimal

    @property
    def can_be_ordered(self) -> bool:
        return self.stock != "out" or self.reserved > 0


def ordering_url(*, customer_id: int, contact_id: int) -> str:
    """The page on which this contact orders for his firm while its channel is in force."""
    token = sign(settings.SECRET_KEY, PURPOSE, f"{customer_id}:{contact_id}")
    return f"{settings.PUBLIC_URL}/p/ordering/{token}"


def channel_of(customer_id: int, *, on: date) -> Agreement | None:
    """The agreement by which he has a channel of his own on that day."""
    return agreements_of(customer_id, on=on).filter(kind="own_channel").first()


def articles_for(customer_id: int, *, on: date) -> list[Article]:
    """What he has bought, what a price is agreed for and what is held back for him, by name.

    An agreed price goes before the one he paid last.
    """
    agreed, reserved = _agreed(customer_id, on)
    bought = _bought(customer_id)
    codes = [*dict.fromkeys([*reserved, *agreed, *bought])][:MOST_ARTICLES]
    known = {each.code: each for each in Product.objects.filter(code__in=codes)}
    articles = []
    for code in codes:
        product, (name, paid, paid_in) = known.get(code), bought.get(code, ("", None, ""))
        price, currency = agreed.get(code) or (paid, paid_in)
        stock = "on_request" if product is None else "available" if product.is_available else "out"
        title = name or (product.name if product else "") or code
        articles.append(Article(code, title, price, currency, stock, reserved.get(code, Decimal(0))))
    return sorted(articles, key=lambda each: (each.name.casefold(), each.code))


def _agreed(customer_id: int, on: date) -> tuple[dict[str, tuple[Decimal, str]], dict[str, Decimal]]:
    """Agreed prices with their currency, and what is held back, both by article."""
    prices: dict[str, tuple[Decimal, str]] = {}
    reserved: dict[str, Decimal] = {}
    for each in agreements_of(customer_id, on=on):
        currency = str(each.terms.get("currency") or the_firm().reporting_currency)
        if each.kind in WITH_PRICES:
            found = numbers_in(each.terms.get("unit_prices"))
            prices |= {code: (price, currency) for code, price in found.items() if code not in prices}
        elif each.kind == "emergency_stock":
            reserved |= numbers_in(each.terms.get("reserved"))
    return prices, reserved


def numbers_in(table: object) -> dict[str, Decimal]:
    """The positive numbers of a table by article; what is none is passed over."""
    found: dict[str, Decimal] = {}
    for code, text in table.items() if isinstance(table, Mapping) else ():
        try:
            number = Decimal(str(text))
        except InvalidOperation:
            continue
        if number.is_finite() and number > 0:
            found[str(code)] = number
    return found


def _bought(customer_id: int) -> dict[str, tuple[str, Decimal | None, str]]:
    """Name, price and currency by article, each as of his latest order of it."""
    lines = (
        OrderLine.objects.filter(order__customer_id=customer_id, order__kind="order", quantity__gt=0)
        .exclude(Q(product_code="") | Q(order__stage__in=NOT_ORDERED))
        .order_by("-order__placed_at", "position")
        .values_list("product_code", "product_name", "unit_price", "order__currency")
    )
    found: dict[str, tuple[str, Decimal | None, str]] = {}
    for code, name, price, currency in lines[: MOST_ARTICLES * 10]:
        found.setdefault(code, (name, price if price > 0 else None, currency))
    return found


@transaction.atomic
def place_order(*, contact: Contact, wanted: Mapping[str, Decimal], key: str, now: datetime) -> Order:
    """The order of a contact in his firm's own channel; it waits to be confirmed, and the same `key` is the same order.

    Raises NotPossible for a channel that is not in force, an article that is not his or is out of stock, or too many
    orders that wait already.
    """
    on = the_firm().day_of(now)
    customer = Customer.objects.select_for_update().get(pk=contact.customer_id)
    number = f"OC-{customer.pk}-{key[:12]}"
    if kept := Order.objects.filter(customer=customer, source=SOURCE, number=number).first():
        return kept
    if channel_of(customer.pk, on=on) is None:
        raise NotPossible("There is no ordering channel in force for this customer.")
    if Order.objects.filter(customer=customer, source=SOURCE, stage="quoted").count() >= MOST_WAITING:
        raise NotPossible(f"{MOST_WAITING} orders wait to be confirmed already; answer them first.")
    articles = {each.code: each for each in articles_for(customer.pk, on=on)}
    ordered = [(_orderable(articles.get(code), code), quantity) for code, quantity in wanted.items() if quantity > 0]
    if not ordered or any(quantity > LARGEST_QUANTITY for _, quantity in ordered):
        raise NotPossible("An order needs at least one article and its quantity.")
    currency = next((each.currency for each, _ in ordered if each.unit_price), the_firm().reporting_currency)
    lines = [
        LineFacts(
            quantity=quantity, unit_price=(each.unit_price if each.currency == currency else None) or Decimal(0),
            product_code=each.code, product_name=each.name,
        )
        for each, quantity in ordered
    ]  # fmt: skip
    return ledger_actions.record_order(
        customer=customer, contact=contact, number=number, placed_at=now, currency=currency, lines=lines, now=now,
        source=SOURCE, stage="quoted",
    )  # fmt: skip


def _orderable(article: Article | None, code: str) -> Article:
    if article is None or not article.can_be_ordered:
        raise NotPossible(f"{code} cannot be ordered here; load the page again and choose from its list.")
    return article
