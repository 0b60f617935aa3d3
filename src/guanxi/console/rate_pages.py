"""Exchange rates: what waits for one, what is known, and a form for one more."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from guanxi.console.access import member_of, page
from guanxi.console.order_forms import COMMON_CURRENCIES
from guanxi.console.parts import page_number
from guanxi.firm import queries as firm_queries
from guanxi.kernel import clock, places
from guanxi.ledger import currencies
from guanxi.ledger import queries as ledger_queries
from guanxi.staff import actions as staff_actions
from guanxi.staff.roles import Right

DAYS_A_PAGE = 40


class RateForm(forms.Form):
    """One unit of a currency in the reporting currency, from a day on."""

    currency = forms.CharField(
        label=gettext_lazy("Currency"), max_length=12, widget=forms.TextInput(attrs={"list": "currencies"})
    )
    value = forms.DecimalField(
        label=gettext_lazy("One unit is worth"), max_digits=20, decimal_places=10, min_value=Decimal("0.0000000001")
    )
    on = forms.DateField(
        label=pgettext_lazy("day", "From"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=gettext_lazy("Holds until the day of the next rate; older days use the first one."),
    )

    def clean_currency(self) -> str:
        code = places.currency_code(str(self.cleaned_data["currency"]))
        if not code:
            raise forms.ValidationError(_("This is no currency; write its three letters, such as GBP."))
        if code == firm_queries.the_firm().reporting_currency:
            raise forms.ValidationError(_("This is the reporting currency itself; it needs no rate."))
        return code


@page(right=Right.IMPORT, post=Right.IMPORT)
def rates(request: HttpRequest) -> HttpResponse:
    waiting, into = currencies.unpriced(), firm_queries.the_firm().reporting_currency
    first = {"currency": waiting[0].currency, "on": waiting[0].since_on} if waiting else {}
    form = RateForm(request.POST or None, initial=first)
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            priced = currencies.set_rate(**form.cleaned_data, now=clock.utc_now())
            staff_actions.append_audit(
                actor=member_of(request), act="rate.entered", now=clock.utc_now(),
                details={name: str(value) for name, value in form.cleaned_data.items()},
            )  # fmt: skip
        told = ngettext("%(count)d order has its money now.", "%(count)d orders have their money now.", priced)
        messages.success(request, told % {"count": priced} if priced else _("Saved."))
        return redirect("rates")
    known = ledger_queries.latest_rates(into)
    context = {
        **_dated(request.GET.get("currency", ""), into, {each.currency for each in known}, page_number(request.GET)),
        "form": form, "waiting": waiting, "into": into, "known": known,
        "currencies": COMMON_CURRENCIES,
    }  # fmt: skip
    return render(request, "console/settings/rates.html", context)


def _dated(currency: str, into: str, known: set[str], number: int) -> dict[str, Any]:
    """The dated rates of the chosen currency with their gaps; nothing when none is chosen."""
    if currency not in known:
        return {}
    rates_known = currencies.rates_of(currency, into)
    return {
        "chosen": currency,
        "gaps": currencies.gaps_of(on for on, _value, _source in rates_known),
        "gap_days": currencies.GAP_DAYS,
        "dated": Paginator(rates_known, DAYS_A_PAGE).get_page(number),
    }


urlpatterns = [path("settings/rates", rates, name="rates")]
