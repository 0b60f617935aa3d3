"""Customers who may be one: proposals with both sides, merging, and splitting again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from guanxi.console.access import act, member_of, page
from guanxi.console.parts import number_in, page_number
from guanxi.kernel import clock
from guanxi.ledger import duplicates, merging
from guanxi.ledger import queries as ledger_queries
from guanxi.ledger.models import Customer, Merge
from guanxi.staff import actions as staff_actions
from guanxi.staff.roles import Right

PAIRS_A_PAGE = 10
FOUND_AT_MOST = 8
REASONS = {
    "same_email": gettext_lazy("the same mailbox: %(value)s"),
    "same_phone": gettext_lazy("the same telephone: %(value)s"),
    "same_domain": gettext_lazy("the same domain: %(value)s"),
    "similar_name": gettext_lazy("names alike by %(value)s"),
    "other_country": gettext_lazy("but in different countries: %(value)s"),
    "other_domain": gettext_lazy("but with different domains: %(value)s"),
}


@dataclass(frozen=True, slots=True)
class Side:
    """One of two customers, as much as one needs to tell whether he is the other."""

    customer: Customer
    figures: ledger_queries.OrderFigures
    contacts: list[str]
    numbers: list[str]


@page(right=Right.EDIT_CUSTOMERS)
def duplicates_page(request: HttpRequest) -> HttpResponse:
    found = duplicates.proposals(_seen(request))
    pairs: Any = Paginator(found, PAIRS_A_PAGE).get_page(page_number(request.GET))
    pairs.object_list = [
        {
            "score": each.likeness.score,
            "reasons": [REASONS[code] % {"value": value} for code, value in each.likeness.reasons],
            "sides": _sides(request, each.first, each.second),
        }
        for each in pairs.object_list
    ]
    recent = Merge.objects.filter(kept__in=_seen(request), split_at__isnull=True).select_related("kept", "gone")
    context = {"pairs": pairs, "total": len(found), "merges": recent.order_by("-id")[:PAIRS_A_PAGE]}
    return render(request, "console/duplicates/list.html", context)


@page(right=Right.EDIT_CUSTOMERS, scoped=True)
def customer_merge(request: HttpRequest, customer_id: int) -> HttpResponse:
    """Merge this customer with another one that is looked for here; its earlier merges can be split."""
    customer = _customer_of(request, customer_id)
    words = request.GET.get("q", "").strip()[:200]
    others = ledger_queries.searched(_seen(request).exclude(pk=customer.pk), words)[:FOUND_AT_MOST] if words else []
    chosen = number_in(request.GET.get("with", ""))
    sides = None
    if chosen:
        sides = _sides(request, customer.pk, _customer_of(request, chosen).pk)
    context = {"customer": customer, "q": words, "others": others, "sides": sides,
               "merges": merging.merges_of(customer)}  # fmt: skip
    return render(request, "console/duplicates/merge.html", context)


@act(right=Right.EDIT_CUSTOMERS)
def duplicates_merge(request: HttpRequest) -> HttpResponse:
    kept, gone = _posted(request, "kept"), _posted(request, "gone")
    now = clock.utc_now()
    try:
        merge = merging.merge_customers(
            kept=kept, gone=gone, now=now, user=member_of(request), reason=request.POST.get("reason", "")
        )
    except merging.NotToBeMerged:
        messages.error(request, _("One of the two was merged already; look at the list again."))
        return redirect("duplicates")
    _audit(request, "customer.merged", merge)
    text = _("%(gone)s is part of %(kept)s now. This can be split again on the page of the customer.")
    messages.success(request, text % {"gone": gone.name, "kept": kept.name})
    if request.POST.get("back") == "duplicates":
        return redirect("duplicates")
    return redirect("customer", customer_id=kept.pk)


@act(right=Right.EDIT_CUSTOMERS)
def duplicates_apart(request: HttpRequest) -> HttpResponse:
    """Two customers are not the same; they are not proposed again."""
    duplicates.tell_apart(one=_posted(request, "kept"), other=_posted(request, "gone"), now=clock.utc_now())
    messages.success(request, _("They are not proposed again."))
    return redirect("duplicates")


@act(right=Right.EDIT_CUSTOMERS, scoped=True)
def merge_split(request: HttpRequest, merge_id: int) -> HttpResponse:
    merge = get_object_or_404(Merge.objects.select_related("kept", "gone"), pk=merge_id, kept__in=_seen(request))
    try:
        merging.split_customers(merge=merge, now=clock.utc_now())
    except merging.NotToBeSplit:
        messages.error(request, _("This was split already, or merged again since; split the later merge first."))
    else:
        _audit(request, "customer.split", merge)
        text = _("%(gone)s stands alone again with what was moved; what came later stays with %(kept)s.")
        messages.success(request, text % {"gone": merge.gone.name, "kept": merge.kept.name})
    return redirect("customer", customer_id=merge.kept_id)


def _audit(request: HttpRequest, act_name: str, merge: Merge) -> None:
    staff_actions.append_audit(
        actor=member_of(request), act=act_name, now=clock.utc_now(),
        details={"kept": str(merge.kept_id), "gone": str(merge.gone_id)},
    )  # fmt: skip


def _seen(request: HttpRequest) -> QuerySet[Customer]:
    return ledger_queries.customers_for(member_of(request))


def _customer_of(request: HttpRequest, customer_id: int) -> Customer:
    return get_object_or_404(_seen(request), pk=customer_id)


def _posted(request: HttpRequest, name: str) -> Customer:
    return _customer_of(request, number_in(request.POST.get(name, "")))


def _sides(request: HttpRequest, first: int, second: int) -> list[tuple[Side, Side]]:
    """Each of the two with the other one, for the button that keeps it."""
    one, other = (_side(_customer_of(request, each)) for each in (first, second))
    return [(one, other), (other, one)]


def _side(customer: Customer) -> Side:
    people = customer.contacts.order_by("-is_primary", "id")[:4]
    contacts = [f"{each} {each.email} {each.phone}".strip() for each in people]
    numbers = [f"{each.value} ({each.source})" for each in customer.identities.order_by("id")[:4]]
    return Side(customer, ledger_queries.order_figures(customer.pk), contacts, numbers)


urlpatterns: list[URLPattern] = [
    path("duplicates/", duplicates_page, name="duplicates"),
    path("duplicates/merge/", duplicates_merge, name="duplicates_merge"),
    path("duplicates/apart/", duplicates_apart, name="duplicates_apart"),
    path("customers/<int:customer_id>/merge/", customer_merge, name="customer_merge"),
    path("merges/<int:merge_id>/split/", merge_split, name="merge_split"),
]
