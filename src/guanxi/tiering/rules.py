"""Ordered rules over a customer's figures: the first rule that fits decides, the catch-all takes the rest (CN-04).

Pure. `decide` answers for one customer, `tier_case` is the same as SQL for all of them; a property test holds the
two equal. Amounts and figures are Decimals or whole numbers; money is in the currency the scheme was settled in. A
customer's tier in another scheme is the figure `standing:<scheme>`; what is left out there is unknown.
"""

from __future__ import annotations

import operator as operators
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, NamedTuple, TypeAlias

from guanxi.scoring.measures import FIGURES
from guanxi.tiering.grammar import (
    NONE,
    OTHERWISE,
    STANDING,
    AnyOf,
    Circular,
    Condition,
    Constant,
    Extreme,
    Gate,
    Leaf,
    Mark,
    Move,
    Multiple,
    Operator,
    Percentile,
    Rule,
    Scheme,
    Terms,
    Threshold,
    Words,
    figures_of,
    in_order,
    schemes_asked,
)
from guanxi.tiering.settling import has_amounts, percentiles_of, settle, without_amounts_in_moves
from guanxi.tiering.tier_sql import Unsettled, rule_case, tier_case

__all__ = [
    "NONE", "OTHERWISE", "STANDING", "AnyOf", "Check", "Circular", "Condition", "Constant", "Decision", "Extreme",
    "Figures", "Gate", "GateOutcome", "Leaf", "Mark", "Move", "Multiple", "Operator", "Outcome", "Percentile", "Rule",
    "Scheme", "Terms", "Threshold", "Unsettled", "Words", "decide", "figures_of", "has_amounts", "holds", "in_order",
    "percentiles_of", "rule_case", "schemes_asked", "settle", "tier_case", "without_amounts_in_moves",
]  # fmt: skip

Figures: TypeAlias = Mapping[str, Decimal | int | str | None]
# `warned`: only the softer demand on those who already stand in the tier is met.
GateState = Literal["passed", "warned", "failed", "unknown"]

_HOLDS: dict[Operator, Callable[[Decimal | int, Decimal | int], bool]] = {
    "at_least": operators.ge,
    "at_most": operators.le,
    "above": operators.gt,
    "below": operators.lt,
    "is": operators.eq,
}


# Tuples rather than dataclasses: a million customers make some ten million of them.
class Check(NamedTuple):
    """One condition against one customer. `source` is the part of the threshold that was decisive.

    `window_days` is the window of the figure, None when it looks at the lifetime. The value of a standing is a word,
    and its threshold is None: the words asked for are in `source`.
    """

    figure: str
    operator: Operator
    value: Decimal | int | str | None
    threshold: Decimal | None
    source: Leaf
    passed: bool
    window_days: int | None

    @property
    def missed_by(self) -> Decimal | None:
        """How far the figure is from the border; None when it passed or when one of them is unknown."""
        if self.passed or self.value is None or isinstance(self.value, str) or self.threshold is None:
            return None
        return abs(Decimal(str(self.value)) - self.threshold)

    @property
    def is_unknown(self) -> bool:
        """Neither passed nor missed, since the figure or the border is not known."""
        return self.value is None or (self.threshold is None and not isinstance(self.source, Words))


class GateOutcome(NamedTuple):
    """One gate of the deciding rule against one customer."""

    name: str
    title: Mapping[str, str]
    state: GateState
    checks: tuple[Check, ...]


class Outcome(NamedTuple):
    """One rule against one customer; `decided` for the rule that gave the tier, `stays` when only the softer demand
    on those who stand there already is met."""

    rule: str
    tier: str
    passed: bool
    decided: bool
    checks: tuple[Check, ...]
    stays: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """`gates` are those of the deciding rule; when one of them failed the tier is the next lower one (CN-12).

    `marks` describe the customer and decided nothing.
    """

    tier: str
    rule: str
    outcomes: tuple[Outcome, ...]
    gates: tuple[GateOutcome, ...] = ()
    marks: tuple[Mark, ...] = ()

    @property
    def checks(self) -> tuple[Check, ...]:
        """Those of the rule that decided; none for the catch-all."""
        return next((outcome.checks for outcome in self.outcomes if outcome.decided), ())

    @property
    def failed_gates(self) -> tuple[GateOutcome, ...]:
        return tuple(gate for gate in self.gates if gate.state == "failed")

    @property
    def unknown_gates(self) -> tuple[GateOutcome, ...]:
        return tuple(gate for gate in self.gates if gate.state == "unknown")

    @property
    def nearest(self) -> Outcome | None:
        """The rule before the deciding one that failed in the fewest conditions; the earlier one when equal."""
        missed = [outcome for outcome in self.outcomes if not outcome.passed and outcome.checks]
        return min(missed, key=lambda each: sum(not check.passed for check in each.checks), default=None)


