"""Offers: which hold, what they give and have cost, each as a form and as text; price breaks and floor margins."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from guanxi.console import offer_words
from guanxi.console.access import act, member_of, page
from guanxi.console.offer_cards import told
from guanxi.console.offer_forms import GROUPS, OfferForm, filled, written
from guanxi.console.parts import is_part, note_act, page_number, say_errors
from guanxi.firm import queries as firm_queries
from guanxi.kernel import clock
from guanxi.kernel.titles import in_language
from guanxi.ledger import queries as ledger_queries
from guanxi.offers import actions as offers_actions
from guanxi.offers import documents
from guanxi.offers import queries as offers_queries
from guanxi.offers.discounts import NotADiscount, read_discount
from guanxi.offers.models import FloorMargin, Grant, Offer, PriceBreak, Redemption
from guanxi.staff.roles import Right

LARGEST_TEXT = 20_000
PAGE_SIZE = 20
MOST_STEPS = 300


class FloorForm(forms.Form):
    """The least margin that offers leave of a price."""

    product_code = forms.CharField(label=gettext_lazy("Article"), required=False, max_length=120)
    category = forms.CharField(label=gettext_lazy("Category"), required=False, max_length=120)
    percent = forms.DecimalField(
        label=gettext_lazy("Margin in %"), required=False, max_digits=5, decimal_places=2, min_value=Decimal(0),
        max_value=Decimal("99.99"),
    )  # fmt: skip


@page(right=Right.SEE_ALL)
def offers(request: HttpRequest) -> HttpResponse:
    costs = offers_queries.cost_by_offer()
    rows = [
        {"record": record, "title": in_language(read.title, get_language() or "en"), "read": read,
         "gives": offer_words.gives_words(read), "terms": offer_words.terms_words(read),
         "cost": costs.get(record.name)}
        for record, read in offers_queries.kept_offers()
    ]  # fmt: skip
    context = {
        "offers": rows,
        "currency": firm_queries.the_firm().reporting_currency,
        "floors": FloorMargin.objects.order_by("product_code", "category"),
        "breaks": PriceBreak.objects.order_by("product_code", "currency", "from_quantity")[:MOST_STEPS],
        "may_edit": member_of(request).may(Right.EDIT_TIERS),
        **_reading(request),
    }
    return render(request, "console/offers/list.html", context)


@page(right=Right.SEE_ALL)
def reading(request: HttpRequest) -> HttpResponse:
    """Both readings of a discount as it is typed (CN-35)."""
    return render(request, "console/offers/_reading.html", _reading(request))


def _reading(request: HttpRequest) -> dict[str, Any]:
    text = (request.GET.get("discount") or request.GET.get("percent_off") or "").strip()[:40]
    if not text:
        return {}
    try:
        return {"asked": text, "discount": read_discount(text)}
    except NotADiscount:
        return {"asked": text, "not_a_discount": True}


@act(right=Right.EDIT_TIERS)
def switch(request: HttpRequest, offer_name: str) -> HttpResponse:
    offer = get_object_or_404(Offer, name=offer_name)
    is_active = "on" in request.POST
    offers_actions.switch_offer(offer=offer, is_active=is_active, now=clock.utc_now())
    note_act(request, "offer.switched_on" if is_active else "offer.switched_off", object_kind="offer",
             object_id=offer.name)  # fmt: skip
    messages.success(request, _("Switched on.") if is_active else _("Switched off."))
    return redirect("offer", offer_name=offer.name) if request.POST.get("back") == "offer" else redirect("offers")


@page(right=Right.SEE_ALL)
def offer(request: HttpRequest, offer_name: str) -> HttpResponse:
    """What the offer is, its codes with their state, the orders they were used for, and what it cost where."""
    found = get_object_or_404(Offer, name=offer_name)
    read = documents.read_offer(found.document)
    today = firm_queries.the_firm().day_of(clock.utc_now())
    state = request.GET.get("state", "")
    grants = offers_queries.in_state(
        offers_queries.with_uses(Grant.objects.filter(offer=found)), state, on=today
    ).select_related("customer", "contact").order_by("-pk")  # fmt: skip
    mine = ledger_queries.customers_for(member_of(request))
    uses = Redemption.objects.filter(grant__offer=found, order__customer__in=mine)
    shown = Paginator(grants.filter(customer__in=mine), PAGE_SIZE).get_page(page_number(request.GET))
    costs = offers_queries.cost_of_offer_by_origin(found)
    titles = offer_words.origin_titles(
        [(each.origin_kind, each.name) for each in costs] + [(each.origin_kind, each.origin) for each in shown]
    )
    context = {
        "offer": found, "title": in_language(read.title, get_language() or "en"),
        "gives": offer_words.gives_words(read), "terms": offer_words.terms_words(read), "read": read,
        "limits": _limits(read), "grants": shown,
        "codes": [
            (each, offers_queries.state_of(each, on=today), titles[each.origin_kind, each.origin]) for each in shown
        ],
        "state": state, "states": offer_words.STATE_NAMES, "origins": offer_words.ORIGIN_NAMES,
        "uses": [told(each) for each in uses.select_related("grant", "order__customer").order_by("-at", "-pk")[:50]],
        "costs": [(each, titles[each.origin_kind, each.name]) for each in costs],
        "currency": firm_queries.the_firm().reporting_currency,
        "may_edit": member_of(request).may(Right.EDIT_TIERS), "may_give": member_of(request).may(Right.SEND),
    }  # fmt: skip
    return render(request, "console/offers/_codes.html" if is_part(request) else "console/offers/page.html", context)


def _limits(read: Any) -> list[tuple[str, str]]:
    limits, currency = read.limits, firm_queries.the_firm().reporting_currency
    named = [
        (_("Codes at most"), limits.codes), (_("Uses at most"), limits.uses),
        (_("Codes per customer at most"), limits.per_customer),
        (_("Cost at most"), limits.cost and f"{currency} {limits.cost.normalize():f}"),
        (_("Budget of"), read.budget),
    ]  # fmt: skip
    return [(title, str(value)) for title, value in named if value]


@page(right=Right.SEE_ALL, post=Right.EDIT_TIERS)
def offer_new(request: HttpRequest) -> HttpResponse:
    return _edit(request, None)


@page(right=Right.SEE_ALL, post=Right.EDIT_TIERS)
def offer_edit(request: HttpRequest, offer_name: str) -> HttpResponse:
    """The offer as a form, or as its text; saving a changed one makes a new version."""
    return _edit(request, get_object_or_404(Offer, name=offer_name))


def _edit(request: HttpRequest, found: Offer | None) -> HttpResponse:
    as_text = (request.POST or request.GET).get("as") == "text"
    before = found.document if found else ""
    text, error = request.POST.get("text", before)[:LARGEST_TEXT], None
    form = OfferForm(request.POST if request.method == "POST" and not as_text else None,
                     initial=filled(before) if found else {})  # fmt: skip
    if request.method == "POST":
        try:
            if not as_text:
                if not form.is_valid():
                    return _editor(request, found, form, before, as_text=False, status=422)
                text = written(form.cleaned_data, before=before)
            _save(request, found, text)
            return redirect("offer", offer_name=documents.read_offer(text).name)
        except documents.OfferError as problem:
            error = problem
            if not as_text:
                form.place(problem)
    return _editor(request, found, form, text, as_text=as_text, error=error, status=422 if error else 200)


def _save(request: HttpRequest, found: Offer | None, text: str) -> None:
    """Raises OfferError, also for a name that changed or that another offer has."""
    name = documents.read_offer(text).name
    if found and name != found.name:
        raise documents.OfferError("name", _("must stay %(name)s.") % {"name": found.name}, 1)
    if found is None and Offer.objects.filter(name=name).exists():
        raise documents.OfferError("name", _("is taken by another offer."), 1)
    saved = offers_actions.save_offer(text=text, now=clock.utc_now())
    note_act(request, "offer.saved", object_kind="offer", object_id=saved.name, version=saved.version)
    messages.success(request, _("Saved."))


def _editor(
    request: HttpRequest, found: Offer | None, form: OfferForm, text: str, *, as_text: bool,
    error: documents.OfferError | None = None, status: int = 200,
) -> HttpResponse:  # fmt: skip
    context = {
        "offer": found, "form": form, "text": text, "as_text": as_text, "error": error if as_text else None,
        "groups": [(title, [form[name] for name in names]) for title, names in GROUPS],
        "may_edit": member_of(request).may(Right.EDIT_TIERS),
        **(_read_back(form) if not as_text else {}),
    }  # fmt: skip
    return render(request, "console/offers/edit.html", context, status=status)


def _read_back(form: OfferForm) -> dict[str, Any]:
    try:
        return {"discount": read_discount(str(form["percent_off"].value() or ""))}
    except NotADiscount:
        return {}


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


@act(right=Right.EDIT_TIERS)
def floors(request: HttpRequest) -> HttpResponse:
    """Set the floor margin of an article, of a category or of all; an empty one takes it away."""
    form = FloorForm(request.POST)
    if not form.is_valid():
        say_errors(request, form)
    elif form.cleaned_data["product_code"] and form.cleaned_data["category"]:
        messages.error(request, _("Name an article or a category, not both."))
    else:
        offers_actions.set_floor_margin(**form.cleaned_data, now=clock.utc_now())
        messages.success(request, _("Saved."))
    return redirect("offers")


def _step(line: str) -> tuple[Decimal, Decimal]:
    quantity, price = line.replace(";", " ").replace("\t", " ").split()
    return Decimal(quantity), Decimal(price)


urlpatterns: list[URLPattern] = [
    path("offers/", offers, name="offers"),
    path("offers/reading", reading, name="offer_reading"),
    path("offers/new", offer_new, name="offer_new"),
    path("offers/price-breaks", price_breaks, name="offer_price_breaks"),
    path("offers/floors", floors, name="offer_floors"),
    path("offers/<slug:offer_name>/", offer, name="offer"),
    path("offers/<slug:offer_name>/edit", offer_edit, name="offer_edit"),
    path("offers/<slug:offer_name>/switch", switch, name="offer_switch"),
]
