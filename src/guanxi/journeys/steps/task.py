"""Wish: something for a person to do, with a deadline."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar, Self

from guanxi.journeys.conditions import is_fact
from guanxi.journeys.reading import Fields
from guanxi.journeys.steps.base import UNTIL, Frame, Outcome, Situation, TaskWish, moment_of

KIND = re.compile(r"[a-z][a-z0-9_]{0,39}")


@dataclass(frozen=True, slots=True)
class Task:
    """`task: call` opens a task for the account manager, to be done within `due` of the moment the step is taken, or by
    the moment of the record that `due: until field.NAME` names; without that moment it is skipped.

    `title` says what to do, in one language or by language; `checklist` its parts.
    """

    kind: ClassVar[str] = "task"

    frame: Frame
    task_kind: str
    titles: Mapping[str, str]
    due: timedelta
    checklist: tuple[str, ...]
    fact: str = ""

    @classmethod
    def read(cls, frame: Frame, fields: Fields) -> Self:
        word = fields.text("task")
        if not KIND.fullmatch(word):
            fields.fail(f"`task` is {word!r}; write one word such as `call`.", "task")
        due, fact = _due(fields)
        return cls(frame, word, fields.sentences("title"), due, fields.words("checklist", ()), fact)

    def targets(self) -> tuple[str, ...]:
        return (self.frame.go,)

    def decide(self, situation: Situation) -> Outcome:
        times = self.frame.times
        due_at = moment_of(situation, self.fact) if self.fact else situation.now + self.due
        if due_at is None:
            return Outcome("skipped", reason="no_date", go=self.frame.go)
        expires_at = times.counted_from(situation) + times.expires if times.expires else None
        wish = TaskWish(self.task_kind, self.titles, due_at, expires_at, self.checklist)
        return Outcome("done", go=self.frame.go, wish=wish)


def _due(fields: Fields) -> tuple[timedelta, str]:
    text = fields.value("due")
    if isinstance(text, str) and (named := UNTIL.fullmatch(text)) and is_fact(named[1]):
        return timedelta(), named[1]
    due = fields.span("due")
    if not due:
        fields.fail("`due` must be longer than nothing; say how long the person has, for example due: 24h.", "due")
    return due, ""
