"""Wish: a tag, a trait or a field of the customer's record."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Self

from guanxi.journeys.reading import Fields, as_pattern
from guanxi.journeys.steps.base import ChangeWish, Frame, Outcome, Situation
from guanxi.ledger.traits import TRAITS

NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
LONGEST = 200
SHAPE = {
    "propertyNames": {"pattern": as_pattern(NAME)},
    "additionalProperties": {"type": "string", "maxLength": LONGEST},
}


@dataclass(frozen=True, slots=True)
class Change:
    """`set: {tag: warm, untag: cold, trait: price_sensitive, fields: {ready_for: next}}` writes into the customer's
    record."""

    kind: ClassVar[str] = "set"

    frame: Frame
    tag: str
    untag: str
    fields: Mapping[str, str]
    trait: str = ""

    @classmethod
    def read(cls, frame: Frame, fields: Fields) -> Self:
        wanted = fields.inside(fields.block_of("set"))
        fields.has("set")
        trait = wanted.one_of("trait", tuple(TRAITS)) if wanted.has("trait") else ""
        change = cls(frame, wanted.text("tag", ""), wanted.text("untag", ""), _written(wanted), trait)
        wanted.close()
        if not (change.tag or change.untag or change.fields or change.trait):
            fields.fail("`set` changes nothing; name a tag, an untag, a trait or fields.", "set")
        return change

    def targets(self) -> tuple[str, ...]:
        return (self.frame.go,)

    def decide(self, situation: Situation) -> Outcome:
        return Outcome("done", go=self.frame.go, wish=ChangeWish(self.tag, self.untag, self.fields, self.trait))


def _written(wanted: Fields) -> dict[str, str]:
    block = wanted.block_of("fields", shape=SHAPE)
    for name, value in block.items():
        if not NAME.fullmatch(name):
            wanted.fail(f"a field is called {name!r}; write small letters, digits and underscores.", "fields")
        if not isinstance(value, str) or len(value) > LONGEST:
            wanted.fail(f"the field {name} must be a text of at most {LONGEST} characters.", "fields")
    return dict(block)
