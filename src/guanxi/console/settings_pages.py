"""Settings: the firm, who writes, how often, and the switch that stops all sending."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _

from guanxi.console.access import act, delicate, member_of, page
from guanxi.console.firm_forms import FirmForm, PolicyForm, SenderForm
from guanxi.console.parts import note_act
from guanxi.console.set_up import send_test_mail
from guanxi.firm import queries as firm_queries
from guanxi.kernel import clock
from guanxi.outbox import actions as outbox_actions
from guanxi.outbox import facts as outbox_facts
from guanxi.staff.roles import Right


@page(right=Right.MANAGE_SETTINGS)
def settings(request: HttpRequest) -> HttpResponse:
    return _settings_page(request)


def _settings_page(request: HttpRequest, **forms: Any) -> HttpResponse:
    """`forms` are those that came back with a mistake, by their name on the page."""
    firm, policy = firm_queries.the_firm(), outbox_facts.the_policy()
    context = {
        "firm_form": FirmForm(initial=FirmForm.of(firm)),
        "policy_form": PolicyForm(initial={name: getattr(policy, name) for name in PolicyForm.base_fields}),
        "sender_form": SenderForm(initial=SenderForm.of(outbox_facts.default_sender())),
        "policy": {"is_stopped": policy.is_stopped, "reason": policy.stopped_reason},
        "may_stop": member_of(request).may(Right.SEND),
    }
    return render(request, "console/settings/settings.html", context | forms)


@act(right=Right.MANAGE_SETTINGS)
def settings_firm(request: HttpRequest) -> HttpResponse:
    form = FirmForm(request.POST)
    if not form.is_valid():
        return _settings_page(request, firm_form=form)
    with transaction.atomic():
        form.write(now=clock.utc_now())
        note_act(request, "firm.described", fields=sorted(form.changed_data))
    messages.success(request, _("Saved."))
    return redirect("settings")


@act(right=Right.MANAGE_SETTINGS)
def settings_policy(request: HttpRequest) -> HttpResponse:
    form = PolicyForm(request.POST)
    if not form.is_valid():
        return _settings_page(request, policy_form=form)
    with transaction.atomic():
        outbox_actions.set_policy(changes=form.cleaned_data)
        note_act(request, "policy.changed", **form.cleaned_data)
    messages.success(request, _("Saved."))
    return redirect("settings")


@act(right=Right.MANAGE_SETTINGS)
def settings_sender(request: HttpRequest) -> HttpResponse:
    form = SenderForm(request.POST)
    if not form.is_valid():
        return _settings_page(request, sender_form=form)
    with transaction.atomic():
        outbox_actions.set_sender(**form.cleaned_data)
        note_act(request, "sender.changed", address=form.cleaned_data["address"])
    messages.success(request, _("Saved."))
    return redirect("settings")


@act(right=Right.MANAGE_SETTINGS)
def test_mail(request: HttpRequest) -> HttpResponse:
    send_test_mail(request)
    return redirect("settings")


@act(right=Right.SEND)
def sending_stop(request: HttpRequest) -> HttpResponse:
    """The kill switch (RD-18): anybody who may send may stop, at once and without being asked again."""
    reason = request.POST.get("reason", "").strip()[:200]
    with transaction.atomic():
        outbox_actions.stop_all(reason=reason or str(member_of(request)))
        note_act(request, "sending.stopped", reason=reason)
    messages.warning(request, _("All sending is stopped."))
    return redirect(_back(request))


@act(right=Right.MANAGE_SETTINGS)
@delicate
def sending_resume(request: HttpRequest) -> HttpResponse:
    with transaction.atomic():
        outbox_actions.resume()
        note_act(request, "sending.resumed")
    messages.success(request, _("Mail leaves again."))
    return redirect("settings")


def _back(request: HttpRequest) -> str:
    return "settings" if member_of(request).may(Right.MANAGE_SETTINGS) else "home"


urlpatterns = [
    path("settings/", settings, name="settings"),
    path("settings/firm", settings_firm, name="settings_firm"),
    path("settings/limits", settings_policy, name="settings_policy"),
    path("settings/sender", settings_sender, name="settings_sender"),
    path("settings/test-mail", test_mail, name="test_mail"),
    path("settings/stop", sending_stop, name="sending_stop"),
    path("settings/resume", sending_resume, name="sending_resume"),
]
