"""What has changed from one version of a letter to another, line by line. Pure."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import Protocol


class Text(Protocol):
    """What is compared; the model `Letter` has it."""

    @property
    def subject(self) -> str: ...
    @property
    def preheader(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def body(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Line:
    """`mark` is +, - or empty for a line that both have."""

    mark: str
    text: str


def in_words(before: Text, after: Text) -> list[Line]:
    """Subject, preview line and the text part."""
    return _compared(_words(before), _words(after))


def in_source(before: Text, after: Text) -> list[Line]:
    """The MJML as its author wrote it; empty for letters of blocks."""
    return _compared(before.body.splitlines(), after.body.splitlines())


def _words(letter: Text) -> list[str]:
    return [letter.subject, letter.preheader, "", *letter.text.splitlines()]


def _compared(before: list[str], after: list[str]) -> list[Line]:
    marks = {"  ": "", "- ": "-", "+ ": "+"}
    return [Line(marks[line[:2]], line[2:]) for line in difflib.ndiff(before, after) if line[:2] in marks]
