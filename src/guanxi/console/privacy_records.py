"""What is kept and how long, the record of processing with laws and assessments, breaches with their clock."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from guanxi.console.access import act, member_of, page
from guanxi.console.list_files import XLSX
from guanxi.kernel import clock
from guanxi.privacy import incidents, processing, retention
from guanxi.privacy.models import Assessment, Breach
from guanxi.staff.roles import Right

OCCASION_NAMES = {
    "transfer_abroad": gettext_lazy("Transfer abroad"),
    "automated_decision": gettext_lazy("Automated decision"),
    "sensitive": gettext_lazy("Sensitive data"),
    "entrusting": gettext_lazy("Entrusting to somebody else"),
    "disclosure": gettext_lazy("Giving or publishing"),
    "other": gettext_lazy("Something else"),
}
LINES = forms.Textarea(attrs={"rows": 2})
MOMENT = {"type": "datetime-local"}


class DetailsForm(forms.Form):
    controller_contact = forms.CharField(label=gettext_lazy("Who answers questions about data"), required=False,
                                         widget=LINES)  # fmt: skip
    representative = forms.CharField(label=gettext_lazy("Representative in the EU or the UK"), required=False,
                                     widget=LINES)  # fmt: skip
    officer = forms.CharField(label=gettext_lazy("Data protection officer"), required=False, widget=LINES)
    hosting = forms.CharField(label=gettext_lazy("Where and by whom this installation is run"), required=False,
                              widget=LINES)  # fmt: skip
    recipients = forms.CharField(label=gettext_lazy("Further recipients of data, one per line"), required=False,
                                 widget=LINES)  # fmt: skip
    transfers = forms.CharField(label=gettext_lazy("Transfers abroad and their safeguards, one per line"),
                                required=False, widget=LINES)  # fmt: skip


class AssessmentForm(forms.Form):
    title = forms.CharField(label=gettext_lazy("What is assessed"), max_length=200)
    occasion = forms.ChoiceField(label=gettext_lazy("Occasion"), choices=list(OCCASION_NAMES.items()))
    purpose = forms.CharField(label=gettext_lazy("Is it lawful, fair and necessary?"), widget=LINES)
    impact = forms.CharField(label=gettext_lazy("What may it do to persons?"), widget=LINES)
    measures = forms.CharField(label=gettext_lazy("Which measures fit the risk?"), widget=LINES)
    conclusion = forms.CharField(label=gettext_lazy("Conclusion"), required=False, widget=LINES)
    decided_on = forms.DateField(label=gettext_lazy("Decided on"), widget=forms.DateInput(attrs={"type": "date"}))


class BreachForm(forms.Form):
    what = forms.CharField(label=gettext_lazy("What happened"), widget=LINES)
    noticed_at = forms.DateTimeField(
        label=gettext_lazy("Noticed at (UTC)"), widget=forms.DateTimeInput(attrs=MOMENT),
        help_text=gettext_lazy("The 72 hours begin here."),
    )  # fmt: skip
    people = forms.IntegerField(label=gettext_lazy("About how many persons"), required=False, min_value=0)
    categories = forms.CharField(label=gettext_lazy("Whose and which data"), required=False, max_length=300)


class BreachAnswerForm(forms.Form):
    consequences = forms.CharField(label=gettext_lazy("Likely consequences"), required=False, widget=LINES)
    measures = forms.CharField(label=gettext_lazy("Measures taken"), required=False, widget=LINES)
    reported_at = forms.DateTimeField(label=gettext_lazy("Authority told at (UTC)"), required=False,
                                      widget=forms.DateTimeInput(attrs=MOMENT))  # fmt: skip
    not_reported_because = forms.CharField(label=gettext_lazy("Or why the authority is not told"), required=False,
                                           widget=LINES)  # fmt: skip
    persons_told_at = forms.DateTimeField(label=gettext_lazy("Persons told at (UTC)"), required=False,
                                          widget=forms.DateTimeInput(attrs=MOMENT))  # fmt: skip


class SpanForm(forms.Form):
    key = forms.CharField(max_length=24)
    days = forms.IntegerField(min_value=1)
    reason = forms.CharField(max_length=200)


@page(right=Right.READ_AUDIT)
def privacy_retention(request: HttpRequest) -> HttpResponse:
    context = {
        "told": [(each, retention.words_of(each.days)) for each in retention.told()],
        "lasting": retention.LASTING, "may_act": member_of(request).may(Right.MANAGE_SETTINGS),
    }  # fmt: skip
    return render(request, "console/privacy/retention.html", context)


@act(right=Right.MANAGE_SETTINGS)
def privacy_span(request: HttpRequest) -> HttpResponse:
    form = SpanForm(request.POST)
    try:
        if not form.is_valid():
            raise retention.BadSpan
        retention.change_span(**form.cleaned_data, actor=member_of(request), now=clock.utc_now())
    except retention.BadSpan:
        rule = retention.BY_KEY.get(request.POST.get("key", ""))
        most = rule.most if rule else 1
        messages.error(request, _("Write 1 to %(most)d days and a reason; nothing was changed.") % {"most": most})
    else:
        messages.success(request, _("Saved; it counts from the next night."))
    return redirect("privacy_retention")


@page(right=Right.READ_AUDIT, post=Right.MANAGE_SETTINGS)
def privacy_record(request: HttpRequest) -> HttpResponse:
    """The record of processing; the form holds what only the firm knows."""
    details, language = processing.the_details(), get_language() or "en"
    first = {name: getattr(details, name) for name in processing.DETAILS}
    form = DetailsForm(request.POST or None, initial=first)
    if request.method == "POST" and form.is_valid():
        processing.save_details(actor=member_of(request), now=clock.utc_now(), **form.cleaned_data)
        messages.success(request, _("Saved."))
        return redirect("privacy_record")
    context = {
        "record": processing.record(language=language, now=clock.utc_now()), "form": form,
        "laws": processing.laws(language), "assessment_form": AssessmentForm(),
        "assessments": [(each, OCCASION_NAMES.get(each.occasion, each.occasion))
                        for each in Assessment.objects.order_by("-decided_on", "-id")],
        "may_act": member_of(request).may(Right.MANAGE_SETTINGS),
    }  # fmt: skip
    return render(request, "console/privacy/record.html", context)


@page(right=Right.READ_AUDIT)
def privacy_record_file(request: HttpRequest, form: str) -> HttpResponse:
    """The record as json or xlsx."""
    found = processing.record(language=get_language() or "en", now=clock.utc_now())
    if form == "json":
        answer: HttpResponse = JsonResponse(found, json_dumps_params={"ensure_ascii": False, "indent": 1})
    else:
        answer = HttpResponse(processing.as_workbook(found), content_type=XLSX)
    ending = "json" if form == "json" else "xlsx"
    answer["Content-Disposition"] = f'attachment; filename="record-of-processing.{ending}"'
    return answer


@act(right=Right.MANAGE_SETTINGS)
def privacy_assess(request: HttpRequest) -> HttpResponse:
    form = AssessmentForm(request.POST)
    if form.is_valid():
        incidents.add_assessment(**form.cleaned_data, actor=member_of(request), now=clock.utc_now())
        messages.success(request, _("The assessment is kept; look at it again in a year."))
    else:
        messages.error(request, _("Fill in every field but the conclusion; nothing was kept."))
    return redirect("privacy_record")


@page(right=Right.READ_AUDIT, post=Right.MANAGE_SETTINGS)
def privacy_breaches(request: HttpRequest) -> HttpResponse:
    """Breaches with their clock; the form opens one."""
    now = clock.utc_now()
    form = BreachForm(request.POST or None, initial={"noticed_at": f"{now:%Y-%m-%dT%H:%M}"})
    if request.method == "POST" and form.is_valid():
        incidents.open_breach(**form.cleaned_data, actor=member_of(request), now=now)
        messages.success(request, _("Written down. The clock of 72 hours runs."))
        return redirect("privacy_breaches")
    context = {
        "form": form, "open": [_with_clock(each, now) for each in incidents.open_breaches()],
        "closed": Breach.objects.exclude(closed_at=None).order_by("-closed_at"),
        "may_act": member_of(request).may(Right.MANAGE_SETTINGS),
    }  # fmt: skip
    return render(request, "console/privacy/breaches.html", context)


@act(right=Right.MANAGE_SETTINGS)
def privacy_breach(request: HttpRequest, breach_id: int) -> HttpResponse:
    """Add what is known by now, or close it."""
    breach, form = get_object_or_404(Breach, pk=breach_id), BreachAnswerForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("A moment is not readable; nothing was changed."))
        return redirect("privacy_breaches")
    try:
        incidents.change_breach(
            breach=breach, actor=member_of(request), now=clock.utc_now(), close="close" in request.POST,
            **form.cleaned_data,
        )  # fmt: skip
    except incidents.Unanswered:
        messages.error(request, _("Before it is closed, write when the authority was told, or why not."))
    else:
        messages.success(request, _("Saved."))
    return redirect("privacy_breaches")


def _with_clock(breach: Breach, now: Any) -> dict[str, Any]:
    left = breach.due_at - now
    first = {name: getattr(breach, name) for name in BreachAnswerForm.base_fields}
    return {
        "breach": breach, "hours": int(left.total_seconds() // 3600), "is_over": left < timedelta(0),
        "form": BreachAnswerForm(initial=first, auto_id=f"id_{breach.pk}_%s"),
    }  # fmt: skip


urlpatterns = [
    path("privacy/retention/", privacy_retention, name="privacy_retention"),
    path("privacy/retention/change/", privacy_span, name="privacy_span"),
    path("privacy/record/", privacy_record, name="privacy_record"),
    path("privacy/record/assess/", privacy_assess, name="privacy_assess"),
    path("privacy/record/<str:form>", privacy_record_file, name="privacy_record_file"),
    path("privacy/breaches/", privacy_breaches, name="privacy_breaches"),
    path("privacy/breaches/<int:breach_id>/", privacy_breach, name="privacy_breach"),
]
