"""Which columns the sheet of customers has, which lines the sheet of rules, and the formulas between them. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from guanxi.cli.workbook.formulas import CellOf, Verdict, figures_in, verdict_of
from guanxi.scoring.measures import FIGURES
from guanxi.tiering.grammar import Condition, Constant, Leaf, Multiple, Rule, Scheme, Words

RULES_SHEET = "rules"
BORDER_COLUMN = "F"
# The lines above the rules: as-of day, window, its first day, sales of the window.
AS_OF, WINDOW_DAYS, WINDOW_FROM, SALES = (f"{RULES_SHEET}!$B${line}" for line in (2, 3, 4, 5))
FIRST_RULE_LINE = 8


@dataclass(frozen=True, slots=True)
class BorderLine:
    """One line of the sheet of rules. `percentile` borders are formulas over the customers, others are numbers.

    `factor` tells that the number is multiplied with another figure of the customer.
    """

    rule: str
    tier: str
    gate: str
    figure: str
    operator: str
    value: Decimal | None
    percentile: Decimal | None = None
    factor: str = ""
    words: tuple[str, ...] = ()


@dataclass(slots=True)
class Plan:
    """Templates per rule and gate; `lines` in the order of the sheet of rules."""

    scheme: Scheme
    lines: list[BorderLine] = field(default_factory=list)
    rules: dict[str, str] = field(default_factory=dict)
    gates: dict[tuple[str, str], Verdict] = field(default_factory=dict)

    @property
    def figures(self) -> list[str]:
        """Every figure a formula looks at, standings in other schemes too."""
        templates = [
            *self.rules.values(),
            *(text for each in self.gates.values() for text in (each.passed, each.failed)),
        ]
        return sorted(set().union(*(figures_in(each) for each in templates)))

    def percentile_figures(self) -> dict[str, list[int]]:
        """The figures that have percentile borders, with the lines of these."""
        found: dict[str, list[int]] = {}
        for place, line in enumerate(self.lines):
            if line.percentile is not None:
                found.setdefault(line.figure, []).append(FIRST_RULE_LINE + place)
        return found


def plan_of(scheme: Scheme) -> Plan:
    """The plan of a settled scheme. Softer demands on those who stand in a tier already need a history: left out."""
    plan = Plan(scheme)
    for rule in scheme.rules:
        plan.rules[rule.name] = verdict_of(rule.conditions, _cells(plan, rule, "")).passed
        for gate in rule.gates:
            plan.gates[rule.name, gate.name] = verdict_of(gate.terms, _cells(plan, rule, gate.name))
    return plan


def tier_formula(plan: Plan, column_of: dict[str, str], gate_columns: dict[tuple[str, str], str]) -> str:
    """The tier of a row from its columns of rules and gates; `#` stands for the row."""
    formula = f'"{plan.scheme.otherwise}"'
    for rule in reversed(plan.scheme.rules):
        tier = f'"{rule.tier}"'
        gates = [f"{gate_columns[rule.name, gate.name]}#=FALSE()" for gate in rule.gates]
        if gates:
            failed = gates[0] if len(gates) == 1 else f"OR({','.join(gates)})"
            tier = f'IF({failed},"{rule.failing}",{tier})'
        formula = f"IF({column_of[rule.name]}#,{tier},{formula})"
    return formula


def _cells(plan: Plan, rule: Rule, gate: str) -> CellOf:
    """Gives every border its line, the same border of the same rule only once."""
    known: dict[tuple[Condition, Leaf], str] = {}

    def cell_of(condition: Condition, leaf: Leaf) -> str:
        if (condition, leaf) not in known:
            plan.lines.append(_line(rule, gate, condition, leaf))
            known[condition, leaf] = f"{RULES_SHEET}!${BORDER_COLUMN}${FIRST_RULE_LINE + len(plan.lines) - 1}"
        return known[condition, leaf]

    return cell_of


def _line(rule: Rule, gate: str, condition: Condition, leaf: Leaf) -> BorderLine:
    value: Decimal | None = None
    percentile: Decimal | None = None
    factor, words = "", tuple[str, ...]()
    match leaf:
        case Constant():
            value, percentile = leaf.value, leaf.percentile
        case Multiple():
            factor, value = leaf.figure, leaf.times
        case Words():
            words = tuple(sorted(leaf.allowed))
        case _:
            pass
    return BorderLine(
        rule.name, rule.tier, gate, condition.figure, condition.operator, value, percentile, factor, words
    )


def counted_by(figure: str) -> str:
    """Whose figures a percentile looks at: those with an order, for a figure of the window with one in it."""
    return "order_count_window" if FIGURES[figure].span == "window" else "order_count"
