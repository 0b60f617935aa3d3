"""Senders: who writes, on which way, how fast; their warm-up, and the streams that were stopped."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from guanxi.console import message_words as words
from guanxi.console.access import act, delicate, member_of, page
from guanxi.console.parts import note_act
from guanxi.console.sender_forms import WAYS, FullSenderForm
from guanxi.kernel import clock
from guanxi.outbox import senders, streams, ways
from guanxi.outbox.models import Sender
from guanxi.staff.roles import Right
from guanxi.transports.addresses import wire_address
from guanxi.transports.base import ACCEPTED, Envelope
from guanxi.transports.classes import REASONS
from guanxi.transports.compose import Mail, Mailbox, compose
from guanxi.transports.dkim import sign
from guanxi.transports.smtp_url import OddSmtpUrl

PAUSE_WORDS: dict[str, str | Promise] = {
    "complaints": gettext_lazy("too many readers called its mails spam"),
    "hard_bounces": gettext_lazy("too many of its mails went to mailboxes that do not exist"),
    "authentication": gettext_lazy("a mail server does not accept this sender's authentication"),
    "settings": gettext_lazy("its settings cannot be used"),
    "staff": gettext_lazy("stopped by hand"),
}


@page(right=Right.MANAGE_SETTINGS)
def senders_list(request: HttpRequest) -> HttpResponse:
    now = clock.utc_now()
    ways_by_key = dict(WAYS)
    rows = [
        {
            "line": line,
            "way": ways_by_key.get(line.sender.transport, line.sender.transport),
            "stream": words.KIND_NAMES.get(line.sender.stream, ""),
            "paused": [
                (each, words.KIND_NAMES[each.kind], PAUSE_WORDS.get(each.reason, each.reason)) for each in line.paused
            ],
        }
        for line in senders.lines(now)
    ]
    return render(request, "console/senders/list.html", {"rows": rows, "bulk": senders.bulk_warnings(now)})


@page(right=Right.MANAGE_SETTINGS, post=Right.MANAGE_SETTINGS)
def sender_new(request: HttpRequest) -> HttpResponse:
    return _edit(request, None)


@page(right=Right.MANAGE_SETTINGS, post=Right.MANAGE_SETTINGS)
def sender(request: HttpRequest, sender_id: int) -> HttpResponse:
    return _edit(request, get_object_or_404(Sender, pk=sender_id))


def _edit(request: HttpRequest, found: Sender | None) -> HttpResponse:
    initial = FullSenderForm.of_sender(found) if found else {}
    form = FullSenderForm(request.POST) if request.method == "POST" else FullSenderForm(initial=initial)
    if request.method == "POST" and form.is_valid() and (saved := _save(request, form, found)):
        messages.success(request, _("Saved."))
        return redirect("sender", saved.pk)
    context: dict[str, Any] = {
        "form": form, "sender": found, "has_secret": bool(found and found.secret),
        "records": senders.records_of(found) if found else [],
    }  # fmt: skip
    return render(request, "console/senders/edit.html", context)


def _save(request: HttpRequest, form: FullSenderForm, found: Sender | None) -> Sender | None:
    try:
        saved = senders.save_sender(
            sender_id=found.pk if found else None, changes=form.changes(), secret=form.cleaned_data["secret"],
            is_warming=form.cleaned_data["is_warming"], now=clock.utc_now(),
        )  # fmt: skip
    except OddSmtpUrl as error:
        form.add_error("transport", ValidationError(_("The way out %(why)s") % {"why": error}))
        return None
    except senders.SecretNeeded:
        form.add_error("secret", _("Enter it again, since it would go to another server or on another way."))
        return None
    note_act(
        request, "sender.changed", address=saved.address, way=saved.transport, secret=bool(form.cleaned_data["secret"])
    )
    return saved


@act(right=Right.MANAGE_SETTINGS)
def sender_default(request: HttpRequest, sender_id: int) -> HttpResponse:
    found = get_object_or_404(Sender, pk=sender_id)
    senders.make_default(sender_id=found.pk)
    note_act(request, "sender.changed", address=found.address, default=True)
    return redirect("senders")


@act(right=Right.MANAGE_SETTINGS)
def sender_remove(request: HttpRequest, sender_id: int) -> HttpResponse:
    found = get_object_or_404(Sender, pk=sender_id)
    try:
        senders.remove_sender(sender_id=found.pk)
    except senders.InUse:
        messages.error(request, _("Mails were sent in its name, or it is the default; it stays."))
        return redirect("sender", found.pk)
    note_act(request, "sender.changed", address=found.address, removed=True)
    return redirect("senders")


@act(right=Right.MANAGE_SETTINGS)
@delicate
def sender_keys(request: HttpRequest, sender_id: int) -> HttpResponse:
    found = senders.make_keys(sender_id=get_object_or_404(Sender, pk=sender_id).pk, now=clock.utc_now())
    note_act(request, "sender.changed", address=found.address, keys=found.dkim_selector)
    messages.success(request, _("Fresh keys are made. Publish the records below; mails are signed from now on."))
    return redirect("sender", found.pk)


@act(right=Right.MANAGE_SETTINGS)
def sender_test(request: HttpRequest, sender_id: int) -> HttpResponse:
    """A mail to oneself on the sender's own way; what the server says is told."""
    found = get_object_or_404(Sender, pk=sender_id)
    user, now = member_of(request), clock.utc_now()
    mail = Mail(
        sender=Mailbox(found.address, found.name), recipient=Mailbox(user.email, user.name),
        subject=_("Test mail from %(name)s") % {"name": found.name},
        text=_("This mail left on the way that the sender uses. Its headers show whether it was signed."),
        message_id=f"<test-{now:%Y%m%d%H%M%S%f}@{wire_address(found.address).rpartition('@')[2]}>", date=now,
    )  # fmt: skip
    try:
        signed = sign(compose(mail), signers=ways.signers_of(found), at=now)
        transport = ways.transport_of(found)
        try:
            envelope = Envelope(wire_address(found.address), wire_address(user.email), signed, mail.message_id, now)
            [receipt] = transport.carry([envelope])
        finally:
            transport.close()
    except (OddSmtpUrl, ValueError) as error:
        messages.error(request, str(error))
        return redirect("sender", found.pk)
    if receipt.outcome == ACCEPTED:
        messages.success(request, _("Sent to %(address)s: %(reply)s") % {"address": user.email, "reply": receipt.reply})
    else:
        messages.error(request, f"{REASONS.get(receipt.reason, receipt.outcome)} {receipt.reply}".strip())
    return redirect("sender", found.pk)


