"""Effort and money per tier: budgets, expenses, placements."""

from __future__ import annotations

from decimal import Decimal

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from guanxi.budget import actions as budget_actions
from guanxi.budget import queries as budget_queries
from guanxi.budget.models import KINDS
from guanxi.console.access import act, member_of, page
from guanxi.console.customer_forms import DAY
from guanxi.console.parts import say_errors
from guanxi.firm import queries as firm_queries
from guanxi.insights import effort as effort_queries
from guanxi.kernel import clock
from guanxi.staff.roles import Right
from guanxi.tiering import queries as tiering_queries


class BudgetForm(forms.Form):
    """The share and the cap of a tier for a year."""

    tier = forms.CharField(label=gettext_lazy("Tier"), max_length=40)
    share_percent = forms.DecimalField(label=gettext_lazy("Share in %"), required=False, max_digits=5, decimal_places=2)
    cap = forms.DecimalField(label=gettext_lazy("Cap"), required=False, max_digits=18, decimal_places=2)


class ExpenseForm(forms.Form):
    """Money spent on a tier."""

    tier = forms.CharField(label=gettext_lazy("Tier"), max_length=40)
    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=[(kind, kind) for kind in KINDS])
    amount = forms.DecimalField(
        label=gettext_lazy("Amount"), max_digits=18, decimal_places=2, min_value=Decimal("0.01")
    )
    spent_on = forms.DateField(label=gettext_lazy("Day"), widget=DAY)
    note = forms.CharField(label=gettext_lazy("Note"), required=False, max_length=300)
    over_cap_reason = forms.CharField(label=gettext_lazy("Reason to go over the cap"), required=False, max_length=300)


class PlacementForm(forms.Form):
    """A rented list or another paid placement; its recipients are not imported (D-22)."""

    name = forms.CharField(label=gettext_lazy("Placement"), max_length=200)
    provider = forms.CharField(label=gettext_lazy("Provider"), required=False, max_length=200)
    starts_on = forms.DateField(label=gettext_lazy("From"), widget=DAY)
    cost = forms.DecimalField(label=gettext_lazy("Cost"), max_digits=18, decimal_places=2, min_value=Decimal(0))
    recipients = forms.IntegerField(label=gettext_lazy("Recipients"), required=False, min_value=0)
    clicks = forms.IntegerField(label=gettext_lazy("Clicks"), required=False, min_value=0)
    sign_ups = forms.IntegerField(label=gettext_lazy("Sign-ups"), required=False, min_value=0)


@page(right=Right.SEE_ALL)
def effort(request: HttpRequest) -> HttpResponse:
    scheme = tiering_queries.default_scheme()
    wanted = request.GET.get("scheme", "abc-cumulative")
    scheme = next((each for each in tiering_queries.kept_schemes() if each.name == wanted), scheme)
    now = clock.utc_now()
    context = {
        "scheme": scheme,
        "scheme_title": tiering_queries.title_of(scheme) if scheme else "",
        "titles": dict(tiering_queries.tiers_of(scheme)) if scheme else {},
        "rows": effort_queries.effort_by_tier(scheme, now=now) if scheme else [],
        "year": now.year,
        "currency": firm_queries.the_firm().reporting_currency,
        "placements": budget_queries.placements()[:20],
        "kinds": [("advertising", _("Advertising")), ("promotion", _("Promotion")), ("care", _("Care"))],
        "may_edit": member_of(request).may(Right.EDIT_TIERS),
    }
    return render(request, "console/offers/effort.html", context)


@act(right=Right.EDIT_TIERS)
def budget(request: HttpRequest, scheme_name: str) -> HttpResponse:
    form, now = BudgetForm(request.POST), clock.utc_now()
    if form.is_valid():
        try:
            budget_actions.set_budget(
                scheme=scheme_name, year=now.year, currency=firm_queries.the_firm().reporting_currency, now=now,
                **form.cleaned_data,
            )  # fmt: skip
            messages.success(request, _("Saved."))
        except budget_actions.BadBudget:
            messages.error(request, _("Give a share, a cap, or both; all shares together come to at most 100 %."))
    else:
        say_errors(request, form)
    return _to_effort(scheme_name)


@act(right=Right.EDIT_TIERS)
def expense(request: HttpRequest, scheme_name: str) -> HttpResponse:
    form, now = ExpenseForm(request.POST), clock.utc_now()
    if form.is_valid():
        try:
            budget_actions.record_expense(
                scheme=scheme_name, currency=firm_queries.the_firm().reporting_currency, by=member_of(request), now=now,
                **form.cleaned_data,
            )  # fmt: skip
            messages.success(request, _("Saved."))
        except budget_actions.OverBudget:
            messages.error(request, _("This goes over the cap of the tier; give a reason to enter it all the same."))
        except budget_actions.BadBudget:
            messages.error(request, _("The budget of this tier is kept in another currency."))
    else:
        say_errors(request, form)
    return _to_effort(scheme_name)


@act(right=Right.EDIT_TIERS)
def placement(request: HttpRequest) -> HttpResponse:
    form = PlacementForm(request.POST)
    if form.is_valid():
        given = {name: value for name, value in form.cleaned_data.items() if value not in (None, "")}
        currency = firm_queries.the_firm().reporting_currency
        budget_actions.record_placement(currency=currency, now=clock.utc_now(), **given)
        messages.success(request, _("Saved."))
    else:
        say_errors(request, form)
    return redirect("effort")


def _to_effort(scheme_name: str) -> HttpResponse:
    response: HttpResponse = redirect("effort")
    response["Location"] += f"?scheme={scheme_name}"
    return response


urlpatterns: list[URLPattern] = [
    path("effort/", effort, name="effort"),
    path("effort/placements", placement, name="effort_placement"),
    path("effort/<slug:scheme_name>/budget", budget, name="effort_budget"),
    path("effort/<slug:scheme_name>/expense", expense, name="effort_expense"),
]
