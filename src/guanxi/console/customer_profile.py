"""What one enters of a customer beside orders: his stock with its safety line, and who introduced him."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from guanxi.console.access import act, member_of
from guanxi.console.firm_forms import LineField
from guanxi.console.parts import say_errors
from guanxi.insights.referrals import referred_revenue
from guanxi.kernel import clock
from guanxi.ledger import profile
from guanxi.ledger import queries as ledger_queries
from guanxi.ledger.models import Customer
from guanxi.staff.roles import Right


class StockForm(forms.Form):
    product_code = LineField(label=gettext_lazy("Article"), max_length=120)
    quantity = forms.DecimalField(label=gettext_lazy("In stock"), min_value=0, max_digits=16, decimal_places=4)
    safety_quantity = forms.DecimalField(
        label=gettext_lazy("Safety line"), min_value=0, max_digits=16, decimal_places=4, required=False
    )


class ReferralForm(forms.Form):
    referrer = forms.IntegerField(label=gettext_lazy("Introduced by"), min_value=1)


def profile_facts(customer_id: int) -> dict[str, Any]:
    """Stock levels and referrals as plain values."""
    by = profile.introduced_by(customer_id)
    revenue = {each.customer_id: each.revenue for each in referred_revenue(referrers=[customer_id])}
    return {
        "stock": [
            {
                "product_code": each.product_code, "quantity": each.quantity, "safety": each.safety_quantity,
                "is_below": each.quantity < each.safety_quantity, "at": each.as_of_at,
            }
            for each in profile.stock_levels_of(customer_id)
        ],
        "introduced_by": {"id": by.referrer_id, "name": by.referrer.name, "on": by.introduced_on} if by else None,
        "introduced": [
            {"id": each.referred_id, "name": each.referred.name, "on": each.introduced_on,
             "revenue": revenue.get(each.referred_id, 0)}
            for each in profile.introduced(customer_id)
        ],
    }  # fmt: skip


def _customer(request: HttpRequest, customer_id: int) -> Customer:
    return get_object_or_404(ledger_queries.customers_for(member_of(request)), pk=customer_id)


@act(right=Right.EDIT_CUSTOMERS, scoped=True)
def customer_stock(request: HttpRequest, customer_id: int) -> HttpResponse:
    found, form = _customer(request, customer_id), StockForm(request.POST)
    if form.is_valid():
        profile.record_stock_level(customer=found, now=clock.utc_now(), **form.cleaned_data)
        messages.success(request, _("The stock is noted."))
    else:
        say_errors(request, form)
    return redirect("customer", customer_id=found.pk)


@act(right=Right.EDIT_CUSTOMERS, scoped=True)
def customer_referral(request: HttpRequest, customer_id: int) -> HttpResponse:
    """The referrer by his number, which stands in the address of his page."""
    found, form = _customer(request, customer_id), ReferralForm(request.POST)
    now = clock.utc_now()
    if not form.is_valid():
        say_errors(request, form)
        return redirect("customer", customer_id=found.pk)
    referrer = ledger_queries.customers_for(member_of(request)).filter(pk=form.cleaned_data["referrer"]).first()
    if referrer is None:
        messages.error(request, _("No customer has this number."))
        return redirect("customer", customer_id=found.pk)
    try:
        profile.record_referral(referrer=referrer, referred=found, introduced_on=now.date(), now=now)
        messages.success(request, _("Introduced by %(name)s.") % {"name": referrer.name})
    except profile.OddReferral:
        messages.error(request, _("Nobody introduces himself, and nobody is introduced twice."))
    return redirect("customer", customer_id=found.pk)


urlpatterns = [
    path("customers/<int:customer_id>/stock/", customer_stock, name="customer_stock"),
    path("customers/<int:customer_id>/referral/", customer_referral, name="customer_referral"),
]
