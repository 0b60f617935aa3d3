"""What customers say of their market and of new products, found again across all of them (D-17)."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path

from guanxi.console.access import member_of, page
from guanxi.console.customer_forms import NOTE_KINDS
from guanxi.console.parts import page_number
from guanxi.ledger import queries as ledger_queries
from guanxi.staff.roles import Right

NOTES_A_PAGE = 25
FEEDBACK = "feedback"


@page(right=Right.SEE)
def feedback(request: HttpRequest) -> HttpResponse:
    """Notes of one kind, market feedback unless another is asked, that hold the words looked for."""
    kinds = [kind for kind, _title in NOTE_KINDS]
    kind = request.GET.get("kind", FEEDBACK)
    words = request.GET.get("q", "").strip()[:200]
    seen = ledger_queries.customers_for(member_of(request))
    notes = ledger_queries.notes_found(seen, kind=kind if kind in kinds else "", words=words)
    context = {"notes": Paginator(notes, NOTES_A_PAGE).get_page(page_number(request.GET)), "q": words, "kind": kind,
               "kinds": NOTE_KINDS}  # fmt: skip
    return render(request, "console/customers/feedback.html", context)


urlpatterns: list[URLPattern] = [path("feedback/", feedback, name="customer_feedback")]
