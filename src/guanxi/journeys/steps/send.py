"""Wish: propose a message."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from guanxi.journeys.conditions import is_fact
from guanxi.journeys.reading import Fields
from guanxi.journeys.steps.base import Frame, Outcome, Situation, Wish
from guanxi.papers.kinds import KINDS, SURVEYS


@dataclass(frozen=True, slots=True)
class Send:
    """`send: j-04.1` proposes the letter of that template; the outbox judges whether and when it leaves.

    With `document: guide` the letter hands over the document of that kind that fits the reader best, and is skipped
    when none does; with `survey: usage` it asks for answers to that questionnaire.
    """

    kind: ClassVar[str] = "send"

    frame: Frame
    template_key: str
    values: Mapping[str, Any]
    document: str = ""
    survey: str = ""

    @classmethod
    def read(cls, frame: Frame, fields: Fields) -> Self:
        template_key = fields.text("send")
        fields.require(
            "not_after", "`not_after` is missing; say until when this letter makes sense, for example not_after: 3d."
        )
        return cls(
            frame, template_key, dict(fields.block_of("values")),
            document=fields.one_of("document", KINDS) if fields.has("document") else "",
            survey=fields.one_of("survey", SURVEYS) if fields.has("survey") else "",
        )  # fmt: skip

    @property
    def fact(self) -> str:
        """What it asks of the reader: whether a document of its kind fits him."""
        return f"document.{self.document}" if self.document else ""

    @property
    def told(self) -> frozenset[str]:
        """The facts its values name."""
        return frozenset(_facts_in(self.values))

    @property
    def tells_days(self) -> bool:
        """Whether a value is a day so long after the beginning, by the reader's clock."""
        return _names_a_day(self.values)

    def targets(self) -> tuple[str, ...]:
        return (self.frame.go,)

    def decide(self, situation: Situation) -> Outcome:
        if self.document and not situation.facts.get(self.fact):
            return Outcome("skipped", reason="no_document", go=self.frame.go)
        times = self.frame.times
        wish = Wish(
            self.template_key, self.values, times.earliest(situation), times.expiry(situation), self.document,
            self.survey,
        )  # fmt: skip
        return Outcome("done", go=self.frame.go, wish=wish)


def _facts_in(values: Mapping[str, Any]) -> Iterator[str]:
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from _facts_in(value)
        elif name == "fact" and is_fact(str(value)):
            yield str(value)


def _names_a_day(values: Mapping[str, Any]) -> bool:
    maps = [value for value in values.values() if isinstance(value, Mapping)]
    return any(set(each) == {"in"} or _names_a_day(each) for each in maps)
