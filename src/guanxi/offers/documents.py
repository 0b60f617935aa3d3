"""Reads an offer from its YAML text; every complaint names the line, the place and the remedy. Pure."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import yaml

from guanxi.kernel.money import Money
from guanxi.offers.discounts import NotADiscount, read_discount
from guanxi.offers.rules import END_OF_MONTH, NOTHING, SAME_DAY, CodeTerms, Gift, Limits, Offer, Scope, Terms

LIBRARY = Path(__file__).parent / "library"
KEYS = {"name", "title", "about", "source", "gives", "only", "when", "code", "limits", "budget", "words"}
GIVES = {"percent_off", "amount_off", "gift", "freight_rebate_percent"}
ONLY = {"categories", "products"}
WHEN = {"standing", "kind", "order_number", "orders_before", "categories_at_least", "goods_at_least", "currency",
        "from", "until", "in_birthday_month"}  # fmt: skip
CODE = {"prefix", "valid", "uses"}
LIMITS = {"codes", "uses", "per_customer", "cost"}
LARGEST_DOCUMENT = 20_000
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_CURRENCY = re.compile(r"[A-Z]{3}")
_PREFIX = re.compile(r"[A-Z][A-Z0-9]{0,9}")
_DAYS = re.compile(r"(\d{1,4})([dw])")


class OfferError(Exception):
    """The document is no usable offer; the text says where and what to write instead. `line` is 0 while unknown."""

    def __init__(self, where: str, problem: str, line: int = 0) -> None:
        self.where, self.problem, self.line = where, problem, line
        super().__init__(f"{where}: {problem}")


def library_names() -> list[str]:
    """The offers that ship with the product."""
    return sorted(path.stem for path in LIBRARY.glob("*.yaml"))


@cache
def library_text(name: str) -> str:
    return (LIBRARY / f"{name}.yaml").read_text(encoding="utf-8")


@lru_cache(maxsize=512)
def read_offer(text: str) -> Offer:
    """Raises OfferError with the line of the mistake."""
    if len(text) > LARGEST_DOCUMENT:
        raise OfferError("offer", f"is longer than {LARGEST_DOCUMENT:,} characters.", 1)
    try:
        document = yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        raise OfferError(f"line {line}", "is not readable as YAML.", line) from None
    try:
        return _offer(document)
    except OfferError as error:
        error.line = _line_of(text, error.where)
        raise


def _offer(document: object) -> Offer:
    found = _table(document, "offer", KEYS)
    name = found.get("name")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise OfferError("name", f"{name!r} will not do; use lower-case letters, digits and -, at most 40.")
    gives = _table(found.get("gives"), "gives", GIVES)
    if not gives:
        raise OfferError("gives", f"names nothing; write one of {', '.join(sorted(GIVES))}.")
    if {"percent_off", "amount_off"} <= gives.keys():
        raise OfferError("gives, amount_off", "stands beside percent_off; keep one of them.")
    return Offer(
        name=name,
        title=_titles(found.get("title", name), "title"),
        terms=_terms(_table(found.get("when", {}), "when", WHEN)),
        percent_off=_percent(gives.get("percent_off"), "gives, percent_off"),
        freight_rebate_percent=_percent(
            gives.get("freight_rebate_percent"), "gives, freight_rebate_percent", whole=True
        ),
        amount_off=_money(gives["amount_off"], "gives, amount_off") if "amount_off" in gives else None,
        gift=_gift(gives["gift"]) if "gift" in gives else None,
        scope=_scope(_table(found.get("only", {}), "only", ONLY)),
        code=_code(_table(found["code"], "code", CODE)) if "code" in found else None,
        limits=_limits(_table(found.get("limits", {}), "limits", LIMITS)),
        budget=_word(found.get("budget", ""), "budget"),
        words=_titles(found["words"], "words") if "words" in found else {},
    )


def _line_of(text: str, where: str) -> int:
    """The line of the deepest key on the way `where` ("gives, percent_off") that the text has."""
    node, line = None, 1
    with suppress(yaml.YAMLError):
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    for part in where.split(", "):
        pairs = node.value if isinstance(node, yaml.MappingNode) else []
        step = next((pair for pair in pairs if pair[0].value == part), None)
        if step is None:
            break
        line, node = step[0].start_mark.line + 1, step[1]
    return line


def _table(found: object, where: str, known: set[str]) -> dict[str, Any]:
    if not isinstance(found, dict):
        raise OfferError(where, f"must be a table with some of {', '.join(sorted(known))}.")
    unknown = sorted(str(key) for key in found if key not in known)
    if unknown:
        place = unknown[0] if where == "offer" else f"{where}, {unknown[0]}"
        raise OfferError(place, f"is no key; known are {', '.join(sorted(known))}.")
    return found


def _terms(when: dict[str, Any]) -> Terms:
    terms = Terms(
        standings={scheme: _words(tiers, f"when, standing, {scheme}") for scheme, tiers in _standings(when).items()},
        kinds=_words(when["kind"], "when, kind") if "kind" in when else (),
        order_number=_count(when.get("order_number"), "when, order_number"),
        orders_before=_count(when.get("orders_before"), "when, orders_before"),
        categories_at_least=_count(when.get("categories_at_least"), "when, categories_at_least"),
        goods_at_least=_amount(when.get("goods_at_least"), "when, goods_at_least"),
        currency=str(when.get("currency", "")),
        from_on=_day(when.get("from"), "when, from"),
        until_on=_day(when.get("until"), "when, until"),
        in_birthday_month=when.get("in_birthday_month") is True,
    )
    if (terms.goods_at_least is None) != (not _CURRENCY.fullmatch(terms.currency)):
        raise OfferError("when", "`goods_at_least` and the three letters of its `currency` go together.")
    if terms.from_on and terms.until_on and terms.until_on < terms.from_on:
        raise OfferError("when, until", "comes before `from`; the offer would never hold.")
    return terms


def _standings(when: dict[str, Any]) -> dict[str, Any]:
    found = when.get("standing", {})
    if not isinstance(found, dict):
        raise OfferError("when, standing", "must be a table: the scheme, then its tiers.")
    return found


def _scope(only: dict[str, Any]) -> Scope:
    return Scope(**{kind: _words(only[kind], f"only, {kind}") for kind in sorted(ONLY) if kind in only})


def _code(found: dict[str, Any]) -> CodeTerms:
    prefix, valid = str(found.get("prefix", "GX")), found.get("valid", "30d")
    if not _PREFIX.fullmatch(prefix):
        raise OfferError("code, prefix", f"{prefix!r} will not do; use capital letters and digits, at most 10.")
    uses = _count(found.get("uses", 1), "code, uses") or 1
    if valid in (END_OF_MONTH, SAME_DAY):
        return CodeTerms(prefix, until=valid, uses=uses)
    span = _DAYS.fullmatch(valid) if isinstance(valid, str) else None
    if span is None or span[1].strip("0") == "":
        raise OfferError("code, valid", f"{valid!r} is no span; write 45d, 6w, `{END_OF_MONTH}` or `{SAME_DAY}`.")
    return CodeTerms(prefix, days=int(span[1]) * (7 if span[2] == "w" else 1), uses=uses)


def _limits(found: dict[str, Any]) -> Limits:
    counts = {name: _count(found.get(name), f"limits, {name}") for name in ("codes", "uses", "per_customer")}
    return Limits(**counts, cost=_amount(found.get("cost"), "limits, cost"))


def _gift(found: object) -> Gift:
    gift = _table(found, "gives, gift", {"title", "cost"})
    if "title" not in gift or "cost" not in gift:
        raise OfferError("gives, gift", "needs a `title` and what it costs us: cost: {amount: 4.50, currency: USD}.")
    return Gift(_titles(gift["title"], "gives, gift, title"), _money(gift["cost"], "gives, gift, cost"))


def _money(found: object, where: str) -> Money:
    money = _table(found, where, {"amount", "currency"})
    amount, currency = _amount(money.get("amount"), where), str(money.get("currency", ""))
    if amount is None or not _CURRENCY.fullmatch(currency):
        raise OfferError(where, "needs an amount and a currency: {amount: 20, currency: USD}.")
    return Money(amount, currency)


def _word(found: object, where: str) -> str:
    if not isinstance(found, str):
        raise OfferError(where, f"{found!r} is no word.")
    return found


def _words(found: object, where: str) -> tuple[str, ...]:
    words = found if isinstance(found, list) else [found]
    if not words or not all(isinstance(word, str) and word for word in words):
        raise OfferError(where, "must be a word or a list of words.")
    return tuple(words)


def _count(found: object, where: str) -> int | None:
    if found is None:
        return None
    if isinstance(found, bool) or not isinstance(found, int) or not 1 <= found <= 10_000_000:
        raise OfferError(where, f"{found!r} is no count; write a whole number from 1.")
    return found


def _amount(found: object, where: str) -> Decimal | None:
    if found is None:
        return None
    try:
        amount = Decimal(str(found))
    except InvalidOperation:
        amount = Decimal("NaN")
    if isinstance(found, bool) or not amount.is_finite() or not 0 < amount < 10**12:
        raise OfferError(where, f"{found!r} is no amount; write it with digits.")
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


def _titles(found: object, where: str) -> dict[str, str]:
    titles = found if isinstance(found, dict) else {"en": found}
    if not titles or not all(
        isinstance(key, str) and isinstance(value, str) and value for key, value in titles.items()
    ):
        raise OfferError(where, "is a text, or a table of languages such as {en: …, zh-Hans: …}.")
    return dict(titles)
