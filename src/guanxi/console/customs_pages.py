"""The list of papers for customs of an order: lines, files, and the card on the order's page (J-04.3, J-05.2)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from guanxi.console.access import act, member_of, page
from guanxi.console.file_answers import file_answer, uploaded
from guanxi.console.paper_words import CUSTOMS
from guanxi.console.parts import number_in, say_errors
from guanxi.kernel import clock
from guanxi.ledger import queries as ledger_queries
from guanxi.ledger.models import Order
from guanxi.papers import actions as papers_actions
from guanxi.papers import checking
from guanxi.papers import queries as papers_queries
from guanxi.papers.models import CustomsPaper
from guanxi.staff.roles import Right

OTHER = "other"


class CustomsForm(forms.Form):
    """One line of the list; the file may come later as another line."""

    kind = forms.ChoiceField(label=gettext_lazy("Paper"), choices=list(CUSTOMS.items()))
    title = forms.CharField(label=gettext_lazy("Name"), max_length=160, required=False)
    file = forms.FileField(label=gettext_lazy("File"), max_length=200, required=False)

    def clean_file(self) -> bytes | None:
        return uploaded(self.cleaned_data["file"])

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        data["title"] = " ".join(str(data.get("title", "")).split())
        if data.get("kind") == OTHER and not data["title"]:
            self.add_error("title", _("Name the paper."))
        return data


def customs_card(order: Order) -> dict[str, Any]:
    """What the card needs: the list with its words, and the form."""
    listed = papers_queries.customs_papers(order)
    return {
        "customs_papers": [(each.title or CUSTOMS.get(each.kind, each.kind), each) for each in listed],
        "customs_form": CustomsForm(),
    }


@act(right=Right.EDIT_CUSTOMERS, scoped=True)
def order_paper_add(request: HttpRequest, order_id: int) -> HttpResponse:
    order, form = _order(request, order_id), CustomsForm(request.POST, request.FILES)
    if not form.is_valid():
        say_errors(request, form)
        return redirect("order", order_id)
    try:
        papers_actions.list_for_customs(
            order=order, kind=form.cleaned_data["kind"], title=form.cleaned_data["title"],
            raw=form.cleaned_data["file"], by=member_of(request), now=clock.utc_now(),
        )  # fmt: skip
    except checking.BadFile as mistake:
        messages.error(request, _(str(mistake)))
    else:
        messages.success(request, _("On the list; the customer sees it on the page of his order."))
    return redirect("order", order_id)


@act(right=Right.EDIT_CUSTOMERS, scoped=True)
def order_paper_remove(request: HttpRequest, order_id: int) -> HttpResponse:
    papers_actions.strike_from_customs(paper=_paper(request, order_id, request.POST.get("n", "")))
    messages.success(request, _("Removed."))
    return redirect("order", order_id)


@page(right=Right.SEE, scoped=True)
def order_paper(request: HttpRequest, order_id: int) -> HttpResponse:
    """The file of one paper, by its number behind `?n=`."""
    found = _paper(request, order_id, request.GET.get("n", ""))
    return file_answer(found.name, f"{found.order.number} {found.title or CUSTOMS.get(found.kind, found.kind)}")


def _order(request: HttpRequest, order_id: int) -> Order:
    """The order, when the reader may see its customer; 404 otherwise (RS-15)."""
    return get_object_or_404(Order, pk=order_id, customer__in=ledger_queries.customers_for(member_of(request)))


def _paper(request: HttpRequest, order_id: int, number: str) -> CustomsPaper:
    listed = papers_queries.customs_papers(_order(request, order_id))
    found = next((each for each in listed if each.pk == number_in(number)), None)
    if found is None:
        raise Http404
    return found


urlpatterns: list[URLPattern] = [
    path("orders/<int:order_id>/papers", order_paper_add, name="order_paper_add"),
    path("orders/<int:order_id>/papers/remove", order_paper_remove, name="order_paper_remove"),
    path("orders/<int:order_id>/paper", order_paper, name="order_paper"),
]
