"""Where customers stand, how a scheme divides them, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import get_language

from guanxi.engine import connection
from guanxi.kernel.titles import in_language
from guanxi.scoring import queries as scoring_queries
from guanxi.scoring.models import ScoreRun
from guanxi.tiering import documents, grading, rules
from guanxi.tiering.grading import Overview, TierRow
from guanxi.tiering.models import Scheme, SchemeRun, SchemeVersion, Standing, StandingChange
from guanxi.tiering.outlook import Outlook, outlook

# The axis whose label a customer is called by.
LABELLED = "value"


@dataclass(frozen=True, slots=True)
class TierTable:
    """How a scheme divided the customers when it was last applied; amounts are lifetime net spend in `currency`."""

    scheme: Scheme
    as_of: datetime
    currency: str
    window_days: int | None
    customers: int
    spend: Decimal
    rows: list[TierRow]


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a customer stands where he stands: every rule with its checks, and what would change it.

    Thresholds and money are in `currency`. `standing` is what is written down, `decision` what the latest figures say;
    they differ while a standing is protected, waits for a review or was given by a person. `read` are the rules.
    """

    scheme: Scheme
    as_of: datetime
    currency: str
    window_days: int | None
    figures: rules.Figures
    decision: rules.Decision
    standing: Standing | None
    titles: Mapping[str, str]
    read: rules.Scheme
    outlook: Outlook


@dataclass(frozen=True, slots=True)
class Coordinate:
    """Where a customer stands on one axis (T-30): the scheme's and the tier's title, and the tier's label (T-34)."""

    axis: str
    scheme: str
    tier: str
    title: str
    label: str


def default_scheme() -> Scheme | None:
    """The scheme that pages and journeys speak of."""
    return Scheme.objects.filter(is_default=True).first()


def kept_schemes() -> list[Scheme]:
    """Every scheme, the default one first, then those that are applied."""
    return list(Scheme.objects.order_by("-is_default", "-is_active", "name"))


def scheme_named(name: str | None) -> rules.Scheme | None:
    """The rules of a kept scheme, the default one without a name; None when there is none of that name."""
    scheme = Scheme.objects.filter(name=name).first() if name else default_scheme()
    return documents.read_scheme(scheme.document) if scheme else None


def tiers_of(scheme: Scheme, language: str | None = None) -> list[tuple[str, str]]:
    """Every tier of the scheme with its title in the reader's language, the best first."""
    read = documents.read_scheme(scheme.document)
    return [(tier, in_language(titles, _or_page(language), tier)) for tier, titles in read.tiers.items()]


def title_of(scheme: Scheme, language: str | None = None) -> str:
    """The scheme's title in the reader's language."""
    return in_language(documents.read_scheme(scheme.document).title, _or_page(language), scheme.title)


def versions_of(scheme: Scheme) -> QuerySet[SchemeVersion]:
    """The texts the rules have had, the newest first."""
    return SchemeVersion.objects.filter(scheme=scheme).select_related("saved_by").order_by("-version")


def tier_table(scheme: Scheme) -> TierTable | None:
    """Counts and money per tier as of the latest run; None before the first one."""
    applied = _latest(scheme)
    if applied is None:
        return None
    rows = [TierRow(**{**row, "spend": Decimal(row["spend"])}) for row in applied.totals]
    return TierTable(
        scheme=scheme,
        as_of=applied.run.as_of,
        currency=applied.run.currency,
        window_days=documents.read_scheme(scheme.document).window_days,
        customers=sum(row.customers for row in rows),
        spend=sum((row.spend for row in rows), Decimal(0)),
        rows=rows,
    )


def preview(text: str, *, rate: Decimal = Decimal(1), run: ScoreRun | None = None) -> Overview | None:
    """How a scheme that is not kept yet would divide the customers (CN-06); None before the first run of scores.

    One unit of the run's currency is `rate` units of the scheme's own. Raises SchemeError.
    """
    scheme = documents.read_scheme(text)
    chosen = run or scoring_queries.latest_run()
    if chosen is None:
        return None
    with connection.open_engine() as engine:
        connection.name_parquet(engine, "scores", scoring_queries.scores_path(chosen))
        return grading.grade(engine, scheme, currency=chosen.currency, rate=rate)


def standings_of(customer_id: int) -> QuerySet[Standing]:
    """The customer's standing in every scheme, the default one first."""
    found = Standing.objects.filter(customer_id=customer_id).select_related("scheme")
    return found.order_by("-scheme__is_default", "scheme__name")


def standing_of(customer_id: int, scheme: Scheme | None = None) -> Standing | None:
    """His standing in `scheme`, or in the default one."""
    return standings_of(customer_id).filter(scheme=scheme or default_scheme()).first()


