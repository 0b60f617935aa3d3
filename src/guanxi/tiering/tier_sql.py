"""A settled scheme as SQL: the tier of every row at once. Pure; equal to `rules.decide`, which a property test holds.

A figure that is unknown is NULL, and a comparison with it is neither true nor false, as in `rules`.
"""

from __future__ import annotations

from guanxi.tiering.grammar import (
    STANDING,
    AnyOf,
    Condition,
    Constant,
    Extreme,
    Gate,
    Multiple,
    Operator,
    Rule,
    Scheme,
    Terms,
    Threshold,
    Words,
)

SIGN: dict[Operator, str] = {"at_least": ">=", "at_most": "<=", "above": ">", "below": "<", "is": "="}


class Unsettled(Exception):
    """The scheme's percentiles were not looked up yet; call `settle` first."""


def tier_case(scheme: Scheme) -> str:
    """SQL for the tier of a row with the columns of `engine.frames.SCORES` and one per standing asked for."""
    branches = "".join(f" WHEN {_fits(rule, scheme)} THEN {_given(rule, scheme)}" for rule in scheme.rules)
    return f"CASE{branches} ELSE {text(scheme.otherwise)} END"


def rule_case(scheme: Scheme) -> str:
    """SQL for the name of the rule that decides."""
    branches = "".join(f" WHEN {_fits(rule, scheme)} THEN {text(rule.name)}" for rule in scheme.rules)
    return f"CASE{branches} ELSE 'otherwise' END"


def terms_sql(terms: Terms) -> str:
    """SQL for: all of these hold. NULL when that cannot be known."""
    return " AND ".join(
        f"({' OR '.join(f'({terms_sql(option)})' for option in term.options)})"
        if isinstance(term, AnyOf)
        else condition_sql(term)
        for term in terms
    )


def column_of(figure: str) -> str:
    """The column of a figure, or of a standing in another scheme."""
    return f'"{figure}"' if figure.startswith(STANDING) else figure


def text(value: str) -> str:
    """A word as an SQL string."""
    return "'" + value.replace("'", "''") + "'"


def _fits(rule: Rule, scheme: Scheme) -> str:
    enters = terms_sql(rule.conditions)
    return f"(({enters}) OR ({_stands(rule, scheme)} AND {terms_sql(rule.stay)}))" if rule.stay else enters


def _given(rule: Rule, scheme: Scheme) -> str:
    if not rule.gates:
        return text(rule.tier)
    failed = " OR ".join(f"COALESCE(NOT ({_gate_sql(gate, rule, scheme)}), FALSE)" for gate in rule.gates)
    return f"CASE WHEN {failed} THEN {text(rule.failing)} ELSE {text(rule.tier)} END"


def _gate_sql(gate: Gate, rule: Rule, scheme: Scheme) -> str:
    enters = terms_sql(gate.terms)
    if not gate.stay:
        return enters
    return f"CASE WHEN {_stands(rule, scheme)} THEN ({terms_sql(gate.stay)}) ELSE ({enters}) END"


def _stands(rule: Rule, scheme: Scheme) -> str:
    return f"{column_of(scheme.own_standing)} = {text(rule.tier)}"


def condition_sql(condition: Condition) -> str:
    """SQL for one condition; NULL when the figure or the border is not known."""
    column = column_of(condition.figure)
    if isinstance(condition.threshold, Words):
        return f"{column} IN ({', '.join(map(text, condition.threshold.allowed))})"
    return f"{column} {SIGN[condition.operator]} {threshold_sql(condition.threshold)}"


def threshold_sql(threshold: Threshold) -> str:
    """SQL for a border. Raises Unsettled."""
    match threshold:
        case Constant(None):
            return "NULL"
        case Constant(value):
            return format(value, "f")
        case Multiple(figure, times):
            return f"{times:f} * {figure}"
        case Extreme(largest, of):
            return f"{'GREATEST' if largest else 'LEAST'}({', '.join(threshold_sql(each) for each in of)})"
    raise Unsettled
