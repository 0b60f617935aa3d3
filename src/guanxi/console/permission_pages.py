"""Permissions: how far they reach by country and basis; of one contact, who said what, when, where, in which words."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from guanxi.consent import actions as consent_actions
from guanxi.consent import by_hand, coverage, deriving
from guanxi.consent import queries as consent_queries
from guanxi.consent import requests as consent_requests
from guanxi.consent.rules import PURPOSES as PURPOSE_KEYS
from guanxi.consent.statements import Proof
from guanxi.console import reaching_pages
from guanxi.console.access import act, firm_of, member_of, page
from guanxi.console.consent_words import CHANNELS, METHODS, PURPOSES
from guanxi.console.customer_forms import DAY
from guanxi.console.parts import say_errors
from guanxi.culture.profiles import profile_of
from guanxi.kernel import clock
from guanxi.ledger import queries as ledger_queries
from guanxi.ledger.models import Contact
from guanxi.staff import actions as staff_actions
from guanxi.staff.roles import Right

BASES = (
    ("consent", gettext_lazy("consent")),
    ("soft_opt_in", gettext_lazy("existing customer (soft opt-in)")),
    ("implied", gettext_lazy("implied by a purchase or inquiry")),
    ("legitimate_interest", gettext_lazy("legitimate interest")),
)


class PermissionForm(forms.Form):
    """What somebody was told on a fair, on the telephone or in a contract."""

    purpose = forms.ChoiceField(label=gettext_lazy("For what"), choices=[(key, PURPOSES[key]) for key in PURPOSE_KEYS])
    channel = forms.ChoiceField(
        label=gettext_lazy("By which way"), choices=list(CHANNELS.items()), initial="email", required=False
    )
    method = forms.ChoiceField(
        label=gettext_lazy("How"), choices=[(key, METHODS.get(key, key)) for key in by_hand.METHODS]
    )
    basis = forms.ChoiceField(label=gettext_lazy("Basis"), choices=BASES)
    obtained_on = forms.DateField(label=gettext_lazy("On which day"), widget=DAY)
    source = forms.CharField(
        label=gettext_lazy("Where"), max_length=120, help_text=gettext_lazy("Such as: Canton Fair 2026, stand 11.2 C14")
    )
    wording = forms.CharField(
        label=gettext_lazy("The exact words agreed to"), widget=forms.Textarea(attrs={"rows": 3}), max_length=4000
    )
    language = forms.CharField(label=gettext_lazy("Their language"), max_length=16, initial="en")
    proof = forms.FileField(
        label=gettext_lazy("Card, photo or letter"), required=False,
        help_text=gettext_lazy("PDF, PNG or JPEG, at most 5 MB."),
    )  # fmt: skip


@page(right=Right.SEE_ALL)
def permissions(request: HttpRequest) -> HttpResponse:
    """The overview by country, with what the law profile says and whether the chain of records is whole."""
    now = clock.utc_now()
    culture = firm_of(request).culture
    rows = [(row, profile_of(row.country, culture)) for row in coverage.by_country(now=now)]
    context = {
        "rows": [(row, profile.law, "law.basis" in profile.defaults) for row, profile in rows],
        "contacts": sum(row.contacts for row, _profile in rows),
        "allowed": sum(row.allowed for row, _profile in rows),
        "bases": BASES,
        "policy": deriving.the_policy(),
        "requests": consent_requests.open_requests()[:50],
        "now": now,
        "may_set": member_of(request).may(Right.MANAGE_SETTINGS),
    }
    return render(request, "console/permissions/overview.html", context)


@page(right=Right.READ_AUDIT)
def permission_check(request: HttpRequest) -> HttpResponse:
    """Reads every chain of consent records and names what is changed or missing (RL-01)."""
    return render(request, "console/permissions/check.html", {"breaks": list(consent_queries.broken_chains())[:200]})


@act(right=Right.MANAGE_SETTINGS)
def permission_policy(request: HttpRequest) -> HttpResponse:
    fields = {name: name in request.POST for name in ("offers_opt_out_at_sale", "advertises_similar_goods")}
    now = clock.utc_now()
    deriving.set_policy(**fields, now=now)
    staff_actions.append_audit(actor=member_of(request), act="consent.policy_changed", now=now, details=fields)
    messages.success(request, _("Saved."))
    return redirect("permissions")


@page(right=Right.SEE, post=Right.EDIT_CUSTOMERS, scoped=True)
def contact_permissions(request: HttpRequest, contact_id: int) -> HttpResponse:
    """The history of one contact with its evidence; a form records what was not said on a page of ours."""
    contact = _contact(request, contact_id)
    form = PermissionForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid() and _recorded(request, contact, form):
        messages.success(request, _("Recorded."))
        return redirect("contact_permissions", contact_id=contact.pk)
    topics = consent_queries.topics()
    titles = {topic.key: topic.titles for topic in topics}
    choices = consent_queries.choices_of([contact.pk])[contact.pk]
    ways = reaching_pages.ways_to([contact], now=clock.utc_now())[contact.pk]
    preferred = next((each.way.channel for each in ways if each.way.is_preferred), "")
    context = {
        "contact": contact,
        "history": [(each, titles.get(each.topic, each.topic)) for each in consent_queries.history_of(contact.pk)],
        "breaks": list(consent_queries.broken_chains([contact.pk])),
        "topics": [(topic, topic.key not in choices.declined_topics) for topic in topics],
        "choices": choices,
        "form": form,
        "purposes": [(key, PURPOSES[key]) for key in PURPOSE_KEYS],
        "ways": ways,
        "channels": list(CHANNELS.items()),
        "channel_form": reaching_pages.ChannelForm(auto_id="id_way_%s"),
        "preference_form": reaching_pages.PreferenceForm(initial={"preferred": preferred}, auto_id="id_way_%s"),
        "may_edit": member_of(request).may(Right.EDIT_CUSTOMERS),
        "profile": profile_of(contact.country or contact.customer.country, firm_of(request).culture),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "console/permissions/contact.html", context, status=status)


def _recorded(request: HttpRequest, contact: Contact, form: PermissionForm) -> bool:
    data, proof = form.cleaned_data, form.cleaned_data["proof"]
    if data["basis"] not in by_hand.bases_for(contact.country or contact.customer.country, data["purpose"]):
        form.add_error("basis", _("The law of this country asks for the contact's own consent."))
        return False
    told = by_hand.Told(
        purpose=data["purpose"], method=data["method"], basis=data["basis"], wording=data["wording"],
        language=data["language"], source=data["source"], channel=data["channel"] or "email",
        obtained_at=datetime.combine(data["obtained_on"], datetime.min.time(), tzinfo=UTC),
    )  # fmt: skip
    now = clock.utc_now()
    try:
        by_hand.record(
            contact=contact, told=told, actor=member_of(request), now=now,
            file_name=proof.name if proof else "", content=proof.read(by_hand.LARGEST_FILE + 1) if proof else b"",
        )  # fmt: skip
    except by_hand.BadFile:
        form.add_error("proof", _("Take a PDF, PNG or JPEG of at most 5 MB."))
    except by_hand.NoEvidence:
        form.add_error("wording", _("Write down the words agreed to and where that was."))
    except ValueError:
        form.add_error("obtained_on", _("A permission cannot be from the future."))
    return not form.errors


@act(right=Right.EDIT_CUSTOMERS, scoped=True)
def contact_withdraw(request: HttpRequest, contact_id: int) -> HttpResponse:
    """The contact told somebody of us that he wants no more; `object` is the absolute no of RL-03."""
    contact = _contact(request, contact_id)
    form = WithdrawForm(request.POST)
    if not form.is_valid():
        say_errors(request, form)
        return redirect("contact_permissions", contact_id=contact.pk)
    proof = Proof(
        method="staff", source=form.cleaned_data["source"], evidence={"note": form.cleaned_data["source"]},
        jurisdiction=contact.country or contact.customer.country,
    )  # fmt: skip
    actor, now = member_of(request), clock.utc_now()
    purpose = form.cleaned_data["purpose"]
    if purpose == "object":
        consent_actions.object_to_marketing(contact=contact, proof=proof, now=now, actor=actor)
    else:
        consent_actions.withdraw(
            contact=contact, purpose=purpose, proof=proof, now=now, actor=actor,
            channel=form.cleaned_data["channel"] or "email",
        )  # fmt: skip
    messages.success(request, _("Recorded; it holds from this moment on."))
    return redirect("contact_permissions", contact_id=contact.pk)


class WithdrawForm(forms.Form):
    purpose = forms.ChoiceField(
        label=gettext_lazy("For what"), choices=[*((key, PURPOSES[key]) for key in PURPOSE_KEYS), ("object", "object")]
    )
    channel = forms.ChoiceField(label=gettext_lazy("By which way"), choices=list(CHANNELS.items()), required=False)
    source = forms.CharField(label=gettext_lazy("How he said so"), max_length=120)


@page(right=Right.SEE, scoped=True)
def contact_evidence(request: HttpRequest, contact_id: int, file_id: int) -> HttpResponse:
    """The card or letter, for downloading: shown by no browser as a page of ours."""
    contact = _contact(request, contact_id)
    found = by_hand.evidence_file(contact.pk, file_id)
    if found is None:
        raise Http404
    response = HttpResponse(bytes(found.content), content_type=found.media_type)
    ending = found.media_type.rpartition("/")[2]
    response["Content-Disposition"] = f'attachment; filename="evidence-{found.pk}.{ending}"'
    response["Cache-Control"] = "no-store"
    return response


def _contact(request: HttpRequest, contact_id: int) -> Contact:
    seen: Any = ledger_queries.customers_for(member_of(request))
    return get_object_or_404(Contact.objects.select_related("customer"), pk=contact_id, customer__in=seen)


urlpatterns: list[URLPattern] = [
    path("permissions/", permissions, name="permissions"),
    path("permissions/check", permission_check, name="permission_check"),
    path("permissions/policy", permission_policy, name="permission_policy"),
    path("contacts/<int:contact_id>/permissions/", contact_permissions, name="contact_permissions"),
    path("contacts/<int:contact_id>/permissions/withdraw", contact_withdraw, name="contact_withdraw"),
    path("contacts/<int:contact_id>/evidence/<int:file_id>", contact_evidence, name="contact_evidence"),
]
