"""Rules as spreadsheet formulas. Pure.

A formula is a template: `«figure»` stands for the cell of that figure in the customer's row. Borders are cells of the
sheet of rules, so that they can be changed there. An unknown figure is an empty cell: its condition is neither passed
nor failed, as in tiering.rules.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from guanxi.tiering.grammar import (
    AnyOf,
    Condition,
    Constant,
    Extreme,
    Leaf,
    Multiple,
    Operator,
    Term,
    Terms,
    Threshold,
    Words,
)

SIGN: dict[Operator, str] = {"at_least": ">=", "at_most": "<=", "above": ">", "below": "<", "is": "="}
_PLACE = re.compile("«([^»]+)»")
# Where the number of a border stands: asked once per leaf, in the order of the rules.
CellOf = Callable[[Condition, Leaf], str]


@dataclass(frozen=True, slots=True)
class Verdict:
    """Two formulas: whether it holds, and whether it certainly does not; neither where something is unknown."""

    passed: str
    failed: str


def verdict_of(terms: Terms, cell_of: CellOf) -> Verdict:
    """All terms together."""
    found = [_term(term, cell_of) for term in terms]
    return Verdict(_all(each.passed for each in found), _any(each.failed for each in found))


def filled(template: str, cell: Callable[[str], str]) -> str:
    """The template with the cells of one row."""
    return _PLACE.sub(lambda found: cell(found[1]), template)


def figures_in(template: str) -> set[str]:
    return set(_PLACE.findall(template))


def _term(term: Term, cell_of: CellOf) -> Verdict:
    if isinstance(term, AnyOf):
        options = [verdict_of(option, cell_of) for option in term.options]
        return Verdict(_any(each.passed for each in options), _all(each.failed for each in options))
    return _condition(term, cell_of)


def _condition(condition: Condition, cell_of: CellOf) -> Verdict:
    value = f"«{condition.figure}»"
    if isinstance(condition.threshold, Words):
        allowed = _any(f'{value}="{word}"' for word in sorted(condition.threshold.allowed))
        return Verdict(allowed, f"NOT({allowed})")
    known, border = _border(condition, condition.threshold, cell_of)
    if border == "":
        return Verdict("FALSE()", "FALSE()")
    knowns = _all([f"ISNUMBER({value})", *known])
    test = f"{value}{SIGN[condition.operator]}{border}"
    # IF rather than AND: a spreadsheet computes all parts of AND, also those of an empty cell.
    return Verdict(f"IF({knowns},{test},FALSE())", f"IF({knowns},NOT({test}),FALSE())")


def _border(condition: Condition, threshold: Threshold, cell_of: CellOf) -> tuple[list[str], str]:
    """What must be known for the border, and the border itself; empty when it can never be known."""
    if isinstance(threshold, Extreme):
        return _extreme([_border(condition, part, cell_of) for part in threshold.of], threshold.largest)
    cell = cell_of(condition, threshold)
    match threshold:
        case Multiple(figure, _):
            return [f"ISNUMBER(«{figure}»)"], f"({cell}*«{figure}»)"
        case Constant(None):
            return [], ""
    return [], cell


def _extreme(parts: Sequence[tuple[list[str], str]], is_largest: bool) -> tuple[list[str], str]:
    """The largest or smallest of those that are known; unknown only when all of them are."""
    found = [(known, border) for known, border in parts if border]
    if not found:
        return [], ""
    choose = "MAX" if is_largest else "MIN"
    # Borders that are always known come first: the others fall back on them.
    found.sort(key=lambda each: bool(each[0]))
    (known, border), *others = found
    for needs, other in others:
        fallback = border if not known else f"IF({_all(known)},{border},{other})"
        border = f"IF({_all(needs)},{choose}({fallback},{other}),{fallback})"
        known = [] if not known else [_any([_all(known), _all(needs)])]
    return known, border


def _all(parts: Sequence[str] | Iterator[str]) -> str:
    return _joined("AND", parts, "TRUE()")


def _any(parts: Sequence[str] | Iterator[str]) -> str:
    return _joined("OR", parts, "FALSE()")


def _joined(word: str, parts: Sequence[str] | Iterator[str], nothing: str) -> str:
    found = list(dict.fromkeys(parts))
    if not found:
        return nothing
    return found[0] if len(found) == 1 else f"{word}({','.join(found)})"
