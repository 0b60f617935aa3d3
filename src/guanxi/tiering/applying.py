"""Decides for every customer by one scheme and hands what has moved to `writing`, a batch at a time."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime, time
from decimal import Decimal
from typing import Any

from guanxi.engine import connection
from guanxi.firm.queries import the_firm
from guanxi.ledger.models import Event
from guanxi.scoring import queries as scoring_queries
from guanxi.scoring.models import ScoreRun
from guanxi.tiering import grading, moves, rules, words
from guanxi.tiering.grammar import STANDING, Occasion, figures_of, schemes_asked
from guanxi.tiering.models import Scheme, SchemeRun, Standing, StandingChange
from guanxi.tiering.tier_sql import column_of
from guanxi.tiering.writing import ALWAYS_KEPT, Step, kept_figures, past_only, write_steps

BATCH = 2_000
PURCHASES = ("order.placed", "order.credited")


@dataclass(frozen=True, slots=True)
class Grading:
    """A run graded by one scheme. The engine holds `graded` and `standings`; `scheme` is settled.

    `also` are figures that are wanted beside those the scheme looks at.
    """

    engine: connection.Engine
    record: Scheme
    scheme: rules.Scheme
    run: ScoreRun
    before: SchemeRun | None
    borders: grading.Borders
    rate: Decimal
    also: tuple[str, ...] = ()

    @property
    def wanted(self) -> list[str]:
        """The figures that are kept with a change."""
        return sorted({*figures_of(self.scheme, and_moves=True), *ALWAYS_KEPT, *self.also})

    @property
    def asked(self) -> list[str]:
        """The standings in other schemes that the scheme looks at."""
        return sorted(STANDING + name for name in schemes_asked(self.scheme) if name != self.scheme.name)


@dataclass(frozen=True, slots=True)
class Found:
    """One customer who is to stand elsewhere; `given_by` is the rule or the named move behind it."""

    customer_id: int
    from_tier: str | None
    from_version: int | None
    to_tier: str
    given_by: str
    figures: dict[str, Decimal | int | str | None]


def apply_scheme(
    *,
    record: Scheme,
    scheme: rules.Scheme,
    run: ScoreRun,
    rate: Decimal,
    now: datetime,
    occasions: Collection[Occasion],
) -> tuple[int, int]:
    """Decide for every customer of `run` and write what moved; answers the first standings and the moves.

    One unit of the run's currency is `rate` units of the scheme's own. The same run again changes nothing.
    """
    first = moved = 0
    with graded(record=record, scheme=scheme, run=run, rate=rate) as grading_:
        is_due = scheme.recompute == "daily" or not _computed_this_month(record, run)
        decide(grading_, moves.next_tiers(grading_.scheme, occasions=occasions, is_due=is_due))
        for batch in moved_customers(grading_):
            written = write_steps(_steps(grading_, batch), scheme=record, at=run.as_of, now=now, run_id=run.pk)
            first += sum(step.from_tier is None for step in written)
            moved += sum(step.from_tier is not None for step in written)
        grading_.engine.execute("DROP TABLE graded")
        grading_.engine.execute("ALTER TABLE decided RENAME TO graded")
        overview = grading.overview(grading_.engine, grading_.scheme)
        _keep_run(grading_, overview=overview, first=first, moved=moved, now=now)
    return first, moved


@contextmanager
def graded(
    *, record: Scheme, scheme: rules.Scheme, run: ScoreRun, rate: Decimal, also: tuple[str, ...] = ()
) -> Iterator[Grading]:
    """Grade a run by a scheme beside what is written down."""
    before = SchemeRun.objects.filter(scheme=record).exclude(run=run).select_related("run").order_by("-id").first()
    with connection.open_engine() as engine:
        connection.name_parquet(engine, "scores", scoring_queries.scores_path(run))
        _name_standings(engine, record, scheme, run, before)
        for name in schemes_asked(scheme):
            _name_others(engine, name)
        borders = grading.find_borders(engine, scheme)
        settled = grading.grade(engine, scheme, currency=run.currency, rate=rate).scheme
        yield Grading(engine, record, settled, run, before, borders, rate, also)


def decide(grading_: Grading, query: str) -> None:
    """Make the table `decided` by `query` (of tiering.moves): where everybody is to stand, and why."""
    asked = map(column_of, grading_.asked)
    columns = ", ".join(["customer_id", "from_tier", "from_version", "tier", "given_by", *grading_.wanted, *asked])
    grading_.engine.execute(f"CREATE OR REPLACE TEMP TABLE decided AS SELECT {columns} FROM ({query})")


def moved_customers(grading_: Grading) -> Iterator[list[Found]]:
    """Whom `decide` has put elsewhere; in batches."""
    names = [*grading_.wanted, *grading_.asked]
    cursor = grading_.engine.execute(
        "SELECT * FROM decided WHERE tier IS DISTINCT FROM from_tier ORDER BY customer_id"
    )  # fmt: skip
    while rows := cursor.fetchmany(BATCH):
        yield [
            Found(customer_id, before, version, after, given_by, dict(zip(names, values, strict=True)))
            for customer_id, before, version, after, given_by, *values in rows
        ]


def reason_of(grading_: Grading, found: Found, language: words.Language = "en") -> str:
    """Why, in words: the conditions of the move or of the rule with the customer's figures."""
    scheme, figures = grading_.scheme, {**found.figures, grading_.scheme.own_standing: found.from_tier}
    move = moves.named_move(scheme, found.given_by)
    if move is None:
        return words.reason(rules.decide(figures, scheme, is_brief=True), scheme.currency, language)
    checks = rules.check_terms(move.terms, figures, scheme.window_days)
    return "; ".join(words.check_words(check, scheme.currency, language) for check in checks if check.passed)


