"""Choose the way by the facts of the moment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

from guanxi.journeys.conditions import FACTS_SHAPE, Condition, read_facts
from guanxi.journeys.reading import Fields
from guanxi.journeys.steps.base import END, Frame, Outcome, Situation, read_target


@dataclass(frozen=True, slots=True)
class Way:
    """Taken when the condition holds and chance, when it has a `share` in percent, falls on it."""

    when: Condition
    go: str
    share: int | None = None


@dataclass(frozen=True, slots=True)
class Branch:
    """`branch:` is a list of ways; the first whose condition holds is taken, else the step's own `go`.

    A way with `chance: 30` is taken by that share of all readers, drawn anew at each branch and the same at each look.
    """

    kind: ClassVar[str] = "branch"

    frame: Frame
    ways: tuple[Way, ...]

    @classmethod
    def read(cls, frame: Frame, fields: Fields) -> Self:
        ways = []
        for block in fields.blocks("branch", "`branch` has no way; give at least one `when` with its `go`."):
            way = fields.inside(block)
            condition = read_facts(way.block_of("when", shape=FACTS_SHAPE), fields.where)
            way.require("go", "`go` is missing; name the step this way leads to, or `end`.")
            share = way.number("chance", None, least=1, most=100) if way.has("chance") else None
            ways.append(Way(condition, read_target(way, END), share))
            way.close()
        if sum(way.share or 0 for way in ways) > 100:
            fields.fail("the chances of `branch` make more than 100 percent; lower them.", "branch")
        return cls(frame, tuple(ways))

    def targets(self) -> tuple[str, ...]:
        return (*(way.go for way in self.ways), self.frame.go)

    def decide(self, situation: Situation) -> Outcome:
        drawn, passed = situation.draw(self.frame.id), 0
        for number, way in enumerate(self.ways, start=1):
            begins, passed = passed, passed + (way.share or 0)
            is_drawn = way.share is None or begins <= drawn < passed
            if is_drawn and way.when.holds(situation.facts):
                return Outcome("done", reason=f"way_{number}", go=way.go)
        return Outcome("done", reason="otherwise", go=self.frame.go)
