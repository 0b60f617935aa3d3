"""Go back to an earlier step: the only way back there is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

from guanxi.journeys.reading import Fields
from guanxi.journeys.steps.base import Frame, Outcome, Situation


@dataclass(frozen=True, slots=True)
class Repeat:
    """`repeat: some-step` begins the next round there, at most `at_most` times; then the journey goes on."""

    kind: ClassVar[str] = "repeat"

    frame: Frame
    back_to: str
    at_most: int

    @classmethod
    def read(cls, frame: Frame, fields: Fields) -> Self:
        return cls(frame, fields.text("repeat"), fields.number("at_most", least=1))

    def targets(self) -> tuple[str, ...]:
        return (self.frame.go,)

    def decide(self, situation: Situation) -> Outcome:
        if situation.occurrence > self.at_most:
            return Outcome("done", reason="rounds_used_up", go=self.frame.go)
        return Outcome("done", go=self.back_to, next_round=True)
