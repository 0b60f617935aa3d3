"""Wait for a time, or until an event, whichever comes first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar, Self

from guanxi.journeys.occasions import Occasion, read_occasion
from guanxi.journeys.reading import Fields
from guanxi.journeys.steps.base import Frame, Outcome, Situation


@dataclass(frozen=True, slots=True)
class Wait:
    """`wait: 7d`, with `until:` an event that ends the wait early.

    An event that arrives while an earlier step is still due counts too: nothing is missed between two steps.
    """

    kind: ClassVar[str] = "wait"

    frame: Frame
    span: timedelta
    until: tuple[Occasion, ...]

    @classmethod
    def read(cls, frame: Frame, fields: Fields) -> Self:
        span = fields.span("wait")
        if not span:
            fields.fail("`wait` must be longer than nothing; leave the step out instead.", "wait")
        return cls(frame, span, tuple(read_occasion(block, fields.where) for block in fields.blocks("until")))

    def targets(self) -> tuple[str, ...]:
        return (self.frame.go,)

    def decide(self, situation: Situation) -> Outcome:
        if self.frame.id in situation.heard:
            return Outcome("done", reason="heard", go=self.frame.go)
        end = situation.since_at + self.span
        if situation.now < end:
            return Outcome("waiting", until=end)
        return Outcome("done", reason="elapsed", go=self.frame.go)
