"""What a person may type about a customer: fields, checks, and the plain values an action takes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import cache
from itertools import product
from string import ascii_uppercase
from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from guanxi.consent.erased import is_erased
from guanxi.kernel import places
from guanxi.ledger import identity
from guanxi.ledger.models import Contact, Customer
from guanxi.staff import queries as staff_queries
from guanxi.staff.models import User

CUSTOMER_KINDS = [("b2b", _("Company")), ("b2c", _("Private buyer")), ("unknown", _("Not known yet"))]
GENDERS = [("", _("not known")), ("f", _("female")), ("m", _("male"))]
NOTE_KINDS = [
    ("note", _("Note")),
    ("call", _("Call")),
    ("meeting", _("Meeting")),
    ("chat", _("Chat")),
    ("social", _("Social media")),
    ("feedback", _("Market feedback or idea")),
]
DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
MOMENT_FORMAT = "%Y-%m-%dT%H:%M"


def country_choices() -> list[tuple[str, str]]:
    """Every country under its name in the reader's language, with an empty choice first."""
    language = get_language() or "en"
    named = [(code, places.country_name(code, language)) for code in _country_codes()]
    return [("", "—"), *sorted(named, key=lambda each: each[1])]


@cache
def _country_codes() -> list[str]:
    pairs = map("".join, product(ascii_uppercase, repeat=2))
    return [code for code in pairs if places.is_country(code)]


class CustomerForm(forms.Form):
    """A company or private buyer."""

    name = forms.CharField(label=_("Name"), max_length=300)
    kind = forms.ChoiceField(label=_("Kind"), choices=CUSTOMER_KINDS, initial="b2b")
    country = forms.ChoiceField(label=_("Country"), choices=country_choices, required=False)
    region = forms.CharField(label=_("State or region"), max_length=120, required=False)
    city = forms.CharField(label=_("City"), max_length=120, required=False)
    address = forms.CharField(label=_("Address"), required=False, widget=forms.Textarea(attrs={"rows": 3}))
    domain = forms.CharField(
        label=_("Website"),
        max_length=253,
        required=False,
        help_text=_("The domain is enough: hansa-werkzeug.de"),
    )
    trade = forms.CharField(label=_("Line of business"), max_length=120, required=False)
    cooperation_since = forms.DateField(label=_("Customer since"), required=False, widget=DAY)
    is_blocked = forms.BooleanField(
        label=_("Blocked"), required=False, help_text=_("A blocked customer gets no mail from any journey.")
    )

    @classmethod
    def of(cls, customer: Customer) -> CustomerForm:
        """The form filled with what is known."""
        return cls(initial={name: getattr(customer, name) for name in cls.base_fields})

    def clean_name(self) -> str:
        return _one_line(self.cleaned_data["name"])

    def clean_domain(self) -> str:
        domain = self.cleaned_data["domain"].strip().lower()
        domain = domain.split("://", 1)[-1].removeprefix("www.").split("/", 1)[0]
        if domain and ("." not in domain or " " in domain):
            raise forms.ValidationError(_("This is no domain; write it like hansa-werkzeug.de."))
        return str(domain)


