"""Forms about the firm and its sender, for the set-up pages and the settings."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from itertools import chain
from typing import Any
from zoneinfo import available_timezones

from babel import Locale
from babel.core import get_global
from django import forms
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from guanxi.console.templatetags.guanxi import page_locale
from guanxi.firm import actions as firm_actions
from guanxi.firm.models import Firm
from guanxi.kernel import places
from guanxi.ledger import currencies
from guanxi.outbox.models import Sender
from guanxi.staff.models import User
from guanxi.transports.addresses import BadAddress, wire_address

# What an exporter reports in, before the rest of the alphabet.
FIRST_CURRENCIES = ("USD", "CNY", "EUR", "GBP", "JPY", "HKD")


class LineField(forms.CharField):
    """One line of text: breaks and runs of blanks become one blank, so that it can stand in a mail's header."""

    def to_python(self, value: Any) -> str:
        return " ".join((super().to_python(value) or "").split())


class PasswordForm(forms.Form):
    """Name and password of a new account."""

    name = LineField(label=_("Your name"), max_length=120)
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("At least 10 characters; three or four words that belong together only for you."),
    )

    email_for_check = ""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        user = User(name=cleaned.get("name", ""), email=cleaned.get("email", self.email_for_check))
        try:
            validate_password(cleaned.get("password", ""), user)
        except ValidationError as error:
            self.add_error("password", error)
        return cleaned


class FirstOwnerForm(PasswordForm):
    email = forms.EmailField(
        label=_("E-mail address"),
        widget=forms.EmailInput(attrs={"autocomplete": "username"}),
        help_text=_("You sign in with it."),
    )
    field_order = ("name", "email", "password")


class FirmForm(forms.Form):
    name = LineField(label=_("Name of the firm"), max_length=200)
    postal_address = forms.CharField(
        label=_("Postal address"),
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Stands at the foot of each mail; the law of most countries asks for it."),
    )
    website = forms.URLField(label=_("Website"), required=False, assume_scheme="https")
    country = forms.ChoiceField(label=_("Country"))
    reporting_currency = forms.ChoiceField(
        label=_("Reporting currency"), help_text=_("Every amount is converted to it with the rate of its day.")
    )
    time_zone = forms.ChoiceField(label=_("Time zone of the office"))
    language = forms.ChoiceField(label=_("Language of the pages"), choices=settings.LANGUAGES)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        language = get_language() or "en"
        self._choose("country", [("", ""), *country_choices(language)])
        self._choose("reporting_currency", currency_choices(language))
        self._choose("time_zone", zone_choices())

    @staticmethod
    def of(firm: Firm) -> dict[str, Any]:
        """Initial values from the firm as it is."""
        return {name: getattr(firm, name) for name in FirmForm.base_fields}

    def write(self, *, now: datetime) -> None:
        """Write the valid form down; another reporting currency prices every order again."""
        described = dict(self.cleaned_data)
        currencies.change_reporting_currency(currency=described.pop("reporting_currency"), now=now)
        firm_actions.describe_firm(changes=described)

    def _choose(self, field: str, choices: list[tuple[str, str]]) -> None:
        self.fields[field].choices = choices  # type: ignore[attr-defined]


class SenderForm(forms.Form):
    name = LineField(
        label=_("Name of the sender"), max_length=120, help_text=_("A person's name and the firm's read best.")
    )
    address = forms.EmailField(label=_("Address of the sender"))
    reply_to = forms.EmailField(label=_("Answers go to"), required=False, help_text=_("Empty: to the same address."))

    @staticmethod
    def of(sender: Sender | None) -> dict[str, str]:
        """Initial values from the sender in use."""
        if sender is None:
            return {}
        return {"name": sender.name, "address": sender.address, "reply_to": sender.reply_to}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for field in ("address", "reply_to"):
            try:
                wire_address(cleaned.get(field) or "someone@example.com")
            except BadAddress:
                self.add_error(field, _("No mail can be sent to this address."))
        return cleaned


class PolicyForm(forms.Form):
    """Caps of the sending policy; zero forbids."""

    cap_per_24_hours = forms.IntegerField(label=_("Mails a contact may get in 24 hours"), min_value=0, max_value=50)
    cap_per_7_days = forms.IntegerField(label=_("… in 7 days"), min_value=0, max_value=200)
    prospect_cap_per_7_days = forms.IntegerField(
        label=_("… in 7 days before the first order"), min_value=0, max_value=200
    )
    ramadan_shift_days = forms.TypedChoiceField(
        label=_("Moon sighting in Ramadan"),
        coerce=int,
        choices=[(-1, _("one day earlier")), (0, _("as calculated")), (1, _("one day later"))],
    )


@cache
def country_choices(language: str) -> list[tuple[str, str]]:
    codes = [str(code) for code in Locale("en").territories if places.is_country(str(code))]
    return sorted(((code, places.country_name(code, language)) for code in codes), key=lambda each: each[1])


@cache
def currency_choices(language: str) -> list[tuple[str, str]]:
    names = page_locale().currencies
    known = sorted(_currencies_in_use() - set(FIRST_CURRENCIES))
    return [(code, f"{code} · {names.get(code, code)}") for code in (*FIRST_CURRENCIES, *known)]


@cache
def zone_choices() -> list[tuple[str, str]]:
    zones = sorted(name for name in available_timezones() if "/" in name and not name.startswith(("Etc/", "SystemV/")))
    return [("UTC", "UTC"), *((name, name.replace("_", " ")) for name in zones)]


def _currencies_in_use() -> frozenset[str]:
    """Legal tender somewhere today; the world's list also holds the dead ones."""
    rows = chain.from_iterable(get_global("territory_currencies").values())
    return frozenset(code for code, _begin, end, is_tender in rows if end is None and is_tender)