def decide(figures: Figures, scheme: Scheme, *, is_brief: bool = False) -> Decision:
    """The tier of one customer, with every rule's checks. A figure that is unknown (None) fails its condition.

    `is_brief` leaves out the rules after the deciding one. Who stands in a tier already is known by the figure
    `scheme.own_standing`.
    """
    outcomes: list[Outcome] = []
    deciding: Rule | None = None
    stands_in = figures.get(scheme.own_standing)
    for rule in scheme.rules:
        outcome = _outcome(rule, figures, scheme.window_days, stands_in, is_decided=deciding is not None)
        outcomes.append(outcome)
        if outcome.decided:
            deciding = rule
            if is_brief:
                break
    tier, gates = scheme.otherwise, tuple[GateOutcome, ...]()
    if deciding is not None:
        gates = tuple(_gate(gate, deciding, figures, scheme.window_days, stands_in) for gate in deciding.gates)
        tier = deciding.failing if any(gate.state == "failed" for gate in gates) else deciding.tier
    marks = tuple(
        mark
        for mark in scheme.marks
        if (not mark.tiers or tier in mark.tiers) and holds(mark.terms, figures, scheme.window_days)
    )
    return Decision(tier, OTHERWISE if deciding is None else deciding.name, tuple(outcomes), gates, marks)


def holds(terms: Terms, figures: Figures, window_days: int | None) -> bool | None:
    """Whether all `terms` hold; None when that cannot be known."""
    verdicts = [_verdict(_choose(term, figures, window_days)) for term in terms]
    return False if False in verdicts else None if None in verdicts else True


def check_terms(terms: Terms, figures: Figures, window_days: int | None) -> tuple[Check, ...]:
    """A check per condition; of alternatives those of the one that holds, or else comes nearest."""
    found: list[Check] = []
    for term in terms:
        found += _choose(term, figures, window_days)
    return tuple(found)


def _outcome(rule: Rule, figures: Figures, window_days: int | None, stands_in: object, *, is_decided: bool) -> Outcome:
    checks = check_terms(rule.conditions, figures, window_days)
    passed, stays = all(check.passed for check in checks), False
    if not passed and rule.stay and stands_in == rule.tier:
        softer = check_terms(rule.stay, figures, window_days)
        if all(check.passed for check in softer):
            checks, passed, stays = softer, True, True
    return Outcome(rule.name, rule.tier, passed, passed and not is_decided, checks, stays)


def _gate(gate: Gate, rule: Rule, figures: Figures, window_days: int | None, stands_in: object) -> GateOutcome:
    entry = holds(gate.terms, figures, window_days)
    checks = check_terms(gate.terms, figures, window_days)
    if not gate.stay or stands_in != rule.tier:
        return GateOutcome(gate.name, gate.title, _STATES[entry], checks)
    stay = holds(gate.stay, figures, window_days)
    if stay is False:
        return GateOutcome(gate.name, gate.title, "failed", check_terms(gate.stay, figures, window_days))
    state: GateState = "passed" if entry else "unknown" if stay is None or entry is None else "warned"
    return GateOutcome(gate.name, gate.title, state, checks)


_STATES: dict[bool | None, GateState] = {True: "passed", False: "failed", None: "unknown"}


def _choose(term: Condition | AnyOf, figures: Figures, window_days: int | None) -> Sequence[Check]:
    if isinstance(term, Condition):
        return (_check(term, figures, window_days),)
    options = [[_check(each, figures, window_days) for each in option] for option in term.options]
    # One that holds, else one that cannot be known, else the one that fails in the fewest conditions.
    rank = {True: 0, None: 1, False: 2}
    return min(options, key=lambda checks: (rank[_verdict(checks)], sum(not check.passed for check in checks)))


def _verdict(checks: Sequence[Check]) -> bool | None:
    if any(not check.passed and not check.is_unknown for check in checks):
        return False
    return all(check.passed for check in checks) or None


def _check(condition: Condition, figures: Figures, window_days: int | None) -> Check:
    figure, operator, threshold = condition.figure, condition.operator, condition.threshold
    if isinstance(threshold, Words):
        word = figures.get(figure)
        return Check(figure, operator, word, None, threshold, word in threshold.allowed, None)
    value = figures.get(figure)
    border, source = (threshold.value, threshold) if type(threshold) is Constant else _border(threshold, figures)
    passed = value is not None and border is not None and _HOLDS[operator](value, border)  # type: ignore[arg-type]
    return Check(
        figure, operator, value, border, source, passed, window_days if FIGURES[figure].span == "window" else None
    )


def _border(threshold: Threshold, figures: Figures) -> tuple[Decimal | None, Leaf]:
    match threshold:
        case Constant(value):
            return value, threshold
        case Multiple(figure, times):
            other = figures.get(figure)
            return (None if other is None else times * Decimal(other)), threshold
        case Extreme(largest, of):
            borders = [_border(each, figures) for each in of]
            known = [(border, source) for border, source in borders if border is not None]
            choose = max if largest else min
            return choose(known, key=lambda each: each[0]) if known else borders[0]
    raise Unsettled
