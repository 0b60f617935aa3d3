"""Personal codes by hand: hand one to a contact, take it back, use it for an order."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path
from django.utils.translation import gettext as _

from guanxi.console import offer_words
from guanxi.console.access import act, member_of
from guanxi.console.customers import customer_of
from guanxi.console.parts import note_act, number_in
from guanxi.firm import queries as firm_queries
from guanxi.kernel import clock
from guanxi.ledger import queries as ledger_queries
from guanxi.ledger.models import Order
from guanxi.offers import granting, redeeming
from guanxi.offers.codes import as_stated
from guanxi.offers.models import Grant, Offer, Redemption
from guanxi.staff.roles import Right


@act(right=Right.SEND, scoped=True)
def customer_code(request: HttpRequest, customer_id: int) -> HttpResponse:
    """Hand a code of an offer to one of the customer's contacts; on the same day it is the same code again."""
    customer = customer_of(request, customer_id)
    contact = customer.contacts.filter(pk=number_in(request.POST.get("contact", ""))).first()
    name = request.POST.get("offer", "")[:60]
    if contact is None:
        messages.error(request, _("Choose one of the customer's contacts."))
        return redirect("customer", customer_id=customer.pk)
    now = clock.utc_now()
    wish = granting.Wish(
        key=f"person:{contact.pk}:{name}:{firm_queries.the_firm().day_of(now)}", offer=name, contact=contact,
        origin_kind=granting.PERSON, origin=str(member_of(request).pk),
    )  # fmt: skip
    try:
        found = granting.grant(wish=wish, now=now)
    except granting.NotGranted as refusal:
        reason = offer_words.reason_words(refusal.reason)
        messages.error(request, _("No code: the offer %(reason)s.") % {"reason": reason})
    else:
        note_act(request, "offer.code_given", object_kind="customer", object_id=customer.pk, offer=name)
        words = {"code": found.code, "day": found.valid_until.isoformat()}
        messages.success(request, _("The code %(code)s is valid until %(day)s.") % words)
    return redirect("customer", customer_id=customer.pk)


@act(right=Right.SEND)
def withdraw(request: HttpRequest, offer_name: str) -> HttpResponse:
    """Take back a code that was not used."""
    offer = get_object_or_404(Offer, name=offer_name)
    mine = Grant.objects.filter(offer=offer, customer__in=ledger_queries.customers_for(member_of(request)))
    found = mine.filter(code=as_stated(request.POST.get("code", ""))).first()
    if found is None:
        messages.error(request, _("There is no such code."))
    else:
        granting.withdraw(grant=found, because=request.POST.get("because", ""), now=clock.utc_now())
        note_act(request, "offer.code_taken_back", object_kind="offer", object_id=offer.name, code=found.code)
        messages.success(request, _("The code is taken back."))
    return redirect("offer", offer_name=offer.name)


@act(right=Right.EDIT_CUSTOMERS, scoped=True)
def order_code(request: HttpRequest, order_id: int) -> HttpResponse:
    """Use a code for this order by hand."""
    return _use(request, _order(request, order_id))


@act(right=Right.EDIT_CUSTOMERS, scoped=True)
def customer_code_use(request: HttpRequest, customer_id: int) -> HttpResponse:
    """Use a code for one of the customer's orders, by its number."""
    customer = customer_of(request, customer_id)
    order = Order.objects.filter(customer=customer, number=request.POST.get("order", "").strip()[:120]).first()
    if order is None:
        messages.error(request, _("The customer has no order of that number."))
        return redirect("customer", customer_id=customer.pk)
    return _use(request, order)


def _use(request: HttpRequest, order: Order) -> HttpResponse:
    code = as_stated(request.POST.get("code", ""))
    if not code:
        messages.error(request, _("Enter the code as the customer stated it."))
        return redirect("order", order_id=order.pk)
    [answer] = redeeming.redeem(
        order=order, codes=[code], told_by=redeeming.PERSON, now=clock.utc_now(), by=member_of(request)
    )
    if answer.reason:
        words = {"code": code, "reason": offer_words.reason_words(answer.reason)}
        messages.error(request, _("%(code)s is refused: %(reason)s.") % words)
    else:
        note_act(request, "offer.code_used", object_kind="order", object_id=order.pk, code=code)
        messages.success(request, _("%(code)s is used for order %(number)s.") % {"code": code, "number": order.number})
    return redirect("order", order_id=order.pk)


@act(right=Right.EDIT_CUSTOMERS, scoped=True)
def order_code_back(request: HttpRequest, order_id: int) -> HttpResponse:
    """Take a use back: the code is as good as before."""
    order = _order(request, order_id)
    found = Redemption.objects.filter(order=order, pk=number_in(request.POST.get("redemption", ""))).first()
    if found is not None:
        note_act(request, "offer.use_taken_back", object_kind="order", object_id=order.pk, code=found.grant.code)
        redeeming.take_back(redemption=found)
        messages.success(request, _("The use is taken back."))
    return redirect("order", order_id=order.pk)


def _order(request: HttpRequest, order_id: int) -> Order:
    return get_object_or_404(Order, pk=order_id, customer__in=ledger_queries.customers_for(member_of(request)))


urlpatterns: list[URLPattern] = [
    path("customers/<int:customer_id>/codes", customer_code, name="customer_code"),
    path("customers/<int:customer_id>/codes/use", customer_code_use, name="customer_code_use"),
    path("orders/<int:order_id>/codes", order_code, name="order_code"),
    path("orders/<int:order_id>/codes/take-back", order_code_back, name="order_code_back"),
    path("offers/<slug:offer_name>/withdraw", withdraw, name="offer_withdraw"),
]
