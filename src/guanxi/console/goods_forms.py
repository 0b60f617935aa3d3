"""What a person may type about quotations and photos of production, and the card of an order's photos."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.functional import Promise as LazyText
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from guanxi.console.customer_forms import DAY
from guanxi.kernel import places
from guanxi.ledger.models import Order
from guanxi.supply import queries as supply_queries
from guanxi.supply.models import Project, Quotation
from guanxi.supply.quotations import Item, Part

NODES: dict[str, str | LazyText] = {
    "materials_in": gettext_lazy("Materials in"),
    "assembly": gettext_lazy("Assembly"),
    "inspection": gettext_lazy("Inspection"),
    "packing": gettext_lazy("Packing"),
    "other": gettext_lazy("Other"),
}
ITEMS = 5
PART = re.compile(r"^\s*(?P<name>.*?\S)\s*[:=\s]\s*(?P<amount>[0-9]{1,12}(?:\.[0-9]{1,6})?)\s*$")


class QuotationForm(forms.Form):
    """The head of a quotation."""

    number = forms.CharField(label=gettext_lazy("Number"), max_length=60)
    currency = forms.CharField(label=gettext_lazy("Currency"), max_length=12)
    valid_until = forms.DateField(label=gettext_lazy("Valid until"), widget=DAY)
    project = forms.ChoiceField(label=gettext_lazy("Custom project"), required=False)

    def __init__(self, *args: Any, projects: list[Project], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", "—"), *((str(each.pk), each.title) for each in projects)]
        self.fields["project"] = forms.ChoiceField(
            label=gettext_lazy("Custom project"), choices=choices, required=False,
            help_text=gettext_lazy("A custom price shows its parts."),
        )  # fmt: skip

    def clean_number(self) -> str:
        number = " ".join(str(self.cleaned_data["number"]).split())
        if Quotation.objects.filter(number=number).exists():
            raise forms.ValidationError(_("There is a quotation with this number already."))
        return number

    def clean_currency(self) -> str:
        code = places.currency_code(str(self.cleaned_data["currency"]))
        if not code:
            raise forms.ValidationError(_("This is no currency; write its three letters, such as EUR."))
        return code


class ItemForm(forms.Form):
    """One item; an empty one is passed over."""

    product = forms.CharField(label=gettext_lazy("Product"), max_length=200)
    parts = forms.CharField(label=gettext_lazy("Parts of the unit price"), max_length=600, required=False)
    quantity = forms.DecimalField(label=gettext_lazy("Quantity"), max_digits=12, decimal_places=4)
    unit_price = forms.DecimalField(label=gettext_lazy("Unit price"), max_digits=14, decimal_places=6)

    def clean_parts(self) -> list[Part]:
        return [_part(each) for each in re.split(r"[,;，；\n]", self.cleaned_data["parts"]) if each.strip()]

    def item(self) -> Item:
        data = self.cleaned_data
        return Item(data["product"].strip(), data["quantity"], data["unit_price"], data["parts"])


ItemFormSet = forms.formset_factory(ItemForm, extra=ITEMS, max_num=ITEMS, validate_max=True)


class PictureForm(forms.Form):
    """A photo of a key point of production."""

    node = forms.ChoiceField(label=gettext_lazy("Point of production"), choices=list(NODES.items()))
    caption = forms.CharField(label=gettext_lazy("What the customer reads"), max_length=200, required=False)
    picture = forms.FileField(label=gettext_lazy("Photo"), max_length=200)


def pictures_card(order: Order) -> dict[str, Any]:
    """What the card of the order's page needs."""
    shown = [(NODES.get(each.node, each.node), each) for each in supply_queries.pictures_of(order)]
    return {"pictures": shown, "picture_form": PictureForm()}


def _part(text: str) -> Part:
    found = PART.match(text)
    if found is None:
        raise forms.ValidationError(
            _("“%(text)s” is no part of a price; write such as: material 3.20, processing 1.10.") % {"text": text[:40]}
        )
    return Part(found["name"], Decimal(found["amount"]))
