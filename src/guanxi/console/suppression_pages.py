"""Addresses that get no mail: look one up, add one, take one off with a reason (RL-10, G-17).

Only fingerprints are kept: the list shows an address while a contact still has it, and any address can be asked for.
"""

from __future__ import annotations

import re

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from guanxi.consent import actions as consent_actions
from guanxi.consent import queries as consent_queries
from guanxi.consent.models import Suppression
from guanxi.consent.rules import ERASED, LIFTABLE_BY_STAFF, LIFTED_BY_OWN_WORD
from guanxi.console.access import act, member_of, page
from guanxi.console.parts import page_number, say_errors
from guanxi.kernel import clock
from guanxi.ledger.identity import BadAddress
from guanxi.staff import actions as staff_actions
from guanxi.staff.roles import Right

PAGE_SIZE = 50
REASONS: dict[str, str | Promise] = {
    "unsubscribed": gettext_lazy("unsubscribed"), "objection": gettext_lazy("objected to advertising"),
    "complaint": gettext_lazy("marked a mail as spam"), "hard_bounce": gettext_lazy("no such address"),
    "soft_bounces": gettext_lazy("mails came back again and again"),
    "erased": gettext_lazy("asked to be deleted"), "staff": gettext_lazy("entered by staff"),
    "import": gettext_lazy("from an import"), "sunset": gettext_lazy("beyond hope: gave no sign for too long"),
}  # fmt: skip
SCOPES = (("marketing", gettext_lazy("no marketing")), ("all", gettext_lazy("no mail at all")))


class SuppressForm(forms.Form):
    address = forms.CharField(label=gettext_lazy("Address"), max_length=320)
    scope = forms.ChoiceField(label=gettext_lazy("Gets"), choices=SCOPES)
    detail = forms.CharField(label=gettext_lazy("Reason"), max_length=300)


class LiftForm(forms.Form):
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=200)


@page(right=Right.SEE_ALL)
def suppressions(request: HttpRequest) -> HttpResponse:
    asked, reason = request.GET.get("q", "").strip()[:320], request.GET.get("reason", "")
    rows = consent_queries.suppressions(address=asked, reason=reason if reason in REASONS else "")
    listed = Paginator(rows, PAGE_SIZE).get_page(page_number(request.GET))
    context = {
        "rows": listed,
        "lines": [_line(row) for row in listed],
        "q": asked, "reason": reason, "reasons": REASONS, "form": SuppressForm(),
        "may_edit": member_of(request).may(Right.SEND),
    }  # fmt: skip
    return render(request, "console/permissions/suppressions.html", context)


def _line(row: Suppression) -> tuple[Suppression, str, str, bool, str]:
    """With the reason and more about it, whether staff may take it off, and who else."""
    is_his = row.reason in (*LIFTED_BY_OWN_WORD, ERASED)
    lifted_by = _("only the reader himself") if is_his else _("stays for good")
    title = str(REASONS.get(row.reason, row.reason))
    return row, title, _detail_words(row), row.reason in LIFTABLE_BY_STAFF, lifted_by


def _detail_words(row: Suppression) -> str:
    """What a server or a person said, as it was said; what our own count said, in the language of the page."""
    counted = re.fullmatch(r"no sign for (\d+) days and (\d+) mails", row.detail)
    if counted is None:
        return row.detail
    return _("no sign for %(days)s days and %(mails)s mails") % {"days": counted[1], "mails": counted[2]}


@act(right=Right.SEND)
def suppression_add(request: HttpRequest) -> HttpResponse:
    form, now = SuppressForm(request.POST), clock.utc_now()
    if form.is_valid():
        try:
            row = consent_actions.suppress(reason="staff", now=now, **form.cleaned_data)
            actor = member_of(request)
            details = {"scope": row.scope, "reason": row.detail}
            staff_actions.append_audit(
                actor=actor, act="suppression.added", now=now, object_kind="suppression", object_id=row.pk,
                details=details,
            )  # fmt: skip
            messages.success(request, _("Added; it holds from this moment on."))
        except BadAddress:
            messages.error(request, _("This is no e-mail address."))
    else:
        say_errors(request, form)
    return redirect("suppressions")


@act(right=Right.SEND)
def suppression_lift(request: HttpRequest, suppression_id: int) -> HttpResponse:
    """Only what staff, an import or a server said can be taken back by staff; a reader's own no only by himself."""
    row = get_object_or_404(Suppression, pk=suppression_id)
    form = LiftForm(request.POST)
    if not form.is_valid():
        say_errors(request, form)
    elif not consent_actions.lift(suppression_id=row.pk):
        messages.error(request, _("The reader said so himself; only he can take it back, by signing up again."))
    else:
        staff_actions.append_audit(
            actor=member_of(request), act="suppression.lifted", now=clock.utc_now(), object_kind="suppression",
            object_id=row.pk, details={"was": row.reason, "reason": form.cleaned_data["reason"]},
        )  # fmt: skip
        messages.success(request, _("Taken off the list."))
    return redirect("suppressions")


urlpatterns: list[URLPattern] = [
    path("suppressions/", suppressions, name="suppressions"),
    path("suppressions/add", suppression_add, name="suppression_add"),
    path("suppressions/<int:suppression_id>/lift", suppression_lift, name="suppression_lift"),
]
