"""Which journey lacks which document, for readers of which market and language."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Count

from guanxi.content import queries as content_queries
from guanxi.culture.profiles import profile_of
from guanxi.firm.queries import the_firm
from guanxi.journeys.graph import Graph, read_graph
from guanxi.journeys.models import Journey, Version
from guanxi.journeys.steps.send import Send
from guanxi.journeys.steps.task import Task
from guanxi.ledger.models import Contact
from guanxi.papers import queries as papers_queries
from guanxi.papers.fitting import ENGLISH, FALLBACK, Reader, best
from guanxi.papers.kinds import KINDS


@dataclass(slots=True)
class Gap:
    """Readers of one market and language for whom there is no document of a kind, or only an English one."""

    kind: str
    market: str
    language: str
    journeys: tuple[Journey, ...]
    without: int = 0
    in_english: int = 0
    trades: Counter[str] = field(default_factory=Counter)  # whom one is missing for, by trade

    @property
    def is_whole(self) -> bool:
        return bool(self.without)


@dataclass(frozen=True, slots=True)
class Gaps:
    """The largest first; `asked` are the kinds that journeys hand over, with those journeys."""

    rows: list[Gap]
    asked: Mapping[str, tuple[Journey, ...]]
    readers: int


def document_gaps(*, now: datetime) -> Gaps:
    """Four queries and one look per market, language and trade; journeys that are off do not count."""
    asked = _asked()
    cabinet = papers_queries.cabinet((), now=now)
    readers = _readers()
    found: dict[tuple[str, str, str], Gap] = {}
    for reader, count in readers:
        for kind, journeys in asked.items():
            fit = best(cabinet.candidates, kind, reader, on=now.date())
            if fit is not None and fit.language != ENGLISH:
                continue
            language = reader.languages[0]
            gap = found.setdefault(
                (kind, reader.market, language), Gap(kind, reader.market, language, journeys)
            )  # fmt: skip
            if fit is None:
                gap.without += count
                gap.trades[reader.trade] += count
            else:
                gap.in_english += count
    rows = sorted(found.values(), key=lambda gap: (-gap.without, -gap.in_english, gap.kind, gap.market))
    return Gaps(rows, asked, sum(count for _, count in readers))


def kinds_of(graph: Graph) -> set[str]:
    """The kinds of documents a journey hands over, lays beside a task, or says it needs."""
    handed = {step.document for step in graph.steps.values() if isinstance(step, Send | Task) and step.document}
    return handed | (set(graph.shelf.needs.documents) & set(KINDS))


def _asked() -> dict[str, tuple[Journey, ...]]:
    journeys = {each.pk: each for each in Journey.objects.exclude(state="off").order_by("key")}
    newest: dict[int, Version] = {}
    for version in Version.objects.filter(journey__in=journeys).order_by("number"):
        newest[version.journey_id] = version
    found: dict[str, list[Journey]] = defaultdict(list)
    for pk, journey in journeys.items():
        if pk in newest:
            for kind in kinds_of(read_graph(newest[pk].text)):
                found[kind].append(journey)
    return {kind: tuple(found[kind]) for kind in KINDS if kind in found}


def _readers() -> list[tuple[Reader, int]]:
    """Everybody who can be written to, as one reader per market, language and trade with how many they are."""
    rows = Contact.objects.filter(email_key__isnull=False, customer__is_blocked=False)
    counted = rows.values_list("country", "customer__country", "language", "customer__trade")
    return _grouped(counted.annotate(count=Count("id")).order_by())


def _grouped(rows: Iterable[tuple[str, str, str, str, int]]) -> list[tuple[Reader, int]]:
    overrides = the_firm().culture
    counts: Counter[tuple[tuple[str, ...], str, str]] = Counter()
    for country, of_customer, language, trade, count in rows:
        market = country or of_customer
        languages = (language,) if language else (profile_of(market, overrides).languages or (FALLBACK,))
        counts[tuple(content_queries.fallback_chain(languages)), market, trade] += count
    return [(Reader(languages, market, trade), count) for (languages, market, trade), count in counts.items()]
