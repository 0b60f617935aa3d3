"""Ordered rules over a customer's figures: the first rule that fits decides, the catch-all takes the rest (CN-04).

Pure. `decide` answers for one customer, `tier_case` is the same as SQL for all of them; a property test holds the
two equal. Amounts and figures are Decimals or whole numbers; money is in the currency the scheme was settled in.
"""

from __future__ import annotations

import operator as operators
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Literal, NamedTuple, TypeAlias

from guanxi.scoring.measures import FIGURES

NONE = "none"
OTHERWISE = "otherwise"
MONEY_STEP = Decimal("0.0001")

Operator = Literal["at_least", "at_most", "above", "below", "is"]
Figures: TypeAlias = Mapping[str, Decimal | int | None]


@dataclass(frozen=True, slots=True)
class Constant:
    """A number; `percentile` says of which share of the firm's own customers it is the border, `stated` what was
    written in the scheme's own currency."""

    value: Decimal | None
    percentile: Decimal | None = None
    stated: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Percentile:
    """The border below which this share (0–100) of the firm's own customers lies; not yet looked up."""

    share: Decimal


@dataclass(frozen=True, slots=True)
class Multiple:
    """So many times another figure of the same customer."""

    figure: str
    times: Decimal


@dataclass(frozen=True, slots=True)
class Extreme:
    """The largest (or smallest) of several; one that is unknown for this customer is left out."""

    largest: bool
    of: tuple[Threshold, ...]


Leaf: TypeAlias = Constant | Percentile | Multiple
Threshold: TypeAlias = Leaf | Extreme


@dataclass(frozen=True, slots=True)
class Condition:
    figure: str
    operator: Operator
    threshold: Threshold


@dataclass(frozen=True, slots=True)
class Rule:
    """All conditions must hold."""

    name: str
    tier: str
    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Scheme:
    """`tiers` in the order of the tables, the best first, with their titles by language.

    `currency` is the one its amounts are written in; after `settle` the one its thresholds are in.
    """

    name: str
    rules: tuple[Rule, ...]
    otherwise: str
    tiers: Mapping[str, Mapping[str, str]]
    currency: str
    window_days: int | None
    title: Mapping[str, str] = field(default_factory=dict)
    about: str = ""


# Tuples rather than dataclasses: a million customers make some ten million of them.
class Check(NamedTuple):
    """One condition against one customer. `source` is the part of the threshold that was decisive.

    `window_days` is the window of the figure, None when it looks at the lifetime.
    """

    figure: str
    operator: Operator
    value: Decimal | int | None
    threshold: Decimal | None
    source: Leaf
    passed: bool
    window_days: int | None

    @property
    def missed_by(self) -> Decimal | None:
        """How far the figure is from the border; None when it passed or when one of them is unknown."""
        if self.passed or self.value is None or self.threshold is None:
            return None
        return abs(self.value - self.threshold)


class Outcome(NamedTuple):
    """One rule against one customer; `decided` for the rule that gave the tier."""

    rule: str
    tier: str
    passed: bool
    decided: bool
    checks: tuple[Check, ...]


@dataclass(frozen=True, slots=True)
class Decision:
    tier: str
    rule: str
    outcomes: tuple[Outcome, ...]

    @property
    def checks(self) -> tuple[Check, ...]:
        """Those of the rule that decided; none for the catch-all."""
        return next((outcome.checks for outcome in self.outcomes if outcome.decided), ())

    @property
    def nearest(self) -> Outcome | None:
        """The rule before the deciding one that failed in the fewest conditions; the earlier one when equal."""
        missed = [outcome for outcome in self.outcomes if not outcome.passed and outcome.checks]
        return min(missed, key=lambda each: sum(not check.passed for check in each.checks), default=None)


class Unsettled(Exception):
    """The scheme's percentiles were not looked up yet; call `settle` first."""


_HOLDS: dict[Operator, Callable[[Decimal | int, Decimal | int], bool]] = {
    "at_least": operators.ge,
    "at_most": operators.le,
    "above": operators.gt,
    "below": operators.lt,
    "is": operators.eq,
}
_SIGN: dict[Operator, str] = {"at_least": ">=", "at_most": "<=", "above": ">", "below": "<", "is": "="}
# Figures have four decimals: a converted border may move to the next such step on the side that keeps every answer.
_ROUNDING: dict[Operator, str] = {"at_least": ROUND_CEILING, "below": ROUND_CEILING, "is": ROUND_CEILING}


def decide(figures: Figures, scheme: Scheme, *, is_brief: bool = False) -> Decision:
    """The tier of one customer, with every rule's checks. A figure that is unknown (None) fails its condition.

    `is_brief` leaves out the rules after the deciding one.
    """
    outcomes: list[Outcome] = []
    tier, deciding = scheme.otherwise, OTHERWISE
    for rule in scheme.rules:
        checks = tuple([_check(condition, figures, scheme.window_days) for condition in rule.conditions])
        passed = all(check.passed for check in checks)
        decided = passed and deciding == OTHERWISE
        outcomes.append(Outcome(rule.name, rule.tier, passed, decided, checks))
        if decided:
            tier, deciding = rule.tier, rule.name
            if is_brief:
                break
    return Decision(tier, deciding, tuple(outcomes))


