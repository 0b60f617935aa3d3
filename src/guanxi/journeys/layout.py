"""Lays a journey out for the eye: cards from top to bottom, the ways of a branch side by side until they meet. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from guanxi.journeys.graph import Graph
from guanxi.journeys.steps.base import END, Step
from guanxi.journeys.steps.branch import Branch
from guanxi.journeys.steps.start import End
from guanxi.journeys.steps.wait import Wait


@dataclass(frozen=True, slots=True)
class Place:
    """One card; a branch, or a wait that leads elsewhere when it is heard, has `lanes`, the last one for otherwise."""

    step: Step
    lanes: tuple[Lane, ...] = ()


@dataclass(frozen=True, slots=True)
class Jump:
    """The way goes on at a card that stands elsewhere, or at the END."""

    to: str


@dataclass(frozen=True, slots=True)
class Lane:
    """The cards of one way; `number` counts the ways of the branch from 0, None is otherwise."""

    number: int | None
    rows: tuple[Place | Jump, ...]


def lay_out(graph: Graph) -> tuple[Place | Jump, ...]:
    """Every step stands in it once."""
    return tuple(_Drawing(graph.steps).rows(graph.first, END))


class _Drawing:
    def __init__(self, steps: Mapping[str, Step]) -> None:
        self.steps = steps
        self.order = {step_id: number for number, step_id in enumerate([*steps, END])}
        self.passed = self._passed()
        self.placed: set[str] = set()

    def rows(self, start: str, stop: str) -> list[Place | Jump]:
        """From `start` down to `stop`, which the one who asked goes on with."""
        found: list[Place | Jump] = []
        here = start
        while here != stop:
            if here == END or here in self.placed:
                return [*found, Jump(here)]
            self.placed.add(here)
            step = self.steps[here]
            if ways := ways_of(step):
                meeting = self._meeting(step)
                found.append(Place(step, self._lanes(step, ways, meeting)))
                here = meeting
            elif isinstance(step, End) and step.targets() == (END,):
                return [*found, Place(step)]
            else:
                found.append(Place(step))
                here = step.frame.go
        return found

    def _lanes(self, step: Step, ways: Sequence[str], meeting: str) -> tuple[Lane, ...]:
        lanes = [Lane(number, tuple(self.rows(target, meeting))) for number, target in enumerate(ways)]
        return (*lanes, Lane(None, tuple(self.rows(step.frame.go, meeting))))

    def _meeting(self, step: Step) -> str:
        """Where the ways meet again; ways that end at once are not waited for."""
        targets = {target for target in step.targets() if not self._closes(target)}
        if not targets:
            return END
        common = frozenset.intersection(*(self.passed[target] for target in targets))
        return min(common - self.placed, key=self.order.__getitem__)

    def _closes(self, target: str) -> bool:
        return target == END or (self.steps[target].targets() == (END,) and isinstance(self.steps[target], End))

    def _passed(self) -> dict[str, frozenset[str]]:
        """By step, what everybody passes who comes there; ways lead down, so the last ones are known first."""
        found: dict[str, frozenset[str]] = {END: frozenset({END})}
        for step_id in reversed(list(self.steps)):
            ahead = [found[target] for target in self.steps[step_id].targets()]
            found[step_id] = frozenset({step_id}).union(frozenset.intersection(*ahead))
        return found


def ways_of(step: Step) -> tuple[str, ...]:
    """Where the ways of a step lead that go beside its own: those of a branch, or where a wait leads that was heard."""
    if isinstance(step, Branch):
        return tuple(way.go for way in step.ways)
    return (step.heard,) if isinstance(step, Wait) and step.heard is not None else ()


def steps_ahead(steps: Mapping[str, Step], start: str) -> set[str]:
    """`start` and every step one may come to from there without beginning another round."""
    seen: set[str] = set()
    open_ends: list[str] = [start]
    while open_ends:
        here = open_ends.pop()
        if here in steps and here not in seen:
            seen.add(here)
            open_ends += steps[here].targets()
    return seen


def placed_in(rows: Sequence[Place | Jump]) -> Collection[str]:
    """The steps of a layout, in the order they are drawn."""
    found: list[str] = []
    for row in rows:
        if isinstance(row, Place):
            found.append(row.step.frame.id)
            for lane in row.lanes:
                found += placed_in(lane.rows)
    return found
