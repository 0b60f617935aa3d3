"""The outlook in words: how far the next better tier is, what would lead there, what silence will do. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from guanxi.kernel.titles import in_language
from guanxi.scoring.measures import FIGURES
from guanxi.tiering.figure_names import title_of
from guanxi.tiering.outlook import Fall, Orders, Outlook, Way
from guanxi.tiering.phrases import PHRASES
from guanxi.tiering.rules import Check
from guanxi.tiering.words import Language, check_words, money, quantity, window_words

# What more orders add to, and in which window it counts when it is not the scheme's.
BOUGHT = ("spend_total", "spend_window", "order_count", "order_count_window", "order_count_90_days")

Titles = Mapping[str, Mapping[str, str]]


def outlook_words(outlook: Outlook, titles: Titles, currency: str, language: Language = "en") -> list[str]:
    """A sentence each for the way up, the orders that would do, and what time does; `titles` are those of the tiers."""
    phrases = PHRASES[language]
    if outlook.is_best:
        found = [phrases["best"]]
    else:
        found = [ways_words(outlook.ways, titles, currency, language)] if outlook.ways else []
        if outlook.orders:
            found.append(orders_words(outlook.orders, titles, currency, language))
    return [*found, fall_words(outlook.fall, titles, language)] if outlook.fall else found


def ways_words(ways: tuple[Way, ...], titles: Titles, currency: str, language: Language = "en") -> str:
    """`To become High value: 2 more orders in 365 days, or by Three orders in three months: 1 more order …`"""
    phrases = PHRASES[language]
    told = phrases["way_or"].join(_way(way, currency, language) for way in ways)
    return phrases["better"].format(tier=title(ways[0].tier, titles, language), ways=told) + phrases["stop"]


def orders_words(orders: Orders, titles: Titles, currency: str, language: Language = "en") -> str:
    phrases = PHRASES[language]
    tier = title(orders.tier, titles, language)
    if orders.each is None:
        return phrases["first_orders"].format(
            count=quantity("order_count", orders.count, currency, language), tier=tier
        )
    form = "order_like" if orders.count == 1 else "orders_like"
    return phrases[form].format(count=orders.count, amount=money(orders.each, currency), tier=tier)


def fall_words(fall: Fall, titles: Titles, language: Language = "en") -> str:
    form = "falls_tomorrow" if fall.days == 1 else "falls"
    return PHRASES[language][form].format(tier=title(fall.tier, titles, language), days=fall.days)


def title(tier: str, titles: Titles, language: Language) -> str:
    return in_language(titles.get(tier, {}), language) or tier


def missing_words(check: Check, currency: str, language: Language = "en") -> str:
    """What one condition still asks: `2 more orders in 365 days`, `an order …`."""
    phrases = PHRASES[language]
    if (
        check.figure == "days_since_last_order"
        and check.threshold is not None
        and check.operator in ("at_most", "below")
    ):
        return phrases["order_now"].format(border=quantity(check.figure, check.threshold, currency, language))
    if check.missed_by and check.operator in ("at_least", "above") and check.figure in BOUGHT:
        more = check.missed_by + (1 if check.operator == "above" and check.figure.startswith("order") else 0)
        days = 90 if check.figure == "order_count_90_days" else check.window_days
        window = window_words(days, language)
        return phrases["more"].format(amount=quantity(check.figure, more, currency, language), window=window)
    if check.figure in FIGURES and FIGURES[check.figure].kind == "flag":
        return title_of(check.figure, language)
    return check_words(check, currency, language)


def _way(way: Way, currency: str, language: Language) -> str:
    phrases = PHRASES[language]
    missing = [missing_words(check, currency, language) for check in way.missing]
    for gate in way.gates:
        why = phrases["comma"].join(
            missing_words(check, currency, language) for check in gate.checks if not check.passed
        )
        missing.append(phrases["gate_way"].format(gate=in_language(gate.title, language), why=why))
    told = phrases["way_and"].join(missing)
    return phrases["by_move"].format(move=in_language(way.move.title, language), why=told) if way.move else told
