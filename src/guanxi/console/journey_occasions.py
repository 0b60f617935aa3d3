"""What starts a journey, ends it or ends a wait: events and clockwork as forms, from the text and back to it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from guanxi.console.journey_conditions import ConditionForm, condition_filled, condition_form
from guanxi.console.journey_events import event_name, event_options
from guanxi.console.journey_facts import Known, fact_name
from guanxi.console.journey_fields import (
    FormField,
    Groups,
    Options,
    Unfilled,
    list_of,
    listed,
    numbers_of,
    rows_of,
    span_field,
    span_filled,
    with_written,
)
from guanxi.console.journey_vocabulary import PERIOD_NAMES, WEEKDAY_NAMES
from guanxi.culture import hold_kinds
from guanxi.journeys.clockwork import ANY_EDITION, DATES, EDITIONS, ONCE, YEARLY

Words = str | Promise
# Occasions in words, by the prefix of their form.
Said = Mapping[str, Sequence[str]]
NOTHING_SAID: Said = {}

TRIGGER, WAY_OUT, UNTIL = "trigger", "way_out", "until"
# What is chosen in place of an event.
DATE, SILENCE, SCHEDULE, FESTIVAL, LAUNCH, WHEN = "@date", "@silence", "@schedule", "@festival", "@launch", "@when"
CLOCKWORK: dict[str, Words] = {
    DATE: gettext_lazy("a date of the record comes"),
    SILENCE: gettext_lazy("nothing has happened for a while"),
    SCHEDULE: gettext_lazy("the calendar says so"),
    FESTIVAL: gettext_lazy("a festival comes"),
    LAUNCH: gettext_lazy("new articles go on sale"),
}
EDITION_NAMES: dict[str, Words] = {
    "any": gettext_lazy("all new articles"),
    "season": gettext_lazy("articles of a season"),
    "limited": gettext_lazy("limited articles"),
}
SHIFTED = f"{DATE} {FESTIVAL} {LAUNCH}"


@dataclass(frozen=True, slots=True)
class OccasionRow:
    """`said` is all of it in words. `chosen` is an event, a clockwork, or nothing; `also` are further events of which
    one is enough.

    `fields` are asked for under some choices only, `where` of events, `when` of triggers and of conditions.
    """

    name: str
    said: str
    chosen: str
    reason: str
    also: Options
    fields: Sequence[FormField]
    where: ConditionForm
    when: ConditionForm | None
    options: Groups


@dataclass(frozen=True, slots=True)
class OccasionForm:
    """`kind` is trigger, way_out or until."""

    prefix: str
    kind: str
    label: str
    rows: Sequence[OccasionRow]


def occasion_form(
    prefix: str, kind: str, label: str, written: Any, known: Known, said: Said = NOTHING_SAID
) -> OccasionForm:
    rows = [*rows_of(written), {}]
    words = [*said.get(prefix, ()), *[""] * len(rows)]
    return OccasionForm(prefix, kind, label, [
        _row(f"{prefix}-{number}", kind, each, known, words[number]) for number, each in enumerate(rows)
    ])  # fmt: skip


def _row(name: str, kind: str, written: Mapping[str, Any], known: Known, said: str) -> OccasionRow:
    events = [str(each) for each in listed(written.get("event"))]
    chosen = events[0] if events else next((each for each in (*CLOCKWORK, WHEN) if each[1:] in written), "")
    since = [str(each) for each in listed(written.get("since"))] if chosen == SILENCE else []
    return OccasionRow(
        name=name, said=said, chosen=chosen, reason=str(written.get("reason", "")),
        also=[*((each, event_name(each)) for each in events[1:] or since), ("", "")],
        fields=[*_clockwork_fields(name, written), *_common_fields(name, kind, written)],
        where=condition_form(f"{name}-where", _("only if the event tells"), written.get("where"), known, of_event=True),
        when=None if kind == UNTIL else condition_form(f"{name}-when", _("only if"), written.get("when"), known),
        options=_choices(kind, chosen),
    )  # fmt: skip


def _choices(kind: str, chosen: str) -> Groups:
    """The events, and what may stand in their place; a foreign one that is written stays."""
    groups: list[tuple[str, Options]] = []
    if kind == TRIGGER:
        groups.append((_("By the calendar"), list_of(CLOCKWORK)))
    if kind == WAY_OUT:
        groups.append((_("Without an event"), [(WHEN, _("a condition holds"))]))
    groups += event_options()
    if chosen and chosen not in {value for _title, some in groups for value, _words in some}:
        groups.append((_("Anything else"), [(chosen, event_name(chosen))]))
    return groups


def _clockwork_fields(name: str, written: Mapping[str, Any]) -> list[FormField]:
    """Date, silence, calendar, festival and launch: each asked for under its own choice."""
    every, on = str(written.get("schedule", "")), str(written.get("on", ""))
    dates = [(each, fact_name(each)) for each in DATES]
    shift = next((each for each in ("lead", "after") if each in written), "")
    return [
        FormField(f"{name}-date", _("Which date"), "select", str(written.get("date", "")),
                  with_written(dates, written.get("date")), mode=DATE),
        FormField(f"{name}-repeat", _("How often"), "select", str(written.get("repeat", YEARLY)),
                  [(YEARLY, _("every year")), (ONCE, _("once"))], mode=DATE),
        span_field(f"{name}-silence", _("For how long"), written.get("silence"), mode=SILENCE),
        FormField(f"{name}-schedule", _("Every"), "select", every, list_of(PERIOD_NAMES), mode=SCHEDULE),
        FormField(f"{name}-weekday", _("on"), "select", on if every == "week" else "",
                  [("", _("Monday, by default")), *list_of(WEEKDAY_NAMES)],
                  mode=f"{SCHEDULE}-week"),
        FormField(f"{name}-day", _("on day"), "number", on if every in {"month", "quarter", "half year"} else "",
                  hint=_("of the month, 1 by default"), mode=f"{SCHEDULE}-month"),
        FormField(f"{name}-day-of-year", _("on month and day"), "text", on if every == "year" else "",
                  hint=_("such as 12-01"), mode=f"{SCHEDULE}-year"),
        FormField(f"{name}-festival", _("Which festival"), "select", str(written.get("festival", "")),
                  with_written(_festivals(), written.get("festival")), mode=FESTIVAL),
        FormField(f"{name}-launch", _("Which articles"), "select", str(written.get("launch", "")),
                  list_of({each: EDITION_NAMES[each] for each in (ANY_EDITION, *EDITIONS)}), mode=LAUNCH),
        FormField(f"{name}-shift", _("When"), "select", shift,
                  [("", _("on the day")), ("lead", _("before it")), ("after", _("after it"))], mode=SHIFTED),
        span_field(f"{name}-days", _("How long"), written.get(shift), mode="shifted", units="dw"),
    ]  # fmt: skip


def _common_fields(name: str, kind: str, written: Mapping[str, Any]) -> list[FormField]:
    if kind == TRIGGER:
        return [
            span_field(f"{name}-within", _("Not older than"), written.get("within"), hint=_("3 days by default"),
                       mode="any"),
            FormField(f"{name}-as", _("Steps know it by"), "text", str(written.get("as", "")), mode="any",
                      hint=_("small letters and hyphens; the event's name when empty")),
        ]  # fmt: skip
    same = [("", _("the same order, cart or other object")), ("customer", _("the customer, whatever it is about"))]
    return [FormField(f"{name}-of", _("It must be about"), "select", str(written.get("of", "")), same, mode="event")]


def _festivals() -> Options:
    language = get_language() or "en"
    return [(code, hold.title(language)) for code, hold in hold_kinds.all_holds().items()]


# Back to the text


def occasions_filled(prefix: str, kind: str, post: QueryDict) -> list[dict[str, Any]]:
    """The rows something was chosen in, as the text writes them. Raises Unfilled."""
    found = []
    for number in numbers_of(f"{prefix}-", "chosen", post):
        name = f"{prefix}-{number}"
        chosen = post.get(f"{name}-chosen", "")
        if chosen:
            found.append({key: value for key, value in _filled(name, chosen, kind, post).items() if value})
    return found


def _filled(name: str, chosen: str, kind: str, post: QueryDict) -> dict[str, Any]:
    row: dict[str, Any] = {"reason": _reason(name, chosen, post)} if kind == WAY_OUT else {}
    if chosen == WHEN:
        when = condition_filled(f"{name}-when", post)
        if not when:
            raise Unfilled(_("A condition ends the journey: say which."))
        return row | {"when": when}
    if chosen in CLOCKWORK_FILLED:
        row |= CLOCKWORK_FILLED[chosen](name, post)
    else:
        row |= {"event": _one_or_all([chosen, *_also(name, post)]), "where": condition_filled(f"{name}-where", post)}
        row |= {"of": _word(f"{name}-of", post)}
    if kind == TRIGGER:
        row |= {"when": condition_filled(f"{name}-when", post), "within": span_filled(f"{name}-within", post)}
        row |= {"as": _word(f"{name}-as", post)}
    return row


def _reason(name: str, chosen: str, post: QueryDict) -> str:
    """As filled in, else the event's own name as one word."""
    return _word(f"{name}-reason", post) or re.sub(r"[^a-z0-9]+", "_", chosen.lower()).strip("_")


