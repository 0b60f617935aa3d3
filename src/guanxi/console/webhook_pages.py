"""Webhooks: which programs are told what happens, how it went, and what one does about it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from guanxi.console.access import act, delicate, member_of, page
from guanxi.console.firm_forms import LineField
from guanxi.console.parts import is_part, say_errors
from guanxi.kernel import clock
from guanxi.ledger.event_names import EVENT_NAMES
from guanxi.staff.roles import Right
from guanxi.webhooks import actions as webhooks_actions
from guanxi.webhooks import queries as webhooks_queries
from guanxi.webhooks.guard import BadTarget, read_target
from guanxi.webhooks.models import Delivery, Endpoint
from guanxi.webhooks.payload import PING

OUTCOME_WORDS = {
    "ok": gettext_lazy("taken"),
    "refused": gettext_lazy("answered with an error"),
    "redirect": gettext_lazy("sent us elsewhere; redirects are not followed"),
    "gone": gettext_lazy("wants no more (410)"),
    "busy": gettext_lazy("had no time"),
    "timeout": gettext_lazy("no answer within ten seconds"),
    "no_connection": gettext_lazy("no connection"),
    "tls": gettext_lazy("its certificate is not trusted"),
    "not_allowed": gettext_lazy("the address may not be called"),
    "secret_lost": gettext_lazy("the secret cannot be read; renew it"),
}
PAUSE_WORDS = {
    "person": gettext_lazy("Paused"),
    "failing": gettext_lazy("Paused: failed for three days"),
    "gone": gettext_lazy("Paused: wants no more"),
}


class EndpointForm(forms.Form):
    name = LineField(label=gettext_lazy("What it is"), max_length=120, help_text=gettext_lazy("For instance: ERP."))
    url = forms.CharField(
        label=gettext_lazy("Address"), max_length=2000, help_text=gettext_lazy("It begins with https://.")
    )
    event_names = forms.MultipleChoiceField(
        label=gettext_lazy("Which events"),
        required=False,
        choices=[(name, name) for name in EVENT_NAMES],
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("None chosen means every event."),
    )
    other_names = LineField(
        label=gettext_lazy("Names of your own"),
        required=False,
        max_length=1000,
        help_text=gettext_lazy("Events of a shop or program, separated by commas, such as Order Completed."),
    )
    takes_history = forms.BooleanField(label=gettext_lazy("Also what is imported as history"), required=False)
    is_own_network = forms.BooleanField(
        label=gettext_lazy("It is a machine of our own network"),
        required=False,
        help_text=gettext_lazy("Allows private addresses, plain http and any port for this address."),
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        try:
            read_target(cleaned.get("url", ""), own_network=cleaned.get("is_own_network", False))
        except BadTarget:
            if "url" in cleaned:
                self.add_error(
                    "url", _("Only https on port 443 is called, unless it is a machine of your own network.")
                )
        return cleaned

    def facts(self) -> dict[str, Any]:
        """What the room's actions take."""
        data = dict(self.cleaned_data)
        others = [name.strip() for name in data.pop("other_names").split(",") if name.strip()]
        return data | {"event_names": [*data["event_names"], *others]}

    @classmethod
    def of(cls, endpoint: Endpoint) -> EndpointForm:
        known = [name for name in endpoint.event_names if name in EVENT_NAMES]
        others = [name for name in endpoint.event_names if name not in EVENT_NAMES]
        return cls(
            initial={
                "name": endpoint.name, "url": endpoint.url, "event_names": known, "other_names": ", ".join(others),
                "takes_history": endpoint.takes_history, "is_own_network": endpoint.is_own_network,
            }
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Told:
    """A row of the deliveries."""

    id: int
    name: str
    webhook_id: str
    state: str
    outcome: Any
    status: int | None
    tries: int
    tried_at: datetime | None
    due_at: datetime
    excerpt: str
    may_resend: bool = field(default=False)


@page(right=Right.MANAGE_TOKENS)
def webhooks(request: HttpRequest) -> HttpResponse:
    return _list(request, EndpointForm())


def _list(request: HttpRequest, form: EndpointForm) -> HttpResponse:
    lines = webhooks_queries.endpoint_lines(now=clock.utc_now())
    context = {"endpoints": lines, "form": form, "pause_words": PAUSE_WORDS}
    return render(request, "console/webhooks/list.html", context, status=422 if form.errors else 200)


@act(right=Right.MANAGE_TOKENS)
@delicate
def webhook_add(request: HttpRequest) -> HttpResponse:
    """Answers with the page itself instead of a redirect: the secret exists in this answer only."""
    form = EndpointForm(request.POST)
    if not form.is_valid():
        return _list(request, form)
    endpoint, secret = webhooks_actions.add_endpoint(actor=member_of(request), now=clock.utc_now(), **form.facts())
    return _page(request, endpoint, secret)


@page(right=Right.MANAGE_TOKENS)
def webhook(request: HttpRequest, endpoint_id: int) -> HttpResponse:
    endpoint = get_object_or_404(Endpoint, pk=endpoint_id)
    if is_part(request):
        return render(request, "console/webhooks/_deliveries.html", _deliveries(endpoint))
    return _page(request, endpoint)


def _page(request: HttpRequest, endpoint: Endpoint, secret: str = "") -> HttpResponse:
    context = _deliveries(endpoint) | {
        "form": EndpointForm.of(endpoint),
        "shown_once": secret,
        "paused_words": PAUSE_WORDS.get(endpoint.paused_because, ""),
    }
    response = render(request, "console/webhooks/page.html", context)
    if secret:
        response["Cache-Control"] = "no-store"
    return response


def _deliveries(endpoint: Endpoint) -> dict[str, Any]:
    rows = [_told(each) for each in webhooks_queries.latest_deliveries(endpoint)]
    return {"endpoint": endpoint, "deliveries": rows, "is_waiting": webhooks_queries.has_waiting(endpoint)}


def _told(row: Delivery) -> Told:
    return Told(
        row.pk, row.event.name if row.event else PING, row.webhook_id, row.state,
        OUTCOME_WORDS.get(row.outcome, row.outcome), row.status, row.tries, row.tried_at, row.due_at, row.excerpt,
        row.state in ("delivered", "gave_up", "waiting") and row.event_id is not None,
    )  # fmt: skip


@act(right=Right.MANAGE_TOKENS)
@delicate
def webhook_change(request: HttpRequest, endpoint_id: int) -> HttpResponse:
    endpoint = get_object_or_404(Endpoint, pk=endpoint_id)
    form = EndpointForm(request.POST)
    if form.is_valid():
        webhooks_actions.change_endpoint(
            actor=member_of(request), endpoint=endpoint, now=clock.utc_now(), **form.facts()
        )
        messages.success(request, _("Saved."))
    else:
        say_errors(request, form)
    return redirect("webhook", endpoint_id=endpoint.pk)


@act(right=Right.MANAGE_TOKENS)
@delicate
def webhook_renew(request: HttpRequest, endpoint_id: int) -> HttpResponse:
    endpoint = get_object_or_404(Endpoint, pk=endpoint_id)
    secret = webhooks_actions.renew_secret(actor=member_of(request), endpoint=endpoint, now=clock.utc_now())
    return _page(request, endpoint, secret)


@act(right=Right.MANAGE_TOKENS)
def webhook_ping(request: HttpRequest, endpoint_id: int) -> HttpResponse:
    endpoint = get_object_or_404(Endpoint, pk=endpoint_id)
    webhooks_actions.ping(actor=member_of(request), endpoint=endpoint, now=clock.utc_now())
    messages.success(request, _("A ping goes out with the worker's next turn; the answer appears below."))
    return redirect("webhook", endpoint_id=endpoint.pk)


@act(right=Right.MANAGE_TOKENS)
def webhook_pause(request: HttpRequest, endpoint_id: int) -> HttpResponse:
    """Pauses one that listens, resumes one that is paused."""
    endpoint = get_object_or_404(Endpoint, pk=endpoint_id)
    turn = webhooks_actions.pause if endpoint.state == "active" else webhooks_actions.resume
    turn(actor=member_of(request), endpoint=endpoint, now=clock.utc_now())
    return redirect("webhook", endpoint_id=endpoint.pk)


@act(right=Right.MANAGE_TOKENS)
@delicate
def webhook_remove(request: HttpRequest, endpoint_id: int) -> HttpResponse:
    endpoint = get_object_or_404(Endpoint, pk=endpoint_id)
    webhooks_actions.remove(actor=member_of(request), endpoint=endpoint, now=clock.utc_now())
    messages.success(request, _("“%s” is told nothing any more.") % endpoint.name)
    return redirect("webhooks")


@act(right=Right.MANAGE_TOKENS)
def webhook_resend(request: HttpRequest, delivery_id: int) -> HttpResponse:
    delivery = get_object_or_404(Delivery.objects.select_related("endpoint"), pk=delivery_id)
    webhooks_actions.resend(actor=member_of(request), delivery=delivery, now=clock.utc_now())
    messages.success(request, _("It is told again with the worker's next turn."))
    return redirect("webhook", endpoint_id=delivery.endpoint_id)


urlpatterns = [
    path("webhooks/", webhooks, name="webhooks"),
    path("webhooks/add", webhook_add, name="webhook_add"),
    path("webhooks/<int:endpoint_id>/", webhook, name="webhook"),
    path("webhooks/<int:endpoint_id>/change", webhook_change, name="webhook_change"),
    path("webhooks/<int:endpoint_id>/renew", webhook_renew, name="webhook_renew"),
    path("webhooks/<int:endpoint_id>/ping", webhook_ping, name="webhook_ping"),
    path("webhooks/<int:endpoint_id>/pause", webhook_pause, name="webhook_pause"),
    path("webhooks/<int:endpoint_id>/remove", webhook_remove, name="webhook_remove"),
    path("webhooks/deliveries/<int:delivery_id>/resend", webhook_resend, name="webhook_resend"),
]
