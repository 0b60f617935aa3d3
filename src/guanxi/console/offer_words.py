"""Offers, codes and refusals in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from guanxi.campaigns.models import Campaign
from guanxi.console.customer_forms import CUSTOMER_KINDS
from guanxi.console.shipped_words import title_words
from guanxi.journeys.models import Journey
from guanxi.offers import granting, redeeming, words
from guanxi.offers.queries import EXPIRED, OPEN, REDEEMED, WITHDRAWN
from guanxi.offers.reasons import Reason
from guanxi.offers.rules import Offer
from guanxi.staff.models import User
from guanxi.tiering import queries as tiering_queries

STATE_NAMES = {OPEN: _("Not used"), REDEEMED: _("Used"), EXPIRED: _("Expired"), WITHDRAWN: _("Taken back")}
ORIGIN_NAMES = {
    granting.JOURNEY: _("Journey"), granting.CAMPAIGN: _("Campaign"), granting.PERSON: _("By hand"),
    granting.API: _("API"), granting.ORDER: _("With an order"),
}  # fmt: skip
TOLD_BY_NAMES = {
    redeeming.IMPORT: _("import"), redeeming.API: _("API"), redeeming.PERSON: _("by hand"), redeeming.SHOP: _("shop"),
}  # fmt: skip
REASONS: dict[str, str | Promise] = {
    "begins": _("begins on %(day)s"),
    "ended": _("ended on %(day)s"),
    "kind": _("is for %(kinds)s only"),
    "standing": _("is for %(tiers)s"),
    "order_number": _("is for order %(wanted)s, this is order %(number)s"),
    "orders_before": _("is for customers with %(wanted)s orders or more, there are %(number)s"),
    "birthday_month": _("is for the month of the birthday or founding day"),
    "categories": _("needs %(wanted)s categories, the order has %(number)s"),
    "currency": _("is stated in %(wanted)s, the order is in %(currency)s"),
    "goods": _("needs goods of %(currency)s %(wanted)s, the order has %(amount)s"),
    "articles": _("is for %(articles)s only, and the order has none of it"),
    "needs_code": _("holds only with its code"),
    "one_discount": _("one percentage an order: %(offer)s is better or equal"),
    "one_rebate": _("one freight rebate an order: %(offer)s gives more or as much"),
    "floor": _("not in full for %(articles)s: the price would fall below its floor"),
    "switched_off": _("is switched off"),
    "no_offer": _("there is no offer of that name"),
    "codes_gone": _("all %(wanted)s codes are handed out"),
    "customer_has_his": _("the customer has had his %(wanted)s codes of it"),
    "cost_reached": _("has cost %(currency)s %(amount)s, its limit is %(wanted)s"),
    "budget_used": _("the budget of %(tier)s for the year is used up"),
    "unknown_code": _("no such code was handed out"),
    "withdrawn": _("the code was taken back"),
    "expired": _("the code was valid until %(day)s"),
    "used": _("the code was used for order %(order)s"),
    "uses_gone": _("it was used %(wanted)s times, which is its limit"),
    "other_customer": _("the code was handed out to another customer"),
    "older_order": _("the order is older than the code, which is of %(day)s"),
    "no_purchase": _("a credit takes no discount"),
}


def reason_words(reason: Reason) -> str:
    return str(REASONS[reason.code]) % reason.detail


def gives_words(offer: Offer) -> str:
    """What it gives, in the language of the page."""
    return words.words_in(offer, _language())


def terms_words(offer: Offer) -> str:
    """Everything asked of buyer and order, as short notes of the page's language."""
    terms, found = offer.terms, []
    if terms.kinds:
        found.append(", ".join(str(dict(CUSTOMER_KINDS).get(kind, kind)) for kind in terms.kinds))
    found += [_standing_words(scheme, tiers) for scheme, tiers in terms.standings.items()]
    if terms.order_number:
        found.append(str(_("order %(number)s")) % {"number": terms.order_number})
    if terms.orders_before:
        found.append(str(_("%(number)s orders or more before")) % {"number": terms.orders_before})
    if terms.categories_at_least:
        found.append(str(_("%(number)s categories or more")) % {"number": terms.categories_at_least})
    if terms.goods_at_least is not None:
        found.append(str(_("goods from %(sum)s")) % {"sum": f"{terms.currency} {terms.goods_at_least.normalize():f}"})
    if terms.in_birthday_month:
        found.append(str(_("birthday month")))
    if terms.from_on or terms.until_on:
        found.append(f"{terms.from_on or '…'} – {terms.until_on or '…'}")
    if offer.scope.names:
        found.append(str(_("only %(articles)s")) % {"articles": ", ".join(offer.scope.names)})
    if offer.code:
        found.append(str(_("only with its code")))
    return " · ".join(found)


def _standing_words(name: str, wanted: Iterable[str]) -> str:
    """`ABC by share: C`, as the scheme calls itself and its tiers; as written when there is no such scheme."""
    scheme = next((each for each in tiering_queries.kept_schemes() if each.name == name), None)
    titles = dict(tiering_queries.tiers_of(scheme)) if scheme else {}
    tiers = "/".join(titles.get(tier, tier) for tier in wanted)
    return f"{tiering_queries.title_of(scheme) if scheme else name}: {tiers}"


def origin_titles(origins: Iterable[tuple[str, str]]) -> Mapping[tuple[str, str], str]:
    """What journeys, campaigns and people are called, by kind and key."""
    wanted: dict[str, set[str]] = {}
    for kind, key in origins:
        wanted.setdefault(kind, set()).add(key)
    found = {(kind, key): key for kind, keys in wanted.items() for key in keys}
    journeys = Journey.objects.filter(key__in=wanted.get(granting.JOURNEY, ()))
    found |= {(granting.JOURNEY, each.key): title_words(each.names) for each in journeys}
    campaigns = Campaign.objects.filter(pk__in=_ids(wanted.get(granting.CAMPAIGN, ())))
    found |= {(granting.CAMPAIGN, str(each.pk)): each.title for each in campaigns}
    people = User.objects.filter(pk__in=_ids(wanted.get(granting.PERSON, ())))
    return found | {(granting.PERSON, str(each.pk)): each.name or each.email for each in people}


def _ids(keys: Iterable[str]) -> list[int]:
    return [int(key) for key in keys if key.isdigit()]


def _language() -> str:
    return "zh-Hans" if (get_language() or "en").lower().startswith("zh") else "en"
