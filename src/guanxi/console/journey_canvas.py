"""The canvas of a journey: cards from top to bottom with their counts, the ways of a branch side by side."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from django.utils.translation import gettext as _

from guanxi.console.journey_facts import Known
from guanxi.console.journey_words import (
    condition_words,
    occasion_words,
    reason_words,
    step_title,
    window_words,
)
from guanxi.console.preview_words import holds, moment_there
from guanxi.journeys.editing import Spot
from guanxi.journeys.graph import Graph
from guanxi.journeys.layout import Jump, Lane, Place, lay_out
from guanxi.journeys.queries import StepState
from guanxi.journeys.steps.base import Step
from guanxi.journeys.steps.branch import Branch
from guanxi.journeys.steps.repeat import Repeat
from guanxi.journeys.steps.send import Send
from guanxi.journeys.steps.start import End
from guanxi.journeys.steps.wait import Wait
from guanxi.rehearsal.one_path import Path, Stop, leaves_after

ICONS = {
    "send": "mail", "wait": "clock-pause", "branch": "git-branch", "repeat": "repeat", "task": "list-check",
    "set": "pencil", "offer": "discount", "webhook": "broadcast", "give_up": "zzz", "start": "route",
    "end": "flag-check",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class JumpView:
    """An arrow to a card that stands elsewhere, or to the end."""

    title: str
    to: str
    is_jump: bool = True


@dataclass(frozen=True, slots=True)
class LaneView:
    """One way of a branch: under which condition, and its cards."""

    label: str
    spot: Spot
    rows: tuple[CardView | JumpView, ...]


@dataclass(frozen=True, slots=True)
class CardView:
    """One step. `delay` is "+3 d"; `real` is when it would be for the chosen contact, `holds` why not sooner."""

    id: str
    kind: str
    icon: str
    title: str
    notes: tuple[str, ...]
    condition: str
    delay: str
    real: str = ""
    holds: tuple[str, ...] = ()
    trouble: str = ""
    here: int = 0
    done: int = 0
    skipped: tuple[tuple[str, int], ...] = ()
    lanes: tuple[LaneView, ...] = ()
    above: Spot | None = None
    below: Spot | None = None
    is_jump: bool = False

    @property
    def skipped_count(self) -> int:
        return sum(count for _reason, count in self.skipped)


@dataclass(frozen=True, slots=True)
class Canvas:
    """What is laid over the bare graph: names of letters, offers and journeys, counts by step, one contact's way."""

    graph: Graph
    known: Known = field(default_factory=Known)
    counts: Mapping[str, StepState] = field(default_factory=dict)
    path: Path | None = None
    zone: str = "UTC"

    @property
    def titles(self) -> dict[str, str]:
        return {step_id: step_title(step, self.known) for step_id, step in self.graph.steps.items()}


def rows_of(canvas: Canvas) -> tuple[CardView | JumpView, ...]:
    return _rows(lay_out(canvas.graph), canvas, canvas.titles)


def _rows(rows: Sequence[Place | Jump], canvas: Canvas, titles: Mapping[str, str]) -> tuple[CardView | JumpView, ...]:
    found: list[CardView | JumpView] = []
    for row in rows:
        if isinstance(row, Jump):
            found.append(JumpView(titles.get(row.to, _("End")), row.to))
            continue
        card = _card(row, canvas, titles)
        if found and isinstance(found[-1], CardView) and found[-1].lanes:
            card = replace(card, above=Spot(before=card.id))
        found.append(card)
    return tuple(found)


def _card(place: Place, canvas: Canvas, titles: Mapping[str, str]) -> CardView:
    step, step_id = place.step, place.step.frame.id
    count, stop = canvas.counts.get(step_id), canvas.path.stop_at(step_id) if canvas.path else None
    lanes = tuple(_lane(lane, step, canvas, titles) for lane in place.lanes)
    delay = leaves_after(canvas.graph, step_id)
    return CardView(
        id=step_id, kind=step.kind, icon=ICONS.get(step.kind, "point"), title=titles[step_id],
        notes=_notes(step, canvas, titles), condition=condition_words(step.frame.when),
        delay=f"+{short_span(delay)}" if delay else "", real=_real(stop, canvas), holds=_holds(stop),
        trouble=_trouble(stop), here=count.here if count else 0, done=count.done if count else 0,
        skipped=tuple((reason_words(reason), n) for reason, n in count.skipped.items()) if count else (), lanes=lanes,
        below=None if isinstance(step, End) or lanes else Spot(step_id),
    )  # fmt: skip


def _lane(lane: Lane, step: Step, canvas: Canvas, titles: Mapping[str, str]) -> LaneView:
    spot = Spot(step.frame.id, lane.number)
    return LaneView(_label(lane, step), spot, _rows(lane.rows, canvas, titles))


def _label(lane: Lane, step: Step) -> str:
    if isinstance(step, Wait):
        return _("the event came") if lane.number is not None else _("the time ran out")
    if lane.number is None or not isinstance(step, Branch):
        return _("otherwise")
    way = step.ways[lane.number]
    chance = _("%(share)d %% by chance") % {"share": way.share} if way.share is not None else ""
    return " · ".join(filter(None, (condition_words(way.when), chance))) or _("always")


def _notes(step: Step, canvas: Canvas, titles: Mapping[str, str]) -> tuple[str, ...]:
    notes = window_words(step.frame.times, is_first=step.frame.id == canvas.graph.first)
    if isinstance(step, Wait) and step.until:
        until = _(" or ").join(occasion_words(each) for each in step.until)
        notes.append(_("or until %(event)s") % {"event": until})
    if isinstance(step, Repeat):
        notes.append(_("back to “%(title)s”, at most %(count)d times") % {
            "title": titles.get(step.back_to, step.back_to), "count": step.at_most
        })  # fmt: skip
    if isinstance(step, Send):
        notes.insert(0, step.template_key)
    return tuple(notes)


def _real(stop: Stop | None, canvas: Canvas) -> str:
    if stop is None:
        return ""
    if stop.preview is not None:
        leaves_at = stop.preview.leaves_at
        return moment_there(leaves_at, stop.preview.place.name) if leaves_at else _("would not leave")
    return moment_there(stop.at, canvas.zone)


def _holds(stop: Stop | None) -> tuple[str, ...]:
    return tuple(holds(stop.preview)) if stop and stop.preview else ()


def _trouble(stop: Stop | None) -> str:
    return trouble_words(stop) if stop else ""


def trouble_words(stop: Stop) -> str:
    """Why a letter of the dry run would not come, or why the step is passed over."""
    if stop.outcome == "skipped":
        return _("passed over: %(reason)s") % {"reason": reason_words(stop.reason)}
    return str(TROUBLES[stop.trouble]()) if stop.trouble in TROUBLES else stop.trouble


TROUBLES: dict[str, Callable[[], str]] = {
    "no_template": lambda: _("this letter does not exist"),
    "no_letter": lambda: _("no letter is published in a language that would do"),
    "hold_outlasts_expiry": lambda: _("it would be held longer than its window, so it is not sent"),
}


def short_span(span: timedelta) -> str:
    """3 d, 5 h, 30 min."""
    minutes = int(span.total_seconds() // 60)
    if minutes % 1440 == 0:
        return _("%(count)d d") % {"count": minutes // 1440}
    if minutes % 60 == 0:
        return _("%(count)d h") % {"count": minutes // 60}
    return _("%(count)d min") % {"count": minutes}
