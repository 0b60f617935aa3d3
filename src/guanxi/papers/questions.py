"""The questionnaires: their questions in every language of the public pages, and how an answer is read. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any

import yaml

LONGEST_TEXT = 2_000
MOST_STARS = 5
POOR = 2
STARS, CHOICE, CHOICES, TEXT = "stars", "choice", "choices", "text"


class NothingSaid(Exception):
    """No question is answered."""


@dataclass(frozen=True, slots=True)
class Question:
    """`problems` are the choices that name a problem; `means_problem`: any text does; `in_short`: is always asked."""

    key: str
    kind: str
    titles: Mapping[str, str]
    choices: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    problems: frozenset[str] = frozenset()
    means_problem: bool = False
    in_short: bool = True


@dataclass(frozen=True, slots=True)
class Survey:
    """A questionnaire; `titles` and `texts` by language."""

    key: str
    titles: Mapping[str, str]
    texts: Mapping[str, str]
    questions: tuple[Question, ...]

    def asked(self, *, is_short: bool) -> tuple[Question, ...]:
        return tuple(each for each in self.questions if each.in_short or not is_short)

    def question(self, key: str) -> Question | None:
        return next((each for each in self.questions if each.key == key), None)


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody answered. `stars` is the lowest rating he gave: the one to act on."""

    stars: int | None
    choices: Mapping[str, list[str]]
    texts: Mapping[str, str]
    names_problem: bool


@cache
def surveys() -> dict[str, Survey]:
    """By key."""
    source = resources.files("guanxi.papers").joinpath("questions.yaml").read_text(encoding="utf-8")
    return {key: _survey(key, block) for key, block in yaml.safe_load(source).items()}


def _survey(key: str, block: Mapping[str, Any]) -> Survey:
    questions = tuple(_question(name, each) for name, each in block["questions"].items())
    return Survey(key, block["title"], block["text"], questions)


def _question(key: str, block: Mapping[str, Any]) -> Question:
    return Question(
        key=key, kind=block["kind"], titles=block["title"], choices=block.get("choices", {}),
        problems=frozenset(block.get("problems", ())), means_problem=block.get("means_problem", False),
        in_short=block.get("in_short", True),
    )  # fmt: skip


def read_answer(survey: Survey, asked: Callable[[str], Sequence[str]], *, is_short: bool = False) -> Said:
    """What a form says, by the names of its fields; anything that was not asked is passed over. Raises NothingSaid."""
    ratings: list[int] = []
    choices: dict[str, list[str]] = {}
    texts: dict[str, str] = {}
    for question in survey.asked(is_short=is_short):
        given = asked(question.key)
        match question.kind:
            case "stars":
                rating = next(iter(given), "")
                if rating in {str(number) for number in range(1, MOST_STARS + 1)}:
                    ratings.append(int(rating))
                    choices[question.key] = [rating]
            case "choice" | "choices":
                known = [each for each in question.choices if each in given]
                if known:
                    choices[question.key] = known[:1] if question.kind == CHOICE else known
            case _:
                if text := _clean(next(iter(given), "")):
                    texts[question.key] = text
    if not choices and not texts:
        raise NothingSaid
    stars = min(ratings, default=None)
    return Said(stars, choices, texts, _names_problem(survey, stars, choices, texts))


def _names_problem(
    survey: Survey, stars: int | None, choices: Mapping[str, list[str]], texts: Mapping[str, str]
) -> bool:  # fmt: skip
    if stars is not None and stars <= POOR:
        return True
    return any(
        (question.means_problem and question.key in texts)
        or not question.problems.isdisjoint(choices.get(question.key, ()))
        for question in survey.questions
    )


def _clean(text: str) -> str:
    """Without control characters but line breaks, and not endless."""
    kept = "".join(char for char in text.replace("\r\n", "\n") if char.isprintable() or char == "\n")
    return kept.strip()[:LONGEST_TEXT]
