"""Wish: something for a person to do, with a deadline."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar, Self

from guanxi.journeys.conditions import is_fact
from guanxi.journeys.reading import DURATION, Block, Fields, Shape, as_pattern
from guanxi.journeys.steps.base import UNTIL, ChecklistLine, Frame, Outcome, Situation, TaskWish, moment_of
from guanxi.papers.kinds import KINDS

KIND = re.compile(r"[a-z][a-z0-9_]{0,39}")
SENTENCE: Shape = {"type": "string", "pattern": r"\S"}
LINE: Shape = {"anyOf": [SENTENCE, {"type": "object", "required": ["en"], "additionalProperties": SENTENCE}]}
CHECKLIST: Shape = {"anyOf": [LINE, {"type": "array", "items": LINE}]}
SHAPE = {"type": "string", "pattern": as_pattern(DURATION, UNTIL)}


@dataclass(frozen=True, slots=True)
class Task:
    """`task: call` opens a task for the account manager, to be done within `due` of the moment the step is taken, or by
    the moment of the record that `due: until field.NAME` names; without that moment it is skipped.

    `title` says what to do, in one language or by language; `checklist` its parts, each likewise. Of the kind
    `document` the one that fits the reader best lies with the task, where there is one.
    """

    kind: ClassVar[str] = "task"

    frame: Frame
    task_kind: str
    titles: Mapping[str, str]
    due: timedelta
    checklist: tuple[ChecklistLine, ...]
    fact: str = ""
    document: str = ""

    @classmethod
    def read(cls, frame: Frame, fields: Fields) -> Self:
        word = fields.word("task", KIND, "one word such as `call`")
        due, fact = _due(fields)
        document = fields.one_of("document", KINDS) if fields.has("document") else ""
        return cls(frame, word, fields.sentences("title"), due, _checklist(fields), fact, document)

    def targets(self) -> tuple[str, ...]:
        return (self.frame.go,)

    def decide(self, situation: Situation) -> Outcome:
        times = self.frame.times
        due_at = moment_of(situation, self.fact) if self.fact else situation.now + self.due
        if due_at is None:
            return Outcome("skipped", reason="no_date", go=self.frame.go)
        expires_at = times.counted_from(situation) + times.expires if times.expires else None
        wish = TaskWish(self.task_kind, self.titles, due_at, expires_at, self.checklist, self.document)
        return Outcome("done", go=self.frame.go, wish=wish)


def _checklist(fields: Fields) -> tuple[ChecklistLine, ...]:
    """One line, or a list of them."""
    value = fields.value("checklist", (), shape=CHECKLIST)
    lines = value if isinstance(value, list | tuple) else [value]
    found = []
    for line in lines:
        texts = list(line.values()) if isinstance(line, Block) and "en" in line else [line]
        if not all(isinstance(text, str) and text.strip() for text in texts):
            fields.fail("a line of `checklist` must be a sentence, or sentences by language with `en`.", "checklist")
        found.append(dict(line) if isinstance(line, Block) else str(line))
    return tuple(found)


def _due(fields: Fields) -> tuple[timedelta, str]:
    text = fields.value("due", shape=SHAPE)
    if isinstance(text, str) and (named := UNTIL.fullmatch(text)) and is_fact(named[1]):
        return timedelta(), named[1]
    due = fields.span("due")
    if not due:
        fields.fail("`due` must be longer than nothing; say how long the person has, for example due: 24h.", "due")
    return due, ""
