"""Mailboxes that are read for bounces and replies, and the keys by which mail providers prove their reports."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from guanxi.console.access import act, delicate, member_of, page
from guanxi.console.firm_forms import LineField
from guanxi.console.parts import say_errors
from guanxi.inbox import actions as inbox_actions
from guanxi.inbox import fetching, imap
from guanxi.inbox import queries as inbox_queries
from guanxi.inbox.models import Mailbox
from guanxi.inbox.providers import PROVIDERS
from guanxi.kernel import clock
from guanxi.kernel.sealing import BrokenSeal
from guanxi.staff import actions as staff_actions
from guanxi.staff.roles import Right

SECURITY = (
    ("tls", gettext_lazy("TLS from the first byte (port 993)")),
    ("starttls", gettext_lazy("STARTTLS (port 143)")),
    ("none", gettext_lazy("none: only on a machine of your own")),
)
PURPOSES = (
    ("both", gettext_lazy("bounces and replies")),
    ("bounces", gettext_lazy("bounces alone")),
    ("replies", gettext_lazy("replies alone")),
)
PROOFS = {
    "password": gettext_lazy("A password of your choice, entered there as Basic or Bearer authentication"),
    "signing_key": gettext_lazy("Its webhook signing key"),
    "public_key": gettext_lazy("Its public verification key"),
    "topic": gettext_lazy("The ARN of the SNS topic; set its SignatureVersion to 2"),
}


class MailboxForm(forms.Form):
    name = LineField(label=gettext_lazy("Name"), max_length=120)
    host = LineField(label=gettext_lazy("IMAP server"), max_length=255)
    port = forms.IntegerField(label=gettext_lazy("Port"), min_value=1, max_value=65535, initial=993)
    security = forms.ChoiceField(label=gettext_lazy("Encryption"), choices=SECURITY)
    username = LineField(label=gettext_lazy("User name"), max_length=255)
    password = forms.CharField(
        label=gettext_lazy("Password"), required=False, max_length=500, strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=gettext_lazy("Kept sealed and never shown; left empty, the known one stays."),
    )  # fmt: skip
    folder = LineField(label=gettext_lazy("Folder"), max_length=255, initial="INBOX")
    purpose = forms.ChoiceField(label=gettext_lazy("What comes there"), choices=PURPOSES)
    every_minutes = forms.IntegerField(
        label=gettext_lazy("Read every … minutes"), min_value=1, max_value=1440, initial=5,
        help_text=gettext_lazy("5 is the default."),
    )  # fmt: skip
    is_active = forms.BooleanField(label=gettext_lazy("Is read"), required=False, initial=True)


@page(right=Right.MANAGE_SETTINGS)
def mailboxes(request: HttpRequest) -> HttpResponse:
    return _list(request, MailboxForm())


def _list(request: HttpRequest, form: MailboxForm) -> HttpResponse:
    keys = inbox_queries.provider_keys()
    providers = [
        {
            "name": name, "title": provider.TITLE, "proof": PROOFS[provider.PROOF], "key": keys.get(name),
            "address": settings.PUBLIC_URL + reverse("provider-report", args=[name]),
        }
        for name, provider in PROVIDERS.items()
    ]  # fmt: skip
    context = {"mailboxes": inbox_queries.mailboxes(), "form": form, "providers": providers, "purposes": dict(PURPOSES)}
    return render(request, "console/mailboxes/list.html", context, status=422 if form.errors else 200)


@act(right=Right.MANAGE_SETTINGS)
@delicate
def mailbox_add(request: HttpRequest) -> HttpResponse:
    form = MailboxForm(request.POST)
    if not form.is_valid():
        return _list(request, form)
    mailbox = inbox_actions.save_mailbox(mailbox=None, values=form.cleaned_data, now=clock.utc_now())
    _note(request, "mailbox.added", mailbox)
    messages.success(request, _("Saved. The worker reads it with its next turn."))
    return redirect("mailbox", mailbox_id=mailbox.pk)


@page(right=Right.MANAGE_SETTINGS)
def mailbox(request: HttpRequest, mailbox_id: int) -> HttpResponse:
    box = get_object_or_404(Mailbox, pk=mailbox_id)
    initial: dict[str, Any] = {name: getattr(box, name) for name in inbox_actions.FIELDS - {"password"}}
    latest = inbox_queries.arrivals().filter(mailbox=box)[:10]
    return render(
        request, "console/mailboxes/page.html",
        {"mailbox": box, "form": MailboxForm(initial=initial), "latest": latest},
    )  # fmt: skip


@act(right=Right.MANAGE_SETTINGS)
@delicate
def mailbox_change(request: HttpRequest, mailbox_id: int) -> HttpResponse:
    box = get_object_or_404(Mailbox, pk=mailbox_id)
    form = MailboxForm(request.POST)
    if not form.is_valid():
        say_errors(request, form)
        return redirect("mailbox", mailbox_id=box.pk)
    try:
        inbox_actions.save_mailbox(mailbox=box, values=form.cleaned_data, now=clock.utc_now())
    except inbox_actions.PasswordNeeded:
        messages.error(request, _("Password: enter it again, since it would go to another server or on another way."))
    else:
        _note(request, "mailbox.changed", box)
        messages.success(request, _("Saved."))
    return redirect("mailbox", mailbox_id=box.pk)


@act(right=Right.MANAGE_SETTINGS)
def mailbox_test(request: HttpRequest, mailbox_id: int) -> HttpResponse:
    """Signs in and counts; takes nothing in."""
    box = get_object_or_404(Mailbox, pk=mailbox_id)
    try:
        count = imap.try_out(fetching.place_of(box))
    except imap.CannotRead as error:
        messages.error(request, str(error))
    except BrokenSeal:
        messages.error(request, _("The password cannot be opened with the keys of this installation; enter it again."))
    else:
        messages.success(request, _("It works: %d mails lie in the folder.") % count)
    return redirect("mailbox", mailbox_id=box.pk)


@act(right=Right.MANAGE_SETTINGS)
def mailbox_read(request: HttpRequest, mailbox_id: int) -> HttpResponse:
    box = get_object_or_404(Mailbox, pk=mailbox_id)
    inbox_actions.read_soon(mailbox=box, now=clock.utc_now())
    messages.success(request, _("The worker reads it with its next turn."))
    return redirect("mailbox", mailbox_id=box.pk)


@act(right=Right.MANAGE_SETTINGS)
@delicate
def mailbox_remove(request: HttpRequest, mailbox_id: int) -> HttpResponse:
    box = get_object_or_404(Mailbox, pk=mailbox_id)
    _note(request, "mailbox.removed", box)
    inbox_actions.delete_mailbox(mailbox=box)
    messages.success(request, _("“%s” is read no more.") % box.name)
    return redirect("mailboxes")


@act(right=Right.MANAGE_SETTINGS)
@delicate
def provider_key(request: HttpRequest, provider: str) -> HttpResponse:
    """Takes a provider's reports, or no more when the field is empty."""
    if provider not in PROVIDERS:
        messages.error(request, _("There is no such provider."))
        return redirect("mailboxes")
    secret = request.POST.get("secret", "").strip()[:2000]
    if secret:
        inbox_actions.set_provider_key(provider=provider, secret=secret, now=clock.utc_now())
    else:
        inbox_actions.delete_provider_key(provider=provider)
    staff_actions.append_audit(
        actor=member_of(request), act="provider_key.set" if secret else "provider_key.removed", object_kind="provider",
        object_id=provider, now=clock.utc_now(),
    )  # fmt: skip
    messages.success(request, _("Saved.") if secret else _("Its reports are taken no more."))
    return redirect("mailboxes")


def _note(request: HttpRequest, act_name: str, box: Mailbox) -> None:
    staff_actions.append_audit(
        actor=member_of(request), act=act_name, object_kind="mailbox", object_id=str(box.pk), now=clock.utc_now()
    )


urlpatterns = [
    path("mailboxes/", mailboxes, name="mailboxes"),
    path("mailboxes/add", mailbox_add, name="mailbox_add"),
    path("mailboxes/<int:mailbox_id>/", mailbox, name="mailbox"),
    path("mailboxes/<int:mailbox_id>/change", mailbox_change, name="mailbox_change"),
    path("mailboxes/<int:mailbox_id>/test", mailbox_test, name="mailbox_test"),
    path("mailboxes/<int:mailbox_id>/read", mailbox_read, name="mailbox_read"),
    path("mailboxes/<int:mailbox_id>/remove", mailbox_remove, name="mailbox_remove"),
    path("mailboxes/providers/<str:provider>", provider_key, name="provider_key"),
]
