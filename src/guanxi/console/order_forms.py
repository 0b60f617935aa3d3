"""What a person may type about an order: its head, its lines, its stage."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from guanxi.console.customer_forms import DAY, MOMENT_FORMAT
from guanxi.kernel import places
from guanxi.ledger.facts import LineFacts
from guanxi.ledger.stages import ALL_STAGES

STAGE_NAMES = {
    "quoted": _("Quoted"),
    "confirmed": _("Confirmed"),
    "in_production": _("In production"),
    "packed": _("Packed"),
    "shipped": _("Shipped"),
    "in_transit": _("In transit"),
    "arrived": _("Arrived"),
    "delivered": _("Delivered"),
    "completed": _("Completed"),
    "cancelled": _("Cancelled"),
}
STAGE_CHOICES = [(stage, STAGE_NAMES[stage]) for stage in ALL_STAGES]
MOST_LINES = 200
COMMON_CURRENCIES = (
    "USD",
    "EUR",
    "CNY",
    "GBP",
    "JPY",
    "AED",
    "SAR",
    "AUD",
    "CAD",
    "KRW",
    "MXN",
    "BRL",
    "INR",
)


class OrderForm(forms.Form):
    """The head of an order."""

    number = forms.CharField(label=_("Order number"), max_length=120)
    placed_at = forms.DateTimeField(
        label=_("Placed"),
        input_formats=[MOMENT_FORMAT, "%Y-%m-%d %H:%M", "%Y-%m-%d"],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format=MOMENT_FORMAT),
    )
    currency = forms.CharField(label=_("Currency"), max_length=12, widget=forms.TextInput(attrs={"list": "currencies"}))
    stage = forms.ChoiceField(label=_("Stage"), choices=STAGE_CHOICES, initial="confirmed")
    contact = forms.ChoiceField(label=_("Ordered by"), required=False)
    ship_by = forms.DateField(label=_("Ship by"), required=False, widget=DAY)
    is_trial = forms.BooleanField(label=_("Trial order"), required=False)

    def __init__(self, *args: Any, contacts: Iterable[tuple[int, str]] = (), now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.now = now
        choices = [("", "—"), *((str(key), name) for key, name in contacts)]
        self.fields["contact"] = forms.ChoiceField(label=_("Ordered by"), choices=choices, required=False)

    def clean_number(self) -> str:
        return " ".join(str(self.cleaned_data["number"]).split())

    def clean_currency(self) -> str:
        code = places.currency_code(str(self.cleaned_data["currency"]))
        if not code:
            raise forms.ValidationError(_("This is no currency; write its three letters, such as EUR."))
        return code

    def clean_placed_at(self) -> datetime:
        moment: datetime = self.cleaned_data["placed_at"]
        if moment > self.now:
            raise forms.ValidationError(_("An order cannot be placed in the future."))
        return moment


class LineForm(forms.Form):
    """One line; an empty one is passed over."""

    product_code = forms.CharField(label=_("Article"), max_length=120, required=False)
    product_name = forms.CharField(label=_("Description"), max_length=300, required=False)
    quantity = forms.DecimalField(
        label=_("Quantity"), max_digits=12, decimal_places=4, min_value=Decimal("0.0001"), localize=False
    )
    unit_price = forms.DecimalField(
        label=_("Unit price"), max_digits=14, decimal_places=6, min_value=Decimal(0), localize=False
    )

    def facts(self) -> LineFacts:
        data = self.cleaned_data
        return LineFacts(
            quantity=data["quantity"],
            unit_price=data["unit_price"],
            product_code=data["product_code"].strip(),
            product_name=data["product_name"].strip(),
        )


class Lines(forms.BaseFormSet):  # type: ignore[type-arg]
    """The lines of one order; at least one must be filled."""

    def clean(self) -> None:
        if not any(self.errors) and not self.facts():
            raise forms.ValidationError(_("An order needs at least one line with a quantity and a price."))

    def facts(self) -> list[LineFacts]:
        return [form.facts() for form in self.forms if form.has_changed() and form.is_valid()]


LineFormSet = forms.formset_factory(LineForm, formset=Lines, extra=3, max_num=MOST_LINES, validate_max=True)


class StageForm(forms.Form):
    """The next stage of an order, with the parcel's data when it has left."""

    stage = forms.ChoiceField(label=_("Stage"), choices=STAGE_CHOICES)
    carrier = forms.CharField(label=_("Carrier"), max_length=80, required=False)
    tracking_number = forms.CharField(label=_("Tracking number"), max_length=120, required=False)
    tracking_url = forms.URLField(label=_("Tracking page"), max_length=500, required=False, assume_scheme="https")
