"""The form of one sender: its name, its way out, its limits; secrets go in and never come out (RS-42)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from guanxi.console.firm_forms import SenderForm
from guanxi.outbox.models import Sender
from guanxi.transports.addresses import BadAddress, wire_domain
from guanxi.transports.dkim import SELECTOR
from guanxi.transports.providers import PROVIDERS

WAYS = [
    ("", _("As the installation: its mail server, or the drawer")),
    ("smtp", _("A mail server of its own (SMTP)")),
    *((key, each.name) for key, each in PROVIDERS.items()),
]
VIA = [("smtp", "SMTP"), ("api", "API")]
KINDS = [
    ("", _("whatever names nobody else")),
    ("transactional", _("mails about orders")),
    ("service", _("service mails")),
    ("marketing", _("marketing mails")),
]
ENCRYPTION = [
    ("auto", _("STARTTLS where offered; never a password without it")),
    ("always", _("STARTTLS or nothing")),
    ("tls", _("TLS from the first byte (port 465)")),
]
OF_SETTINGS = ("via", "host", "port", "user", "region", "sender_domain", "connections")


class FullSenderForm(SenderForm):
    stream = forms.ChoiceField(
        label=_("Writes"),
        choices=KINDS,
        required=False,
        help_text=_("Mails about orders and marketing keep apart best with senders of their own."),
    )
    bounces_to = forms.CharField(
        label=_("Bounces go to"),
        required=False,
        max_length=200,
        help_text=_("A domain whose every address arrives in your bounce mailbox, or a mailbox that takes +addresses."),
    )
    transport = forms.ChoiceField(label=_("Way out"), choices=WAYS, required=False)
    via = forms.ChoiceField(
        label=_("Provider by"),
        choices=VIA,
        required=False,
        help_text=_("Postmark, Mailgun and Brevo have an API, which tells their own number of each mail."),
    )
    host = forms.CharField(
        label=_("Mail server"),
        required=False,
        max_length=253,
        help_text=_("Providers are known by name; leave it empty."),
    )
    port = forms.IntegerField(label=_("Port"), required=False, min_value=1, max_value=65535)
    encryption = forms.ChoiceField(label=_("Encryption"), choices=ENCRYPTION, required=False)
    user = forms.CharField(label=_("User"), required=False, max_length=200)
    secret = forms.CharField(
        label=_("Password or API key"),
        required=False,
        strip=False,
        max_length=2000,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("Kept sealed and never shown again. Empty leaves it as it is."),
    )
    region = forms.CharField(
        label=_("Region"), required=False, max_length=40, help_text=_("Amazon SES, Mailgun, DirectMail.")
    )
    sender_domain = forms.CharField(label=_("Domain at Mailgun"), required=False, max_length=253)
    connections = forms.IntegerField(label=_("Connections at once"), required=False, min_value=1, max_value=50)
    per_hour = forms.IntegerField(label=_("At most in an hour"), required=False, min_value=1, max_value=10_000_000)
    per_day = forms.IntegerField(label=_("At most in a day"), required=False, min_value=1, max_value=100_000_000)
    is_warming = forms.BooleanField(
        label=_("Warm up"),
        required=False,
        help_text=_("For a new address: 20 an hour to each provider, a third more each day while few are put off."),
    )
    dkim_selector = forms.CharField(label=_("DKIM selector"), required=False, max_length=63)

    @staticmethod
    def of_sender(sender: Sender) -> dict[str, Any]:
        """Initial values, without anything secret."""
        kept = sender.settings
        encryption = "tls" if kept.get("is_tls") else kept.get("starttls", "auto")
        return {
            "name": sender.name, "address": sender.address, "reply_to": sender.reply_to, "stream": sender.stream,
            "bounces_to": sender.bounces_to, "transport": sender.transport, "per_hour": sender.per_hour,
            "per_day": sender.per_day, "is_warming": sender.warming_since is not None,
            "dkim_selector": sender.dkim_selector, "encryption": encryption,
            **{name: kept.get(name) for name in OF_SETTINGS},
        }  # fmt: skip

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if bounces_to := cleaned.get("bounces_to", ""):
            try:
                wire_domain(bounces_to.rpartition("@")[2])
            except BadAddress:
                self.add_error("bounces_to", _("This is neither a domain nor a mailbox."))
        if (selector := cleaned.get("dkim_selector", "")) and not SELECTOR.fullmatch(selector):
            self.add_error("dkim_selector", _("Small letters, digits and hyphens only."))
        return cleaned

    def changes(self) -> dict[str, Any]:
        """For outbox.senders.save_sender."""
        cleaned = self.cleaned_data
        kept = {name: cleaned[name] for name in OF_SETTINGS if cleaned.get(name)}
        if cleaned["transport"]:
            kept |= {"is_tls": True} if cleaned["encryption"] == "tls" else {}
            if cleaned["transport"] == "smtp" and cleaned["encryption"] in ("auto", "always"):
                kept["starttls"] = cleaned["encryption"]
        plain = ("name", "address", "reply_to", "stream", "bounces_to", "transport", "per_hour", "per_day",
                 "dkim_selector")  # fmt: skip
        return {name: cleaned[name] for name in plain} | {"settings": kept if cleaned["transport"] else {}}
