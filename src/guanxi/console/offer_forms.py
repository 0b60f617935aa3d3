"""An offer as a form: what stands in its text, field by field, and back."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import yaml
from django import forms
from django.utils.translation import gettext_lazy as _

from guanxi.console.customer_forms import DAY
from guanxi.offers.documents import OfferError

KINDS = [("", _("all of them")), ("b2b", _("firms")), ("b2c", _("private customers"))]
# Which field of the form a place of the text belongs to.
PLACES = {
    "name": "name", "title": "title_en", "gives": "percent_off", "gives, percent_off": "percent_off",
    "gives, amount_off": "amount", "gives, gift": "gift_title", "gives, gift, cost": "gift_cost",
    "gives, freight_rebate_percent": "freight", "only": "categories", "when": "goods_at_least",
    "when, standing": "standing", "when, order_number": "order_number", "when, orders_before": "orders_before",
    "when, categories_at_least": "categories_at_least", "when, goods_at_least": "goods_at_least",
    "when, from": "from_on", "when, until": "until_on", "code, prefix": "code_prefix", "code, valid": "valid",
    "code, uses": "uses", "limits, codes": "limit_codes", "limits, uses": "limit_uses",
    "limits, per_customer": "limit_customer", "limits, cost": "limit_cost", "budget": "budget",
}  # fmt: skip


def _count(label: Any) -> forms.IntegerField:
    return forms.IntegerField(label=label, required=False, min_value=1, max_value=10_000_000)


def _sum(label: Any) -> forms.DecimalField:
    return forms.DecimalField(label=label, required=False, min_value=Decimal("0.01"), max_digits=14, decimal_places=2)


def _text(label: Any, longest: int = 200, help_text: Any = "") -> forms.CharField:
    return forms.CharField(label=label, required=False, max_length=longest, help_text=help_text)


class OfferForm(forms.Form):
    """Every part of an offer; empty is not asked."""

    name = forms.SlugField(label=_("Name"), max_length=40, help_text=_("Small letters, digits, hyphens."))
    title_en = forms.CharField(label=_("Title (English)"), max_length=120)
    title_zh = _text(_("Title (Chinese)"), 120)
    percent_off = _text(_("Discount"), 20, _("20%, 8折 or 95折. 折 says what is paid."))
    amount = _sum(_("or an amount off"))
    freight = forms.IntegerField(label=_("Freight back in %"), required=False, min_value=1, max_value=100)
    gift_title = _text(_("Gift"), 120)
    gift_cost = _sum(_("What the gift costs us"))
    currency = _text(_("Currency"), 3, _("Of the amount, the gift and the goods."))
    categories = _text(_("Only these categories"), 300, _("Several stand beside commas."))
    products = _text(_("Only these articles"), 300, _("Several stand beside commas."))
    kind = forms.ChoiceField(label=_("For customers"), choices=KINDS, required=False)
    standing = forms.CharField(
        label=_("Only in these tiers"), required=False, max_length=1000, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("One scheme per line: abc-cumulative: B, C"),
    )  # fmt: skip
    order_number = _count(_("For this order of the customer"))
    orders_before = _count(_("Orders before, at least"))
    categories_at_least = _count(_("Categories in the order, at least"))
    goods_at_least = _sum(_("Goods of the order, at least"))
    in_birthday_month = forms.BooleanField(label=_("In the month of birthday or founding day"), required=False)
    from_on = forms.DateField(label=_("From"), required=False, widget=DAY)
    until_on = forms.DateField(label=_("Until, that day included"), required=False, widget=DAY)
    has_code = forms.BooleanField(label=_("Holds only with a personal code"), required=False)
    code_prefix = _text(_("Codes begin with"), 10)
    valid = _text(_("Codes are valid for"), 20, _("45d, 6w, end of month, same day. Left out: 30d."))
    uses = _count(_("Orders per code"))
    limit_codes = _count(_("Codes at most"))
    limit_uses = _count(_("Uses at most"))
    limit_customer = _count(_("Codes per customer at most"))
    limit_cost = _sum(_("Cost at most, in the reporting currency"))
    budget = _text(_("Paid from the budget of this scheme"), 60, _("Its tiers' caps stand under Effort."))

    def place(self, error: OfferError) -> None:
        """Show a complaint about the text at the field it came from."""
        where = error.where
        while where not in PLACES and ", " in where:
            where = where.rpartition(", ")[0]
        self.add_error(PLACES.get(where), error.problem)


GROUPS = (
    (_("What it is"), ("name", "title_en", "title_zh")),
    (_("What it gives"), ("percent_off", "amount", "freight", "gift_title", "gift_cost", "currency", "categories",
                          "products")),
    (_("For whom and when"), ("kind", "standing", "orders_before", "in_birthday_month", "order_number",
                              "categories_at_least", "goods_at_least", "from_on", "until_on")),
    (_("Codes and limits"), ("has_code", "code_prefix", "valid", "uses", "limit_codes", "limit_uses", "limit_customer",
                             "limit_cost", "budget")),
)  # fmt: skip


def filled(text: str) -> dict[str, Any]:
    """The form's values of an offer's text, which has been read before."""
    found = yaml.safe_load(text)
    gives, when, code, limits = (found.get(part, {}) for part in ("gives", "when", "code", "limits"))
    amount, gift = gives.get("amount_off", {}), gives.get("gift", {})
    titles = _titles(found.get("title", found["name"]))
    only = found.get("only", {})
    standing = "\n".join(f"{scheme}: {_listed(tiers)}" for scheme, tiers in when.get("standing", {}).items())
    percent = gives.get("percent_off")
    return {
        "name": found["name"], "title_en": titles.get("en", ""), "title_zh": titles.get("zh-Hans", ""),
        "percent_off": percent if isinstance(percent, str) else f"{percent}%" if percent else "",
        "amount": amount.get("amount"), "freight": gives.get("freight_rebate_percent"),
        "gift_title": _titles(gift["title"]).get("en", "") if gift else "",
        "gift_cost": gift["cost"]["amount"] if gift else None,
        "currency": amount.get("currency") or when.get("currency") or (gift["cost"]["currency"] if gift else ""),
        "categories": _listed(only.get("categories", [])), "products": _listed(only.get("products", [])),
        "kind": when["kind"] if isinstance(when.get("kind"), str) else "", "standing": standing,
        "order_number": when.get("order_number"), "orders_before": when.get("orders_before"),
        "categories_at_least": when.get("categories_at_least"), "goods_at_least": when.get("goods_at_least"),
        "in_birthday_month": when.get("in_birthday_month") is True, "from_on": when.get("from"),
        "until_on": when.get("until"), "has_code": "code" in found, "code_prefix": code.get("prefix", ""),
        "valid": code.get("valid", ""), "uses": code.get("uses"), "limit_codes": limits.get("codes"),
        "limit_uses": limits.get("uses"), "limit_customer": limits.get("per_customer"),
        "limit_cost": limits.get("cost"), "budget": found.get("budget", ""),
    }  # fmt: skip


def written(data: Mapping[str, Any], *, before: str = "") -> str:
    """The text of the form; what the form has no field for stays as it stood `before`."""
    old = yaml.safe_load(before) if before else {}
    titles = {**_titles(old.get("title", {})), "en": data["title_en"], "zh-Hans": data["title_zh"]}
    document = {
        "name": data["name"], "title": _some(titles), "about": old.get("about"), "source": old.get("source"),
        "gives": _gives(data, old.get("gives", {}).get("gift", {})),
        "only": _some({kind: _split(data[kind]) for kind in ("categories", "products")}),
        "when": _when(data),
        "code": _some({"prefix": data["code_prefix"], "valid": data["valid"], "uses": data["uses"]}),
        "limits": _some({"codes": data["limit_codes"], "uses": data["limit_uses"],
                         "per_customer": data["limit_customer"], "cost": _number(data["limit_cost"])}),
        "budget": data["budget"], "words": old.get("words"),
    }  # fmt: skip
    kept = {key: value for key, value in document.items() if value not in (None, "", {}, [])}
    if data["has_code"]:
        kept.setdefault("code", {})
    else:
        kept.pop("code", None)
    kept.setdefault("gives", {})
    return str(yaml.safe_dump(kept, sort_keys=False, allow_unicode=True, width=110))


def _gives(data: Mapping[str, Any], gift: Mapping[str, Any]) -> dict[str, Any]:
    currency = data["currency"].upper()
    gives: dict[str, Any] = {"percent_off": data["percent_off"], "freight_rebate_percent": data["freight"]}
    if data["amount"]:
        gives["amount_off"] = {"amount": _number(data["amount"]), "currency": currency}
    if data["gift_title"] or data["gift_cost"]:
        titles = {**_titles(gift.get("title", {})), "en": data["gift_title"]}
        cost = {"amount": _number(data["gift_cost"]), "currency": currency}
        gives["gift"] = {"title": _some(titles), "cost": cost}
    return _some(gives)


def _when(data: Mapping[str, Any]) -> dict[str, Any]:
    standing = {
        scheme.strip(): _split(tiers)
        for scheme, _colon, tiers in (line.partition(":") for line in data["standing"].splitlines())
        if scheme.strip()
    }
    return _some({
        "standing": standing, "kind": data["kind"], "order_number": data["order_number"],
        "orders_before": data["orders_before"], "categories_at_least": data["categories_at_least"],
        "goods_at_least": _number(data["goods_at_least"]),
        "currency": data["currency"].upper() if data["goods_at_least"] else "", "from": data["from_on"],
        "until": data["until_on"], "in_birthday_month": data["in_birthday_month"] or None,
    })  # fmt: skip


def _some(found: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in found.items() if value not in (None, "", {}, [])}


def _number(value: Decimal | None) -> int | float | None:
    if value is None:
        return None
    return int(value) if value == value.to_integral_value() else float(value)


def _split(text: str) -> list[str]:
    return [word.strip() for word in text.replace("\uff0c", ",").split(",") if word.strip()]


def _listed(words: Any) -> str:
    return ", ".join(words) if isinstance(words, list) else str(words)


def _titles(found: Any) -> dict[str, str]:
    return dict(found) if isinstance(found, dict) else {"en": str(found)}
