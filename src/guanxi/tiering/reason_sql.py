"""The reason of every row at once, as SQL: the same words as `words.reason`, which a property test holds. Pure.

For schemes of plain conditions; one with gates, alternatives, standings, flags or remarks is worded row by row.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby

from guanxi.kernel.money import MINOR_DIGITS
from guanxi.kernel.titles import in_language
from guanxi.scoring.measures import FIGURES
from guanxi.tiering.figure_names import name_of
from guanxi.tiering.phrases import PHRASES, UNITS
from guanxi.tiering.rules import AnyOf, Condition, Constant, Extreme, Leaf, Multiple, Rule, Scheme
from guanxi.tiering.tier_sql import condition_sql, rule_case, text, threshold_sql
from guanxi.tiering.words import Language, constant_words, counts_orders, window_words


def reason_sql(scheme: Scheme, currency: str, language: Language = "en") -> str | None:
    """SQL for the reason of a row of `graded`, its rule being told by `rule_case`; None when it takes more than SQL."""
    if scheme.marks or not all(map(_is_plain, scheme.rules)):
        return None
    words = _Words(scheme, currency, language)
    branches = "".join(f" WHEN {text(rule.name)} THEN {words.passed(rule)}" for rule in scheme.rules)
    return f"CASE {rule_case(scheme)}{branches} ELSE {words.nearest()} END"


def _is_plain(rule: Rule) -> bool:
    if rule.gates or rule.stay:
        return False
    return all(
        not isinstance(term, AnyOf) and term.figure in FIGURES and FIGURES[term.figure].kind != "flag"
        for term in rule.conditions
    )


class _Words:
    """The pieces of a sentence as SQL expressions."""

    def __init__(self, scheme: Scheme, currency: str, language: Language) -> None:
        self.scheme, self.currency, self.language = scheme, currency, language
        self.phrases = PHRASES[language]

    def passed(self, rule: Rule) -> str:
        """Why a rule fits; two borders of one figure in one breath."""
        parts = []
        for _, group in groupby(_conditions(rule), key=lambda condition: condition.figure):
            same = list(group)
            borders = f" || {text(self.phrases['comma'])} || ".join(self.border(each) for each in same)
            parts.append(self.said("check", figure=self.figure(same[0].figure), border=borders))
        return f" || {text(self.phrases['then'])} || ".join(parts)

    def nearest(self) -> str:
        """Which rule comes nearest, and what it misses; the earlier one of those that miss as many."""
        counts = [_missed_count(_conditions(rule)) for rule in self.scheme.rules]
        branches = "".join(
            f" WHEN {' AND '.join(f'{count} <= {other}' for other in counts)} THEN {self.missed(rule)}"
            for rule, count in zip(self.scheme.rules, counts, strict=True)
        )
        return f"CASE{branches} END"

    def missed(self, rule: Rule) -> str:
        told = ", ".join(
            f"CASE WHEN NOT COALESCE({condition_sql(each)}, FALSE) THEN {self.miss(each)} END"
            for each in _conditions(rule)
        )
        why = f"CONCAT_WS({text(self.phrases['then'])}, {told})"
        return self.said("nearest", rule=text(rule.name), why=why)

    def miss(self, condition: Condition) -> str:
        gap = f"ABS({condition.figure} - ({threshold_sql(condition.threshold)}))"
        by = self.said("missed_by", amount=self.amount(condition.figure, gap))
        border = f"{self.border(condition)} || CASE WHEN {gap} > 0 THEN {by} ELSE {text(self.phrases['missed'])} END"
        return self.said("check", figure=self.figure(condition.figure), border=border)

    def figure(self, figure: str) -> str:
        """What the customer has, with its window."""
        name, is_window = name_of(figure), FIGURES[figure].span == "window"
        title = in_language(name.title, self.language)
        window = window_words(self.scheme.window_days, self.language) if is_window else ""
        none = in_language(name.none, self.language) or self.phrases["unknown"].format(title=title)
        amount = self.amount(figure, figure)
        if name.has:
            told = _said(in_language(name.has, self.language), amount=amount, window=text(window), title=text(title))
        else:
            blank = text(f" {window}" if window else "")
            told = f"TRIM({self.said('has', title=text(title), amount=amount, window=blank)})"
        return f"CASE WHEN {figure} IS NULL THEN {text(none)} ELSE {told} END"

    def border(self, condition: Condition) -> str:
        """What the rule asks: the decisive part of several."""
        threshold = condition.threshold
        if not isinstance(threshold, Extreme):
            return self.leaf(condition, threshold)
        values = [threshold_sql(leaf) for leaf in threshold.of]
        sign = ">=" if threshold.largest else "<="
        branches = "".join(
            f" WHEN {value} IS NOT NULL AND "
            + " AND ".join(f"COALESCE({value} {sign} {other}, TRUE)" for other in values)
            + f" THEN {self.leaf(condition, leaf)}"
            for leaf, value in zip(threshold.of, values, strict=True)
            if not isinstance(leaf, Extreme)
        )
        return f"CASE{branches} ELSE {self.unknown(condition)} END"

    def leaf(self, condition: Condition, leaf: Leaf) -> str:
        if isinstance(leaf, Constant):
            return text(constant_words(condition.figure, condition.operator, leaf, self.currency, self.language))
        assert isinstance(leaf, Multiple)
        known = leaf.figure
        if leaf.figure == "cycle_days" or self.language != "en":
            known = in_language(name_of(leaf.figure).title, self.language)
        told = self.said(condition.operator, amount=self.amount(condition.figure, threshold_sql(leaf)))
        source = self.said("multiple", times=self.plain(f"{leaf.times:f}"), figure=text(known))
        return f"CASE WHEN {leaf.figure} IS NULL THEN {self.unknown(condition)} ELSE {told} || {source} END"

    def unknown(self, condition: Condition) -> str:
        return text(self.phrases[condition.operator].format(amount=self.phrases["no_border"]))

    def amount(self, figure: str, value: str) -> str:
        """A number in the unit of the figure."""
        kind = FIGURES[figure].kind
        if kind == "money":
            digits = MINOR_DIGITS.get(self.currency, 2)
            rounded = f"CAST(ROUND(CAST({value} AS DECIMAL(38, 8)), {digits}) AS DOUBLE)"
            return f"{text(self.currency + ' ')} || FORMAT('{{:,.{digits}f}}', {rounded})"
        unit = UNITS[self.language].get("orders" if counts_orders(figure) else kind, "{number}")
        told = _said(unit, number=self.plain(value))
        if self.language != "en" or not unit.endswith("s"):
            return told
        return f"CASE WHEN {value} = 1 THEN {text(unit.format(number=1)[:-1])} ELSE {told} END"

    def plain(self, value: str) -> str:
        """Without empty decimals, thousands set apart."""
        return f"REGEXP_REPLACE(FORMAT('{{:,.8f}}', CAST({value} AS DOUBLE)), '\\.?0+$', '')"

    def said(self, phrase: str, **parts: str) -> str:
        return _said(self.phrases[phrase], **parts)


def _said(phrase: str, **parts: str) -> str:
    """A phrase with SQL expressions in its places."""
    pieces = re.split(r"\{(\w+)\}", phrase)
    return "(" + " || ".join(
        f"({parts[piece]})" if place % 2 else text(piece) for place, piece in enumerate(pieces) if piece
    ) + ")"  # fmt: skip


def _conditions(rule: Rule) -> Sequence[Condition]:
    return [term for term in rule.conditions if isinstance(term, Condition)]


def _missed_count(conditions: Sequence[Condition]) -> str:
    counts = " + ".join(f"CASE WHEN COALESCE({condition_sql(each)}, FALSE) THEN 0 ELSE 1 END" for each in conditions)
    return f"({counts})"
