"""Figures, checks and reasons in English words, each figure with its window (CN-07).

Pure. Pages word the same dataclasses in the reader's language; this is for the terminal, files and kept reasons.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from functools import lru_cache
from itertools import groupby

from guanxi.kernel.money import round_money
from guanxi.scoring.measures import FIGURES
from guanxi.tiering.rules import OTHERWISE, Check, Constant, Decision, Leaf, Multiple, Operator, Outcome

OPERATOR_WORDS = {
    "at_least": "at least",
    "at_most": "at most",
    "above": "more than",
    "below": "less than",
    "is": "exactly",
}
SCORE_NAMES = {"r_score": "R score", "f_score": "F score", "m_score": "M score"}


def money(amount: Decimal, currency: str) -> str:
    return f"{currency} {round_money(amount, currency):,f}"


def quantity(figure: str, number: Decimal | int, currency: str) -> str:
    """A number in the unit of the figure: `12 days`, `1 order`, `USD 5,000.00`."""
    kind = FIGURES[figure].kind
    if kind == "money":
        return money(Decimal(number), currency)
    if kind == "score":
        return plain(number)
    unit = "day" if kind == "days" else "order"
    return f"{plain(number)} {unit}{'' if number == 1 else 's'}"


def plain(number: Decimal | int) -> str:
    """A number without empty decimals, thousands set apart."""
    whole = int(number)
    return f"{whole:,}" if number == whole else f"{Decimal(number).normalize():,f}"


def figure_words(check: Check, currency: str) -> str:
    """What the customer has: `5 orders in 365 days`."""
    if check.value is None:
        return {"cycle_days": "no own cycle yet"}.get(check.figure, "no order yet")
    amount = quantity(check.figure, check.value, currency)
    if check.figure == "days_since_last_order":
        return f"last order {amount} ago"
    if check.figure == "cycle_days":
        return f"own cycle {amount}"
    if check.figure in SCORE_NAMES:
        return f"{SCORE_NAMES[check.figure]} {amount} of 5"
    return f"{amount} {'in all' if check.window_days is None else f'in {check.window_days} days'}"


def border_words(check: Check, currency: str) -> str:
    """What the rule asks: `at least USD 1,638.47, the 75th percentile of your customers`."""
    return _border_words(check.figure, check.operator, check.threshold, check.source, currency)


@lru_cache(maxsize=1_000)
def _border_words(figure: str, operator: Operator, threshold: Decimal | None, source: Leaf, currency: str) -> str:
    if threshold is None:
        return f"{OPERATOR_WORDS[operator]} a border that is not known"
    words = f"{OPERATOR_WORDS[operator]} {quantity(figure, threshold, currency)}"
    match source:
        case Constant(percentile=Decimal() as share):
            return f"{words}, the {_ordinal(share)} percentile of your customers"
        case Constant(stated=Decimal() as stated):
            return f"{words}, written as {plain(stated)} in the scheme's currency"
        case Multiple(other, times):
            return f"{words}, {plain(times)} × {'own cycle' if other == 'cycle_days' else other}"
    return words


def check_words(check: Check, currency: str) -> str:
    """`3 orders in 365 days (at least 5 orders, missed by 2 orders)`."""
    return f"{figure_words(check, currency)} ({border_words(check, currency)}{_miss(check, currency)})"


def reason(decision: Decision, currency: str) -> str:
    """Why this tier, in one sentence; for the catch-all also the nearest rule and by how much it is missed."""
    if decision.rule != OTHERWISE:
        return "; ".join(_passed_words(decision.checks, currency))
    nearest = decision.nearest
    return (
        "no rule fits" if nearest is None else f"no rule fits; nearest is {nearest.rule}: {misses(nearest, currency)}"
    )


def _passed_words(checks: Sequence[Check], currency: str) -> Iterator[str]:
    """Two borders of one figure are told in one breath: `2 orders in 365 days (at least 1 order, at most 2 orders)`."""
    for _, group in groupby(checks, key=lambda check: check.figure):
        same = list(group)
        borders = ", ".join(border_words(check, currency) for check in same)
        yield f"{figure_words(same[0], currency)} ({borders})"


def misses(outcome: Outcome, currency: str) -> str:
    """The failed conditions of a rule."""
    return "; ".join(check_words(check, currency) for check in outcome.checks if not check.passed)


def _miss(check: Check, currency: str) -> str:
    if check.passed:
        return ""
    if not check.missed_by:
        return ", missed"
    return f", missed by {quantity(check.figure, check.missed_by, currency)}"


def _ordinal(share: Decimal) -> str:
    text = plain(share)
    if not text.isdigit() or text[-2:] in {"11", "12", "13"}:
        return f"{text}th"
    return text + {"1": "st", "2": "nd", "3": "rd"}.get(text[-1], "th")