def figures_of(scheme: Scheme) -> set[str]:
    """Every figure the scheme looks at."""
    named = {leaf.figure for condition in _conditions(scheme) for leaf in _leaves(condition.threshold)
             if isinstance(leaf, Multiple)}  # fmt: skip
    return named | {condition.figure for condition in _conditions(scheme)}


def percentiles_of(scheme: Scheme) -> list[tuple[str, Decimal]]:
    """The (figure, share) pairs whose borders `settle` needs, each once."""
    pairs = {
        (condition.figure, leaf.share): None
        for condition in _conditions(scheme)
        for leaf in _leaves(condition.threshold)
        if isinstance(leaf, Percentile)
    }
    return list(pairs)


def has_amounts(scheme: Scheme) -> bool:
    """Whether a threshold is an amount of money in the scheme's own currency, so that a rate is needed for another.

    Zero is zero in every currency.
    """
    return any(
        isinstance(leaf, Constant) and leaf.percentile is None and bool(leaf.value)
        for condition in _conditions(scheme)
        if FIGURES[condition.figure].kind == "money"
        for leaf in _leaves(condition.threshold)
    )


def settle(
    scheme: Scheme,
    *,
    borders: Mapping[tuple[str, Decimal], Decimal | None],
    currency: str,
    rate: Decimal = Decimal(1),
) -> Scheme:
    """The scheme with its percentiles looked up and its amounts in `currency`.

    One unit of `currency` is `rate` units of the scheme's own. The rounding of a converted amount changes no answer.
    """

    def settled(condition: Condition, threshold: Threshold) -> Threshold:
        match threshold:
            case Percentile(share):
                return Constant(borders[condition.figure, share], percentile=share)
            case Extreme(largest, of):
                return Extreme(largest, tuple(settled(condition, each) for each in of))
            case Constant(value, None, None) if value and rate != 1 and FIGURES[condition.figure].kind == "money":
                rounding = _ROUNDING.get(condition.operator, ROUND_FLOOR)
                return Constant((value / rate).quantize(MONEY_STEP, rounding), stated=value)
        return threshold

    def settled_rule(rule: Rule) -> Rule:
        return replace(
            rule, conditions=tuple(replace(each, threshold=settled(each, each.threshold)) for each in rule.conditions)
        )

    rules = tuple(settled_rule(rule) for rule in scheme.rules)
    return replace(scheme, rules=rules, currency=currency)


def tier_case(scheme: Scheme) -> str:
    """SQL for the tier of a row with the columns of `engine.frames.SCORES`."""
    branches = "".join(
        f" WHEN {' AND '.join(_condition_sql(condition) for condition in rule.conditions)} THEN '{rule.tier}'"
        for rule in scheme.rules
    )
    return f"CASE{branches} ELSE '{scheme.otherwise}' END"


def _condition_sql(condition: Condition) -> str:
    return f"{condition.figure} {_SIGN[condition.operator]} {_threshold_sql(condition.threshold)}"


def _threshold_sql(threshold: Threshold) -> str:
    match threshold:
        case Constant(None):
            return "NULL"
        case Constant(value):
            return format(value, "f")
        case Multiple(figure, times):
            return f"{times:f} * {figure}"
        case Extreme(largest, of):
            return f"{'GREATEST' if largest else 'LEAST'}({', '.join(_threshold_sql(each) for each in of)})"
    raise Unsettled


def _check(condition: Condition, figures: Figures, window_days: int | None) -> Check:
    figure, operator, threshold = condition.figure, condition.operator, condition.threshold
    value = figures[figure]
    border, source = (threshold.value, threshold) if type(threshold) is Constant else _border(threshold, figures)
    passed = value is not None and border is not None and _HOLDS[operator](value, border)
    return Check(
        figure, operator, value, border, source, passed, window_days if FIGURES[figure].span == "window" else None
    )


def _border(threshold: Threshold, figures: Figures) -> tuple[Decimal | None, Leaf]:
    match threshold:
        case Constant(value):
            return value, threshold
        case Multiple(figure, times):
            other = figures[figure]
            return (None if other is None else times * Decimal(other)), threshold
        case Extreme(largest, of):
            borders = [_border(each, figures) for each in of]
            known = [(border, source) for border, source in borders if border is not None]
            choose = max if largest else min
            return choose(known, key=lambda each: each[0]) if known else borders[0]
    raise Unsettled


def _conditions(scheme: Scheme) -> Iterator[Condition]:
    for rule in scheme.rules:
        yield from rule.conditions


def _leaves(threshold: Threshold) -> Iterator[Leaf]:
    if isinstance(threshold, Extreme):
        for each in threshold.of:
            yield from _leaves(each)
    else:
        yield threshold
