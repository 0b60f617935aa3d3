"""Rehearse journeys over a span of the past and count what would have been."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from guanxi.firm import queries as firm_queries
from guanxi.journeys.graph import Graph, read_graph
from guanxi.journeys.models import Journey
from guanxi.rehearsal.past import ASSUMPTIONS, Past, read_past
from guanxi.rehearsal.play import Letter, Part, Play, Stage

WEEK = timedelta(days=7)
LONGEST = timedelta(days=5 * 366)


class Unrehearsable(ValueError):
    """The rehearsal cannot begin; the sentence says why and what to do."""


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What would have been from `first` to `last`; `notes` say what was assumed or derived."""

    first: date
    last: date
    assumed: tuple[str, ...]
    journeys: tuple[str, ...]
    play: Play
    past: Past
    notes: tuple[str, ...] = field(default=())

    def document(self) -> dict[str, Any]:
        """The JSON answer (docs/reference/rehearsal.md)."""
        return {
            "from": self.first.isoformat(),
            "to": self.last.isoformat(),
            "assumed": list(self.assumed),
            "proposals": len(self.play.letters),
            "by_journey": {key: self._of(key) for key in self.journeys},
            "per_contact": per_contact(self.play.letters),
            "by_week": _counted(_week_of(each.proposed_at) for each in self.play.letters),
            "by_country": _counted(each.country or "?" for each in self.play.letters),
            "by_tier": _counted(each.tier or "?" for each in self.play.letters),
            "tasks_per_person": _tasks_per_person(self.play),
            "missing_letters": [
                {"letter": letter, "language": language, "times": times}
                for (letter, language), times in sorted(self.play.missing_letters.items())
            ],
            "discount_at_most": str(_discount(self.play.letters)),
            "currency": self.past.firm.reporting_currency,
            "notes": list(self.notes),
        }

    def _of(self, key: str) -> dict[str, Any]:
        letters = [each for each in self.play.letters if each.journey == key]
        held = Counter(reason for each in letters for reason in dict.fromkeys(each.held_by))
        skipped = Counter(reason for journey, _, reason in self.play.passed_over if journey == key)
        skipped.update(each.dropped_by for each in letters if each.dropped_by)
        return {
            "entered": sum(journey == key for journey, _, _ in self.play.entered),
            "refused": _counted(reason for journey, reason in self.play.refused if journey == key),
            "proposed": len(letters),
            "left": sum(each.left_at is not None for each in letters),
            "held": dict(held.most_common()),
            "skipped": dict(skipped.most_common()),
            "tasks": sum(each.journey == key for each in self.play.chores),
            "discount_at_most": str(_discount(letters)),
            "by_step": _counted(each.step for each in letters),
        }


def rehearse(
    *,
    first: date,
    last: date,
    keys: Collection[str] = (),
    assume: Collection[str] = (),
    texts: Sequence[str] = (),
    now: datetime,
) -> Rehearsal:
    """Play the journeys of these keys, else all that are live, over the days from `first` to `last`.

    `texts` are versions to try in place of the published ones, by their own keys. Raises Unrehearsable, GraphError.
    """
    _check(first, last, assume)
    parts = _parts(keys, texts)
    graphs = [part.graph for part in parts]
    assumed = frozenset(assume)
    past = read_past(
        firm=firm_queries.the_firm(), first=first, last=last, graphs=graphs, assume=assumed, now=now
    )  # fmt: skip
    play = Stage(past, parts).run()
    names = tuple(part.journey.key for part in parts)
    return Rehearsal(first, last, tuple(sorted(assumed)), names, play, past, tuple(past.notes))


def _check(first: date, last: date, assume: Collection[str]) -> None:
    if last < first:
        raise Unrehearsable(f"{last} comes before {first}; give the earlier day first.")
    if last - first > LONGEST:
        raise Unrehearsable("More than five years are too long; take a shorter span.")
    if unknown := sorted(set(assume) - set(ASSUMPTIONS)):
        raise Unrehearsable(f"{', '.join(unknown)} cannot be assumed; take of {', '.join(ASSUMPTIONS)}.")


def _parts(keys: Collection[str], texts: Sequence[str]) -> list[Part]:
    tried: dict[str, Graph] = {graph.key: graph for graph in map(read_graph, texts)}
    journeys = Journey.objects.select_related("live_version").exclude(live_version=None).order_by("priority", "key")
    known = {journey.key: journey for journey in journeys}
    wanted = list(dict.fromkeys([*keys, *tried])) or [key for key, each in known.items() if each.state == "live"]
    if unknown := [key for key in wanted if key not in known and key not in tried]:
        raise Unrehearsable(f"There is no journey {', '.join(unknown)}; there are {', '.join(sorted(known))}.")
    if not wanted:
        raise Unrehearsable("No journey is live; name those to rehearse.")
    parts = []
    for number, key in enumerate(wanted, start=1):
        journey = known.get(key) or Journey(
            pk=-number, key=key, title=tried[key].title, priority=tried[key].priority, state="live",
            is_lifecycle=tried[key].is_lifecycle,
        )  # fmt: skip
        journey.state = "live"
        graph = tried.get(key) or read_graph(journey.live_version.text)  # type: ignore[union-attr]
        parts.append(Part(journey, graph))
    return sorted(parts, key=lambda part: (part.graph.priority, part.graph.key))


def per_contact(letters: Sequence[Letter]) -> dict[str, Any]:
    """Mails that would have left, by contact; `max_per_7_days` of marketing, which the cap counts."""
    left: dict[int, list[Letter]] = defaultdict(list)
    for each in letters:
        if each.left_at is not None:
            left[each.contact_id].append(each)
    marketing = {key: [each for each in some if each.kind == "marketing"] for key, some in left.items()}
    capped = sum(any(reason.startswith("cap_per") for reason in each.held_by) for each in letters)
    return {
        "contacts": len(left),
        "max_per_7_days": max((_most_in_a_week(some) for some in marketing.values()), default=0),
        "max_per_7_days_with_order_mail": max((_most_in_a_week(some) for some in left.values()), default=0),
        "cap_hits": capped,
        "distribution": {str(mails): n for mails, n in sorted(Counter(len(some) for some in left.values()).items())},
    }


def _most_in_a_week(letters: Iterable[Letter]) -> int:
    moments = sorted(each.left_at for each in letters if each.left_at)
    most = begin = 0
    for end, moment in enumerate(moments):
        while moments[begin] <= moment - WEEK:
            begin += 1
        most = max(most, end - begin + 1)
    return most


def _tasks_per_person(play: Play) -> dict[str, Any]:
    """The most tasks of one person in one week, and how many a week on average; without an owner they count as one."""
    weeks = Counter((each.owner_id, _week_of(each.at)) for each in play.chores)
    people = {owner for owner, _ in weeks}
    return {
        "tasks": len(play.chores),
        "people": len(people),
        "max_per_week": max(weeks.values(), default=0),
        "mean_per_week": round(sum(weeks.values()) / len(weeks), 2) if weeks else 0,
    }


def _discount(letters: Iterable[Letter]) -> Decimal:
    """One coupon a reader and journey, however often he is reminded of it."""
    coupons = {(each.journey, each.contact_id): Decimal(each.discount) for each in letters if each.discount}
    return sum(coupons.values(), Decimal(0))


def _week_of(moment: datetime) -> str:
    year, week, _ = moment.isocalendar()
    return f"{year}-W{week:02}"


def _counted(values: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(values).items()))