def _date(name: str, post: QueryDict) -> dict[str, Any]:
    repeat = _word(f"{name}-repeat", post)
    return {"date": _word(f"{name}-date", post), "repeat": repeat if repeat == ONCE else ""} | _shift(name, post)


def _silence(name: str, post: QueryDict) -> dict[str, Any]:
    since = _also(name, post)
    return {"silence": span_filled(f"{name}-silence", post) or "60d", "since": _one_or_all(since) if since else ""}


def _schedule(name: str, post: QueryDict) -> dict[str, Any]:
    every = _word(f"{name}-schedule", post)
    day: Any = _word(f"{name}-{ {'week': 'weekday', 'year': 'day-of-year'}.get(every, 'day') }", post)
    return {"schedule": every, "on": int(day) if day.isdecimal() else day}


def _shift(name: str, post: QueryDict) -> dict[str, Any]:
    shift, days = _word(f"{name}-shift", post), span_filled(f"{name}-days", post)
    if shift and not days:
        raise Unfilled(_("Say how many days before or after."))
    return {shift: days} if shift in {"lead", "after"} else {}


CLOCKWORK_FILLED: dict[str, Callable[[str, QueryDict], dict[str, Any]]] = {
    DATE: _date,
    SILENCE: _silence,
    SCHEDULE: _schedule,
    FESTIVAL: lambda name, post: {"festival": _word(f"{name}-festival", post)} | _shift(name, post),
    LAUNCH: lambda name, post: {"launch": _word(f"{name}-launch", post)} | _shift(name, post),
}


def _also(name: str, post: QueryDict) -> list[str]:
    return [each for each in post.getlist(f"{name}-also") if each]


def _one_or_all(names: Sequence[str]) -> Any:
    found = list(dict.fromkeys(names))
    return found if len(found) > 1 else found[0]


def _word(name: str, post: QueryDict) -> str:
    return post.get(name, "").strip()
