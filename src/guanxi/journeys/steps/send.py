"""Wish: propose a message."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from guanxi.journeys.reading import Fields
from guanxi.journeys.steps.base import Frame, Outcome, Situation, Wish


@dataclass(frozen=True, slots=True)
class Send:
    """`send: j-04.1` proposes the letter of that template; the outbox judges whether and when it leaves."""

    kind: ClassVar[str] = "send"

    frame: Frame
    template_key: str
    values: Mapping[str, Any]

    @classmethod
    def read(cls, frame: Frame, fields: Fields) -> Self:
        template_key = fields.text("send")
        if frame.times.not_after is None:
            fields.fail("`not_after` is missing; say until when this letter makes sense, for example not_after: 3d.")
        return cls(frame, template_key, dict(fields.block_of("values")))

    def targets(self) -> tuple[str, ...]:
        return (self.frame.go,)

    def decide(self, situation: Situation) -> Outcome:
        times = self.frame.times
        wish = Wish(self.template_key, self.values, times.earliest(situation), times.expiry(situation))
        return Outcome("done", go=self.frame.go, wish=wish)
