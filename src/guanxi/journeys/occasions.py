"""An event a journey cares about: its name and what its properties must hold. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from guanxi.journeys.conditions import CONDITION_SHAPE, Condition, read_condition
from guanxi.journeys.reading import Fields
from guanxi.ledger.event_names import EVENT_NAMES

OBJECT, CUSTOMER = "object", "customer"


@dataclass(frozen=True, slots=True)
class Happening:
    """An event as the grammar sees it; `properties` hold its own and `in_default_scheme` for a standing."""

    name: str
    object_kind: str = ""
    object_id: str = ""
    properties: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Occasion:
    """Any event of `names` whose properties meet `where`.

    `of` says whose event it must be: of the journey's object (an order), or of the customer at all.
    """

    names: frozenset[str]
    where: Condition
    of: str = OBJECT

    def matches(self, event: Happening) -> bool:
        return event.name in self.names and self.where.holds(event.properties)

    def matches_for(self, event: Happening, *, object_kind: str, object_id: str) -> bool:
        """Whether it matches, and is about the same object where the journey is about one."""
        is_same = (event.object_kind, event.object_id) == (object_kind, object_id)
        return self.matches(event) and (is_same or self.of == CUSTOMER or not object_kind)


def read_occasion(fields: Fields) -> Occasion:
    """`event:` a name or a list of names, `where:` a condition on its properties. Raises GraphError."""
    occasion = take_occasion(fields)
    fields.close()
    return occasion


def take_occasion(fields: Fields) -> Occasion:
    """The same from fields that hold more than the occasion."""
    names = fields.words("event")
    for name in names:
        # Foreign names (Segment's "Order Completed") are kept as they come and begin with a capital.
        if name not in EVENT_NAMES and not name[:1].isupper():
            fields.fail(f"`{name}` is no event; see docs/reference/event-names.md for the names.", "event")
    condition = read_condition(fields.block_of("where", shape=CONDITION_SHAPE), fields.where)
    return Occasion(frozenset(names), condition, fields.one_of("of", (OBJECT, CUSTOMER), OBJECT))
