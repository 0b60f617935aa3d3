"""How a customer gets from one tier to another: by a rule, by a named move, or not yet (CN-09, M-15). Pure.

`next_tiers` is SQL over the tables `graded` (what the rules say now) and `standings` (what is written down), so that
the order of the day and a replay of history decide by the same words.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Literal, TypeAlias

from guanxi.tiering.grammar import Constant, Move, Occasion, Scheme, conditions_in
from guanxi.tiering.tier_sql import rule_case, terms_sql, text

Cause = Literal["first", "growth", "risk", "time", "need", "policy", "person"]
Basis = Literal["rule", "promoted", "moved", "person"]
Rows: TypeAlias = dict[str, str]

# What `next_tiers` must know of a standing. `is_protected`: nothing may move it yet. `has_moved`: by itself, in this
# calendar month already. `has_ordered`: an order or a credit came since the run before.
STANDINGS: Rows = {
    "customer_id": "BIGINT",
    "tier": "VARCHAR",
    "basis": "VARCHAR",
    "rule": "VARCHAR",
    "version": "INTEGER",
    "is_protected": "BOOLEAN",
    "has_moved": "BOOLEAN",
    "has_ordered": "BOOLEAN",
}
# What is known of a customer at the moment of an order, without measuring him anew.
KNOWN_AT_ORDER = "order_count_90_days"
# Activity changes by itself at most once in a calendar month, so that nobody flaps (CN-09); a stage follows its events.
ONCE_A_MONTH = "activity"
BY_ITSELF: tuple[Cause, ...] = ("growth", "risk", "need", "time")
HELD, BY_RULE = "", "="
# A customer who came since the last run stands nowhere yet; a move sees him as one who has never ordered (CN-09).
NEWCOMER = "prospect"


def cause_of(
    *, before: str | None, after: str, order: Sequence[str], has_ordered: bool, is_same_version: bool, axis: str = ""
) -> Cause:
    """Why a customer stands elsewhere by the rules. `order` is the scheme's tiers, the best first.

    `has_ordered`: an order or a credit came since the run before. Without one only time can have lowered him, and
    only other customers (the firm's own percentiles) can have raised him, which counts as the policy's doing.
    """
    if before is None:
        return "first"
    if not is_same_version or before not in order:
        return "policy"
    if axis == "need":
        return "need"
    is_better = order.index(after) < order.index(before)
    if has_ordered:
        return "growth" if is_better else "risk"
    return "policy" if is_better else "time"


def basis_of(move: Move | None) -> Basis:
    """On what a standing rests that a rule or a move has given."""
    if move is None:
        return "rule"
    return "promoted" if move.cause == "growth" else "moved"


def named_move(scheme: Scheme, name: str) -> Move | None:
    return next((move for move in scheme.moves if move.name == name), None)


def moves_at(scheme: Scheme, occasions: Collection[Occasion], *, decides: str) -> list[Move]:
    """The moves that are tried at these occasions and decided so (`automatic` or `review`)."""
    return [move for move in scheme.moves if move.occasion in occasions and move.decides == decides]


def next_tiers(scheme: Scheme, *, occasions: Collection[Occasion], is_due: bool = True) -> str:
    """SQL: every customer with `from_tier`, the `tier` that follows by itself, and the rule or move it is `given_by`.

    A standing that is protected, that its own move still carries, or that has moved in this month already, is held;
    unless the rules are due, everybody is who stands somewhere.
    """
    moves = moves_at(scheme, occasions, decides="automatic")
    promotions = [move for move in moves if move.cause == "growth"]
    others = [move for move in moves if move.cause != "growth"]
    branches = [
        _when(_is_unplaced(scheme), BY_RULE),
        *(_when(_is_open(move), move.name) for move in promotions),
        *(_when(carried, HELD) for carried in _carried(scheme)),
        _when("standings.has_moved", HELD) if scheme.axis == ONCE_A_MONTH else "",
        *(_when(_is_open(move), move.name) for move in others),
        *([_when("TRUE", HELD)] if scheme.decides == "review" or not is_due else []),
    ]
    return _answer(scheme, moves, branches)


def has_proposals(scheme: Scheme, *, occasions: Collection[Occasion], and_rules: bool) -> bool:
    """Whether a person can have anything to decide about this scheme at these occasions."""
    reviewed = and_rules and scheme.decides == "review"
    return reviewed or bool(moves_at(scheme, occasions, decides="review"))


def proposed_tiers(scheme: Scheme, *, occasions: Collection[Occasion], and_rules: bool) -> str:
    """SQL: the same for what a person has to decide at these occasions (CN-51): moves, and with `and_rules` what the
    rules of a reviewed scheme say.

    Who has no grade yet is not proposed: his first one is written by itself.
    """
    moves = moves_at(scheme, occasions, decides="review")
    reviewed = and_rules and scheme.decides == "review"
    branches = [
        _when(_is_unplaced(scheme), HELD),
        *(_when(_is_open(move), move.name) for move in moves),
        *((_when(carried, HELD) for carried in _carried(scheme)) if reviewed else [_when("TRUE", HELD)]),
    ]
    return _answer(scheme, moves, branches)


def _answer(scheme: Scheme, moves: Sequence[Move], branches: Sequence[str]) -> str:
    given = "".join(f" WHEN {text(move.name)} THEN {text(move.to)}" for move in moves)
    return f"""
SELECT
    *,
    CASE way WHEN {text(HELD)} THEN from_tier WHEN {text(BY_RULE)} THEN by_rules{given} END AS tier,
    CASE way WHEN {text(BY_RULE)} THEN {rule_case(scheme)} ELSE way END AS given_by
FROM (
    SELECT
        graded.* EXCLUDE (tier), graded.tier AS by_rules, standings.tier AS from_tier,
        standings.version AS from_version,
        CASE
            WHEN standings.is_protected THEN {text(HELD)}
            {" ".join(branches)}
            ELSE {text(BY_RULE)}
        END AS way
    FROM graded LEFT JOIN standings USING (customer_id)
)
"""


def _when(condition: str, way: str) -> str:
    return f"WHEN {condition} THEN {text(way)}"


def _is_unplaced(scheme: Scheme) -> str:
    """SQL: the customer has no standing yet; in a reviewed scheme also one whom no rule fitted, so that his first
    grade needs nobody's decision."""
    nowhere = "standings.tier IS NULL"
    return f"({nowhere} OR standings.tier = {text(scheme.otherwise)})" if scheme.decides == "review" else nowhere


def _is_open(move: Move) -> str:
    """SQL: the customer may take this way now."""
    origins = f"standings.tier IN ({', '.join(map(text, move.origins))})" if move.origins else "TRUE"
    ordered = " AND standings.has_ordered" if move.occasion == "order" else ""
    conditions = f" AND {terms_sql(move.terms)}" if move.terms else ""
    return f"{origins} AND standings.tier <> {text(move.to)}{ordered}{conditions}"


def _carried(scheme: Scheme) -> Iterator[str]:
    """SQL: the move that gave the standing still carries it."""
    for move in scheme.moves:
        if move.holds_while:
            yield (
                f"standings.rule = {text(move.name)} AND standings.tier = {text(move.to)} "
                f"AND standings.basis IN ('promoted', 'moved') AND {terms_sql(move.holds_while)}"
            )


def tried_at_orders(scheme: Scheme) -> list[Move]:
    """The moves that need not wait for the next run, since the order itself says enough."""
    return [
        move
        for move in moves_at(scheme, {"order"}, decides="automatic")
        if all(each.figure == KNOWN_AT_ORDER and isinstance(each.threshold, Constant)
               for each in conditions_in(move.terms))
    ]  # fmt: skip


def protected_until(move: Move | None, *, at: datetime) -> datetime | None:
    """Until when a standing that begins at `at` is not moved by itself (DP-07)."""
    return at + timedelta(days=move.protect_days) if move and move.protect_days else None


def month_of(on: date) -> date:
    """The first day of its calendar month."""
    return on.replace(day=1)
