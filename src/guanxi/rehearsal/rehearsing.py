"""Rehearse journeys over a span of the past and count what would have been."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from guanxi.firm import queries as firm_queries
from guanxi.journeys.graph import Graph, read_graph
from guanxi.journeys.models import Journey, Version
from guanxi.journeys.ready import library_texts
from guanxi.rehearsal import figures
from guanxi.rehearsal.notes import Note
from guanxi.rehearsal.past import ASSUMPTIONS, Past, read_past
from guanxi.rehearsal.play import Part, Play
from guanxi.rehearsal.stage import Stage
from guanxi.rehearsal.told import tell

LONGEST = timedelta(days=5 * 366)


class Unrehearsable(ValueError):
    """The rehearsal cannot begin; the sentence says why and what to do."""


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What would have been from `first` to `last`; `notes` say what was assumed, derived or taken as it is."""

    first: date
    last: date
    assumed: tuple[str, ...]
    journeys: tuple[str, ...]
    play: Play
    past: Past
    notes: tuple[Note, ...] = field(default=())

    def document(self) -> dict[str, Any]:
        """The figures and codes of the answer, without any name of a customer or reader."""
        letters = self.play.letters
        return {
            "from": self.first.isoformat(),
            "to": self.last.isoformat(),
            "assumed": list(self.assumed),
            "proposals": len(letters),
            "by_journey": figures.of_journeys(self.play, self.journeys),
            "per_contact": figures.per_contact(letters),
            **{name: figures.counted(map(cut, letters)) for name, cut in figures.CUTS.items()},
            "held": figures.held(letters),
            "dropped": figures.dropped(letters),
            "tasks_per_person": figures.tasks_per_person(self.play.chores, self.past.people),
            **figures.missing(self.play),
            "discount_at_most": str(figures.discount(self.play.codes)),
            "currency": self.past.firm.reporting_currency,
            "noted": [each.document() for each in self.notes],
        }


def rehearse(
    *,
    first: date,
    last: date,
    keys: Collection[str] = (),
    assume: Collection[str] = (),
    texts: Sequence[str] = (),
    like: Past | None = None,
    now: datetime,
) -> Rehearsal:
    """Play the journeys of these keys, else all that are live, over the days from `first` to `last`.

    `texts` are versions to try in place of the published ones, by their own keys; `like` is the past of another
    rehearsal of the same span, which spares replaying its tiers. Raises Unrehearsable, GraphError.
    """
    _check(first, last, assume)
    parts = _parts(keys, texts)
    graphs = [part.graph for part in parts]
    assumed = frozenset(assume)
    past = read_past(
        firm=firm_queries.the_firm(), first=first, last=last, graphs=graphs, assume=assumed, now=now, like=like
    )  # fmt: skip
    tell(past, graphs)
    play = Stage(past, parts).run()
    names = tuple(part.journey.key for part in parts)
    return Rehearsal(first, last, tuple(sorted(assumed)), names, play, past, tuple(past.notes))


def as_published(found: Rehearsal, *, now: datetime) -> Rehearsal | None:
    """The same span with the versions as they are, to lay beside a tried one; None when nothing of it is kept."""
    kept = [*Journey.objects.exclude(live_version=None).values_list("key", flat=True)]
    kept += [read_graph(text).key for text in library_texts()]
    keys = [key for key in found.journeys if key in kept]
    if not keys:
        return None
    return rehearse(first=found.first, last=found.last, keys=keys, assume=found.assumed, like=found.past, now=now)


def kept_text(name: str) -> str:
    """The text of a version that is kept, named as `j-17@2`. Raises Unrehearsable."""
    key, _, number = name.partition("@")
    found = Version.objects.filter(journey__key=key, number=int(number) if number.isdigit() else 0).first()
    if found is None:
        raise Unrehearsable(f"There is no version {name}; name it as KEY@NUMBER, such as j-17@1.")
    return found.text


def _check(first: date, last: date, assume: Collection[str]) -> None:
    if last < first:
        raise Unrehearsable(f"{last} comes before {first}; give the earlier day first.")
    if last - first > LONGEST:
        raise Unrehearsable("More than five years are too long; take a shorter span.")
    if unknown := sorted(set(assume) - set(ASSUMPTIONS)):
        raise Unrehearsable(f"{', '.join(unknown)} cannot be assumed; take of {', '.join(ASSUMPTIONS)}.")


def _parts(keys: Collection[str], texts: Sequence[str]) -> list[Part]:
    """The journeys that play; of one that the workspace has not got yet the text that ships with Guanxi."""
    tried: dict[str, Graph] = {graph.key: graph for graph in map(read_graph, texts)}
    journeys = Journey.objects.select_related("live_version").exclude(live_version=None).order_by("priority", "key")
    known = {journey.key: journey for journey in journeys}
    asked = [key.strip().lower() for key in keys]
    wanted = list(dict.fromkeys([*asked, *tried])) or [key for key, each in known.items() if each.state == "live"]
    if any(key not in known and key not in tried for key in wanted):
        tried = {graph.key: graph for graph in map(read_graph, library_texts()) if graph.key not in known} | tried
    if unknown := [key for key in wanted if key not in known and key not in tried]:
        raise Unrehearsable(
            f"There is no journey {', '.join(unknown)}; there are {', '.join(sorted({*known, *tried}))}."
        )
    if not wanted:
        raise Unrehearsable("No journey is live; name those to rehearse.")
    parts = []
    for number, key in enumerate(wanted, start=1):
        journey = known.get(key) or Journey(pk=-number, key=key, title=tried[key].title, state="live")
        version = journey.live_version
        graph = tried[key] if key in tried or version is None else read_graph(version.text)
        journey.state, journey.priority, journey.is_lifecycle = "live", graph.priority, graph.is_lifecycle
        parts.append(Part(journey, graph))
    return sorted(parts, key=lambda part: (part.graph.priority, part.graph.key))