class ContactForm(forms.Form):
    """A person who reads."""

    given_name = forms.CharField(label=_("Given name"), max_length=120, required=False)
    family_name = forms.CharField(label=_("Family name"), max_length=120, required=False)
    honorific = forms.CharField(
        label=_("Title"),
        max_length=40,
        required=False,
        help_text=_("Herr Dr., Ms, 様 … as the person uses it"),
    )
    position = forms.CharField(label=_("Position"), max_length=120, required=False)
    email = forms.CharField(label=_("E-mail"), max_length=320, required=False)
    phone = forms.CharField(label=_("Phone"), max_length=40, required=False)
    gender = forms.ChoiceField(
        label=_("Gender"), choices=GENDERS, required=False, help_text=_("Only for greetings that need it")
    )
    language = forms.CharField(
        label=_("Language"),
        max_length=16,
        required=False,
        help_text=_("de, ja, ar … empty means the country's"),
    )
    country = forms.ChoiceField(
        label=_("Country"), choices=country_choices, required=False, help_text=_("Empty means the customer's")
    )
    city = forms.CharField(label=_("City"), max_length=120, required=False)
    time_zone = forms.CharField(
        label=_("Time zone"),
        max_length=64,
        required=False,
        help_text=_("Asia/Tokyo … empty means worked out"),
    )
    birthday = forms.DateField(label=_("Birthday"), required=False, widget=DAY)
    is_primary = forms.BooleanField(label=_("First contact for mails"), required=False)
    keeps_ramadan_hold = forms.BooleanField(label=_("Hold marketing mails in Ramadan"), required=False, initial=True)

    @classmethod
    def of(cls, contact: Contact) -> ContactForm:
        """The form filled with what is known."""
        form = cls(initial={name: getattr(contact, name) for name in cls.base_fields})
        if contact.full_name and not (contact.given_name or contact.family_name):
            form.initial["family_name"] = contact.full_name
        return form

    def clean_email(self) -> str:
        email = str(self.cleaned_data["email"]).strip()
        if email:
            try:
                identity.canonical_email(email)
            except identity.BadAddress:
                raise forms.ValidationError(_("This is no e-mail address.")) from None
            if is_erased(email):
                raise forms.ValidationError(
                    _("This person asked to be erased. Only he himself can come back, by one of your sign-up forms.")
                )
        return email

    def clean_language(self) -> str:
        language = str(self.cleaned_data["language"]).strip()
        if language and not places.is_language(language):
            raise forms.ValidationError(_("This is no language tag; write de, ja, pt-BR, zh-Hans …"))
        return language

    def clean_time_zone(self) -> str:
        zone = str(self.cleaned_data["time_zone"]).strip()
        if zone and not places.is_time_zone(zone):
            raise forms.ValidationError(_("This is no time zone; write it like Europe/Berlin."))
        return zone

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if not (data.get("given_name") or data.get("family_name") or data.get("email") or self.errors):
            raise forms.ValidationError(_("Give at least a name or an e-mail address."))
        return data

    def changes(self) -> dict[str, Any]:
        """The values for the ledger; a name as one piece gives way to its parts."""
        return {**self.cleaned_data, "full_name": ""}


class NoteForm(forms.Form):
    """A note, call or meeting."""

    kind = forms.ChoiceField(label=_("Kind"), choices=NOTE_KINDS, initial="note")
    asks_for_custom = forms.BooleanField(label=_("Asks for goods to his own specification"), required=False)
    text = forms.CharField(
        label=_("What was said or agreed"), max_length=20_000, widget=forms.Textarea(attrs={"rows": 3})
    )
    happened_at = forms.DateTimeField(
        label=_("When"),
        required=False,
        input_formats=[MOMENT_FORMAT, "%Y-%m-%d %H:%M", "%Y-%m-%d"],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format=MOMENT_FORMAT),
    )
    contact = forms.ChoiceField(label=_("With"), required=False)

    def __init__(self, *args: Any, contacts: Iterable[tuple[int, str]] = (), now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.now = now
        choices = [("", "—"), *((str(key), name) for key, name in contacts)]
        self.fields["contact"] = forms.ChoiceField(label=_("With"), choices=choices, required=False)

    def clean_happened_at(self) -> datetime:
        moment: datetime = self.cleaned_data["happened_at"] or self.now
        if moment > self.now:
            raise forms.ValidationError(_("This lies in the future; a note tells what has happened."))
        return moment


class OwnerForm(forms.Form):
    """Who looks after the customer."""

    owner = forms.ModelChoiceField(
        label=_("Owner"), queryset=User.objects.none(), required=False, empty_label=_("nobody")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = staff_queries.active_members()  # type: ignore[attr-defined]


class TagsForm(forms.Form):
    """Labels, parted by commas."""

    tags = forms.CharField(
        label=_("Tags"),
        max_length=500,
        required=False,
        help_text=_("Parted by commas; every colleague sees them."),
    )

    def clean_tags(self) -> list[str]:
        text = str(self.cleaned_data["tags"]).replace("，", ",").replace("、", ",").replace("；", ",")
        tags = [_one_line(tag) for tag in text.split(",")]
        if any(len(tag) > 40 for tag in tags):
            raise forms.ValidationError(_("A tag has at most 40 characters."))
        return [tag for tag in tags if tag]


def _one_line(text: str) -> str:
    return " ".join(text.split())
