"""An offer in the words of a letter: what it gives and its terms, in every language of the library. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from guanxi.culture import formats
from guanxi.kernel.titles import in_language
from guanxi.offers.discounts import Discount
from guanxi.offers.rules import HUNDRED, CodeTerms, Offer

WORDS = Path(__file__).with_name("words.yaml")


@cache
def languages() -> tuple[str, ...]:
    return tuple(_table())


@cache
def _table() -> dict[str, dict[str, str]]:
    return dict(yaml.safe_load(WORDS.read_text(encoding="utf-8")))


def letter_values(offer: Offer, *, code: str, valid_until: date, uses: int) -> dict[str, Any]:
    """The placeholders `offer.…` of a letter; texts by language, of which the letter takes its own."""
    return {
        "code": code,
        "name": offer.name,
        "words": all_words(offer),
        "terms": all_terms(offer, valid_until, uses),
        "valid_until": valid_until.isoformat(),
        **({"percent": f"{offer.percent_off.normalize():f}"} if offer.percent_off else {}),
    }


def told(grant_offer: Offer, *, code: str, valid_until: date, uses: int) -> dict[str, Any]:
    """What a letter is handed of a code: `offer`, and of a percentage `coupon` beside it."""
    return with_coupon(letter_values(grant_offer, code=code, valid_until=valid_until, uses=uses))


def with_coupon(values: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {"offer": values}
    if percent := values.get("percent"):
        whole = int(percent) if percent.isdigit() else percent
        found["coupon"] = {"code": values["code"], "percent": whole, "valid_until": values["valid_until"]}
    return found


def sample_values(offer: Offer, *, on: date) -> dict[str, Any]:
    """What a letter would say of this offer if it were handed out on that day, with a code that is none."""
    terms = offer.code or CodeTerms()
    code = f"{terms.prefix}-{'X' * 10}"
    return letter_values(offer, code=code, valid_until=terms.valid_until(on), uses=terms.uses)


def all_words(offer: Offer) -> dict[str, str]:
    return {language: words_in(offer, language) for language in languages()}


def all_terms(offer: Offer, valid_until: date, uses: int) -> dict[str, str]:
    return {language: terms_in(offer, language, valid_until, uses) for language in languages()}


def words_in(offer: Offer, language: str) -> str:
    """What it gives: the document's own `words` where it has them in this language, else made from what it gives."""
    own = {key.lower(): text for key, text in offer.words.items()}
    if text := own.get(language.lower()) or own.get(language.lower().partition("-")[0]):
        return text
    phrases = _phrases(language)
    return phrases["and"].join(_given(offer, phrases, language))


def _given(offer: Offer, phrases: Mapping[str, str], language: str) -> list[str]:
    found = []
    if offer.percent_off:
        percent = formats.format_percent(offer.percent_off, language)
        found.append(phrases["percent"].format(percent=percent, zhe=Discount(offer.percent_off).zhe))
    if offer.amount_off:
        money = formats.format_money(offer.amount_off.amount, offer.amount_off.currency, language)
        found.append(phrases["amount"].format(money=money))
    if offer.freight_rebate_percent == HUNDRED:
        found.append(phrases["freight_free"])
    elif offer.freight_rebate_percent:
        percent = formats.format_percent(offer.freight_rebate_percent, language)
        found.append(phrases["freight_part"].format(percent=percent))
    if offer.gift:
        found.append(phrases["gift"].format(gift=in_language(offer.gift.title, language)))
    return found


def terms_in(offer: Offer, language: str, valid_until: date, uses: int) -> str:
    """The terms of a personal code, in whole sentences."""
    phrases, terms = _phrases(language), offer.terms
    found = [phrases["until"].format(date=formats.format_date(valid_until, language))]
    found.append(phrases["once"] if uses == 1 else phrases["times"].format(count=uses))
    if terms.goods_at_least is not None:
        money = formats.format_money(terms.goods_at_least, terms.currency, language)
        found.append(phrases["goods"].format(money=money))
    if terms.categories_at_least:
        found.append(phrases["categories"].format(count=terms.categories_at_least))
    if terms.order_number:
        found.append(phrases["number"].format(count=terms.order_number))
    if offer.scope.names:
        found.append(phrases["only"].format(articles=", ".join(offer.scope.names)))
    if offer.is_discount:
        found.append(phrases["one_discount"])
    found.append(phrases["personal"])
    return ("" if language.startswith(("zh", "ja")) else " ").join(found)


def _phrases(language: str) -> Mapping[str, str]:
    table = _table()
    return next(table[tag] for tag in (language, language.partition("-")[0], "en") if tag in table)
