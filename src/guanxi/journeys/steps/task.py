"""Wish: something for a person to do, with a deadline."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar, Self

from guanxi.journeys.reading import Fields
from guanxi.journeys.steps.base import Frame, Outcome, Situation, TaskWish

KIND = re.compile(r"[a-z][a-z0-9_]{0,39}")


@dataclass(frozen=True, slots=True)
class Task:
    """`task: call` opens a task for the account manager, to be done within `due` of the moment the step is taken.

    `title` says what to do, in one language or by language; `checklist` its parts.
    """

    kind: ClassVar[str] = "task"

    frame: Frame
    task_kind: str
    titles: Mapping[str, str]
    due: timedelta
    checklist: tuple[str, ...]

    @classmethod
    def read(cls, frame: Frame, fields: Fields) -> Self:
        word = fields.text("task")
        if not KIND.fullmatch(word):
            fields.fail(f"`task` is {word!r}; write one word such as `call`.", "task")
        due = fields.span("due")
        if not due:
            fields.fail("`due` must be longer than nothing; say how long the person has, for example due: 24h.", "due")
        return cls(frame, word, fields.sentences("title"), due, fields.words("checklist", ()))

    def targets(self) -> tuple[str, ...]:
        return (self.frame.go,)

    def decide(self, situation: Situation) -> Outcome:
        times = self.frame.times
        expires_at = times.counted_from(situation) + times.expires if times.expires else None
        wish = TaskWish(self.task_kind, self.titles, situation.now + self.due, expires_at, self.checklist)
        return Outcome("done", go=self.frame.go, wish=wish)