@act(right=Right.MANAGE_SETTINGS)
def sender_stream(request: HttpRequest, sender_id: int, kind: str) -> HttpResponse:
    """Stop a stream, or let it go on."""
    found = get_object_or_404(Sender, pk=sender_id)
    if kind not in streams.KINDS:
        return redirect("senders")
    now = clock.utc_now()
    if request.POST.get("do") == "resume":
        streams.resume(sender_id=found.pk, kind=kind, now=now)
        note_act(request, "sending.resumed", sender=found.address, kind=kind)
    else:
        streams.pause(sender_id=found.pk, kinds=[kind], reason="staff", detail=str(member_of(request)), now=now)
        note_act(request, "sending.stopped", sender=found.address, kind=kind)
    return redirect("senders")


urlpatterns = [
    path("senders/", senders_list, name="senders"),
    path("senders/new/", sender_new, name="sender_new"),
    path("senders/<int:sender_id>/", sender, name="sender"),
    path("senders/<int:sender_id>/default", sender_default, name="sender_default"),
    path("senders/<int:sender_id>/remove", sender_remove, name="sender_remove"),
    path("senders/<int:sender_id>/keys", sender_keys, name="sender_keys"),
    path("senders/<int:sender_id>/test", sender_test, name="sender_test"),
    path("senders/<int:sender_id>/<str:kind>/switch", sender_stream, name="sender_stream"),
]
