"""What would change a customer's tier: by how much the next better one is missed, and what time alone will do.

Pure. The ways up are read off the rules and moves; how many orders would do, and when silence lowers, is found by
deciding again with the figures as they would be then.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from guanxi.tiering.rules import (
    Check,
    Decision,
    Figures,
    GateOutcome,
    Move,
    Scheme,
    check_terms,
    decide,
    holds,
)

MOST_ORDERS = 12
MOST_WAYS = 2
# Classes of these axes are no ladder: none of them is better than another.
NO_LADDER = frozenset({"need"})
SUMS = ("order_count", "spend_", "completed_order_count")
DAYS = ("days_since_last_order", "days_since_last_interaction", "days_since_last_reading", "days_since_first_mail",
        "days_late")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Way:
    """One way into `tier`: by a rule or a move, what is still missing; failed gates when only they stand between."""

    tier: str
    name: str
    move: Move | None
    missing: tuple[Check, ...]
    gates: tuple[GateOutcome, ...] = ()


@dataclass(frozen=True, slots=True)
class Orders:
    """So many more orders of `each` (his mean so far, None when he never bought) would lead to `tier`."""

    count: int
    each: Decimal | None
    tier: str


@dataclass(frozen=True, slots=True)
class Fall:
    """Without a new order he stands in `tier` after so many days at the latest."""

    tier: str
    days: int


@dataclass(frozen=True, slots=True)
class Outlook:
    ways: tuple[Way, ...]
    orders: Orders | None
    fall: Fall | None
    is_best: bool


def outlook(figures: Figures, scheme: Scheme, decision: Decision | None = None) -> Outlook:
    """What lies above and below the tier that `decision` gives (found here when it is left out)."""
    now = decision or decide(figures, scheme)
    ladder = [tier for tier in scheme.tiers if tier != "none"]
    is_ladder = scheme.axis not in NO_LADDER and now.tier in ladder
    better = ladder[: ladder.index(now.tier)] if is_ladder else ladder if now.tier == "none" else []
    return Outlook(
        ways=tuple(_ways(figures, scheme, now, better)),
        orders=_orders(figures, scheme, better, now.tier) if better else None,
        fall=_fall(figures, scheme, now, ladder) if is_ladder else None,
        is_best=is_ladder and not better,
    )


def _ways(figures: Figures, scheme: Scheme, now: Decision, better: list[str]) -> list[Way]:
    """Those into the nearest better tier that has any, the ones with the least missing first."""
    for tier in reversed(better):
        found = [*_by_gates(scheme, now, tier), *_by_rules(now, tier), *_by_moves(figures, scheme, now, tier)]
        open_ways = [way for way in found if not any(map(_is_past, way.missing))]
        if open_ways:
            return sorted(open_ways, key=lambda way: len(way.missing) + len(way.gates))[:MOST_WAYS]
    return []


def _by_gates(scheme: Scheme, now: Decision, tier: str) -> Iterator[Way]:
    rule = next((each for each in scheme.rules if each.name == now.rule), None)
    if rule is not None and rule.tier == tier and now.failed_gates:
        yield Way(tier, rule.name, None, (), now.failed_gates)


def _by_rules(now: Decision, tier: str) -> Iterator[Way]:
    for outcome in now.outcomes:
        if outcome.tier == tier and not outcome.passed:
            yield Way(tier, outcome.rule, None, tuple(check for check in outcome.checks if not check.passed))


def _by_moves(figures: Figures, scheme: Scheme, now: Decision, tier: str) -> Iterator[Way]:
    for move in scheme.moves:
        if move.to == tier and (not move.origins or now.tier in move.origins):
            checks = check_terms(move.terms, figures, scheme.window_days)
            missing = tuple(check for check in checks if not check.passed)
            # A figure that was not measured at all says nothing of the way.
            if missing and all(check.figure in figures for check in missing):
                yield Way(tier, move.name, move, missing)


def _is_past(check: Check) -> bool:
    """Bought too much already for a class of few orders, or a share that nobody can lower by buying."""
    return check.operator in ("at_most", "below", "is") and check.figure.startswith(SUMS) and not check.is_unknown


def _orders(figures: Figures, scheme: Scheme, better: list[str], tier: str) -> Orders | None:
    count = figures.get("order_count") or 0
    each = Decimal(figures["spend_total"] or 0) / int(count) if count else None
    for more in range(1, MOST_ORDERS + 1):
        then = _after_orders(figures, more, max(each or Decimal(0), Decimal(0)))
        found = decide(then, scheme, is_brief=True).tier
        moved = next((move.to for move in scheme.moves if move.occasion == "order" and tier in move.origins
                      and move.to in better and holds(move.terms, then, scheme.window_days)), "")  # fmt: skip
        reached = [each_tier for each_tier in (moved, found) if each_tier in better]
        if reached:
            return Orders(more, each, min(reached, key=better.index))
    return None


def _after_orders(figures: Figures, count: int, each: Decimal) -> dict[str, Decimal | int | str | None]:
    """The figures as they would be on the day of the last of `count` more orders of `each`."""
    then = dict(figures)
    for name in ("order_count", "order_count_window", "order_count_90_days", "completed_order_count"):
        if name in then:
            then[name] = int(then[name] or 0) + count
    for name in ("spend_total", "spend_window"):
        if name in then:
            then[name] = Decimal(then[name] or 0) + count * each
    share, spend = figures.get("spend_share"), figures.get("spend_window")
    if share and spend:
        sales = Decimal(spend) * 100 / Decimal(share)
        then["spend_share"] = (Decimal(spend) + count * each) * 100 / (sales + count * each)
    for name in ("days_since_last_order", "days_since_last_interaction", "days_since_last_reading", "mails_unread"):
        if name in then:
            then[name] = 0
    if then.get("cycles_since_last_order") is not None:
        then["cycles_since_last_order"] = Decimal(0)
    return then


def _fall(figures: Figures, scheme: Scheme, now: Decision, ladder: list[str]) -> Fall | None:
    if figures.get("days_since_last_order") is None:
        return None
    place = ladder.index(now.tier)
    for days in sorted(set(_turning_days(figures, scheme))):
        found = decide(_after_days(figures, days), scheme, is_brief=True).tier
        if found not in ladder or ladder.index(found) > place:
            return Fall(found, days)
    return None


def _turning_days(figures: Figures, scheme: Scheme) -> Iterator[int]:
    """After how many days without anything a border of days or own cycles is passed or left."""
    cycle = figures.get("cycle_days")
    for rule in scheme.rules:
        for check in check_terms(rule.conditions, figures, scheme.window_days):
            if check.value is None or check.threshold is None or isinstance(check.value, str):
                continue
            if check.figure == "cycles_since_last_order" and cycle:
                away = (check.threshold - check.value) * Decimal(cycle)
            elif check.figure in DAYS:
                away = check.threshold - check.value
            else:
                continue
            inclusive = check.operator in ("at_least", "below")
            days = int(away.to_integral_value(ROUND_CEILING if inclusive else ROUND_FLOOR)) + (0 if inclusive else 1)
            if days > 0:
                yield days


def _after_days(figures: Figures, days: int) -> Mapping[str, Decimal | int | str | None]:
    then = dict(figures)
    for name in DAYS:
        value = then.get(name)
        if value is not None and not isinstance(value, str):
            then[name] = value + days
    cycle, since = figures.get("cycle_days"), then.get("days_since_last_order")
    if cycle and since is not None and then.get("cycles_since_last_order") is not None:
        then["cycles_since_last_order"] = Decimal(since) / Decimal(cycle)
    return then
