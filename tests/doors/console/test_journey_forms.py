"""A form that is taken over as it was shown changes not one character of the text."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from django.http import QueryDict

from guanxi.console import journey_filled as filled
from guanxi.console import journey_forms as forms
from guanxi.journeys.editing import change_head, change_step
from guanxi.journeys.reading import read_block
from guanxi.journeys.ready import library_texts
from guanxi.journeys.splicing import plain
from guanxi.journeys.steps import STEP_KINDS

NONE = forms.Choices((), (), (), ())


def _posted(form: forms.CardForm) -> QueryDict:
    post = QueryDict(mutable=True)
    for each in (*form.fields, *form.more):
        post[each.name] = each.value
    for occasion in form.occasions:
        _rows(post, occasion.prefix, ("reason", "event", "text", "within"), occasion.rows)
    for condition in [form.condition] if form.condition else []:
        _rows(post, condition.prefix, ("fact", "op", "value"), condition.rows)
    for way in form.ways:
        _rows(post, way.condition.prefix, ("fact", "op", "value"), way.condition.rows)
        post[f"way{way.number}-chance"], post[f"way{way.number}-go"] = way.chance, way.go or "end"
    return post


def _rows(post: QueryDict, prefix: str, names: Iterable[str], rows: Iterable[tuple[str, ...]]) -> None:
    for name, column in zip(names, zip(*rows, strict=True), strict=True):
        if name not in {"reason", "within"} or prefix in {"trigger", "goals", "exits"}:
            post.setlist(f"{prefix}-{name}", list(column))
    if prefix == "trigger":
        del post["trigger-reason"]
    if prefix in {"goals", "exits"}:
        del post[f"{prefix}-within"]


@pytest.mark.parametrize("text", library_texts(), ids=lambda text: text.split("\n")[0])
def test_every_card_of_a_ready_journey_stays_as_it_is(text: str) -> None:
    """Whatever a library journey says: comments, order, other languages, what has no field of its own."""
    changed = []
    for step in read_block(text)["steps"]:
        kind = next(kind.kind for kind in STEP_KINDS if kind.kind in step)
        changes = filled.step_changes(kind, _posted(forms.step_form(plain(step), kind, NONE)), step)
        if change_step(text, step["id"], changes) != text:
            changed.append((step["id"], changes))

    assert changed == []


@pytest.mark.parametrize("text", library_texts(), ids=lambda text: text.split("\n")[0])
def test_the_head_of_a_ready_journey_stays_as_it_is(text: str) -> None:
    document = read_block(text)
    changes = filled.head_changes(_posted(forms.head_form(plain(document))), document)

    assert change_head(text, changes) == text
