"""One order, its stage, orders entered by hand."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import cast
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _

from guanxi.console.access import act, member_of, page
from guanxi.console.customers import contacts_of, customer_of
from guanxi.console.customs_pages import customs_card
from guanxi.console.goods_forms import pictures_card
from guanxi.console.offer_cards import order_codes_card
from guanxi.console.order_forms import (
    COMMON_CURRENCIES,
    MOST_LINES,
    STAGE_NAMES,
    LineFormSet,
    Lines,
    OrderForm,
    StageForm,
)
from guanxi.console.parts import number_in, page_number, say_errors
from guanxi.firm import queries as firm_queries
from guanxi.kernel import clock
from guanxi.ledger import actions as ledger_actions
from guanxi.ledger import queries as ledger_queries
from guanxi.ledger.models import Contact, Customer, Event, Order
from guanxi.ledger.stages import STAGES
from guanxi.staff.roles import Right


def _rate_is(found: Order) -> str:
    """Whether the rate of an order is of an earlier or a later day than the order; empty when it is of its own."""
    if found.rate_on is None or found.currency == firm_queries.the_firm().reporting_currency:
        return ""
    day = found.placed_at.astimezone(ZoneInfo(firm_queries.the_firm().time_zone)).date()
    return "earlier" if found.rate_on < day else "later" if found.rate_on > day else ""


@page(right=Right.SEE, scoped=True)
def order(request: HttpRequest, order_id: int) -> HttpResponse:
    found = order_of(request, order_id)
    history = Event.objects.filter(object_kind="order", object_id=str(found.pk), customer=found.customer)
    passed = STAGES.index(found.stage) if found.stage in STAGES else -1
    context = {
        "order": found,
        "lines": list(found.lines.order_by("position").values(
            "product_code", "product_name", "category", "quantity", "unit_price", "amount"
        )),
        "history": list(history.order_by("-occurred_at", "-id").values("name", "occurred_at", "properties", "source")),
        "stages": [(stage, STAGE_NAMES[stage], place <= passed) for place, stage in enumerate(STAGES)],
        "stage_form": StageForm(initial={
            "stage": found.stage, "carrier": found.carrier, "tracking_number": found.tracking_number,
            "tracking_url": found.tracking_url,
        }),
        "reporting_currency": firm_queries.the_firm().reporting_currency,
        "rate_is": _rate_is(found),
        "may_edit": member_of(request).may(Right.EDIT_CUSTOMERS),
        **pictures_card(found),
        **customs_card(found),
        **order_codes_card(found),
    }  # fmt: skip
    return render(request, "console/orders/page.html", context)


@page(right=Right.SEE, scoped=True)
def customer_orders(request: HttpRequest, customer_id: int) -> HttpResponse:
    found = customer_of(request, customer_id)
    rows = Order.objects.filter(customer=found).order_by("-placed_at", "-id")
    orders = Paginator(rows, 50).get_page(page_number(request.GET))
    return render(request, "console/orders/list.html", {"customer": found, "orders": orders})


@act(right=Right.EDIT_CUSTOMERS, scoped=True)
def order_stage(request: HttpRequest, order_id: int) -> HttpResponse:
    """Move the order to a stage; the journeys hear of it with the next pulse."""
    found = order_of(request, order_id)
    form = StageForm(request.POST)
    if form.is_valid():
        ledger_actions.change_stage(order=found, now=clock.utc_now(), **form.cleaned_data)
        stage = STAGE_NAMES[form.cleaned_data["stage"]]
        messages.success(request, _("Order %(number)s: %(stage)s.") % {"number": found.number, "stage": stage})
    else:
        say_errors(request, form)
    if request.POST.get("back") == "customer":
        return redirect("customer", customer_id=found.customer_id)
    return redirect("order", order_id=found.pk)


@page(right=Right.SEE, post=Right.EDIT_CUSTOMERS, scoped=True)
def order_new(request: HttpRequest, customer_id: int) -> HttpResponse:
    found = customer_of(request, customer_id)
    now = clock.utc_now()
    zone = ZoneInfo(firm_queries.the_firm().time_zone)
    with timezone.override(zone):
        form = OrderForm(
            request.POST if request.method == "POST" else None, contacts=contacts_of(found), now=now,
            initial={"placed_at": now.astimezone(zone), "currency": _usual_currency(found)},
        )  # fmt: skip
        lines = cast(Lines, LineFormSet(request.POST if request.method == "POST" else None, prefix="lines"))
        if request.method == "POST" and form.is_valid() and lines.is_valid():
            made = _record(form, lines, found, now)
            if made is not None:
                messages.success(request, _("Order %(number)s is entered.") % {"number": made.number})
                return redirect("order", order_id=made.pk)
        context = {
            "customer": found, "form": form, "lines": lines, "zone": zone.key, "currencies": COMMON_CURRENCIES,
            "total": _total(lines),
        }  # fmt: skip
        status = 422 if request.method == "POST" else 200
        return render(request, "console/orders/form.html", context, status=status)


def _record(form: OrderForm, lines: Lines, customer: Customer, now: datetime) -> Order | None:
    """The order, or None when the form says why it was not taken."""
    data = dict(form.cleaned_data)
    key = data.pop("contact")
    contact = Contact.objects.get(pk=key, customer=customer) if key else None
    try:
        return ledger_actions.record_order(
            customer=customer, contact=contact, lines=lines.facts(), now=now, **data
        )  # fmt: skip
    except ledger_actions.NumberTaken:
        form.add_error("number", _("There is an order with this number already."))
        return None


@page(right=Right.EDIT_CUSTOMERS)
def order_line(request: HttpRequest) -> HttpResponse:
    """One more empty line for the form, numbered `after`."""
    text = request.GET.get("lines-TOTAL_FORMS", "")
    number = min(number_in(text, digits=4), MOST_LINES - 1)
    lines = LineFormSet(prefix="lines")
    empty = lines.empty_form
    empty.prefix = f"lines-{number}"
    return render(request, "console/orders/_line.html", {"line": empty, "count": number + 1, "is_added": True})


def order_of(request: HttpRequest, order_id: int) -> Order:
    """The order, when the reader may see its customer; 404 otherwise (RS-15)."""
    rows = Order.objects.select_related("customer", "contact")
    return get_object_or_404(rows, pk=order_id, customer__in=ledger_queries.customers_for(member_of(request)))


def _usual_currency(customer: Customer) -> str:
    newest = Order.objects.filter(customer=customer).order_by("-placed_at", "-id").first()
    return newest.currency if newest else firm_queries.the_firm().reporting_currency


def _total(lines: Lines) -> Decimal | None:
    if not lines.is_bound or not lines.is_valid():
        return None
    return sum((line.total for line in lines.facts()), Decimal(0))


urlpatterns: list[URLPattern] = [
    path("orders/line/", order_line, name="order_line"),
    path("orders/<int:order_id>/", order, name="order"),
    path("orders/<int:order_id>/stage/", order_stage, name="order_stage"),
    path("customers/<int:customer_id>/orders/", customer_orders, name="customer_orders"),
    path("customers/<int:customer_id>/orders/new/", order_new, name="order_new"),
]
