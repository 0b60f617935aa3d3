"""What a row of visits, carts, mails and orders means: the signals of group B. Pure.

All numbers are defaults of this program's own, named by their DP entry where the requirements give them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

# DP-11, CN-39
VIEWS_IN_A_ROW = 3
VIEWS_WITHIN = timedelta(days=14)
RELOAD = timedelta(minutes=30)
INTEREST_AGAIN_AFTER = timedelta(days=30)
# DP-03
VISIT_DAYS = 3
VISITS_WITHIN_DAYS = 30
# DP-20
CART_IDLE = timedelta(minutes=30)
CART_LIVES = timedelta(days=30)
# B-05, CN-38
MAILS_OPENED = 3
ANSWER_WITHIN = timedelta(days=7)
# B-03
NO_INQUIRY_AFTER = timedelta(days=3)
# B-20
MARKET_PERCENT = Decimal(3)
MARKET_DAYS = 30


@dataclass(frozen=True, slots=True)
class View:
    """A look at a product page; `page` tells a reload from another page."""

    at: datetime
    category: str
    page: str = ""


def interests(views: Iterable[View]) -> Iterator[tuple[datetime, str]]:
    """When, and for which category, the last three views lay in one category within 14 days (CN-39, B-02).

    A reload of the same page within 30 minutes of the view that counted is no view; a view of another category begins
    anew; views without a category say nothing. `views` in order of time. Every further view of a row is told again:
    see `told_again` for the pause of 30 days.
    """
    row: list[datetime] = []
    category, latest = "", None
    for view in views:
        if not view.category:
            continue
        if latest and view.page and view.page == latest.page and view.at - latest.at <= RELOAD:
            continue
        row = [*row, view.at][-VIEWS_IN_A_ROW:] if view.category == category else [view.at]
        category, latest = view.category, view
        if len(row) == VIEWS_IN_A_ROW and row[-1] - row[0] <= VIEWS_WITHIN:
            yield view.at, category


def told_again(
    moments: Iterable[tuple[datetime, str]], told: Mapping[str, datetime]
) -> Iterator[tuple[datetime, str]]:  # fmt: skip
    """Those of the moments that are told: once per category in 30 days. `told` has the latest telling of each."""
    latest = dict(told)
    for at, category in moments:
        before = latest.get(category)
        if before is None or abs(at - before) >= INTEREST_AGAIN_AFTER:
            latest[category] = max(at, before) if before else at
            yield at, category


def comes_without_ordering(visit_days: Collection[date], order_days: Collection[date], *, until: date) -> int:
    """On how many days of the last 30 he came, when those are at least three and he ordered on none; else 0 (DP-03)."""
    first = until - timedelta(days=VISITS_WITHIN_DAYS - 1)
    days = {day for day in visit_days if first <= day <= until}
    if len(days) < VISIT_DAYS or any(first <= day <= until for day in order_days):
        return 0
    return len(days)


def mails_answered(
    *, opened: Collection[int], sent: Sequence[tuple[datetime, int]], answers: Collection[datetime]
) -> set[int]:  # fmt: skip
    """The mails a contact has opened (B-05): by a person's open or click, or by another answer (CN-38).

    `opened` are mails with a human open or click; machine opens are not among them. A reply, visit or order (`answers`)
    counts as an open of the newest mail sent in the seven days before it.
    """
    found = set(opened)
    for answer in answers:
        before = [(at, mail) for at, mail in sent if answer - ANSWER_WITHIN <= at <= answer]
        if before:
            found.add(max(before)[1])
    return found


@dataclass(frozen=True, slots=True)
class Step:
    """One event of a cart: `what` is added, removed, touched or ordered."""

    at: datetime
    what: str
    cart_id: str = ""
    items: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(slots=True)
class CartState:
    """A cart as its events tell it; `items` map a product code to quantity, name and price."""

    key: str
    filled_at: datetime
    touched_at: datetime
    state: str = "open"
    items: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def due_at(self) -> datetime:
        """When it counts as abandoned if nothing more happens (DP-20)."""
        return self.touched_at + CART_IDLE


def carts_of(steps: Iterable[Step]) -> list[CartState]:
    """The carts that these events, in order of time, make (B-19).

    A cart ends with an order or when it is empty; another id, or a month of silence, begins a new one.
    """
    carts: list[CartState] = []
    for step in steps:
        cart = _current(carts, step)
        if cart is None:
            if step.what not in ("added", "touched") or not step.items:
                continue
            cart = CartState(step.cart_id or step.at.isoformat(), step.at, step.at)
            carts.append(cart)
        _follow(cart, step)
    return carts


def _current(carts: Sequence[CartState], step: Step) -> CartState | None:
    for cart in reversed(carts):
        if cart.state != "open":
            return None
        if step.what == "ordered" or not step.cart_id or cart.key == step.cart_id:
            return cart if step.at - cart.touched_at <= CART_LIVES else None
    return None


def _follow(cart: CartState, step: Step) -> None:
    cart.touched_at = step.at
    if step.what == "ordered":
        cart.state = "ordered"
    elif step.what == "touched" and step.items:
        cart.items = {code: dict(item) for code, item in step.items.items()}
    for code, item in step.items.items() if step.what in ("added", "removed") else ():
        known = cart.items.setdefault(code, {**item, "quantity": 0})
        known["quantity"] += item.get("quantity", 1) if step.what == "added" else -item.get("quantity", 1)
        if known["quantity"] <= 0:
            del cart.items[code]
    if not cart.items and cart.state == "open":
        cart.state = "emptied"


def percent_moved(before: Decimal, after: Decimal) -> Decimal:
    """By how many percent a price or rate has moved, to one place; 0 when there was none before."""
    return ((after - before) / before * 100).quantize(Decimal("0.1")) if before > 0 else Decimal(0)


def is_market_move(percent: Decimal) -> bool:
    """Whether it moved enough to tell the customers it touches (B-20)."""
    return abs(percent) >= MARKET_PERCENT
