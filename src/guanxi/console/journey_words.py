"""A journey's steps, conditions and reasons as sentences for the page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from guanxi.console.customer_forms import CUSTOMER_KINDS, NOTE_KINDS
from guanxi.console.order_forms import STAGE_NAMES
from guanxi.console.phrases import with_aside
from guanxi.journeys.conditions import Condition, Test
from guanxi.journeys.graph import AGAIN, ONCE_PER_OBJECT, Exit, Graph
from guanxi.journeys.occasions import Occasion
from guanxi.journeys.queries import JourneyState
from guanxi.journeys.steps.base import END, Step, Times
from guanxi.journeys.steps.branch import Branch
from guanxi.journeys.steps.repeat import Repeat
from guanxi.journeys.steps.send import Send
from guanxi.journeys.steps.wait import Wait
from guanxi.kernel import places
from guanxi.tiering import queries as tiering_queries

Words = str | Promise

STATE_NAMES: dict[str, Words] = {
    "draft": gettext_lazy("draft"),
    "live": gettext_lazy("live"),
    "paused": gettext_lazy("paused"),
    "off": gettext_lazy("off"),
}
OUTCOMES: dict[str, Words] = {
    "done": gettext_lazy("done"),
    "skipped": gettext_lazy("passed over"),
    "waited": gettext_lazy("waited"),
    "left": gettext_lazy("left"),
}
REASONS: dict[str, Words] = {
    "too_late": gettext_lazy("its time had passed"),
    "condition": gettext_lazy("its condition did not hold"),
    "heard": gettext_lazy("the awaited event came"),
    "elapsed": gettext_lazy("the time ran out"),
    "otherwise": gettext_lazy("no way fitted, so it went straight on"),
    "rounds_used_up": gettext_lazy("all rounds were used up"),
    "finished": gettext_lazy("walked to the end"),
    "reacted": gettext_lazy("the customer reacted"),
    "no_longer_dormant": gettext_lazy("is no longer dormant"),
    "order_cancelled": gettext_lazy("the order was cancelled"),
    "switched_off": gettext_lazy("the journey was switched off"),
    "too_old": gettext_lazy("the event was too old"),
    "blocked": gettext_lazy("the customer is blocked"),
    "no_address": gettext_lazy("nobody there has an e-mail address"),
    "under_way": gettext_lazy("already under way in it"),
    "too_soon": gettext_lazy("was in it too short a while ago"),
    "once": gettext_lazy("was in it before"),
    "lifecycle": gettext_lazy("is in another journey of this kind"),
}
EVENTS: dict[str, Words] = {
    "order.placed": gettext_lazy("an order is placed"),
    "order.stage_changed": gettext_lazy("the order reaches a new stage"),
    "order.news": gettext_lazy("there is news about the order"),
    "standing.changed": gettext_lazy("the customer's tier changes"),
    "inquiry.received": gettext_lazy("an inquiry comes in"),
    "page.viewed": gettext_lazy("a page is visited"),
    "email.clicked": gettext_lazy("a mail is clicked"),
    "email.opened": gettext_lazy("a mail is opened"),
    "email.replied": gettext_lazy("a mail is answered"),
    "note.written": gettext_lazy("somebody writes down a call or a meeting"),
}
FACTS: dict[str, Words] = {
    "stage": gettext_lazy("the stage"),
    "tier": gettext_lazy("the tier"),
    "to": gettext_lazy("the new tier"),
    "country": gettext_lazy("the country"),
    "language": gettext_lazy("the language"),
    "customer_kind": gettext_lazy("the kind of customer"),
    "verdict": gettext_lazy("the click"),
    "kind": gettext_lazy("the kind"),
}
VALUES: dict[str, dict[str, Words]] = {
    "kind": dict(NOTE_KINDS),
    "customer_kind": dict(CUSTOMER_KINDS),
    "verdict": {
        "human": gettext_lazy("that of a person"),
        "machine": gettext_lazy("that of a machine"),
        "unknown": gettext_lazy("that of a person or a machine"),
    },
}


@dataclass(frozen=True, slots=True)
class Card:
    """One step as the vertical canvas shows it. `ways` are (condition, where it leads)."""

    id: str
    kind: str
    title: str
    letter: str = ""
    timing: list[str] = field(default_factory=list)
    condition: str = ""
    ways: list[tuple[str, str]] = field(default_factory=list)
    here: int = 0
    done: int = 0
    skipped: list[tuple[str, int]] = field(default_factory=list)

    @property
    def skipped_count(self) -> int:
        return sum(count for _reason, count in self.skipped)


@dataclass(frozen=True, slots=True)
class EntryWords:
    """How one gets into the journey and out of it."""

    triggers: list[str]
    rule: str
    exits: list[str]


def cards_of(source: JourneyState | Graph, *, letters: Mapping[str, str]) -> list[Card]:
    """The cards of a graph, with counts when the whereabouts are known; `letters` are the titles by key."""
    if isinstance(source, Graph):
        return [_card(step, letters, list(source.steps.values())) for step in source.steps.values()]
    steps = [state.step for state in source.steps]
    return [
        _card(
            state.step, letters, steps, here=state.here, done=state.done,
            skipped=[(reason_words(reason), count) for reason, count in state.skipped.items()],
        )
        for state in source.steps
    ]  # fmt: skip


def _card(
    step: Step,
    letters: Mapping[str, str],
    steps: list[Step],
    *,
    here: int = 0,
    done: int = 0,
    skipped: list[tuple[str, int]] | None = None,
) -> Card:
    frame = step.frame
    titles = {each.frame.id: step_title(each, letters) for each in steps}
    return Card(
        id=frame.id,
        kind=step.kind,
        title=titles[frame.id],
        letter=step.template_key if isinstance(step, Send) else "",
        timing=_timing(step, is_first=steps[0] is step),
        condition=condition_words(frame.when),
        ways=_ways(step, titles, steps),
        here=here,
        done=done,
        skipped=skipped or [],
    )


def step_title(step: Step, letters: Mapping[str, str]) -> str:
    if isinstance(step, Send):
        return letters.get(step.template_key, step.template_key)
    if isinstance(step, Wait):
        return _("Wait %(span)s") % {"span": span_words(step.span)}
    if isinstance(step, Branch):
        return _("Which way?")
    if isinstance(step, Repeat):
        return _("Begin the next round")
    return step.frame.id


def _timing(step: Step, *, is_first: bool) -> list[str]:
    words = window_words(step.frame.times, is_first=is_first)
    if isinstance(step, Wait) and step.until:
        until = _(" or ").join(occasion_words(each) for each in step.until)
        words.append(_("or until %(event)s") % {"event": until})
    if isinstance(step, Repeat):
        words.append(_("at most %(count)d times") % {"count": step.at_most})
    return words


def window_words(times: Times, *, is_first: bool = False) -> list[str]:
    """When a step may be taken, counted from what."""
    base = _("after the start") if is_first or times.base == "trigger" else _("after the step before")
    words = []
    if times.not_before:
        words.append(_("%(span)s %(base)s") % {"span": span_words(times.not_before), "base": base})
    if times.not_after is not None:
        words.append(_("at the latest %(span)s %(base)s") % {"span": span_words(times.not_after), "base": base})
    return words


def _ways(step: Step, titles: Mapping[str, str], steps: list[Step]) -> list[tuple[str, str]]:
    if isinstance(step, Branch):
        ways = [(condition_words(way.when), _target(way.go, titles)) for way in step.ways]
        return [*ways, (_("otherwise"), _target(step.frame.go, titles))]
    if isinstance(step, Repeat):
        return [("", _target(step.back_to, titles))]
    position = [each.frame.id for each in steps].index(step.frame.id)
    following = steps[position + 1].frame.id if position + 1 < len(steps) else END
    return [] if step.frame.go == following else [("", _target(step.frame.go, titles))]


def _target(step_id: str, titles: Mapping[str, str]) -> str:
    return titles.get(step_id, step_id) if step_id != END else _("end")


def entry_words(graph: Graph) -> EntryWords:
    triggers = [occasion_words(each.occasion) for each in graph.triggers]
    if graph.entry.rule == ONCE_PER_OBJECT:
        rule = _("once for each order")
    elif graph.entry.rule == AGAIN:
        rule = _("again after %(span)s at the earliest") % {"span": span_words(graph.entry.after)}
    else:
        rule = _("once and never again")
    return EntryWords(triggers, rule, [exit_words(each) for each in graph.exits])


def exit_words(way_out: Exit) -> str:
    if way_out.occasion is not None:
        return occasion_words(way_out.occasion)
    return condition_words(way_out.when) if way_out.when else reason_words(way_out.reason)


def occasion_words(occasion: Occasion) -> str:
    names = _(" or ").join(str(EVENTS.get(name, name)) for name in sorted(occasion.names))
    condition = condition_words(occasion.where)
    return with_aside(names, condition) if condition else names


def condition_words(condition: Condition) -> str:
    words = (_test_words(test) for test in condition.tests if test.name in FACTS)
    return _(" and ").join(words)


def _test_words(test: Test) -> str:
    name = str(FACTS[test.name])
    if test.at_least is not None or test.at_most is not None:
        return f"{name} {test.at_least or ''} … {test.at_most or ''}"
    values = _(" or ").join(_value_words(test.name, test.values))
    if test.negated:
        return _("%(name)s is not %(values)s") % {"name": name, "values": values}
    return _("%(name)s is %(values)s") % {"name": name, "values": values}


def _value_words(name: str, values: Iterable[object]) -> list[str]:
    if name == "stage":
        return [str(STAGE_NAMES.get(str(value), value)).lower() for value in values]
    if name == "country":
        return [places.country_name(str(value), get_language() or "en") for value in values]
    if name == "language":
        return [places.language_name(str(value), get_language() or "en") for value in values]
    known = _tier_titles() if name in {"tier", "to"} else VALUES.get(name, {})
    return [str(known.get(str(value)) or str(value).replace("_", " ")) for value in values]


def _tier_titles() -> dict[str, str]:
    """Of the default scheme, which journeys speak of."""
    scheme = tiering_queries.default_scheme()
    return dict(tiering_queries.tiers_of(scheme)) if scheme else {}


def outcome_words(outcome: str) -> str:
    return str(OUTCOMES.get(outcome, outcome))


def reason_words(reason: str) -> str:
    """A reason code as words; `way_2` is the second way of a branch."""
    if reason.startswith("way_"):
        return _("took way %(number)s") % {"number": reason.removeprefix("way_")}
    return str(REASONS.get(reason, reason.replace("_", " ")))


def span_words(span: timedelta) -> str:
    """Whole days, else hours, else minutes."""
    if span.seconds == 0:
        return ngettext("%(count)d day", "%(count)d days", span.days) % {"count": span.days}
    minutes = int(span.total_seconds() // 60)
    if minutes % 60 == 0:
        return ngettext("%(count)d hour", "%(count)d hours", minutes // 60) % {"count": minutes // 60}
    return ngettext("%(count)d minute", "%(count)d minutes", minutes) % {"count": minutes}
