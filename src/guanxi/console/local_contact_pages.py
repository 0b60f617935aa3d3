"""Who helps buyers on the spot, market by market (J-04.3): letters at shipment and the page of an order name them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from guanxi.console.access import act, member_of, page
from guanxi.console.parts import note_act, say_errors
from guanxi.insights import markets
from guanxi.kernel import clock, places
from guanxi.papers import actions as papers_actions
from guanxi.papers import queries as papers_queries
from guanxi.papers.models import LocalContact
from guanxi.staff.roles import Right


class LocalContactForm(forms.Form):
    """A market, and the lines as buyers read them."""

    market = forms.CharField(label=gettext_lazy("Country"), max_length=60)
    lines = forms.CharField(
        label=gettext_lazy("Who helps"), max_length=papers_actions.LONGEST_LINES,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("Name, telephone, address and hours, as a buyer there reads them."),
    )  # fmt: skip

    def clean_market(self) -> str:
        code = places.country_code(self.cleaned_data["market"])
        if not code:
            raise forms.ValidationError(_("This is no country; write its name or its two letters."))
        return code


@page(right=Right.SEE_ALL, post=Right.EDIT_LETTERS)
def local_contacts(request: HttpRequest) -> HttpResponse:
    """The table; the form adds a market or replaces who stands there."""
    market = request.GET.get("market", "")[:60]
    form = LocalContactForm(
        request.POST or None, initial={"market": market, "lines": papers_queries.local_lines(market)}
    )  # fmt: skip
    if request.method == "POST" and form.is_valid():
        kept = papers_actions.name_local_contact(now=clock.utc_now(), **form.cleaned_data)
        note_act(request, "local_contact.named", object_kind="local_contact", object_id=kept.market)
        messages.success(request, _("Saved."))
        return redirect("local_contacts")
    language = get_language() or "en"
    known = list(LocalContact.objects.order_by("market"))
    named = {each.market for each in known}
    context: dict[str, Any] = {
        "form": form,
        "rows": [(each, places.country_name(each.market, language)) for each in known],
        "missing": [
            (code, places.country_name(code, language), count)
            for code, count in markets.customers_by_market() if code not in named
        ],
        "may_edit": member_of(request).may(Right.EDIT_LETTERS),
    }  # fmt: skip
    return render(request, "console/documents/local.html", context, status=422 if request.method == "POST" else 200)


@act(right=Right.EDIT_LETTERS)
def local_contact_remove(request: HttpRequest) -> HttpResponse:
    form = LocalContactForm({"market": request.POST.get("market", ""), "lines": "-"})
    if form.is_valid():
        papers_actions.forget_local_contact(market=form.cleaned_data["market"])
        note_act(
            request, "local_contact.removed", object_kind="local_contact", object_id=form.cleaned_data["market"]
        )  # fmt: skip
        messages.success(request, _("Removed."))
    else:
        say_errors(request, form)
    return redirect("local_contacts")


urlpatterns: list[URLPattern] = [
    path("documents/local-help/", local_contacts, name="local_contacts"),
    path("documents/local-help/remove", local_contact_remove, name="local_contact_remove"),
]
