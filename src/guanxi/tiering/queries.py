"""Where customers stand, how a scheme divides them, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import get_language

from guanxi.engine import connection
from guanxi.scoring import queries as scoring_queries
from guanxi.scoring.models import ScoreRun
from guanxi.tiering import documents, grading, rules
from guanxi.tiering.grading import Overview, TierRow
from guanxi.tiering.models import Scheme, SchemeRun, Standing, StandingChange


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
    """Why a customer stands where he stands: every rule with its checks. Thresholds and money are in `currency`.

    `standing` is what is written down, `decision` what the latest figures say; they differ while a standing is
    protected or was given by a person.
    """

    scheme: Scheme
    as_of: datetime
    currency: str
    window_days: int | None
    figures: Mapping[str, Decimal | int | None]
    decision: rules.Decision
    standing: Standing | None
    titles: Mapping[str, str]


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
    return [(tier, _title(titles, tier, language)) for tier, titles in read.tiers.items()]


def title_of(scheme: Scheme, language: str | None = None) -> str:
    """The scheme's title in the reader's language."""
    return _title(documents.read_scheme(scheme.document).title, scheme.title, language)


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
    applied = _latest(scheme)
    if applied is None:
        return None
    figures = scoring_queries.score_of(customer_id, applied.run)
    if figures is None:
        return None
    read = documents.read_scheme(scheme.document)
    settled = rules.settle(
        read, borders=_borders(applied, read), currency=applied.run.currency, rate=applied.rate
    )  # fmt: skip
    return Explanation(
        scheme=scheme,
        as_of=applied.run.as_of,
        currency=applied.run.currency,
        window_days=read.window_days,
        figures=figures,
        decision=rules.decide(figures, settled),
        standing=standing_of(customer_id, scheme),
        titles=dict(tiers_of(scheme)),
    )


def _latest(scheme: Scheme) -> SchemeRun | None:
    found = SchemeRun.objects.filter(scheme=scheme, scheme_version=scheme.version).select_related("run")
    return found.order_by("-run__as_of", "-id").first()


def _borders(applied: SchemeRun, scheme: rules.Scheme) -> grading.Borders:
    kept: list[list[Any]] = applied.borders
    found = {(figure, Decimal(share)): None if value is None else Decimal(value) for figure, share, value in kept}
    return {pair: found.get(pair) for pair in rules.percentiles_of(scheme)}


def _title(titles: Mapping[str, str], fallback: str, language: str | None) -> str:
    wanted = (language or get_language() or "en").lower()
    by_language = {key.lower(): title for key, title in titles.items()}
    return by_language.get(wanted) or by_language.get("en") or fallback
