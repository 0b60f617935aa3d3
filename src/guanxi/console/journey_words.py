"""A journey's steps, conditions and reasons as sentences for the page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from guanxi.console.journey_events import event_name
from guanxi.console.journey_facts import Known, fact_name, value_words
from guanxi.console.journey_vocabulary import (
    OUTCOMES,
    PERIOD_NAMES,
    REASONS,
    UNSPOKEN,
    Words,
)
from guanxi.console.message_words import hold_name
from guanxi.console.phrases import with_aside
from guanxi.console.shipped_words import of_language
from guanxi.journeys.clockwork import Clockwork, DateOf, Festival, Schedule, Silence
from guanxi.journeys.conditions import Condition, Test
from guanxi.journeys.graph import AGAIN, EACH_TIME, ONCE_PER_OBJECT, Exit, Graph, Trigger
from guanxi.journeys.occasions import Occasion
from guanxi.journeys.steps.base import Step, Times
from guanxi.journeys.steps.branch import Branch
from guanxi.journeys.steps.change import Change
from guanxi.journeys.steps.give_up import GiveUp
from guanxi.journeys.steps.offer import Offer
from guanxi.journeys.steps.repeat import Repeat
from guanxi.journeys.steps.send import Send
from guanxi.journeys.steps.signal import Signal
from guanxi.journeys.steps.start import End, Start
from guanxi.journeys.steps.task import Task
from guanxi.journeys.steps.wait import Wait

# Steps whose title is one word of theirs in a sentence.
OTHER_STEPS: dict[type, tuple[Words, str]] = {
    Signal: (gettext_lazy("Tell other programs: %(name)s"), "name"),
    GiveUp: (gettext_lazy("No marketing any more: %(name)s"), "reason"),
    End: (gettext_lazy("End: %(name)s"), "reason"),
}


@dataclass(frozen=True, slots=True)
class EntryWords:
    """How one gets into the journey and out of it."""

    triggers: list[str]
    rule: str
    exits: list[str]


def step_title(step: Step, known: Known) -> str:
    if isinstance(step, Send):
        return known.letters.get(step.template_key, step.template_key)
    if isinstance(step, Offer):
        return _("Hand out the offer “%(name)s”") % {"name": known.offers.get(step.offer_name, step.offer_name)}
    if isinstance(step, Start):
        return _("Go on to the journey “%(name)s”") % {"name": known.journeys.get(step.journey_key, step.journey_key)}
    if isinstance(step, Wait):
        return _wait_title(step)
    if isinstance(step, Task):
        return of_language(step.titles)
    if isinstance(step, Branch):
        return _("Which way?")
    if isinstance(step, Repeat):
        return _("Begin the next round")
    if isinstance(step, Change):
        return _change_title(step)
    named = OTHER_STEPS.get(type(step))
    return str(named[0]) % {"name": getattr(step, named[1])} if named else step.frame.id


def _wait_title(step: Wait) -> str:
    if step.hour is not None:
        return _("Wait until %(hour)s of the reader's day") % {"hour": f"{step.hour:%H:%M}"}
    if step.fact:
        return _("Wait for the date of %(name)s") % {"name": fact_name(step.fact)}
    if step.day is not None:
        return _("Wait until %(day)s") % {"day": step.day.isoformat()}
    return _("Wait %(span)s") % {"span": span_words(step.span)}


def _change_title(step: Change) -> str:
    parts = [_("Tag: %(tag)s") % {"tag": step.tag}] if step.tag else []
    parts += [_("Take off the tag: %(tag)s") % {"tag": step.untag}] if step.untag else []
    parts += [fact_name(f"trait.{step.trait}")] if step.trait else []
    parts += [_("Write %(name)s: %(value)s") % {"name": name, "value": value} for name, value in step.fields.items()]
    return " · ".join(parts)


def window_words(times: Times, *, is_first: bool = False) -> list[str]:
    """When a step may be taken, counted from what."""
    base = _("after the start") if is_first or times.base == "trigger" else _("after the step before")
    words = []
    if times.not_before:
        words.append(_("%(span)s %(base)s") % {"span": span_words(times.not_before), "base": base})
    if times.not_after is not None:
        words.append(_("at the latest %(span)s %(base)s") % {"span": span_words(times.not_after), "base": base})
    return words


def entry_words(graph: Graph) -> EntryWords:
    triggers = [trigger_words(each) for each in graph.triggers]
    if graph.entry.rule == ONCE_PER_OBJECT:
        rule = _("once for each order")
    elif graph.entry.rule == AGAIN:
        rule = _("again after %(span)s at the earliest") % {"span": span_words(graph.entry.after)}
    elif graph.entry.rule == EACH_TIME:
        rule = _("each time, also when under way")
    else:
        rule = _("once and never again")
    return EntryWords(triggers, rule, [exit_words(each) for each in graph.exits])


def said_by_head(graph: Graph) -> dict[str, list[str]]:
    """The occasions of the journey itself in words, in the order of its text."""
    return {
        "trigger": [trigger_words(each) for each in graph.triggers],
        "goals": [exit_words(each) for each in graph.exits if each.is_goal],
        "exits": [exit_words(each) for each in graph.exits if not each.is_goal],
    }


def said_by_step(step: Step) -> dict[str, list[str]]:
    return {"until": [occasion_words(each) for each in step.until]} if isinstance(step, Wait) else {}


def trigger_words(trigger: Trigger) -> str:
    """What starts the journey and for whom."""
    words = occasion_words(trigger.occasion) if trigger.clockwork is None else clockwork_words(trigger.clockwork)
    condition = condition_words(trigger.when)
    return with_aside(words, condition) if condition else words


def clockwork_words(clockwork: Clockwork) -> str:
    """A date, silence, the calendar, a festival, a launch."""
    if isinstance(clockwork, Silence):
        events = _(" or ").join(event_name(name) for name in clockwork.events)
        return _("%(span)s have passed since the latest: %(events)s") % {
            "span": span_words(clockwork.span), "events": events
        }  # fmt: skip
    if isinstance(clockwork, Schedule):
        return _("every %(period)s") % {"period": str(PERIOD_NAMES.get(clockwork.every, clockwork.every))}
    if isinstance(clockwork, DateOf):
        what = fact_name(clockwork.name)
    elif isinstance(clockwork, Festival):
        what = hold_name(clockwork.code)
    else:
        what = _("the launch of new articles")
    if clockwork.lead:
        return _("%(span)s before %(what)s") % {"span": span_words(clockwork.lead), "what": what}
    if clockwork.after:
        return _("%(span)s after %(what)s") % {"span": span_words(clockwork.after), "what": what}
    return what


def exit_words(way_out: Exit) -> str:
    if way_out.occasion is not None:
        return occasion_words(way_out.occasion)
    return condition_words(way_out.when) if way_out.when else reason_words(way_out.reason)


def occasion_words(occasion: Occasion) -> str:
    names = _(" or ").join(event_name(name) for name in sorted(occasion.names))
    condition = condition_words(occasion.where)
    return with_aside(names, condition) if condition else names


def condition_words(condition: Condition) -> str:
    words = (_test_words(test) for test in condition.tests if test.name not in UNSPOKEN)
    return _(" and ").join(words)


def _test_words(test: Test) -> str:
    name = fact_name(test.name)
    if test.at_least is not None or test.at_most is not None:
        bounds = [_("at least %(number)s") % {"number": test.at_least}] if test.at_least is not None else []
        bounds += [_("at most %(number)s") % {"number": test.at_most}] if test.at_most is not None else []
        return f"{name} {_(' and ').join(bounds)}"
    if test.values in {(True,), (False,)}:
        yes = (test.values == (True,)) is not test.negated
        return name if yes else _("not: %(name)s") % {"name": name}
    values = _(" or ").join(value_words(test.name, test.values))
    if test.negated:
        return _("%(name)s is not %(values)s") % {"name": name, "values": values}
    return _("%(name)s is %(values)s") % {"name": name, "values": values}


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
