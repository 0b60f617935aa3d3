"""Wish: no marketing to this reader any more."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar, Self

from guanxi.journeys.reading import Fields
from guanxi.journeys.steps.base import Frame, GiveUpWish, Outcome, Situation

REASON = re.compile(r"[a-z][a-z0-9_]{0,39}")


@dataclass(frozen=True, slots=True)
class GiveUp:
    """`give_up: lost` stops marketing to the reader for that reason; whoever signs up again comes back (CN-48)."""

    kind: ClassVar[str] = "give_up"

    frame: Frame
    reason: str

    @classmethod
    def read(cls, frame: Frame, fields: Fields) -> Self:
        reason = fields.text("give_up")
        if not REASON.fullmatch(reason):
            fields.fail(f"`give_up` is {reason!r}; write one word such as `lost`.", "give_up")
        return cls(frame, reason)

    def targets(self) -> tuple[str, ...]:
        return (self.frame.go,)

    def decide(self, situation: Situation) -> Outcome:
        return Outcome("done", go=self.frame.go, wish=GiveUpWish(self.reason))
