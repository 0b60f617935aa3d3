"""By which ways a contact is reached beside mail, and which he likes best; shown with what he permits (X-17)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from guanxi.consent import channels, reaching
from guanxi.consent.reaching import Way
from guanxi.console.access import act, member_of
from guanxi.console.consent_words import CHANNELS
from guanxi.console.parts import say_errors
from guanxi.kernel import clock
from guanxi.ledger import queries as ledger_queries
from guanxi.ledger.models import Contact
from guanxi.staff.roles import Right

SELECT = forms.Select(attrs={"class": "form-select"})
ELSEWHERE = [key for key in channels.CHANNELS if key not in channels.WITH_CONTACT]


@dataclass(frozen=True, slots=True)
class NamedWay:
    """A way with its name in the language of the page."""

    way: Way
    name: str


class ChannelForm(forms.Form):
    channel = forms.ChoiceField(
        label=gettext_lazy("By which way"), choices=[(key, CHANNELS[key]) for key in ELSEWHERE], widget=SELECT
    )
    address = forms.CharField(
        label=gettext_lazy("Number, name or page"), max_length=200, required=False,
        widget=forms.TextInput(attrs={"class": "form-control", "autocomplete": "off"}),
    )  # fmt: skip


class PreferenceForm(forms.Form):
    preferred = forms.ChoiceField(
        label=gettext_lazy("Likes best"), required=False, choices=[("", "—"), *CHANNELS.items()], widget=SELECT
    )


def ways_to(contacts: Iterable[Contact], *, now: datetime) -> dict[int, list[NamedWay]]:
    """The ways to each contact, by his number, for a page."""
    return {pk: [_named(way) for way in ways] for pk, ways in reaching.ways_of_all(contacts, now=now).items()}


def _named(way: Way) -> NamedWay:
    return NamedWay(way, str(CHANNELS.get(way.channel, way.channel)))


@act(right=Right.EDIT_CUSTOMERS, scoped=True)
def contact_channel(request: HttpRequest, contact_id: int) -> HttpResponse:
    """A number, name or page; an empty one is taken out."""
    contact, form = _contact(request, contact_id), ChannelForm(request.POST)
    if not form.is_valid():
        say_errors(request, form)
        return redirect("contact_permissions", contact_id=contact.pk)
    try:
        reaching.keep_address(contact=contact, now=clock.utc_now(), **form.cleaned_data)
    except channels.BadReach:
        messages.error(
            request, _("That leads to nobody: write a number with its country (+86 …), a name without spaces, a page.")
        )
    else:
        messages.success(request, _("Saved."))
    return redirect("contact_permissions", contact_id=contact.pk)


@act(right=Right.EDIT_CUSTOMERS, scoped=True)
def contact_preferred_channel(request: HttpRequest, contact_id: int) -> HttpResponse:
    contact, form = _contact(request, contact_id), PreferenceForm(request.POST)
    if form.is_valid():
        reaching.prefer(contact=contact, channel=form.cleaned_data["preferred"], now=clock.utc_now())
        messages.success(request, _("Saved."))
    else:
        say_errors(request, form)
    return redirect("contact_permissions", contact_id=contact.pk)


def _contact(request: HttpRequest, contact_id: int) -> Contact:
    seen = ledger_queries.customers_for(member_of(request))
    return get_object_or_404(Contact.objects.select_related("customer"), pk=contact_id, customer__in=seen)


urlpatterns: list[URLPattern] = [
    path("contacts/<int:contact_id>/channel", contact_channel, name="contact_channel"),
    path("contacts/<int:contact_id>/channel/preferred", contact_preferred_channel, name="contact_preferred_channel"),
]
