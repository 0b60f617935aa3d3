"""The side panel of one card: its fields as the text stands now. What is filled in goes back by journey_filled."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from guanxi.console import paper_words
from guanxi.console.journey_conditions import ConditionForm, condition_form
from guanxi.console.journey_facts import Known, fact_name
from guanxi.console.journey_fields import (
    FormField,
    list_of,
    listed,
    rows_of,
    span_field,
    spoken,
    with_written,
)
from guanxi.console.journey_occasions import (
    NOTHING_SAID,
    TRIGGER,
    UNTIL,
    WAY_OUT,
    OccasionForm,
    Said,
    occasion_form,
)
from guanxi.console.journey_vocabulary import OBJECT_NAMES, PURPOSE_NAMES, STEP_NAMES
from guanxi.journeys.graph import PER_CONTACT, PER_CUSTOMER
from guanxi.ledger.traits import TRAITS

Step = Mapping[str, Any]
WINDOW = ("not_before", "not_after", "expires")
# How a wait and a deadline are said: so long, until an hour of the reader's day, until a moment of the record.
LONG, HOUR, MOMENT = "long", "hour", "moment"


@dataclass(frozen=True, slots=True)
class WayForm:
    """One way of a branch."""

    number: int
    condition: ConditionForm
    chance: str
    go: str


@dataclass(frozen=True, slots=True)
class CardForm:
    kind: str
    title: str
    fields: Sequence[FormField]
    occasions: Sequence[OccasionForm] = ()
    ways: Sequence[WayForm] = ()
    condition: ConditionForm | None = None
    more: Sequence[FormField] = ()
    shows_more: bool = False


def step_form(step: Step, kind: str, known: Known, *, said: Said = NOTHING_SAID) -> CardForm:
    """The form of a step as it is written now; `said` are its occasions in words."""
    return CardForm(
        kind=kind,
        title=str(STEP_NAMES.get(kind, kind)),
        fields=OWN_FIELDS[kind](step, known) if kind in OWN_FIELDS else [],
        occasions=[occasion_form("until", UNTIL, _("Until one of these happens"), step.get("until"), known, said)]
        if kind == "wait"
        else [],
        ways=_ways(step, known) if kind == "branch" else [],
        condition=condition_form("when", _("Only if"), step.get("when"), known),
        more=_window(step, kind, known),
        shows_more=any(step.get(name) for name in WINDOW),
    )


def head_form(document: Mapping[str, Any], known: Known, *, said: Said = NOTHING_SAID) -> CardForm:
    """The form of the journey itself: what starts it, how often, what ends it."""
    entry = document.get("entry", "once")
    after = entry.get("again_after", "") if isinstance(entry, Mapping) else ""
    entries = [
        ("once", _("once")), ("once per object", _("once for each order or other object")),
        ("each time", _("each time")), ("again", _("again after a while")),
    ]  # fmt: skip
    return CardForm(
        kind="journey",
        title=_("Journey"),
        fields=[
            *_title_fields(document.get("title"), _("Name of the journey"), _("Name in Chinese")),
            FormField("entry", _("A customer enters"), "select", "again" if after else str(entry), entries),
            span_field("again_after", _("at the earliest after"), after, mode="again"),
            FormField("about", _("It is about"), "select", str(document.get("about", "")), list_of(OBJECT_NAMES)),
        ],
        occasions=[
            occasion_form("trigger", TRIGGER, _("Starts when"), document.get("trigger"), known, said),
            occasion_form("goals", WAY_OUT, _("Reaches its goal when"), document.get("goals"), known, said),
            occasion_form("exits", WAY_OUT, _("Ends early when"), document.get("exits"), known, said),
        ],
        more=[
            FormField("priority", _("Priority"), "number", str(document.get("priority", "")),
                      hint=_("1 to 99, smaller first; 50 by default")),
            FormField("purpose", _("Stands in the gallery under"), "select", str(document.get("purpose", "")),
                      list_of(PURPOSE_NAMES)),
            FormField("per", _("Enters by itself"), "select", str(document.get("per", PER_CUSTOMER)),
                      [(PER_CUSTOMER, _("each customer")), (PER_CONTACT, _("each contact"))]),
            FormField("lifecycle", _("Kind of journey"), "select", "true" if document.get("lifecycle") else "",
                      [("", _("beside others")), ("true", _("lifecycle: only one such journey at a time"))]),
        ],
    )  # fmt: skip


# The fields of each kind of card


def _send_fields(step: Step, known: Known) -> list[FormField]:
    values = step.get("values")
    return [
        FormField("send", _("Letter"), "select", str(step.get("send", "")),
                  with_written(list(known.letters.items()), step.get("send"))),
        _document_field(step),
        FormField("survey", _("Asks a questionnaire"), "select", str(step.get("survey", "")),
                  [("", _("none")), *list_of(paper_words.SURVEYS)]),
        FormField("values", _("Values for the letter"), "text", spoken(values)[1:-1] if values else "",
                  hint="coupon: {percent: 5}"),
    ]  # fmt: skip


def _document_field(step: Step) -> FormField:
    options = [("", _("none")), *list_of(paper_words.KINDS)]
    return FormField("document", _("Hands over a document"), "select", str(step.get("document", "")), options)


def _task_fields(step: Step, known: Known) -> list[FormField]:
    lines = [each if isinstance(each, Mapping) else {"en": each} for each in listed(step.get("checklist"))]
    return [
        *_title_fields(step.get("title"), _("What to do"), _("What to do, in Chinese")),
        FormField("task", _("Kind, one word"), "text", str(step.get("task", ""))),
        *_until_fields("due", _("To be done"), step.get("due"), [(LONG, _("within")), (MOMENT, _("by a date"))], "h"),
        FormField("checklist-en", _("Checklist, one point a line"), "area", _lines(lines, "en")),
        FormField("checklist-zh-Hans", _("Checklist in Chinese"), "area", _lines(lines, "zh-Hans")),
        _document_field(step),
    ]


def _lines(lines: Sequence[Mapping[str, str]], language: str) -> str:
    return "\n".join(line.get(language, "") for line in lines).rstrip("\n")


def _wait_fields(step: Step, known: Known) -> list[FormField]:
    ways = [(LONG, _("for")), (HOUR, _("until an hour of the reader's day")), (MOMENT, _("until a date"))]
    return _until_fields("wait", _("Wait"), step.get("wait"), ways, "d")


def _until_fields(name: str, label: str, written: Any, ways: Sequence[tuple[str, str]], unit: str) -> list[FormField]:
    """So long, until an hour, or until a moment that the record names."""
    text = str(written or "")
    until = text.removeprefix("until ") if text.startswith("until ") else ""
    is_hour = re.fullmatch(r"\d\d:\d\d", until) is not None
    return [
        FormField(f"{name}-how", label, "select", HOUR if is_hour else MOMENT if until else LONG, ways),
        span_field(name, "", text, unit=unit, mode=LONG),
        FormField(f"{name}-hour", "", "hour", until if is_hour else "09:00", mode=HOUR),
        FormField(f"{name}-moment", "", "text", "" if is_hour else until, mode=MOMENT,
                  hint=_("a date of the record, such as field.delivery_on, or of the event, such as event.at")),
    ]  # fmt: skip


def _set_fields(step: Step, known: Known) -> list[FormField]:
    found = step.get("set")
    wanted = found if isinstance(found, Mapping) else {}
    traits = [(name, fact_name(f"trait.{name}")) for name in TRAITS]
    fields = wanted.get("fields")
    return [
        FormField("set-tag", _("Put on the tag"), "text", str(wanted.get("tag", ""))),
        FormField("set-untag", _("Take off the tag"), "text", str(wanted.get("untag", ""))),
        FormField("set-trait", _("Write down the trait"), "select", str(wanted.get("trait", "")),
                  [("", _("none")), *traits]),
        FormField("set-fields", _("Write fields"), "text", spoken(fields)[1:-1] if fields else "",
                  hint="ready_for: next"),
    ]  # fmt: skip


def _chosen(name: str, label: Callable[[], str], kind: str) -> Callable[[Step, Known], list[FormField]]:
    """A card with one choice of what is known."""
    return lambda step, known: [
        FormField(name, label(), "select", str(step.get(name, "")),
                  with_written(list(getattr(known, kind).items()), step.get(name)))
    ]  # fmt: skip


def _word(name: str, label: Callable[[], str]) -> Callable[[Step, Known], list[FormField]]:
    return lambda step, known: [FormField(name, label(), "text", str(step.get(name, "")))]


def _repeat_fields(step: Step, known: Known) -> list[FormField]:
    return [
        FormField("repeat", _("Back to"), "select", str(step.get("repeat", "")),
                  with_written(known.steps, step.get("repeat"))),
        FormField("at_most", _("at most so often"), "number", str(step.get("at_most", ""))),
    ]  # fmt: skip


def _offer_fields(step: Step, known: Known) -> list[FormField]:
    hint = _("the offer's own time when empty")
    return [
        *_chosen("offer", lambda: _("Offer"), "offers")(step, known),
        span_field("valid", _("good for"), step.get("valid"), hint=hint, units="dw"),
    ]


OWN_FIELDS: dict[str, Callable[[Step, Known], list[FormField]]] = {
    "send": _send_fields,
    "task": _task_fields,
    "set": _set_fields,
    "wait": _wait_fields,
    "repeat": _repeat_fields,
    "offer": _offer_fields,
    "webhook": _word("webhook", lambda: _("Name of the signal")),
    "start": _chosen("start", lambda: _("Journey"), "journeys"),
    "end": _word("end", lambda: _("Reason, one word")),
    "give_up": _word("give_up", lambda: _("Reason, one word")),
}


# What cards share


def _title_fields(written: Any, label: str, chinese: str) -> list[FormField]:
    titles = written if isinstance(written, Mapping) else {"en": written or ""}
    return [
        FormField("title-en", label, "text", str(titles.get("en", ""))),
        FormField("title-zh-Hans", chinese, "text", str(titles.get("zh-Hans", ""))),
    ]


def _window(step: Step, kind: str, known: Known) -> list[FormField]:
    labels = {"not_before": _("Not before"), "not_after": _("Not after"), "expires": _("May leave until")}
    fields = [span_field(name, labels[name], step.get(name)) for name in WINDOW]
    bases = [("", _("the step before")), ("trigger", _("the start of the journey"))]
    fields.append(FormField("from", _("counted from"), "select", str(step.get("from", "")), bases))
    if kind != "end":
        ways = [("", _("the card below")), *known.steps, ("end", _("End"))]
        fields.append(FormField("go", _("Then on to"), "select", str(step.get("go", "")), ways))
    return [*fields, FormField("id", _("Name in the text"), "text", str(step.get("id", "")))]


def _ways(step: Step, known: Known) -> list[WayForm]:
    return [
        WayForm(number, condition_form(f"way{number}", "", way.get("when"), known), str(way.get("chance", "")),
                str(way.get("go", "")))
        for number, way in enumerate([*rows_of(step.get("branch")), {}])
    ]  # fmt: skip
