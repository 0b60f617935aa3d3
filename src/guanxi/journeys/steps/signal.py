"""Wish: word to other programs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar, Self

from guanxi.journeys.reading import Fields
from guanxi.journeys.steps.base import Frame, Outcome, SignalWish, Situation

NAME = re.compile(r"[a-z][a-z0-9_.-]{0,59}")


@dataclass(frozen=True, slots=True)
class Signal:
    """`webhook: sample-wanted` records the event `journey.signalled` with that name, which webhooks carry out."""

    kind: ClassVar[str] = "webhook"

    frame: Frame
    name: str

    @classmethod
    def read(cls, frame: Frame, fields: Fields) -> Self:
        return cls(frame, fields.word("webhook", NAME, "one word such as `sample-wanted`"))

    def targets(self) -> tuple[str, ...]:
        return (self.frame.go,)

    def decide(self, situation: Situation) -> Outcome:
        return Outcome("done", go=self.frame.go, wish=SignalWish(self.name))
