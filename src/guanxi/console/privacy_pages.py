"""Requests of persons, the data of one person, and erasing him with a second look at what goes and what stays."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from guanxi.consent import requests as consent_requests
from guanxi.consent.models import SubjectRequest
from guanxi.console.access import act, delicate, member_of, page
from guanxi.kernel import clock, keys
from guanxi.ledger import queries as ledger_queries
from guanxi.ledger.models import Contact
from guanxi.privacy import erasing, evidence, export, incidents, residue, retention
from guanxi.privacy.models import Erasure
from guanxi.privacy.people import is_sole_trader
from guanxi.staff.roles import Right

KIND_NAMES = {
    "export": gettext_lazy("wants a copy of the data"),
    "erase": gettext_lazy("wants to be erased"),
    "correct": gettext_lazy("wants something corrected"),
    "object": gettext_lazy("objects"),
}
ANSWERED_SHOWN = 20


class EraseForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Why"), max_length=200,
        help_text=gettext_lazy("For the record, without the person's name: asked by mail of 3 March."),
    )  # fmt: skip
    takes_customer = forms.BooleanField(
        label=gettext_lazy("The customer is this person himself and loses name and address too"), required=False
    )


class RequestForm(forms.Form):
    kind = forms.ChoiceField(label=gettext_lazy("The person"), choices=list(KIND_NAMES.items()))


class OutcomeForm(forms.Form):
    outcome = forms.CharField(
        label=gettext_lazy("What became of it"), max_length=200, help_text=gettext_lazy("Without names.")
    )


class SearchForm(forms.Form):
    text = forms.CharField(label=gettext_lazy("Name, address or telephone"), max_length=200)


@page(right=Right.READ_AUDIT)
def privacy(request: HttpRequest) -> HttpResponse:
    """What waits for an answer, what was answered, what was erased."""
    now = clock.utc_now()
    context = {
        "requests": [(each, KIND_NAMES.get(each.kind, each.kind), (each.due_at - now).days)
                     for each in consent_requests.open_requests()],
        "answered": [(each, KIND_NAMES.get(each.kind, each.kind))
                     for each in SubjectRequest.objects.exclude(state="open").order_by("-closed_at")[:ANSWERED_SHOWN]],
        "erasures": Erasure.objects.select_related("done_by").order_by("-id")[:ANSWERED_SHOWN],
        "breaches": incidents.open_breaches().count(), "keys": len(keys.ring().keys), "form": SearchForm(),
        "may_act": member_of(request).may(Right.MANAGE_SETTINGS),
    }  # fmt: skip
    return render(request, "console/privacy/overview.html", context)


@act(right=Right.MANAGE_SETTINGS)
def privacy_search(request: HttpRequest) -> HttpResponse:
    """Search every table and file for a text; what was looked for is kept nowhere."""
    form = SearchForm(request.POST)
    found, problem = [], ""
    if form.is_valid():
        try:
            found = residue.search([form.cleaned_data["text"]])
        except residue.TooShort as error:
            problem = str(error.__doc__)
    context = {"form": form, "found": found, "count": sum(each.count for each in found), "problem": problem}
    return render(request, "console/privacy/search.html", context)


@act(right=Right.MANAGE_SETTINGS)
def privacy_answer(request: HttpRequest, request_id: int) -> HttpResponse:
    """A request is answered, or refused with the reason."""
    asked = get_object_or_404(SubjectRequest, pk=request_id, state="open")
    form = OutcomeForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Write what became of it; the request stays open."))
        return redirect("privacy")
    state = "refused" if "refuse" in request.POST else "done"
    consent_requests.close_request(
        request=asked, now=clock.utc_now(), outcome=form.cleaned_data["outcome"], state=state
    )
    messages.success(request, _("Written down."))
    return redirect("privacy")


@page(right=Right.EXPORT, scoped=True)
def contact_data(request: HttpRequest, contact_id: int) -> HttpResponse:
    """What the house knows of a person, by table; what erasing would take and leave."""
    contact = _contact(request, contact_id)
    is_himself = is_sole_trader(contact)
    found = erasing.preview(contact, takes_customer=is_himself)
    context = {
        "contact": contact, **found, "request_form": RequestForm(),
        "form": EraseForm(initial={"takes_customer": is_himself}), "lasting": retention.for_readers(),
        "requests": [(each, KIND_NAMES.get(each.kind, each.kind)) for each in contact.subject_requests.order_by("-id")],
        "may_erase": member_of(request).may(Right.MANAGE_SETTINGS),
    }  # fmt: skip
    return render(request, "console/privacy/person.html", context)


@act(right=Right.EXPORT, scoped=True)
@delicate
def contact_data_export(request: HttpRequest, contact_id: int) -> HttpResponse:
    contact = _contact(request, contact_id)
    content = export.export_person(
        contact=contact, now=clock.utc_now(), actor=member_of(request), language=get_language() or "en"
    )
    return _file(content, f"person-{contact.pk}.zip")


@act(right=Right.EXPORT, scoped=True)
def contact_request(request: HttpRequest, contact_id: int) -> HttpResponse:
    """A request that came by letter or telephone."""
    contact, form = _contact(request, contact_id), RequestForm(request.POST)
    if form.is_valid():
        consent_requests.open_request(contact=contact, kind=form.cleaned_data["kind"], via="staff", now=clock.utc_now())
        messages.success(request, _("The request is written down; it is to be answered within a month."))
    return redirect("contact_data", contact_id=contact.pk)


@page(right=Right.MANAGE_SETTINGS, scoped=True)
def contact_erase(request: HttpRequest, contact_id: int) -> HttpResponse:
    """The second look: everything that goes, everything that stays and why."""
    contact = _contact(request, contact_id)
    takes = request.GET.get("takes_customer") == "on" if "reason" in request.GET else is_sole_trader(contact)
    form = EraseForm(initial={"reason": request.GET.get("reason", ""), "takes_customer": takes})
    context = {"contact": contact, "form": form, **erasing.preview(contact, takes_customer=takes)}
    return render(request, "console/privacy/erase.html", context)


@act(right=Right.MANAGE_SETTINGS, scoped=True)
@delicate
def contact_erase_now(request: HttpRequest, contact_id: int) -> HttpResponse:
    contact, form = _contact(request, contact_id), EraseForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("An erasure needs a reason, for the record."))
        return redirect("contact_erase", contact_id=contact.pk)
    erasing.erase(
        contact=contact, reason=form.cleaned_data["reason"], takes_customer=form.cleaned_data["takes_customer"],
        now=clock.utc_now(), actor=member_of(request), at_once=False,
    )  # fmt: skip
    messages.success(request, _("Erased. Files and space follow within a minute; see below whether anything is left."))
    return redirect("privacy")


@act(right=Right.READ_AUDIT)
@delicate
def privacy_evidence(request: HttpRequest) -> HttpResponse:
    """One ZIP that answers an inspection."""
    now = clock.utc_now()
    content = evidence.evidence_pack(now=now, language=get_language() or "en", actor=member_of(request))
    return _file(content, f"evidence-{now:%Y-%m-%d}.zip")


def _contact(request: HttpRequest, contact_id: int) -> Contact:
    seen = ledger_queries.customers_for(member_of(request))
    return get_object_or_404(Contact.objects.select_related("customer"), pk=contact_id, customer__in=seen)


def _file(content: bytes, name: str) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return HttpResponse(content, content_type="application/zip", headers=headers)


urlpatterns = [
    path("privacy/", privacy, name="privacy"),
    path("privacy/search/", privacy_search, name="privacy_search"),
    path("privacy/evidence/", privacy_evidence, name="privacy_evidence"),
    path("privacy/requests/<int:request_id>/", privacy_answer, name="privacy_answer"),
    path("contacts/<int:contact_id>/data/", contact_data, name="contact_data"),
    path("contacts/<int:contact_id>/data/export/", contact_data_export, name="contact_data_export"),
    path("contacts/<int:contact_id>/data/request/", contact_request, name="contact_request"),
    path("contacts/<int:contact_id>/erase/", contact_erase, name="contact_erase"),
    path("contacts/<int:contact_id>/erase/now/", contact_erase_now, name="contact_erase_now"),
]
