"""Conditions of triggers, exits, branches and steps: named values against what is wanted. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from guanxi.journeys.reading import Block, Fields, GraphError

# What a trigger, a step, a branch or an exit may ask about the customer at the moment it is looked at. A name that ends
# in a point stands for all names that begin so.
FACTS: dict[str, str] = {
    "came_by": "What began the journey: the trigger's `as`, else the name of its event.",
    "event.": "What the event that began the journey told, such as `event.product_code`.",
    "stage": "Stage of the order the journey is about.",
    "order_amount": "Amount of that order in the reporting currency; unknown without a rate.",
    "is_trial": "Whether that order is a trial order.",
    "invoice_state": "How the invoice the journey is about stands by the firm's day: open, overdue or paid.",
    "tier": "Tier of the customer in the default scheme; empty when there is none.",
    "standing.": "Tier in the scheme of that name, such as `standing.abc`; empty when there is none.",
    "costly_treatment": "False when the customer sleeps, so that gifts, visits and the like are out of place (M-14).",
    "country": "ISO 3166 code of the contact's country, else of the customer's.",
    "language": "Language of the contact as it is written in the record; may be empty.",
    "customer_kind": "b2b, b2c or unknown.",
    "trade": "The customer's line of business as it is written in the record.",
    "tag": "The customer's tags; holds when one of them is wanted.",
    "segment": "Keys of the segments and lists the customer or the contact is in.",
    "field.": "A field of the customer's record, such as `field.market`; the contact's own wins.",
    "trait.": "true when a person or an import has recorded that trait of the customer.",
    "order_count": "Orders of the customer, credits not counted.",
    "orders_since_entry": "Orders placed since the journey began.",
    "days_since_order": "Days since the latest order; unknown without one.",
    "cooperation_years": "Whole years since the cooperation began, else since the first order; unknown without both.",
    "answered": "Whether the contact clicked, wrote, called, visited or the customer ordered since the journey began "
    "(CN-38); a mail that was opened does not count.",
    "opened": "Whether the contact opened a mail, or did what counts as an answer, since the journey began; opens by "
    "machines do not count.",
    "happened.": "Whether an event of that name, such as `happened.order.placed`, came since the journey began; of the "
    "journey's object where it is about one.",
    "offer.": "What became of the newest code the reader got of that offer, such as `offer.second-order`: open, "
    "redeemed, expired, withdrawn, or none.",
    "permits_marketing": "Whether the contact permits marketing mail now.",
    "permits.": "Whether the contact permits marketing by that channel, such as `permits.whatsapp` (CN-55).",
    "prefers.": "Whether the contact likes best to hear from us by that channel, such as `prefers.whatsapp` (X-17).",
    "spend_last_year": "Goods value of the calendar year that is over, in the reporting currency, credits taken off.",
    "price_breaks": "Price breaks of the articles the customer bought, as rows for a letter.",
    "project.": "How a promise of the project the journey is about stands, `project.drawing` or `project.sample`: "
    "running, waiting (for the customer), kept, missed or overdue.",
    "proposal": "Kinds of the open proposals of reviews about the customer, such as raise, lower or need.",
    "under_way_in": "Keys of the journeys this reader is in now; of the same object where this one is about one.",
    "complements": "How many articles go with what the customer bought, none of them owned, refused or out of stock.",
    "task_waits.": "Whether a task of that kind for the customer waits on a desk, such as `task_waits.needs_review`.",
    "open_complaint": "Whether a complaint of the customer is not settled.",
    "document.": "Whether a document of that kind fits the reader, such as `document.guide`; of cases, articles and "
    "analyses one he has not got yet.",
}


def is_fact(name: str) -> bool:
    """Whether `name` may be asked for, by itself or by its beginning."""
    head, point, rest = name.partition(".")
    return name in FACTS if not point else f"{head}." in FACTS and bool(rest)


@dataclass(frozen=True, slots=True)
class Test:
    """One wanted value: any of `values`, none of them when `negated`, or a number between two bounds.

    Of a fact that is a set (tags) one that is wanted is enough.
    """

    name: str
    values: tuple[Any, ...] = ()
    negated: bool = False
    at_least: Decimal | None = None
    at_most: Decimal | None = None

    def holds(self, facts: Mapping[str, Any]) -> bool:
        value = facts.get(self.name)
        if self.at_least is not None or self.at_most is not None:
            number = _number(value)
            return number is not None and (
                (self.at_least is None or number >= self.at_least) and (self.at_most is None or number <= self.at_most)
            )
        if isinstance(value, (frozenset, set, list, tuple)):
            return any(each in self.values for each in value) is not self.negated
        return (value in self.values) is not self.negated


@dataclass(frozen=True, slots=True)
class Condition:
    """Holds when every test holds; without tests it always does."""

    tests: tuple[Test, ...] = ()

    def holds(self, facts: Mapping[str, Any]) -> bool:
        # Without a generator, which takes twice as long: it is asked at every step and every exit.
        for test in self.tests:  # noqa: SIM110
            if not test.holds(facts):
                return False
        return True

    @property
    def names(self) -> frozenset[str]:
        """What it asks for."""
        return frozenset(test.name for test in self.tests)


ALWAYS = Condition()

# The same as JSON Schema; the schema of the journey holds these once and points to them.
VALUE = {"type": ["string", "number", "boolean", "null"]}
VALUES = {"anyOf": [VALUE, {"type": "array", "items": VALUE, "minItems": 1}]}
NUMBER = {"anyOf": [{"type": "number"}, {"type": "string", "pattern": r"^-?\d+(?:\.\d+)?$"}]}
WANTED = {"$ref": "#/$defs/wanted"}
CONDITION_SHAPE, FACTS_SHAPE = {"$ref": "#/$defs/condition"}, {"$ref": "#/$defs/facts"}
SHAPES: dict[str, Any] = {
    "wanted": {
        "anyOf": [
            *VALUES["anyOf"],
            {"type": "object", "properties": {"not": VALUES}, "required": ["not"], "additionalProperties": False},
            {
                "type": "object", "properties": {"at_least": NUMBER, "at_most": NUMBER}, "minProperties": 1,
                "additionalProperties": False,
            },
        ]
    },
    "condition": {"type": "object", "additionalProperties": WANTED},
    "facts": {
        "type": "object",
        "properties": {
            name: {"description": words, **WANTED} for name, words in FACTS.items() if not name.endswith(".")
        },
        "patternProperties": {
            f"^{re.escape(name)}.+$": {"description": words, **WANTED}
            for name, words in FACTS.items() if name.endswith(".")
        },
        "additionalProperties": False,
    },
}  # fmt: skip


def read_facts(block: Block, where: str) -> Condition:
    """A condition on FACTS. Raises GraphError."""
    return read_condition(block, where, is_known=is_fact)


def read_condition(block: Block, where: str, *, is_known: Callable[[str], bool] | None = None) -> Condition:
    """The condition of a mapping `name: wanted`; `is_known` closes the vocabulary. Raises GraphError."""
    tests = []
    for name, wanted in block.items():
        line = block.key_lines.get(name, block.line)
        if is_known is not None and not is_known(name):
            known = ", ".join(f"{each}…" if each.endswith(".") else each for each in sorted(FACTS))
            raise GraphError(line, where, f"`{name}` cannot be asked for; known are {known}.")
        tests.append(_read_test(name, wanted, line, where))
    return Condition(tuple(tests))


def _read_test(name: str, wanted: object, line: int, where: str) -> Test:
    if not isinstance(wanted, Block):
        return Test(name, _values(name, wanted, line, where))
    fields = Fields(wanted, where)
    if fields.has("not"):
        test = Test(name, _values(name, fields.value("not"), line, where), negated=True)
    else:
        test = Test(name, at_least=_bound(fields, "at_least"), at_most=_bound(fields, "at_most"))
        if test.at_least is None and test.at_most is None:
            fields.fail(f"`{name}` wants nothing; write a value, a list, `not:`, `at_least:` or `at_most:`.")
    fields.close()
    return test


def _values(name: str, wanted: object, line: int, where: str) -> tuple[Any, ...]:
    values = tuple(wanted) if isinstance(wanted, list) else (wanted,)
    if not values or not all(value is None or isinstance(value, (str, int, float, bool)) for value in values):
        raise GraphError(line, where, f"`{name}` must be a value or a list of values.")
    return values


def _bound(fields: Fields, name: str) -> Decimal | None:
    if not fields.has(name):
        return None
    bound = _number(fields.value(name))
    if bound is None:
        fields.fail(f"`{name}` must be a number.", name)
    return bound


def _number(value: object) -> Decimal | None:
    if value is None or isinstance(value, bool):
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None
