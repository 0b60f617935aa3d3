"""Choose the way by the facts of the moment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

from guanxi.journeys.conditions import FACTS, Condition, read_condition
from guanxi.journeys.reading import Fields
from guanxi.journeys.steps.base import END, Frame, Outcome, Situation, read_target


@dataclass(frozen=True, slots=True)
class Way:
    when: Condition
    go: str


@dataclass(frozen=True, slots=True)
class Branch:
    """`branch:` is a list of ways; the first whose condition holds is taken, else the step's own `go`."""

    kind: ClassVar[str] = "branch"

    frame: Frame
    ways: tuple[Way, ...]

    @classmethod
    def read(cls, frame: Frame, fields: Fields) -> Self:
        ways = []
        for block in fields.blocks("branch"):
            way = Fields(block, fields.where)
            condition = read_condition(way.block_of("when"), fields.where, known=FACTS)
            if "go" not in block:
                way.fail("`go` is missing; name the step this way leads to, or `end`.")
            ways.append(Way(condition, read_target(way, END)))
            way.close()
        if not ways:
            fields.fail("`branch` has no way; give at least one `when` with its `go`.", "branch")
        return cls(frame, tuple(ways))

    def targets(self) -> tuple[str, ...]:
        return (*(way.go for way in self.ways), self.frame.go)

    def decide(self, situation: Situation) -> Outcome:
        for number, way in enumerate(self.ways, start=1):
            if way.when.holds(situation.facts):
                return Outcome("done", reason=f"way_{number}", go=way.go)
        return Outcome("done", reason="otherwise", go=self.frame.go)
