"""Rows of a condition: what is asked, how it is compared, with which values; from the text and back to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from guanxi.console.journey_facts import Control, Known, control_of, fact_name
from guanxi.console.journey_fields import Unfilled, numbers_of, scalars, spoken
from guanxi.journeys.conditions import is_fact

BLANK_ROWS = 2
BLANK: tuple[str, str, tuple[str, ...]] = ("", "is", ())
# Another word than those one can choose.
OTHER = "."


@dataclass(frozen=True, slots=True)
class ConditionRow:
    """`fact` may end with a point; `rest` is then what follows. `values` are as the text writes them."""

    name: str
    fact: str
    rest: str
    op: str
    values: tuple[str, ...]
    control: Control

    @property
    def written(self) -> str:
        """The fact as the text names it, as a choice of its own where it is none of the usual ones."""
        return fact_name(self.fact) if self.fact else ""

    @property
    def text(self) -> str:
        return ", ".join(self.values)

    @property
    def ticks(self) -> list[tuple[str, str, bool]]:
        """Value, title and whether it is chosen; what was written before stays to be chosen."""
        known = {spoken(value): title for value, title in self.control.options}
        every = {**known, **{value: value for value in self.values if value not in known}}
        return [(value, title, value in self.values) for value, title in every.items()]


@dataclass(frozen=True, slots=True)
class ConditionForm:
    """`of_event`: it asks for properties of an event, else for facts of the customer."""

    prefix: str
    label: str
    rows: Sequence[ConditionRow]
    of_event: bool = False

    @property
    def is_empty(self) -> bool:
        return not self.rows[0].fact


def condition_form(prefix: str, label: str, when: Any, known: Known, *, of_event: bool = False) -> ConditionForm:
    written = when.items() if isinstance(when, Mapping) else ()
    tests = [test for name, wanted in written for test in _tests(str(name), wanted)]
    scheme = str(when.get("scheme", "")) if isinstance(when, Mapping) else ""
    rows = [
        _row(f"{prefix}-{number}", *test, known=known, scheme=scheme)
        for number, test in enumerate([*tests, *[BLANK] * BLANK_ROWS])
    ]
    return ConditionForm(prefix, label, rows, of_event)


def _row(name: str, fact: str, op: str, values: tuple[str, ...], *, known: Known, scheme: str = "") -> ConditionRow:
    control = control_of(fact, known, scheme=scheme) if fact else Control("text")
    return ConditionRow(name, fact, "", op, values, control)


def blank_value(name: str, post: QueryDict, known: Known) -> ConditionRow:
    """The row of that name with the fact that has just been chosen for it, its value still open."""
    return _row(name, _fact(name, post), post.get(f"{name}-op", "is"), (), known=known)


def condition_filled(prefix: str, post: QueryDict) -> dict[str, Any]:
    """The condition of the rows; those without a fact are left out. Raises Unfilled for one without a value."""
    when: dict[str, Any] = {}
    for number in numbers_of(f"{prefix}-", "fact", post):
        name = f"{prefix}-{number}"
        fact, op = _fact(name, post), post.get(f"{name}-op", "is")
        if not fact:
            continue
        wanted = [value for text in post.getlist(f"{name}-value") if text.strip() for value in scalars(text)]
        if not wanted:
            raise Unfilled(_("“%(fact)s”: say which value is wanted, or take the row away.") % {
                "fact": fact_name(fact) if is_fact(fact) else fact,
            })  # fmt: skip
        told: Any = wanted if len(wanted) > 1 else wanted[0]
        before = when.get(fact)
        when[fact] = told if op == "is" else {**(before if isinstance(before, dict) else {}), op: told}
    return when


def _fact(name: str, post: QueryDict) -> str:
    fact, rest = post.get(f"{name}-fact", "").strip(), post.get(f"{name}-rest", "").strip()
    return rest if fact == OTHER else f"{fact}{rest}" if fact.endswith(".") else fact


def _tests(name: str, wanted: Any) -> list[tuple[str, str, tuple[str, ...]]]:
    if isinstance(wanted, Mapping):
        return [(name, op, _values(value)) for op, value in wanted.items()]
    return [(name, "is", _values(wanted))]


def _values(value: Any) -> tuple[str, ...]:
    return tuple(spoken(each) for each in (value if isinstance(value, list) else [value]))