def proposal_words(grading_: Grading, found: Found, language: words.Language = "en") -> str:
    """Why a person should decide so; for a fall also what the customer misses of the grade he has."""
    scheme, reason = grading_.scheme, reason_of(grading_, found, language)
    if moves.named_move(scheme, found.given_by):
        return reason
    figures = {**found.figures, scheme.own_standing: found.from_tier}
    missed = [
        each for each in rules.decide(figures, scheme).outcomes if each.tier == found.from_tier and not each.passed
    ]
    order = list(scheme.tiers)
    if not missed or order.index(found.to_tier) < order.index(missed[0].tier):
        return reason
    title = scheme.tiers[missed[0].tier].get(language, missed[0].tier)
    return f"{title}: {words.misses(missed[0], scheme.currency, language)}"


def figures_kept(grading_: Grading, found: Found) -> dict[str, Any]:
    return kept_figures(
        found.figures, currency=grading_.run.currency, window_days=grading_.scheme.window_days, wanted=grading_.wanted
    )


def _steps(grading_: Grading, batch: Sequence[Found]) -> list[Step]:
    ordered = _ordered_since(grading_.before, [found.customer_id for found in batch])
    first = {found.customer_id for found in batch if found.from_tier is None}
    # Later moves are history when all that came since the run before is; what time alone has brought is always live.
    historical = {each for each, is_live in ordered.items() if not is_live} - first | past_only(first)
    return [
        _step(grading_, found, has_ordered=found.customer_id in ordered, is_historical=found.customer_id in historical)
        for found in batch
    ]


def _step(grading_: Grading, found: Found, *, has_ordered: bool, is_historical: bool) -> Step:
    scheme = grading_.scheme
    move = moves.named_move(scheme, found.given_by)
    cause = moves.cause_of(
        before=found.from_tier,
        after=found.to_tier,
        order=list(scheme.tiers),
        has_ordered=has_ordered,
        is_same_version=found.from_version == grading_.record.version,
        axis=scheme.axis,
    )
    return Step(
        customer_id=found.customer_id,
        from_tier=found.from_tier,
        to_tier=found.to_tier,
        cause=move.cause if move else cause,
        rule=found.given_by,
        reason=reason_of(grading_, found),
        basis=moves.basis_of(move),
        protected_until=moves.protected_until(move, at=grading_.run.as_of),
        figures=figures_kept(grading_, found),
        is_historical=is_historical,
    )


