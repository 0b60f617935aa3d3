"""The ordering page of a customer's own: a GET shows articles and stock and changes nothing, a POST orders (L-27)."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from django.core.exceptions import BadRequest, SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.views.decorators.http import require_http_methods

from guanxi.culture.formats import format_date, format_money, format_number
from guanxi.firm.queries import the_firm
from guanxi.journeys.values import progress_url
from guanxi.kernel import clock
from guanxi.kernel.signing import BadToken
from guanxi.ledger.models import Contact, Order
from guanxi.public.pages import asked, firm_name, missing, page, payload_of, public_form, words_of
from guanxi.public.words import Words
from guanxi.supply import ordering as supply_ordering
from guanxi.supply.actions import NotPossible
from guanxi.supply.ordering import Article

RECENT = 5


@dataclass(frozen=True, slots=True)
class Row:
    """An article as the reader sees it; `quantity` is what he has typed."""

    article: Article
    price: str
    stock: str
    quantity: str


@public_form
@require_http_methods(["GET", "HEAD", "POST"])
def ordering(request: HttpRequest, token: str) -> HttpResponse:
    """His articles with price and stock, and his latest orders; while the channel is in force."""
    contact, now = _contact_of(token), clock.utc_now()
    on = the_firm().day_of(now)
    if contact is None or supply_ordering.channel_of(contact.customer_id, on=on) is None:
        return missing(request)
    words, typed, taken, is_wrong = words_of(contact), dict[str, str](), "", False
    if request.method == "POST":
        typed = _typed(request)
        try:
            order = supply_ordering.place_order(
                contact=contact, wanted=_quantities(typed), key=asked(request, "key") or secrets.token_hex(6), now=now
            )
            taken, typed = words.say("ordering_taken", number=order.number), {}
        except (NotPossible, InvalidOperation):
            is_wrong = True
    articles = supply_ordering.articles_for(contact.customer_id, on=on)
    return page(
        "ordering.html", words, status=422 if is_wrong else 200, taken=taken, is_wrong=is_wrong,
        text=words.say("ordering_text", firm=firm_name()), key=secrets.token_hex(6),
        rows=[_row(each, typed.get(each.code, ""), words) for each in articles],
        recent=_recent(contact, words),
    )  # fmt: skip


def _recent(contact: Contact, words: Words) -> list[tuple[str, str, str, str]]:
    """Number, day, stage and page of his firm's latest orders."""
    orders = Order.objects.filter(customer_id=contact.customer_id, kind="order").order_by("-placed_at", "-pk")
    return [
        (
            each.number,
            format_date(each.placed_at, words.language),
            _stage(each, words),
            progress_url(order_id=each.pk, contact_id=contact.pk),
        )
        for each in orders[:RECENT]
    ]


def _contact_of(token: str) -> Contact | None:
    try:
        customer_id, contact_id = payload_of(supply_ordering.PURPOSE, token)
    except (BadToken, ValueError):
        return None
    return Contact.objects.select_related("customer").filter(pk=contact_id, customer_id=customer_id).first()


def _typed(request: HttpRequest) -> dict[str, str]:
    """Quantity by article, as typed; nothing for a body that nobody can read."""
    try:
        codes, quantities = request.POST.getlist("article"), request.POST.getlist("quantity")
    except (BadRequest, MultiPartParserError, SuspiciousOperation, OSError, LookupError, ValueError):
        return {}
    pairs = zip(codes[: supply_ordering.MOST_ARTICLES], quantities, strict=False)
    return {code: quantity.strip()[:20] for code, quantity in pairs if quantity.strip()}


def _quantities(typed: dict[str, str]) -> dict[str, Decimal]:
    found = {code: Decimal(text) for code, text in typed.items()}
    if not all(each.is_finite() and each >= 0 for each in found.values()):
        raise InvalidOperation
    return found


def _row(article: Article, quantity: str, words: Words) -> Row:
    price = article.unit_price
    stock = words[f"ordering_{article.stock}"]
    if article.reserved:
        stock = words.say("ordering_reserved", quantity=format_number(article.reserved.normalize(), words.language))
    return Row(
        article, format_money(price, article.currency, words.language) if price else words["ordering_quoted"], stock,
        quantity,
    )  # fmt: skip


def _stage(order: Order, words: Words) -> str:
    key = f"stage_{order.stage}"
    return words[key] if key in words.texts else words["ordering_waits"] if order.stage == "quoted" else ""