def changes_of(customer_id: int, scheme: Scheme | None = None) -> QuerySet[StandingChange]:
    """The customer's moves, the newest first; only those of `scheme` when it is given."""
    found = StandingChange.objects.filter(customer_id=customer_id).select_related("scheme", "decided_by")
    return (found.filter(scheme=scheme) if scheme else found).order_by("-at", "-id")


def explain(customer_id: int, scheme: Scheme) -> Explanation | None:
    """Every rule with the customer's latest figures; None when he was not measured yet."""
    return next(iter(_explanations(customer_id, [scheme])), None)


def explanations_of(customer_id: int) -> list[Explanation]:
    """By every scheme that is applied, the default one first."""
    return _explanations(customer_id, [scheme for scheme in kept_schemes() if scheme.is_active])


def coordinates_of(customer_id: int, language: str | None = None) -> list[Coordinate]:
    """Where the customer stands on every axis of the schemes that are applied (T-30), in the order of the axes.

    Everybody who works here sees them (D-29).
    """
    return coordinates_of_many([customer_id], language).get(customer_id, [])


def coordinates_of_many(customer_ids: Sequence[int], language: str | None = None) -> dict[int, list[Coordinate]]:
    """The same for many customers at once; who stands nowhere is left out."""
    read = {scheme.pk: documents.read_scheme(scheme.document) for scheme in kept_schemes() if scheme.is_active}
    rows = Standing.objects.filter(customer_id__in=customer_ids, scheme_id__in=read)
    found: dict[int, list[Coordinate]] = {}
    for customer_id, scheme_id, tier in rows.values_list("customer_id", "scheme_id", "tier"):
        found.setdefault(customer_id, []).append(_coordinate(read[scheme_id], tier, language))
    for coordinates in found.values():
        coordinates.sort(key=lambda each: (documents.AXES.index(each.axis) if each.axis else 99, each.scheme))
    return found


def label_of(coordinates: Sequence[Coordinate]) -> str:
    """The readable label (T-34), such as `A – core – weekly follow-up`: that of the value axis."""
    return next((each.label for each in coordinates if each.axis == LABELLED and each.label), "")


def _coordinate(scheme: rules.Scheme, tier: str, language: str | None) -> Coordinate:
    return Coordinate(
        axis=scheme.axis,
        scheme=scheme.name,
        tier=tier,
        title=in_language(scheme.tiers.get(tier, {}), _or_page(language), tier),
        label=in_language(scheme.labels.get(tier, {}), _or_page(language), ""),
    )


def _explanations(customer_id: int, schemes: Sequence[Scheme]) -> list[Explanation]:
    standings = {each.scheme.name: each for each in standings_of(customer_id)}
    tiers = {rules.STANDING + name: standing.tier for name, standing in standings.items()}
    measured: dict[int, scoring_queries.ScoreRow | None] = {}
    found = []
    for scheme in schemes:
        applied = _latest(scheme)
        if applied is None:
            continue
        if applied.run_id not in measured:
            measured[applied.run_id] = scoring_queries.score_of(customer_id, applied.run)
        figures = measured[applied.run_id]
        if figures is not None:
            found.append(_explanation(scheme, applied, {**figures, **tiers}, standings.get(scheme.name)))
    return found


def _explanation(scheme: Scheme, applied: SchemeRun, figures: rules.Figures, standing: Standing | None) -> Explanation:
    read = documents.read_scheme(scheme.document)
    settled = rules.settle(
        read, borders=_borders(applied, read), currency=applied.run.currency, rate=applied.rate
    )  # fmt: skip
    decision = rules.decide(figures, settled)
    return Explanation(
        scheme=scheme,
        as_of=applied.run.as_of,
        currency=applied.run.currency,
        window_days=read.window_days,
        figures=figures,
        decision=decision,
        standing=standing,
        titles=dict(tiers_of(scheme)),
        read=settled,
        outlook=outlook(figures, settled, decision),
    )


def _latest(scheme: Scheme) -> SchemeRun | None:
    found = SchemeRun.objects.filter(scheme=scheme, scheme_version=scheme.version).select_related("run")
    # As the standings are: what was applied last, of whatever day.
    return found.order_by("-id").first()


def _borders(applied: SchemeRun, scheme: rules.Scheme) -> grading.Borders:
    kept: list[list[Any]] = applied.borders
    found = {(figure, Decimal(share)): None if value is None else Decimal(value) for figure, share, value in kept}
    return {pair: found.get(pair) for pair in rules.percentiles_of(scheme)}


def _or_page(language: str | None) -> str:
    return language or get_language() or "en"
