"""Figures, checks and reasons in words, each figure with its window (CN-07), in English or Chinese.

Pure. For the terminal, files, the API and kept reasons; pages word the same dataclasses by the reader's locale. Never
"R high" (CN-03): days, and a score out of five.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from functools import lru_cache
from itertools import groupby
from typing import Literal, TypeAlias

from guanxi.kernel.money import round_money
from guanxi.kernel.titles import in_language
from guanxi.scoring.measures import FIGURES
from guanxi.tiering.figure_names import name_of
from guanxi.tiering.phrases import PHRASES, UNITS
from guanxi.tiering.rules import (
    OTHERWISE,
    STANDING,
    Check,
    Constant,
    Decision,
    GateOutcome,
    Leaf,
    Multiple,
    Operator,
    Outcome,
    Words,
)

Language: TypeAlias = Literal["en", "zh-Hans"]
LANGUAGES: tuple[Language, ...] = ("en", "zh-Hans")


def money(amount: Decimal, currency: str) -> str:
    # Adding nothing takes the sign off a rounded zero.
    return f"{currency} {round_money(amount, currency) + 0:,f}"


def quantity(figure: str, number: Decimal | int, currency: str, language: Language = "en") -> str:
    """A number in the unit of the figure: `12 days`, `1 order`, `USD 5,000.00`, `12.5 %`, `yes`."""
    kind = FIGURES[figure].kind
    if kind == "money":
        return money(Decimal(number), currency)
    if kind == "flag":
        return PHRASES[language]["yes" if number else "no"]
    unit = UNITS[language].get("orders" if counts_orders(figure) else kind, "{number}")
    found = unit.format(number=plain(number))
    # English units are written in the plural; one of them drops its last letter.
    return found[:-1] if language == "en" and number == 1 and found.endswith("s") else found


def plain(number: Decimal | int) -> str:
    """A number without empty decimals, thousands set apart."""
    whole = int(number)
    return f"{whole:,}" if number == whole else f"{Decimal(number).normalize():,f}"


def figure_words(check: Check, currency: str, language: Language = "en") -> str:
    """What the customer has: `5 orders in 365 days`."""
    if check.figure.startswith(STANDING):
        return standing_words(check, language)
    return _figure_words(check.figure, check.value, check.window_days, currency, language)


@lru_cache(maxsize=200_000)
def _figure_words(
    figure: str, value: Decimal | int | None, window_days: int | None, currency: str, language: Language
) -> str:
    name, phrases = name_of(figure), PHRASES[language]
    title = in_language(name.title, language)
    if value is None:
        return in_language(name.none, language) or phrases["unknown"].format(title=title)
    if FIGURES[figure].kind == "flag":
        return title if value else phrases["denied"].format(title=title)
    is_window = FIGURES[figure].span == "window"
    window = window_words(window_days, language) if is_window else ""
    amount = quantity(figure, value, currency, language)
    if name.has:
        return in_language(name.has, language).format(amount=amount, window=window, title=title)
    return phrases["has"].format(title=title, amount=amount, window=f" {window}" if window else "").strip()


def window_words(window_days: int | None, language: Language = "en") -> str:
    phrases = PHRASES[language]
    return phrases["in_all"] if window_days is None else phrases["in_days"].format(days=window_days)


def standing_words(check: Check, language: Language = "en") -> str:
    """Where the customer stands in another scheme: `rfm-firm: high`."""
    scheme = check.figure.removeprefix(STANDING)
    return f"{scheme}: {check.value or PHRASES[language]['nowhere']}"


def border_words(check: Check, currency: str, language: Language = "en") -> str:
    """What the rule asks: `at least USD 1,638.47, the 75th percentile of your customers`."""
    if isinstance(check.source, Words):
        return PHRASES[language]["one_of"].format(words=PHRASES[language]["or"].join(check.source.allowed))
    return _border_words(check.figure, check.operator, check.threshold, check.source, currency, language)


@lru_cache(maxsize=10_000)
def _border_words(
    figure: str, operator: Operator, threshold: Decimal | None, source: Leaf, currency: str, language: Language
) -> str:
    phrases = PHRASES[language]
    if threshold is None:
        return phrases[operator].format(amount=phrases["no_border"])
    words = phrases[operator].format(amount=quantity(figure, threshold, currency, language))
    match source:
        case Constant(percentile=Decimal() as share):
            ordinal = _ordinal(share) if language == "en" else plain(share)
            return words + phrases["percentile"].format(share=ordinal)
        case Constant(stated=Decimal() as stated):
            return words + phrases["stated"].format(stated=plain(stated))
        case Multiple(other, times):
            known = in_language(name_of(other).title, language) if other == "cycle_days" or language != "en" else other
            return words + phrases["multiple"].format(times=plain(times), figure=known)
    return words


def constant_words(figure: str, operator: Operator, border: Constant, currency: str, language: Language = "en") -> str:
    """What a rule asks whose border is the same for everybody."""
    return _border_words(figure, operator, border.value, border, currency, language)


def check_words(check: Check, currency: str, language: Language = "en") -> str:
    """`3 orders in 365 days (at least 5 orders, missed by 2 orders)`."""
    if _is_flag(check):
        return figure_words(check, currency, language)
    miss = _miss(check, currency, language)
    return PHRASES[language]["check"].format(
        figure=figure_words(check, currency, language), border=border_words(check, currency, language) + miss
    )


def reason(decision: Decision, currency: str, language: Language = "en") -> str:
    """Why this tier, in one sentence; for the catch-all also the nearest rule and by how much it is missed.

    Gates that lowered, warn or are not known, and the marks beside the tier, follow by name (CN-12).
    """
    parts = [_main_reason(decision, currency, language), *gates_words(decision, currency, language)]
    return PHRASES[language]["then"].join([*parts, *(in_language(mark.title, language) for mark in decision.marks)])


def gates_words(decision: Decision, currency: str, language: Language = "en") -> list[str]:
    """What the gates of the deciding rule say: each failed and each warning one, and the unknown ones by name."""
    phrases = PHRASES[language]
    found = [
        phrases["gate_" + gate.state].format(
            gate=in_language(gate.title, language), why=_gate_reason(gate, currency, language)
        )
        for gate in decision.gates
        if gate.state in ("failed", "warned")
    ]
    unknown = [in_language(gate.title, language) for gate in decision.unknown_gates]
    return [*found, phrases["gates_unknown"].format(gates=phrases["comma"].join(unknown))] if unknown else found


def _main_reason(decision: Decision, currency: str, language: Language) -> str:
    phrases = PHRASES[language]
    if decision.rule != OTHERWISE:
        words = phrases["then"].join(_passed_words(decision.checks, currency, language))
        stays = any(outcome.decided and outcome.stays for outcome in decision.outcomes)
        return phrases["stays"].format(why=words) if stays else words
    nearest = decision.nearest
    if nearest is None:
        return phrases["no_rule"]
    return phrases["nearest"].format(rule=nearest.rule, why=misses(nearest, currency, language))


def _gate_reason(gate: GateOutcome, currency: str, language: Language) -> str:
    missed = [check for check in gate.checks if not check.passed]
    return PHRASES[language]["then"].join(check_words(check, currency, language) for check in missed)


def _passed_words(checks: Sequence[Check], currency: str, language: Language) -> Iterator[str]:
    """Two borders of one figure are told in one breath: `2 orders in 365 days (at least 1 order, at most 2 orders)`."""
    phrases = PHRASES[language]
    for _, group in groupby(checks, key=lambda check: check.figure):
        same = list(group)
        if _is_flag(same[0]):
            yield figure_words(same[0], currency, language)
            continue
        borders = phrases["comma"].join(border_words(check, currency, language) for check in same)
        yield phrases["check"].format(figure=figure_words(same[0], currency, language), border=borders)


def misses(outcome: Outcome, currency: str, language: Language = "en") -> str:
    """The failed conditions of a rule."""
    missed = [check_words(check, currency, language) for check in outcome.checks if not check.passed]
    return PHRASES[language]["then"].join(missed)


def _miss(check: Check, currency: str, language: Language) -> str:
    if check.passed or isinstance(check.source, Words):
        return ""
    if not check.missed_by:
        return PHRASES[language]["missed"]
    return PHRASES[language]["missed_by"].format(amount=quantity(check.figure, check.missed_by, currency, language))


def _is_flag(check: Check) -> bool:
    return not check.figure.startswith(STANDING) and FIGURES[check.figure].kind == "flag"


def counts_orders(figure: str) -> bool:
    """Whether a count is one of orders, and is told with that word."""
    return FIGURES[figure].kind == "count" and "order" in figure and "categories" not in figure


def _ordinal(share: Decimal) -> str:
    text = plain(share)
    if not text.isdigit() or text[-2:] in {"11", "12", "13"}:
        return f"{text}th"
    return text + {"1": "st", "2": "nd", "3": "rd"}.get(text[-1], "th")
