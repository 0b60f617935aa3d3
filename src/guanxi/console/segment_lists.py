"""Lists kept by hand: made, filled by paste, from an import or a search, and weeded."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from guanxi.console.access import act, member_of, page
from guanxi.console.parts import number_in, say_errors
from guanxi.intake import queries as intake_queries
from guanxi.kernel import clock
from guanxi.ledger import queries as ledger_queries
from guanxi.segments import actions as segments_actions
from guanxi.segments import queries as segments_queries
from guanxi.segments.actions import SegmentMistake
from guanxi.segments.models import LIST, Segment
from guanxi.segments.pasting import Pasted, TooManyLines, read_paste
from guanxi.staff.roles import Right

MOST_FOUND = 30_000
SHOWN_UNKNOWN = 10


class ListForm(forms.Form):
    title = forms.CharField(label=gettext_lazy("Name of the list"), max_length=120)
    note = forms.CharField(label=gettext_lazy("Note"), max_length=1000, required=False)
    level = forms.ChoiceField(
        label=gettext_lazy("It holds"),
        choices=[("contact", gettext_lazy("contacts")), ("customer", gettext_lazy("customers"))],
    )


class FillForm(forms.Form):
    """One of three ways; what is empty does nothing."""

    text = forms.CharField(required=False, max_length=2_000_000)
    search = forms.CharField(required=False, max_length=200)
    run = forms.IntegerField(required=False, min_value=1)


@page(right=Right.EDIT_JOURNEYS, post=Right.EDIT_JOURNEYS)
def segment_list_new(request: HttpRequest) -> HttpResponse:
    form = ListForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = segments_actions.make_list(**form.cleaned_data, now=clock.utc_now(), by=member_of(request))
        except SegmentMistake as mistake:
            form.add_error("title", str(mistake))
        else:
            return redirect("segment_fill", made.key)
    return render(request, "console/segments/list_form.html", {"form": form}, status=422 if form.errors else 200)


@page(right=Right.EDIT_JOURNEYS, post=Right.EDIT_JOURNEYS)
def segment_fill(request: HttpRequest, segment_key: str) -> HttpResponse:
    found = _list(segment_key)
    if request.method == "POST":
        form = FillForm(request.POST)
        if not form.is_valid():
            say_errors(request, form)
        else:
            _fill(request, found, form)
            return redirect("segment", found.key)
    context = {"segment": found, "runs": intake_queries.recent_runs(limit=30)}
    return render(request, "console/segments/fill.html", context)


def _fill(request: HttpRequest, found: Segment, form: FillForm) -> None:
    now, data = clock.utc_now(), form.cleaned_data
    joined = 0
    if data["text"].strip():
        try:
            pasted = read_paste(data["text"])
        except TooManyLines as error:
            messages.error(request, str(error))
            return
        joined += segments_actions.add_members(
            segment=found, customer_ids=pasted.customer_ids, contact_ids=pasted.contact_ids, source="paste", now=now
        )
        _tell_unknown(request, pasted)
    if data["search"].strip():
        matching = ledger_queries.searched(ledger_queries.customers_for(member_of(request)), data["search"])
        ids = list(matching.values_list("pk", flat=True)[:MOST_FOUND])
        joined += segments_actions.add_members(segment=found, customer_ids=ids, source="search", now=now)
    if data["run"]:
        joined += segments_actions.add_import(segment=found, run_id=data["run"], now=now)
    words = ngettext("%(count)d is new on the list.", "%(count)d are new on the list.", joined)
    messages.success(request, words % {"count": joined})


def _tell_unknown(request: HttpRequest, pasted: Pasted) -> None:
    if not pasted.unknown:
        return
    shown = "; ".join(pasted.unknown[:SHOWN_UNKNOWN])
    words = ngettext(
        "%(count)d line names nobody we know: %(shown)s",
        "%(count)d lines name nobody we know: %(shown)s",
        len(pasted.unknown),
    )
    more = " …" if len(pasted.unknown) > SHOWN_UNKNOWN else ""
    messages.warning(request, words % {"count": len(pasted.unknown), "shown": shown + more})


@act(right=Right.EDIT_JOURNEYS)
def segment_remove(request: HttpRequest, segment_key: str) -> HttpResponse:
    """Take one member off a list."""
    found = _list(segment_key)
    row = segments_queries.members_of(found).filter(pk=number_in(request.POST.get("member", ""))).first()
    if row is None:
        raise Http404
    contact_ids = [row.contact_id] if row.contact_id else []
    segments_actions.remove_members(
        segment=found, customer_ids=[] if contact_ids else [row.customer_id], contact_ids=contact_ids,
        now=clock.utc_now(),
    )  # fmt: skip
    messages.success(request, _("%(name)s is off the list.") % {"name": row.contact or row.customer})
    return redirect("segment", found.key)


def _list(key: str) -> Segment:
    found = segments_queries.segment_named(key)
    if found is None or found.kind != LIST:
        raise Http404
    return found


urlpatterns: list[URLPattern] = [
    path("segments/new-list/", segment_list_new, name="segment_list_new"),
    path("segments/<slug:segment_key>/fill/", segment_fill, name="segment_fill"),
    path("segments/<slug:segment_key>/remove/", segment_remove, name="segment_remove"),
]
