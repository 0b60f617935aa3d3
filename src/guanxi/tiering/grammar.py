"""What a scheme is made of. Pure and without behaviour: `documents` reads it, `settling` looks its borders up, `rules`
decides by it for one customer and `tier_sql` for all of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal, TypeAlias

NONE = "none"
OTHERWISE = "otherwise"
# The figure that is a customer's tier in another scheme is called `standing:<scheme>`.
STANDING = "standing:"

Operator = Literal["at_least", "at_most", "above", "below", "is", "is_one_of"]
Deciding = Literal["automatic", "review"]
Recompute = Literal["daily", "monthly"]
Occasion = Literal["order", "run", "review", "half_year"]
Cause = Literal["growth", "risk", "time", "need"]
Titles: TypeAlias = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Constant:
    """A number; `percentile` says of which share of the firm's own customers it is the border, `stated` what was
    written in the scheme's own currency."""

    value: Decimal | None
    percentile: Decimal | None = None
    stated: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Percentile:
    """The border below which this share (0–100) of the firm's own customers lies, times `times`; not yet looked up."""

    share: Decimal
    times: Decimal = Decimal(1)


@dataclass(frozen=True, slots=True)
class Multiple:
    """So many times another figure of the same customer."""

    figure: str
    times: Decimal


@dataclass(frozen=True, slots=True)
class Words:
    """The words of which a text figure or a standing must be one."""

    allowed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Extreme:
    """The largest (or smallest) of several; one that is unknown for this customer is left out."""

    largest: bool
    of: tuple[Threshold, ...]


Leaf: TypeAlias = Constant | Percentile | Multiple | Words
Threshold: TypeAlias = Leaf | Extreme


@dataclass(frozen=True, slots=True)
class Condition:
    figure: str
    operator: Operator
    threshold: Threshold


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one of several groups of conditions, each of which must hold whole."""

    options: tuple[tuple[Condition, ...], ...]


Term: TypeAlias = Condition | AnyOf
Terms: TypeAlias = tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class Gate:
    """A named demand beside the conditions of a rule (CN-12): when it fails the next lower tier is given; a gate that
    is unknown neither helps nor hurts. `stay` is the softer demand on those who stand in the tier already (CN-15)."""

    name: str
    title: Titles
    terms: Terms
    stay: Terms = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """All conditions must hold, or all of `stay` for a customer who already stands in `tier`.

    `failing` is the tier of those who fail a gate, one below `tier`.
    """

    name: str
    tier: str
    conditions: Terms
    gates: tuple[Gate, ...] = ()
    failing: str = ""
    stay: Terms = ()


@dataclass(frozen=True, slots=True)
class Move:
    """A named way from one tier to another beside the rules (M-02, M-03, M-05 to M-08, M-10).

    It is open to those whose kept standing is one of `origins` (everybody's when empty) at each `occasion`. The new
    standing holds for `protect_days`, and as long as `holds_while` is true when there is such; then the rules decide.
    """

    name: str
    title: Titles
    origins: tuple[str, ...]
    to: str
    terms: Terms
    occasion: Occasion
    cause: Cause
    decides: Deciding
    protect_days: int = 0
    holds_while: Terms = ()


@dataclass(frozen=True, slots=True)
class Mark:
    """A remark beside a tier that describes and never decides (CN-12): `provisional`, `price_sensitive` …

    `tiers` are those it may stand beside, every one when empty.
    """

    name: str
    title: Titles
    tiers: tuple[str, ...]
    terms: Terms


@dataclass(frozen=True, slots=True)
class Scheme:
    """`tiers` in the order of the tables, the best first, with their titles by language.

    `currency` is the one its amounts are written in; after `settle` the one its thresholds are in. `axis` says which
    of a customer's coordinates the scheme is (T-30); `labels` are readable words per tier (T-34); `decides` is who
    writes a change down (CN-51), `recompute` how often the rules are asked again (M-01).
    """

    name: str
    rules: tuple[Rule, ...]
    otherwise: str
    tiers: Mapping[str, Titles]
    currency: str
    window_days: int | None
    title: Titles = field(default_factory=dict)
    about: Titles = field(default_factory=dict)
    decides: Deciding = "automatic"
    axis: str = ""
    moves: tuple[Move, ...] = ()
    marks: tuple[Mark, ...] = ()
    labels: Mapping[str, Titles] = field(default_factory=dict)
    hysteresis: Decimal = Decimal(0)
    recompute: Recompute = "daily"

    @property
    def own_standing(self) -> str:
        """The figure under which a customer's tier in this very scheme is known."""
        return STANDING + self.name


def conditions_in(terms: Terms) -> Iterator[Condition]:
    """Every condition of `terms`, those of alternatives too."""
    for term in terms:
        if isinstance(term, AnyOf):
            for option in term.options:
                yield from option
        else:
            yield term


def conditions_of(scheme: Scheme, *, and_moves: bool = False) -> Iterator[Condition]:
    """Every condition of the rules, their gates and the marks; of the moves when asked."""
    for rule in scheme.rules:
        yield from conditions_in(rule.conditions)
        yield from conditions_in(rule.stay)
        for gate in rule.gates:
            yield from conditions_in(gate.terms)
            yield from conditions_in(gate.stay)
    for mark in scheme.marks:
        yield from conditions_in(mark.terms)
    if and_moves:
        for move in scheme.moves:
            yield from conditions_in(move.terms)
            yield from conditions_in(move.holds_while)


def leaves_of(threshold: Threshold) -> Iterator[Leaf]:
    if isinstance(threshold, Extreme):
        for each in threshold.of:
            yield from leaves_of(each)
    else:
        yield threshold


def figures_of(scheme: Scheme, *, and_moves: bool = False) -> set[str]:
    """Every measured figure the scheme looks at; standings in other schemes are no measures."""
    found: set[str] = set()
    for condition in conditions_of(scheme, and_moves=and_moves):
        found.add(condition.figure)
        found |= {leaf.figure for leaf in leaves_of(condition.threshold) if isinstance(leaf, Multiple)}
    return {figure for figure in found if not figure.startswith(STANDING)}


def schemes_asked(scheme: Scheme) -> set[str]:
    """The other schemes whose standings this one looks at, so that they must be decided first."""
    found = conditions_of(scheme, and_moves=True)
    return {each.figure.removeprefix(STANDING) for each in found if each.figure.startswith(STANDING)}


class Circular(Exception):
    """Schemes that wait for each other; the text names them."""

    def __init__(self, names: list[str]) -> None:
        self.names = names
        super().__init__(f"The schemes {', '.join(names)} wait for each other's standings; let one of them go first.")


def in_order(schemes: Mapping[str, Scheme]) -> list[str]:
    """The names so that each scheme comes after those whose standings it asks for. Raises Circular.

    A scheme that is asked for but not there is left out: its standings are unknown.
    """
    waiting = {name: schemes_asked(scheme) & schemes.keys() for name, scheme in schemes.items()}
    order: list[str] = []
    while waiting:
        ready = sorted(name for name, asked in waiting.items() if asked <= set(order))
        if not ready:
            raise Circular(sorted(waiting))
        order += ready
        for name in ready:
            del waiting[name]
    return order


def has_order_moves(scheme: Scheme) -> bool:
    """Whether a move is tried at each order (M-02)."""
    return any(move.occasion == "order" for move in scheme.moves)
