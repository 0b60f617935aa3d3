"""What people know of a customer and no order shows: with a reason, and until when (D-13, D-14, T-20, CN-33)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from guanxi.console.access import act, member_of
from guanxi.console.parts import say_errors
from guanxi.console.tier_words import language
from guanxi.kernel import clock
from guanxi.ledger import profile
from guanxi.ledger import queries as ledger_queries
from guanxi.ledger.traits import TRAITS
from guanxi.staff.roles import Right
from guanxi.tiering import figure_names

# A VIP costs: who names one says until when (CN-33).
NEEDS_AN_END = frozenset({"named_vip"})


@dataclass(frozen=True, slots=True)
class TraitWords:
    """One trait as the page shows it."""

    name: str
    title: str
    value: bool
    reason: str
    until_on: date | None
    set_by: str
    set_at: datetime


class TraitForm(forms.Form):
    name = forms.ChoiceField(label=gettext_lazy("Trait"), choices=[(name, name) for name in TRAITS])
    value = forms.ChoiceField(label=gettext_lazy("So or not so"), choices=[("yes", "yes"), ("no", "no")])
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=500)
    until_on = forms.DateField(label=gettext_lazy("until"), required=False)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("name") in NEEDS_AN_END and data.get("value") == "yes" and not data.get("until_on"):
            self.add_error("until_on", _("Say until when: VIP service costs, and nobody stays named for ever."))
        return data


def title_of(name: str) -> str:
    """The trait in the reader's language."""
    return figure_names.title_of(f"trait_{name}", language())


def trait_choices() -> list[tuple[str, str]]:
    return [(name, title_of(name)) for name in TRAITS]


def traits_of(customer_id: int, *, on: date) -> list[TraitWords]:
    """What counts on that day, the newest of each name."""
    return [
        TraitWords(each.name, title_of(each.name), each.value, each.reason, each.until_on,
                   str(each.set_by) if each.set_by else "", each.set_at)
        for each in profile.traits_of(customer_id, on=on)
    ]  # fmt: skip


@act(right=Right.EDIT_CUSTOMERS, scoped=True)
def customer_trait(request: HttpRequest, customer_id: int) -> HttpResponse:
    """Record a trait; the rules see it with the next run."""
    found = get_object_or_404(ledger_queries.customers_for(member_of(request)), pk=customer_id)
    form = TraitForm(request.POST)
    if form.is_valid():
        data = form.cleaned_data
        profile.set_trait(
            customer=found, name=data["name"], value=data["value"] == "yes", reason=data["reason"],
            until_on=data["until_on"], actor=member_of(request), now=clock.utc_now(),
        )  # fmt: skip
        messages.success(request, _("Recorded; the tiers see it with the next run."))
    else:
        say_errors(request, form)
    return redirect(reverse("customer", args=[found.pk]) + "#traits")


urlpatterns = [path("customers/<int:customer_id>/trait/", customer_trait, name="customer_trait")]