def _name_standings(
    engine: connection.Engine, record: Scheme, scheme: rules.Scheme, run: ScoreRun, before: SchemeRun | None
) -> None:
    """Make the table `standings` (moves.STANDINGS)."""
    columns = ", ".join(f"{name} {kind}" for name, kind in moves.STANDINGS.items())
    engine.execute(f"CREATE OR REPLACE TEMP TABLE standings ({columns})")
    moved = _moved_this_month(record, scheme, run) if scheme.axis == moves.ONCE_A_MONTH else set()
    ordered = _all_ordered_since(before) if any(move.occasion == "order" for move in scheme.moves) else set()
    rows = Standing.objects.filter(scheme=record).values_list(
        "customer_id", "tier", "basis", "rule", "scheme_version", "protected_until"
    )  # fmt: skip
    found: tuple[list[Any], ...] = tuple([] for _ in moves.STANDINGS)
    for customer_id, *kept, protected_until in rows.iterator(chunk_size=20_000):
        is_protected = protected_until is not None and protected_until > run.as_of
        row = (customer_id, *kept, is_protected, customer_id in moved, customer_id in ordered)
        for column, value in zip(found, row, strict=True):
            column.append(value)
    connection.append_columns(engine, "standings", found)
    grading.name_standings(engine, record.name, "SELECT customer_id, tier FROM standings")


def _name_others(engine: connection.Engine, name: str) -> None:
    """Make the standings of another scheme known, so that rules can look at them."""
    engine.execute("CREATE OR REPLACE TEMP TABLE others (customer_id BIGINT, tier VARCHAR)")
    rows = list(Standing.objects.filter(scheme__name=name).values_list("customer_id", "tier"))
    connection.append_columns(engine, "others", list(zip(*rows, strict=True)) or ((), ()))
    grading.name_standings(engine, name, "SELECT * FROM others")


def _computed_this_month(record: Scheme, run: ScoreRun) -> bool:
    begin = _month_begin(run)
    runs = SchemeRun.objects.filter(scheme=record, run__as_of__gte=begin, run__as_of__lt=run.as_of)
    return runs.exclude(run=run).exists()


def _month_begin(run: ScoreRun) -> datetime:
    """Midnight of the firm with which the calendar month of the run begins."""
    zone = the_firm().zone
    return datetime.combine(moves.month_of(run.as_of.astimezone(zone).date()), time(), tzinfo=zone)


def _moved_this_month(record: Scheme, scheme: rules.Scheme, run: ScoreRun) -> set[int]:
    """Who has been moved in this calendar month of the firm, up to the run, by a rule or by time.

    A promotion, a person's decision and an edited scheme do not count against him.
    """
    changes = StandingChange.objects.filter(
        scheme=record, at__gte=_month_begin(run), at__lte=run.as_of, decided_by=None, cause__in=moves.BY_ITSELF
    )
    promotions = [move.name for move in scheme.moves if move.cause == "growth"]
    found = changes.exclude(from_tier="").exclude(rule__in=promotions)
    return set(found.values_list("customer_id", flat=True))


def _ordered_since(before: SchemeRun | None, customer_ids: Sequence[int]) -> dict[int, bool]:
    """Customers with an order or credit written since the run before, and whether one of these is live.

    Told by ids, since an import writes at its own time while the clock of a run may be handed in.
    """
    if before is None:
        return {}
    rows = Event.objects.filter(
        customer_id__in=customer_ids, name__in=PURCHASES, id__gt=before.run.newest_event_id
    ).values_list("customer_id", "is_historical")
    found: dict[int, bool] = {}
    for customer_id, is_historical in rows:
        if customer_id is not None:
            found[customer_id] = found.get(customer_id, False) or not is_historical
    return found


def _all_ordered_since(before: SchemeRun | None) -> set[int]:
    if before is None:
        return set()
    rows = Event.objects.filter(name__in=PURCHASES, id__gt=before.run.newest_event_id, customer__isnull=False)
    return {customer_id for customer_id in rows.values_list("customer_id", flat=True).distinct() if customer_id}


def _keep_run(
    grading_: Grading, *, overview: grading.Overview, first: int, moved: int, now: datetime
) -> None:  # fmt: skip
    record, run = grading_.record, grading_.run
    same = SchemeRun.objects.filter(scheme=record, run=run).first()
    SchemeRun.objects.update_or_create(
        scheme=record,
        run=run,
        defaults={
            "scheme_version": record.version,
            "rate": grading_.rate,
            "borders": [[figure, str(share), None if value is None else str(value)]
                        for (figure, share), value in grading_.borders.items()],
            "totals": [{**asdict(row), "spend": str(row.spend)} for row in overview.tiers],
            "first": first + (same.first if same else 0),
            "moved": moved + (same.moved if same else 0),
            "applied_at": now,
        },
    )  # fmt: skip
