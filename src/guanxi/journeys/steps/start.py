"""Go on: enter another journey, or end this one with a reason."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar, Self

from guanxi.journeys.reading import Fields
from guanxi.journeys.steps.base import END, Frame, Outcome, Situation, StartWish

REASON = re.compile(r"[a-z][a-z0-9_]{0,39}")


@dataclass(frozen=True, slots=True)
class Start:
    """`start: j-05` lets the reader into that journey by its own rules of entry; this one goes on."""

    kind: ClassVar[str] = "start"

    frame: Frame
    journey_key: str

    @classmethod
    def read(cls, frame: Frame, fields: Fields) -> Self:
        return cls(frame, fields.text("start"))

    def targets(self) -> tuple[str, ...]:
        return (self.frame.go,)

    def decide(self, situation: Situation) -> Outcome:
        return Outcome("done", go=self.frame.go, wish=StartWish(self.journey_key))


@dataclass(frozen=True, slots=True)
class End:
    """`end: ready_for_next_stage` ends the journey here with that reason."""

    kind: ClassVar[str] = "end"

    frame: Frame
    reason: str

    @classmethod
    def read(cls, frame: Frame, fields: Fields) -> Self:
        reason = fields.word("end", REASON, "one word such as `satisfied`")
        if fields.has("go"):
            fields.fail("`end` goes nowhere; leave `go` out.", "go")
        return cls(frame, reason)

    def targets(self) -> tuple[str, ...]:
        return (END, self.frame.go) if self.frame.when.tests or self.frame.times.not_after else (END,)

    def decide(self, situation: Situation) -> Outcome:
        return Outcome("done", reason=self.reason, go=END, ends_with_reason=True)
