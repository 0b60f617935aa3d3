"""Looks the borders of a scheme up: the firm's own percentiles, and amounts in the currency of the figures. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from guanxi.scoring.measures import FIGURES
from guanxi.tiering.grammar import (
    STANDING,
    AnyOf,
    Condition,
    Constant,
    Extreme,
    Multiple,
    Operator,
    Percentile,
    Scheme,
    Terms,
    Threshold,
    conditions_in,
    conditions_of,
    leaves_of,
)

MONEY_STEP = Decimal("0.0001")
# Figures have four decimals: a converted border may move to the next such step on the side that keeps every answer.
_ROUNDING: dict[Operator, str] = {"at_least": ROUND_CEILING, "below": ROUND_CEILING, "is": ROUND_CEILING}


def percentiles_of(scheme: Scheme, *, and_moves: bool = False) -> list[tuple[str, Decimal]]:
    """The (figure, share) pairs whose borders `settle` needs, each once."""
    pairs = {
        (condition.figure, leaf.share): None
        for condition in conditions_of(scheme, and_moves=and_moves)
        for leaf in leaves_of(condition.threshold)
        if isinstance(leaf, Percentile)
    }
    return list(pairs)


def has_amounts(scheme: Scheme) -> bool:
    """Whether a rule names an amount of money in the scheme's own currency, so that a rate is needed for another.

    Zero is zero in every currency.
    """
    return any(_is_amount(each) for each in conditions_of(scheme))


def without_amounts_in_moves(scheme: Scheme) -> Scheme:
    """The scheme without those moves that name an amount, for want of a rate."""
    kept = [move for move in scheme.moves if not any(map(_is_amount, conditions_in((*move.terms, *move.holds_while))))]
    return replace(scheme, moves=tuple(kept))


def settle(
    scheme: Scheme,
    *,
    borders: Mapping[tuple[str, Decimal], Decimal | None],
    currency: str,
    rate: Decimal = Decimal(1),
) -> Scheme:
    """The scheme with its percentiles looked up and its amounts in `currency`.

    One unit of `currency` is `rate` units of the scheme's own. The rounding of a converted amount changes no answer.
    A percentile that `borders` lacks is a border nobody knows.
    """

    def settled(condition: Condition) -> Condition:
        return replace(condition, threshold=_settled(condition, condition.threshold, borders, rate))

    return replace(_each_condition(scheme, settled), currency=currency)


def soften(terms: Terms, percent: Decimal) -> Terms:
    """The same terms with every border moved outwards by so many percent: what keeps those who stand there already."""

    def softened(condition: Condition) -> Condition:
        sign = {"at_least": -1, "above": -1, "at_most": 1, "below": 1}.get(condition.operator, 0)
        return replace(condition, threshold=_scaled(condition.threshold, 1 + sign * percent / 100))

    return _map_terms(terms, softened)


def _is_amount(condition: Condition) -> bool:
    if condition.figure.startswith(STANDING) or FIGURES[condition.figure].kind != "money":
        return False
    return any(
        isinstance(leaf, Constant) and leaf.percentile is None and bool(leaf.value)
        for leaf in leaves_of(condition.threshold)
    )


def _settled(
    condition: Condition,
    threshold: Threshold,
    borders: Mapping[tuple[str, Decimal], Decimal | None],
    rate: Decimal,
) -> Threshold:
    match threshold:
        case Percentile(share, times):
            border = borders.get((condition.figure, share))
            return Constant(None if border is None else border * times, percentile=share)
        case Extreme(largest, of):
            return Extreme(largest, tuple(_settled(condition, each, borders, rate) for each in of))
        case Constant(value, None, None) if value and rate != 1 and _is_amount(condition):
            rounding = _ROUNDING.get(condition.operator, ROUND_FLOOR)
            return Constant((value / rate).quantize(MONEY_STEP, rounding), stated=value)
    return threshold


def _scaled(threshold: Threshold, times: Decimal) -> Threshold:
    match threshold:
        case Constant(Decimal() as value):
            return replace(threshold, value=value * times)
        case Percentile(share, before):
            return Percentile(share, before * times)
        case Extreme(largest, of):
            return Extreme(largest, tuple(_scaled(each, times) for each in of))
        case Multiple(figure, before):
            return Multiple(figure, before * times)
    return threshold


def _each_condition(scheme: Scheme, change: Callable[[Condition], Condition]) -> Scheme:
    def changed(terms: Terms) -> Terms:
        return _map_terms(terms, change)

    rules = tuple(
        replace(
            rule,
            conditions=changed(rule.conditions),
            stay=changed(rule.stay),
            gates=tuple(replace(gate, terms=changed(gate.terms), stay=changed(gate.stay)) for gate in rule.gates),
        )
        for rule in scheme.rules
    )
    moves = tuple(
        replace(move, terms=changed(move.terms), holds_while=changed(move.holds_while)) for move in scheme.moves
    )
    marks = tuple(replace(mark, terms=changed(mark.terms)) for mark in scheme.marks)
    return replace(scheme, rules=rules, moves=moves, marks=marks)


def _map_terms(terms: Terms, change: Callable[[Condition], Condition]) -> Terms:
    return tuple(
        AnyOf(tuple(tuple(map(change, option)) for option in term.options)) if isinstance(term, AnyOf) else change(term)
        for term in terms
    )
