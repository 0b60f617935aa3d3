"""Offers: which hold, what they say, price breaks, and a basket to try them on; budgets and effort per tier."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from guanxi.budget import actions as budget_actions
from guanxi.budget import queries as budget_queries
from guanxi.budget.models import KINDS
from guanxi.console.access import act, member_of, page
from guanxi.console.customer_forms import DAY
from guanxi.console.parts import say_errors
from guanxi.firm import queries as firm_queries
from guanxi.insights import effort as effort_queries
from guanxi.kernel import clock
from guanxi.kernel.titles import in_language
from guanxi.offers import actions as offers_actions
from guanxi.offers import documents
from guanxi.offers import queries as offers_queries
from guanxi.offers.discounts import NotADiscount, read_discount
from guanxi.offers.models import Offer
from guanxi.staff.roles import Right
from guanxi.tiering import queries as tiering_queries

LARGEST_TEXT = 20_000


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
def offers(request: HttpRequest) -> HttpResponse:
    language = get_language() or "en"
    rows = [(record, in_language(read.title, language), read) for record, read in offers_queries.kept_offers()]
    context: dict[str, Any] = {"offers": rows, "may_edit": member_of(request).may(Right.EDIT_TIERS)}
    if text := request.GET.get("discount", "").strip():
        try:
            context["discount"] = read_discount(text)
        except NotADiscount:
            context["not_a_discount"] = True
        context["asked"] = text
    return render(request, "console/offers/list.html", context)


@act(right=Right.EDIT_TIERS)
def switch(request: HttpRequest, offer_name: str) -> HttpResponse:
    offer = get_object_or_404(Offer, name=offer_name)
    offers_actions.switch_offer(offer=offer, is_active="on" in request.POST, now=clock.utc_now())
    messages.success(request, _("Switched on.") if "on" in request.POST else _("Switched off."))
    return redirect("offers")


@page(right=Right.SEE_ALL, post=Right.EDIT_TIERS)
def offer(request: HttpRequest, offer_name: str) -> HttpResponse:
    """The text of an offer; saving a changed one makes a new version."""
    found = get_object_or_404(Offer, name=offer_name)
    text = request.POST.get("text", found.document)[:LARGEST_TEXT]
    error = None
    if request.method == "POST":
        try:
            if documents.read_offer(text).name != found.name:
                raise documents.OfferError("name", f"must stay {found.name}.")
            offers_actions.save_offer(text=text, now=clock.utc_now())
            messages.success(request, _("Saved."))
            return redirect("offers")
        except documents.OfferError as problem:
            error = problem
    context = {"offer": found, "text": text, "error": error}
    return render(request, "console/offers/edit.html", context, status=422 if error else 200)


@act(right=Right.EDIT_TIERS)
def price_breaks(request: HttpRequest) -> HttpResponse:
    """Replace the steps of an article: one line each, quantity and unit price."""
    code, currency = request.POST.get("product_code", "").strip()[:120], request.POST.get("currency", "").strip()
    try:
        steps = [_step(line) for line in request.POST.get("steps", "").splitlines() if line.strip()]
        if not code or len(currency) != 3 or not currency.isalpha():
            raise ValueError
        offers_actions.set_price_breaks(product_code=code, currency=currency.upper(), steps=steps, now=clock.utc_now())
    except (ValueError, InvalidOperation):
        messages.error(request, _("Write the article, the currency, and one step per line: quantity, then unit price."))
    except offers_actions.BadPriceBreaks:
        messages.error(request, _("Quantities must rise and prices fall from step to step, all above zero."))
    else:
        messages.success(request, _("Saved."))
    return redirect("offers")


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


def _step(line: str) -> tuple[Decimal, Decimal]:
    quantity, price = line.replace(";", " ").replace("\t", " ").split()
    return Decimal(quantity), Decimal(price)


def _to_effort(scheme_name: str) -> HttpResponse:
    response: HttpResponse = redirect("effort")
    response["Location"] += f"?scheme={scheme_name}"
    return response


urlpatterns: list[URLPattern] = [
    path("offers/", offers, name="offers"),
    path("offers/price-breaks", price_breaks, name="offer_price_breaks"),
    path("offers/<slug:offer_name>/", offer, name="offer"),
    path("offers/<slug:offer_name>/switch", switch, name="offer_switch"),
    path("effort/", effort, name="effort"),
    path("effort/placements", placement, name="effort_placement"),
    path("effort/<slug:scheme_name>/budget", budget, name="effort_budget"),
    path("effort/<slug:scheme_name>/expense", expense, name="effort_expense"),
]
