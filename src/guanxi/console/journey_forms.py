"""The form of one card: its fields from the text, and from what was filled in the keys to write."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from guanxi.console.journey_vocabulary import STEP_NAMES
from guanxi.console.journey_words import event_name, fact_name
from guanxi.journeys.conditions import FACTS
from guanxi.journeys.splicing import flow
from guanxi.ledger.event_names import EVENT_NAMES
from guanxi.ledger.traits import TRAITS
from guanxi.papers.kinds import KINDS, SURVEYS

Options = Sequence[tuple[str, str]]
AS_TEXT = "…"
WINDOW = ("not_before", "not_after", "expires")


@dataclass(frozen=True, slots=True)
class Choices:
    """What the selects of a form offer, as (value, title)."""

    letters: Options
    offers: Options
    journeys: Options
    steps: Options


@dataclass(frozen=True, slots=True)
class FormField:
    """`kind` is text, area or select."""

    name: str
    label: str
    kind: str
    value: str = ""
    options: Options = ()
    hint: str = ""


@dataclass(frozen=True, slots=True)
class ConditionForm:
    """Rows of fact, operator and value, the last of them empty."""

    prefix: str
    label: str
    rows: Sequence[tuple[str, str, str]]


@dataclass(frozen=True, slots=True)
class OccasionForm:
    """Rows of reason, event and text, the last of them empty."""

    prefix: str
    label: str
    rows: Sequence[tuple[str, str, str, str]]
    has_reason: bool = False
    has_within: bool = False


@dataclass(frozen=True, slots=True)
class WayForm:
    """One way of a branch."""

    number: int
    condition: ConditionForm
    chance: str
    go: str


@dataclass(frozen=True, slots=True)
class CardForm:
    """The side panel of one card."""

    kind: str
    title: str
    fields: Sequence[FormField]
    occasions: Sequence[OccasionForm] = ()
    ways: Sequence[WayForm] = ()
    condition: ConditionForm | None = None
    more: Sequence[FormField] = field(default_factory=tuple)


def step_form(step: Mapping[str, Any], kind: str, choices: Choices) -> CardForm:
    """The form of a step as it is written now."""
    occasions = [_occasions("until", _("Until one of these happens"), step.get("until"))] if kind == "wait" else []
    return CardForm(
        kind=kind,
        title=str(STEP_NAMES.get(kind, kind)),
        fields=OWN_FIELDS[kind](step, choices) if kind in OWN_FIELDS else [],
        occasions=occasions,
        ways=[_way(number, way) for number, way in enumerate([*_rows(step.get("branch")), {}])]
        if kind == "branch"
        else [],
        condition=_conditions("when", _("Only if"), step.get("when")),
        more=_window(step, kind, choices),
    )


def head_form(document: Mapping[str, Any]) -> CardForm:
    """The form of the journey itself: what starts it, how often, what ends it."""
    titles = document.get("title")
    titles = titles if isinstance(titles, Mapping) else {"en": titles or ""}
    entry = document.get("entry", "once")
    after = entry.get("again_after", "") if isinstance(entry, Mapping) else ""
    return CardForm(
        kind="journey",
        title=_("Journey"),
        fields=[
            FormField("title-en", _("Title"), "text", str(titles.get("en", ""))),
            FormField("title-zh-Hans", _("Title in Chinese"), "text", str(titles.get("zh-Hans", ""))),
            FormField(
                "entry",
                _("A customer enters"),
                "select",
                "again" if after else str(entry),
                [
                    ("once", _("once")),
                    ("once per object", _("once for each order")),
                    ("each time", _("each time")),
                    ("again", _("again after a while")),
                ],
            ),
            FormField("again_after", _("at the earliest after"), "text", str(after), hint=_("such as 180d")),
            FormField(
                "priority",
                _("Priority"),
                "text",
                str(document.get("priority", "")),
                hint=_("1 to 99, smaller first; 50 by default"),
            ),
        ],
        occasions=[
            _occasions("trigger", _("Starts when"), document.get("trigger"), has_within=True),
            _occasions("goals", _("Reaches its goal when"), document.get("goals"), has_reason=True),
            _occasions("exits", _("Ends early when"), document.get("exits"), has_reason=True),
        ],
    )


def _letter_fields(step: Mapping[str, Any], choices: Choices) -> list[FormField]:
    none = ("", _("none"))
    values = step.get("values")
    return [
        FormField("send", _("Letter"), "select", str(step.get("send", "")), _with(choices.letters, step.get("send"))),
        FormField(
            "document", _("Hands over a document"), "select", str(step.get("document", "")), [none, *_same(KINDS)]
        ),
        FormField("survey", _("Asks a questionnaire"), "select", str(step.get("survey", "")), [none, *_same(SURVEYS)]),
        FormField(
            "values",
            _("Values for the letter"),
            "text",
            flow(values)[1:-1] if values else "",
            hint="coupon: {percent: 5}",
        ),
    ]


def _task_fields(step: Mapping[str, Any], choices: Choices) -> list[FormField]:
    titles = step.get("title")
    titles = titles if isinstance(titles, Mapping) else {"en": titles or ""}
    lines = [each if isinstance(each, str) else flow(each) for each in _listed(step.get("checklist"))]
    return [
        FormField("title-en", _("What to do"), "text", str(titles.get("en", ""))),
        FormField("title-zh-Hans", _("What to do, in Chinese"), "text", str(titles.get("zh-Hans", ""))),
        FormField("task", _("Kind, one word"), "text", str(step.get("task", ""))),
        FormField("due", _("To be done within"), "text", str(step.get("due", "")), hint=_("such as 24h or 3d")),
        FormField("checklist", _("Checklist, one point a line"), "area", "\n".join(lines)),
    ]


def _set_fields(step: Mapping[str, Any], choices: Choices) -> list[FormField]:
    found = step.get("set")
    wanted = found if isinstance(found, Mapping) else {}
    fields = wanted.get("fields")
    return [
        FormField("set-tag", _("Put on the tag"), "text", str(wanted.get("tag", ""))),
        FormField("set-untag", _("Take off the tag"), "text", str(wanted.get("untag", ""))),
        FormField(
            "set-trait",
            _("Write down the trait"),
            "select",
            str(wanted.get("trait", "")),
            [("", _("none")), *_same(TRAITS)],
        ),
        FormField(
            "set-fields", _("Write fields"), "text", flow(fields)[1:-1] if fields else "", hint="ready_for: next"
        ),
    ]


OWN_FIELDS: dict[str, Callable[[Mapping[str, Any], Choices], list[FormField]]] = {
    "send": _letter_fields,
    "task": _task_fields,
    "set": _set_fields,
    "wait": lambda step, _choices: [
        FormField(
            "wait", _("Wait"), "text", str(step.get("wait", "")), hint=_("7d, 24h, until 09:00 or until field.NAME")
        )
    ],
    "repeat": lambda step, choices: [
        FormField(
            "repeat", _("Back to"), "select", str(step.get("repeat", "")), _with(choices.steps, step.get("repeat"))
        ),
        FormField("at_most", _("at most so often"), "text", str(step.get("at_most", ""))),
    ],
    "offer": lambda step, choices: [
        FormField("offer", _("Offer"), "select", str(step.get("offer", "")), _with(choices.offers, step.get("offer"))),
        FormField(
            "valid",
            _("good for"),
            "text",
            str(step.get("valid", "")),
            hint=_("such as 30d; the offer's own time when empty"),
        ),
    ],
    "webhook": lambda step, _choices: [
        FormField("webhook", _("Name of the signal"), "text", str(step.get("webhook", "")))
    ],
    "start": lambda step, choices: [
        FormField(
            "start", _("Journey"), "select", str(step.get("start", "")), _with(choices.journeys, step.get("start"))
        )
    ],
    "end": lambda step, _choices: [FormField("end", _("Reason, one word"), "text", str(step.get("end", "")))],
    "give_up": lambda step, _choices: [
        FormField("give_up", _("Reason, one word"), "text", str(step.get("give_up", "")))
    ],
}


def _window(step: Mapping[str, Any], kind: str, choices: Choices) -> list[FormField]:
    labels = {"not_before": _("Not before"), "not_after": _("Not after"), "expires": _("May leave until")}
    fields = [
        FormField(name, labels[name], "text", str(step.get(name, "")), hint=_("such as 24h, 3d or 2w"))
        for name in WINDOW
    ]
    fields.append(
        FormField(
            "from",
            _("counted from"),
            "select",
            str(step.get("from", "")),
            [
                ("", _("the step before")),
                ("trigger", _("the start of the journey")),
            ],
        )
    )
    if kind != "end":
        fields.append(
            FormField(
                "go",
                _("Then on to"),
                "select",
                str(step.get("go", "")),
                [
                    ("", _("the card below")),
                    *choices.steps,
                    ("end", _("End")),
                ],
            )
        )
    return [*fields, FormField("id", _("Name in the text"), "text", str(step.get("id", "")))]


def _way(number: int, way: Mapping[str, Any]) -> WayForm:
    return WayForm(
        number, _conditions(f"way{number}", "", way.get("when")), str(way.get("chance", "")), str(way.get("go", ""))
    )


def _conditions(prefix: str, label: str, when: Any) -> ConditionForm:
    rows = [row for name, wanted in (when.items() if isinstance(when, Mapping) else ()) for row in _tests(name, wanted)]
    return ConditionForm(prefix, label, [*rows, ("", "is", "")])


def _tests(name: str, wanted: Any) -> list[tuple[str, str, str]]:
    if isinstance(wanted, Mapping):
        return [(name, op, _spoken(value)) for op, value in wanted.items()]
    return [(name, "is", _spoken(wanted))]


def _spoken(value: Any) -> str:
    return ", ".join(flow(each) for each in (value if isinstance(value, list) else [value]))


def _occasions(
    prefix: str, label: str, written: Any, *, has_reason: bool = False, has_within: bool = False
) -> OccasionForm:
    rows = [_occasion(each, has_within) for each in _rows(written)]
    return OccasionForm(prefix, label, [*rows, ("", "", "", "")], has_reason, has_within)


def _occasion(written: Mapping[str, Any], has_within: bool) -> tuple[str, str, str, str]:
    """Reason, event, text, within; what has no field of its own stands in the text as a whole."""
    known = {"event", "where", "reason"} | ({"within"} if has_within else set())
    reason, event = str(written.get("reason", "")), written.get("event")
    if isinstance(event, str) and set(written) <= known:
        return (
            reason,
            event,
            flow(written["where"])[1:-1] if written.get("where") else "",
            str(written.get("within", "")),
        )
    return reason, AS_TEXT, flow({key: value for key, value in written.items() if key != "reason"})[1:-1], ""


# Options


def fact_options() -> list[tuple[str, str]]:
    return sorted(((name, fact_name(name)) for name in FACTS if not name.endswith(".")), key=lambda each: each[1])


def fact_groups() -> list[str]:
    """Beginnings of names that are completed by hand."""
    return [name for name in FACTS if name.endswith(".")]


def event_options() -> list[tuple[str, str]]:
    return sorted(((name, event_name(name)) for name in EVENT_NAMES), key=lambda each: each[1])


def _with(options: Options, value: Any) -> list[tuple[str, str]]:
    """What is written stays among the choices even when it is none of them."""
    names = {name for name, _title in options}
    return [*options, *([(str(value), str(value))] if value and str(value) not in names else [])]


def _same(names: Iterable[str]) -> list[tuple[str, str]]:
    return [(name, name.replace("_", " ")) for name in names]


def _rows(value: Any) -> list[Mapping[str, Any]]:
    return [each for each in _listed(value) if isinstance(each, Mapping)]


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list) else [] if value is None else [value]
