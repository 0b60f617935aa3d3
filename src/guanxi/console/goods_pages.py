"""What is quoted, shipped together and shown of production: pages below a customer and an order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _

from guanxi.console.access import act, member_of, page
from guanxi.console.customers import customer_of
from guanxi.console.goods_forms import ItemFormSet, PictureForm, QuotationForm
from guanxi.console.orders import order_of
from guanxi.console.parts import number_in, numbers_in, say_errors
from guanxi.content import imaging
from guanxi.firm import queries as firm_queries
from guanxi.kernel import clock
from guanxi.ledger.models import Customer, Order
from guanxi.staff.roles import Right
from guanxi.supply import actions as supply_actions
from guanxi.supply import queries as supply_queries
from guanxi.supply import quotations
from guanxi.supply.models import JointShipment, ProductionPicture, Project, Quotation
from guanxi.supply.quotations import Item

VALID_DAYS = 30


@dataclass(frozen=True, slots=True)
class QuotationLines:
    """A quotation as the fixed form has it (T-52)."""

    quotation: Quotation
    items: list[Item]
    total: Decimal
    text: str
    is_over: bool


@page(right=Right.SEE, post=Right.EDIT_CUSTOMERS, scoped=True)
def customer_quotations(request: HttpRequest, customer_id: int) -> HttpResponse:
    """Every quotation in the fixed form, and the form for a new one."""
    customer, posted = customer_of(request, customer_id), request.POST if request.method == "POST" else None
    projects = list(Project.objects.filter(customer=customer, closed_at=None).order_by("-accepted_at"))
    form = QuotationForm(posted, projects=projects, initial=_first_values(customer))
    items = ItemFormSet(posted, prefix="items")
    if posted is not None and form.is_valid() and items.is_valid() and _quote(request, customer, form, items):
        messages.success(request, _("Quotation %(number)s is kept.") % {"number": form.cleaned_data["number"]})
        return redirect("customer_quotations", customer_id)
    made = Quotation.objects.filter(customer=customer).order_by("-made_at", "-id")[:50]
    context = {
        "customer": customer, "form": form, "items": items, "quotations": [_lines_of(each) for each in made],
        "parts": ", ".join(quotations.PARTS), "may_edit": member_of(request).may(Right.EDIT_CUSTOMERS),
    }  # fmt: skip
    return render(request, "console/care/quotations.html", context, status=200 if posted is None else 422)


@page(right=Right.SEE, post=Right.EDIT_CUSTOMERS, scoped=True)
def customer_shipments(request: HttpRequest, customer_id: int) -> HttpResponse:
    """Orders that leave together under one declaration (P-14)."""
    customer = customer_of(request, customer_id)
    if request.method == "POST":
        ticked = numbers_in(request.POST.getlist("order"))
        orders = list(supply_queries.shippable_orders(customer).filter(pk__in=ticked))
        declaration = request.POST.get("declaration", "").strip()[:120]
        try:
            supply_actions.ship_together(orders=orders, declaration_number=declaration, now=clock.utc_now())
        except supply_actions.NotPossible:
            messages.error(request, _("Tick two or more orders that have not left yet."))
        else:
            messages.success(request, _("These orders leave together."))
        return redirect("customer_shipments", customer_id)
    shipments = JointShipment.objects.filter(customer=customer).prefetch_related("orders").order_by("-created_at")
    context = {
        "customer": customer, "orders": list(supply_queries.shippable_orders(customer)[:100]),
        "shipments": list(shipments[:50]), "may_edit": member_of(request).may(Right.EDIT_CUSTOMERS),
    }  # fmt: skip
    return render(request, "console/care/shipments.html", context)


@act(right=Right.EDIT_CUSTOMERS, scoped=True)
def shipment_dispatch(request: HttpRequest, customer_id: int) -> HttpResponse:
    """All orders of a joint shipment have left, with one carrier and number."""
    customer = customer_of(request, customer_id)
    found = JointShipment.objects.filter(customer=customer, pk=number_in(request.POST.get("shipment", ""))).first()
    carrier, number = (request.POST.get(name, "").strip() for name in ("carrier", "tracking_number"))
    if found is None or not carrier:
        messages.error(request, _("Name the carrier of one of these shipments."))
    else:
        supply_actions.dispatch(
            shipment=found, carrier=carrier[:80], tracking_number=number[:120], now=clock.utc_now()
        )  # fmt: skip
        messages.success(request, _("All its orders are shipped; their customers hear of it."))
    return redirect("customer_shipments", customer_id)


@act(right=Right.EDIT_CUSTOMERS, scoped=True)
def order_show(request: HttpRequest, order_id: int) -> HttpResponse:
    """Show a photo of production to the customer; it is made new, so that no place or camera is told (RS-13)."""
    order, form = order_of(request, order_id), PictureForm(request.POST, request.FILES)
    if not form.is_valid():
        say_errors(request, form)
        return redirect("order", order_id)
    upload: Any = form.cleaned_data["picture"]
    try:
        encoded = imaging.encode(upload.read(imaging.MOST_BYTES + 1))
    except imaging.BadPicture as problem:
        messages.error(request, _(str(problem)))
        return redirect("order", order_id)
    supply_actions.show_production(
        order=order, node=form.cleaned_data["node"], caption=form.cleaned_data["caption"], picture=encoded.full,
        now=clock.utc_now(),
    )  # fmt: skip
    messages.success(request, _("The customer sees it on the page of his order, and his news carry it."))
    return redirect("order", order_id)


@page(right=Right.SEE, scoped=True)
def order_picture(request: HttpRequest, order_id: int) -> HttpResponse:
    """One photo of the order, by its number behind `?n=`."""
    found = ProductionPicture.objects.filter(
        order=order_of(request, order_id), pk=number_in(request.GET.get("n", ""))
    ).first()  # fmt: skip
    if found is None:
        raise Http404
    content = supply_queries.picture_bytes(found)
    return HttpResponse(content, content_type=supply_queries.picture_type(found))


def _first_values(customer: Customer) -> dict[str, Any]:
    now = clock.utc_now()
    count = Quotation.objects.filter(made_at__year=now.year).count()
    newest = Order.objects.filter(customer=customer).order_by("-placed_at", "-id").first()
    return {
        "number": f"Q{now.year}-{count + 1:04}",
        "currency": newest.currency if newest else firm_queries.the_firm().reporting_currency,
        "valid_until": now.date() + timedelta(days=VALID_DAYS),
    }


def _quote(request: HttpRequest, customer: Customer, form: QuotationForm, items: Any) -> bool:
    data = dict(form.cleaned_data)
    chosen = number_in(data.pop("project"))
    project = Project.objects.filter(customer=customer, pk=chosen).first() if chosen else None
    found = [each.item() for each in items if each.has_changed()]
    try:
        supply_actions.quote(
            customer=customer, project=project, items=found, by=member_of(request), now=clock.utc_now(), **data
        )
    except quotations.BadQuotation as problem:
        form.add_error(None, _(str(problem)))
        return False
    return True


def _lines_of(made: Quotation) -> QuotationLines:
    items = supply_queries.items_of(made)
    text = quotations.text_of(
        number=made.number, customer=made.customer.name, currency=made.currency, items=items,
        valid_until=made.valid_until,
    )  # fmt: skip
    return QuotationLines(
        made, items, quotations.total_of(items, made.currency), text, made.valid_until < clock.utc_now().date()
    )


urlpatterns: list[URLPattern] = [
    path("customers/<int:customer_id>/quotations/", customer_quotations, name="customer_quotations"),
    path("customers/<int:customer_id>/shipments/", customer_shipments, name="customer_shipments"),
    path("customers/<int:customer_id>/shipments/dispatch", shipment_dispatch, name="customer_shipment_dispatch"),
    path("orders/<int:order_id>/pictures/", order_show, name="order_show"),
    path("orders/<int:order_id>/picture/", order_picture, name="order_picture"),
]
