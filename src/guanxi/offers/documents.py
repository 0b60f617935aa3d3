"""Reads an offer from its YAML text; every complaint names the place and the remedy. Pure."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from guanxi.offers.discounts import NotADiscount, read_discount
from guanxi.offers.rules import NOTHING, Offer, Terms

LIBRARY = Path(__file__).parent / "library"
KEYS = {"name", "title", "about", "source", "gives", "when"}
GIVES = {"percent_off", "freight_rebate_percent"}
WHEN = {"standing", "kind", "order_number", "categories_at_least", "goods_at_least", "currency", "from", "until",
        "in_birthday_month"}  # fmt: skip
LARGEST_DOCUMENT = 20_000
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")


class OfferError(Exception):
    """The document is no usable offer; the text says where and what to write instead."""

    def __init__(self, where: str, problem: str) -> None:
        self.where, self.problem = where, problem
        super().__init__(f"{where}: {problem}")


def library_names() -> list[str]:
    """The offers that ship with the product."""
    return sorted(path.stem for path in LIBRARY.glob("*.yaml"))


@cache
def library_text(name: str) -> str:
    return (LIBRARY / f"{name}.yaml").read_text(encoding="utf-8")


def read_offer(text: str) -> Offer:
    """Raises OfferError."""
    if len(text) > LARGEST_DOCUMENT:
        raise OfferError("offer", f"is longer than {LARGEST_DOCUMENT:,} characters.")
    try:
        document = yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        raise OfferError(f"line {mark.line + 1}" if mark else "offer", "is not readable as YAML.") from None
    found = _table(document, "offer", KEYS)
    name = found.get("name")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise OfferError("name", f"{name!r} will not do; use lower-case letters, digits and -, at most 40.")
    gives = _table(found.get("gives"), "gives", GIVES)
    if not gives:
        raise OfferError("gives", f"names nothing; write one of {', '.join(sorted(GIVES))}.")
    return Offer(
        name=name,
        title=_titles(found.get("title", name)),
        terms=_terms(_table(found.get("when", {}), "when", WHEN)),
        percent_off=_percent(gives.get("percent_off"), "gives, percent_off"),
        freight_rebate_percent=_percent(
            gives.get("freight_rebate_percent"), "gives, freight_rebate_percent", whole=True
        ),
    )


def _table(found: object, where: str, known: set[str]) -> dict[str, Any]:
    if not isinstance(found, dict):
        raise OfferError(where, f"must be a table with some of {', '.join(sorted(known))}.")
    unknown = sorted(str(key) for key in found if key not in known)
    if unknown:
        raise OfferError(where, f"{unknown[0]!r} is not a key; known are {', '.join(sorted(known))}.")
    return found


def _terms(when: dict[str, Any]) -> Terms:
    terms = Terms(
        standings={scheme: _words(tiers, f"when, standing, {scheme}") for scheme, tiers in _standings(when).items()},
        kinds=_words(when["kind"], "when, kind") if "kind" in when else (),
        order_number=_count(when.get("order_number"), "when, order_number"),
        categories_at_least=_count(when.get("categories_at_least"), "when, categories_at_least"),
        goods_at_least=_amount(when.get("goods_at_least")),
        currency=str(when.get("currency", "")),
        from_on=_day(when.get("from"), "when, from"),
        until_on=_day(when.get("until"), "when, until"),
        in_birthday_month=when.get("in_birthday_month") is True,
    )
    if (terms.goods_at_least is None) != (not re.fullmatch(r"[A-Z]{3}", terms.currency)):
        raise OfferError("when", "`goods_at_least` and the three letters of its `currency` go together.")
    return terms


def _standings(when: dict[str, Any]) -> dict[str, Any]:
    found = when.get("standing", {})
    if not isinstance(found, dict):
        raise OfferError("when, standing", "must be a table: the scheme, then its tiers.")
    return found


def _words(found: object, where: str) -> tuple[str, ...]:
    words = found if isinstance(found, list) else [found]
    if not words or not all(isinstance(word, str) and word for word in words):
        raise OfferError(where, "must be a word or a list of words.")
    return tuple(words)


def _count(found: object, where: str) -> int | None:
    if found is None:
        return None
    if isinstance(found, bool) or not isinstance(found, int) or found < 1:
        raise OfferError(where, f"{found!r} is no count; write a whole number from 1.")
    return found


def _amount(found: object) -> Decimal | None:
    if found is None:
        return None
    try:
        amount = Decimal(str(found))
    except InvalidOperation:
        amount = Decimal("NaN")
    if isinstance(found, bool) or not amount.is_finite() or amount <= 0:
        raise OfferError("when, goods_at_least", f"{found!r} is no amount; write it with digits.")
    return amount


def _percent(found: object, where: str, *, whole: bool = False) -> Decimal:
    """`whole` allows all of it: freight may be free."""
    if found is None:
        return NOTHING
    if whole and found == 100:
        return Decimal(100)
    text = found if isinstance(found, str) else f"{found}%"
    try:
        return read_discount(text).percent_off
    except NotADiscount as error:
        raise OfferError(where, str(error)) from None


def _day(found: object, where: str) -> date | None:
    if found is None or (isinstance(found, date) and type(found) is date):
        return found
    raise OfferError(where, f"{found!r} is no day; write it as 2026-03-31.")


def _titles(found: object) -> dict[str, str]:
    titles = found if isinstance(found, dict) else {"en": found}
    if not all(isinstance(key, str) and isinstance(value, str) and value for key, value in titles.items()):
        raise OfferError("title", "is a text, or a table of languages such as {en: …, zh-Hans: …}.")
    return dict(titles)
