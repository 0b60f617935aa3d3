"""What a review is about: its period, the kinds of its proposals, the answers to them (M-04, M-08, CN-51). Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal, TypeAlias

from guanxi.tiering.grammar import Move, Occasion, Scheme

ReviewKind: TypeAlias = Literal["quarter", "half_year"]
Answer: TypeAlias = Literal["accepted", "kept", "declined"]

MONTHS: dict[ReviewKind, int] = {"quarter": 3, "half_year": 6}
# Which moves are tried for a review; the rules of a reviewed scheme belong to the quarterly one.
OCCASIONS: dict[ReviewKind, tuple[Occasion, ...]] = {
    "quarter": ("run", "order", "review"),
    "half_year": ("half_year",),
}
KINDS: dict[str, str] = {
    "raise": "To a better grade, by the rules or by M-05.",
    "lower": "To a lower grade, by the rules or by M-06; risk control is to be tightened.",
    "need": "To another class of need: the service strategy is to be adjusted (M-07).",
    "dormant": "Asleep by the half-yearly screen of class C: costly treatment ends (M-08, M-14).",
    "candidate": "A customer of class C who shows promise at the half-yearly screen (M-13).",
    "member": "Mature: VIP membership is to be offered (M-10).",
    "win_back": "Orders less often or less each time: a coupon or personal service is to be offered (M-09).",
}
ANSWERS: tuple[Answer, ...] = ("accepted", "kept", "declined")
# A proposal of these kinds asks for a measure; accepting it moves nobody.
MEASURES = ("win_back",)
NEED, SERVICE = "need", "service"


@dataclass(frozen=True, slots=True)
class Period:
    """From its first day to the first day after it."""

    kind: ReviewKind
    from_on: date
    until_on: date


def closed_period(kind: ReviewKind, on: date) -> Period:
    """The latest quarter or half year of the calendar that is over by the end of the day `on`."""
    months = MONTHS[kind]
    following = on + timedelta(days=1)
    until = _months_on(following.year, following.month - (following.month - 1) % months)
    return Period(kind, _months_on(until.year, until.month - months), until)


def kind_of(scheme: Scheme, move: Move | None, *, before: str, after: str) -> str:
    """One of KINDS for a move between two tiers."""
    if scheme.axis == NEED:
        return "need"
    if scheme.axis == SERVICE:
        return "member"
    order = list(scheme.tiers)
    is_better = before in order and order.index(after) < order.index(before)
    if move is not None and move.occasion == "half_year":
        return "candidate" if is_better else "dormant"
    return "raise" if is_better else "lower"


def _months_on(year: int, month: int) -> date:
    """The first of a month that may be counted beyond the year's ends."""
    return date(year + (month - 1) // 12, (month - 1) % 12 + 1, 1)
