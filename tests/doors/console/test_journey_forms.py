"""A form that is taken over as it was shown changes not one character of the text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import pytest
from django.http import QueryDict

from guanxi.console import journey_facts
from guanxi.console import journey_filled as filled
from guanxi.console import journey_forms as forms
from guanxi.console.journey_conditions import ConditionForm
from guanxi.console.journey_facts import Known
from guanxi.console.journey_fields import FormField, Unfilled
from guanxi.console.journey_occasions import TRIGGER, WAY_OUT, occasions_filled
from guanxi.journeys.editing import change_head, change_step
from guanxi.journeys.reading import read_block
from guanxi.journeys.ready import library_texts
from guanxi.journeys.splicing import plain
from guanxi.journeys.steps import STEP_KINDS


class Nothing(Known):
    """A workspace with nothing to choose from."""

    letters: ClassVar[dict[str, str]] = {}
    offers: ClassVar[dict[str, str]] = {}
    journeys: ClassVar[dict[str, str]] = {}
    segments: ClassVar[list[tuple[str, str]]] = []
    schemes: ClassVar[dict[str, tuple[str, list[tuple[str, str]]]]] = {}
    default_tiers: ClassVar[list[tuple[str, str]]] = []


@pytest.fixture(autouse=True)
def _without_database(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("standing", "offer"):
        monkeypatch.setitem(journey_facts.MEMBERS, name, dict)


def posted(form: forms.CardForm) -> QueryDict:
    """What a browser sends when the form is taken over as it is shown."""
    post = QueryDict(mutable=True)
    _fields(post, [*form.fields, *form.more])
    for row in (row for occasion in form.occasions for row in occasion.rows):
        post[f"{row.name}-chosen"], post[f"{row.name}-reason"] = row.chosen, row.reason
        post.setlist(f"{row.name}-also", [name for name, _ in row.also])
        _fields(post, row.fields)
        _rows(post, row.where)
        if row.when is not None:
            _rows(post, row.when)
    if form.condition:
        _rows(post, form.condition)
    for way in form.ways:
        _rows(post, way.condition)
        post[f"way{way.number}-chance"], post[f"way{way.number}-go"] = way.chance, way.go or "end"
    return post


def _fields(post: QueryDict, fields: Sequence[FormField]) -> None:
    for each in fields:
        choices = [value for value, _ in each.options]
        is_choice = each.kind == "select" and each.value not in choices
        post[each.name] = choices[0] if is_choice and choices else each.value
        if each.kind == "span":
            post[f"{each.name}-unit"] = each.unit


def _rows(post: QueryDict, condition: ConditionForm) -> None:
    for row in condition.rows:
        post[f"{row.name}-fact"], post[f"{row.name}-op"] = row.fact, row.op
        ticked = [value for value, _, is_on in row.ticks if is_on]
        post.setlist(f"{row.name}-value", ticked if row.control.kind == "ticks" else [row.text])


@pytest.mark.parametrize("text", library_texts(), ids=lambda text: text.split("\n")[0])
def test_every_card_of_a_ready_journey_stays_as_it_is(text: str) -> None:
    """Whatever a library journey says: comments, order, other languages, what has no field of its own."""
    changed, known = [], Nothing()
    known.steps = [(step["id"], step["id"]) for step in read_block(text)["steps"]]
    for step in read_block(text)["steps"]:
        kind = next(kind.kind for kind in STEP_KINDS if kind.kind in step)
        changes = filled.step_changes(kind, posted(forms.step_form(plain(step), kind, known)), step)
        if change_step(text, step["id"], changes) != text:
            changed.append((step["id"], changes))

    assert changed == []


@pytest.mark.parametrize("text", library_texts(), ids=lambda text: text.split("\n")[0])
def test_the_head_of_a_ready_journey_stays_as_it_is(text: str) -> None:
    document = read_block(text)
    changes = filled.head_changes(posted(forms.head_form(plain(document), Nothing())), document)

    assert change_head(text, changes) == text


class TestWhatIsFilledIn:
    """Rows of the side panel become keys of the text."""

    @pytest.mark.parametrize(
        ("posted", "written"),
        [
            ({"chosen": "order.placed", "also": ["inquiry.received", ""], "within": "12", "within-unit": "h"},
             {"event": ["order.placed", "inquiry.received"], "within": "12h"}),
            ({"chosen": "order.stage_changed", "where-0-fact": "stage", "where-0-op": "is",
              "where-0-value": ["shipped", "arrived"]},
             {"event": "order.stage_changed", "where": {"stage": ["shipped", "arrived"]}}),
            ({"chosen": "note.written", "where-0-fact": ".", "where-0-rest": "mood", "where-0-value": "good"},
             {"event": "note.written", "where": {"mood": "good"}}),
            ({"chosen": "@date", "date": "birthday", "shift": "lead", "days": "2", "days-unit": "w"},
             {"date": "birthday", "lead": "2w"}),
            ({"chosen": "@silence", "silence": "90", "silence-unit": "d", "also": "email.clicked"},
             {"silence": "90d", "since": "email.clicked"}),
            ({"chosen": "@schedule", "schedule": "week", "weekday": "friday", "when-0-fact": "tier",
              "when-0-value": "A"},
             {"schedule": "week", "on": "friday", "when": {"tier": "A"}}),
            ({"chosen": "@schedule", "schedule": "month", "day": "15"}, {"schedule": "month", "on": 15}),
            ({"chosen": "@schedule", "schedule": "year", "day-of-year": "12-01"}, {"schedule": "year", "on": "12-01"}),
            ({"chosen": "@festival", "festival": "ramadan", "as": "feast"}, {"festival": "ramadan", "as": "feast"}),
            ({"chosen": "@launch", "launch": "limited", "shift": "after", "days": "3", "days-unit": "d"},
             {"launch": "limited", "after": "3d"}),
        ],
        ids=["two events", "their stage", "another word", "a date", "silence", "a weekday", "a day of the month",
             "a day of the year", "a festival", "a launch"],
    )  # fmt: skip
    def test_a_trigger_of_each_kind(self, posted: dict[str, Any], written: dict[str, Any]) -> None:
        assert occasions_filled("trigger", TRIGGER, _post("trigger-0", posted)) == [written]

    def test_a_way_out_gets_its_word_by_itself(self) -> None:
        post = _post("goals-0", {"chosen": "order.placed"})

        assert occasions_filled("goals", WAY_OUT, post) == [{"reason": "order_placed", "event": "order.placed"}]

    @pytest.mark.parametrize(
        "posted",
        [{"chosen": "@when"}, {"chosen": "@date", "date": "birthday", "shift": "lead"},
         {"chosen": "order.placed", "when-0-fact": "tier", "when-0-value": ""}],
        ids=["no condition", "no days", "no value"],
    )  # fmt: skip
    def test_what_is_left_open_is_asked_for(self, posted: dict[str, Any]) -> None:
        kind = WAY_OUT if posted["chosen"] == "@when" else TRIGGER

        with pytest.raises(Unfilled):
            occasions_filled("exits", kind, _post("exits-0", posted))

    def test_a_wait_until_an_hour_and_a_deadline_by_a_date(self) -> None:
        wait = filled.step_changes("wait", _post("wait", {"how": "hour", "hour": "09:30"}), {})
        due = filled.step_changes("task", _post("due", {"how": "moment", "moment": "field.delivery_on"}), {})

        assert wait["wait"] == "until 09:30"
        assert due["due"] == "until field.delivery_on"

    def test_a_line_of_a_checklist_keeps_its_other_languages(self) -> None:
        before = {"checklist": [{"en": "Call", "de": "Anrufen"}, "Write"]}
        post = _post("checklist", {"en": "Call\nSend", "zh-Hans": "致电"})

        changes = filled.step_changes("task", post, before)

        assert changes["checklist"] == [{"en": "Call", "de": "Anrufen", "zh-Hans": "致电"}, "Send"]


def _post(prefix: str, values: dict[str, Any]) -> QueryDict:
    post = QueryDict(mutable=True)
    for name, value in values.items():
        post.setlist(f"{prefix}-{name}", value if isinstance(value, list) else [value])
    return post
