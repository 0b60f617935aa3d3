"""Writes what a scheme has moved: standing, change and event, a batch at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from guanxi.engine import connection
from guanxi.kernel.money import round_money
from guanxi.ledger import actions as ledger_actions
from guanxi.ledger import queries as ledger_queries
from guanxi.ledger.models import Customer, Event
from guanxi.scoring import queries as scoring_queries
from guanxi.scoring.measures import FIGURES
from guanxi.scoring.models import ScoreRun
from guanxi.tiering import grading, rules, words
from guanxi.tiering.models import Scheme, SchemeRun, Standing, StandingChange
from guanxi.tiering.moves import cause_of

BATCH = 2_000
SOURCE = "tiering"
PURCHASES = ("order.placed", "order.credited")


@dataclass(frozen=True, slots=True)
class _Application:
    """What the writing of one scheme needs to know."""

    record: Scheme
    scheme: rules.Scheme
    run: ScoreRun
    before: SchemeRun | None
    now: datetime


@dataclass(frozen=True, slots=True)
class _Move:
    customer_id: int
    from_tier: str | None
    from_version: int | None
    figures: dict[str, Decimal | int | None]
    decision: rules.Decision


def apply_scheme(
    *, record: Scheme, scheme: rules.Scheme, run: ScoreRun, rate: Decimal, now: datetime
) -> tuple[int, int]:
    """Decide for every customer of `run` and write what moved; answers the first standings and the moves.

    One unit of the run's currency is `rate` units of the scheme's own. The same run again changes nothing.
    """
    before = SchemeRun.objects.filter(scheme=record).exclude(run=run).select_related("run").order_by("-id").first()
    counts = {"first": 0, "moved": 0}
    with connection.open_engine() as engine:
        connection.name_parquet(engine, "scores", scoring_queries.scores_path(run))
        borders = grading.find_borders(engine, scheme)
        settled = grading.grade(engine, scheme, currency=run.currency, rate=rate).scheme
        _name_standings(engine, record, run)
        application = _Application(record, settled, run, before, now)
        for batch in _moved(engine, settled):
            written = _write(application, batch)
            counts["first"] += sum(move.from_tier is None for move in written)
            counts["moved"] += sum(move.from_tier is not None for move in written)
        overview = grading.overview(engine, settled)
    _keep_run(application, borders=borders, overview=overview, rate=rate, counts=counts)
    return counts["first"], counts["moved"]


def _keep_run(
    application: _Application,
    *,
    borders: grading.Borders,
    overview: grading.Overview,
    rate: Decimal,
    counts: Mapping[str, int],
) -> None:
    record, run = application.record, application.run
    same = SchemeRun.objects.filter(scheme=record, run=run).first()
    SchemeRun.objects.update_or_create(
        scheme=record,
        run=run,
        defaults={
            "scheme_version": record.version,
            "rate": rate,
            "borders": [[figure, str(share), None if value is None else str(value)]
                        for (figure, share), value in borders.items()],
            "totals": [{**asdict(row), "spend": str(row.spend)} for row in overview.tiers],
            "first": counts["first"] + (same.first if same else 0),
            "moved": counts["moved"] + (same.moved if same else 0),
            "applied_at": application.now,
        },
    )  # fmt: skip


def _name_standings(engine: connection.Engine, record: Scheme, run: ScoreRun) -> None:
    """Make the table `standings`, and let those that a person or a promotion protects keep their tier."""
    engine.execute(
        "CREATE OR REPLACE TEMP TABLE standings "
        "(customer_id BIGINT, tier VARCHAR, version INTEGER, is_protected BOOLEAN)"
    )
    rows = Standing.objects.filter(scheme=record).values_list(
        "customer_id", "tier", "scheme_version", "protected_until"
    )  # fmt: skip
    columns: tuple[list[Any], ...] = ([], [], [], [])
    for customer_id, tier, version, protected_until in rows.iterator(chunk_size=20_000):
        is_protected = protected_until is not None and protected_until > run.as_of
        for column, value in zip(columns, (customer_id, tier, version, is_protected), strict=True):
            column.append(value)
    connection.append_columns(engine, "standings", columns)
    engine.execute(
        "UPDATE graded SET tier = standings.tier FROM standings "
        "WHERE standings.customer_id = graded.customer_id AND is_protected"
    )


def _moved(engine: connection.Engine, scheme: rules.Scheme) -> Iterator[list[_Move]]:
    figures = list(FIGURES)
    cursor = engine.execute(
        f"SELECT customer_id, standings.tier, standings.version, {', '.join(f'graded.{each}' for each in figures)} "
        "FROM graded LEFT JOIN standings USING (customer_id) "
        "WHERE graded.tier IS DISTINCT FROM standings.tier ORDER BY customer_id"
    )
    while rows := cursor.fetchmany(BATCH):
        batch = []
        for customer_id, tier, version, *values in rows:
            found = dict(zip(figures, values, strict=True))
            batch.append(_Move(customer_id, tier, version, found, rules.decide(found, scheme, is_brief=True)))
        yield batch


def _write(application: _Application, batch: list[_Move]) -> list[_Move]:
    """Write one batch in one transaction; customers who have gone since the frame was built are left out."""
    with transaction.atomic():
        present = _present(move.customer_id for move in batch)
        moves = [move for move in batch if move.customer_id in present]
        ordered = _ordered_since(application.before, moves)
        historical = _historical(moves, ordered)
        standings, changes, events = [], [], []
        for move in moves:
            change = _change(application, move, has_ordered=move.customer_id in ordered)
            changes.append(change)
            standings.append(_standing(change))
            events.append(_event(application, change, is_historical=move.customer_id in historical))
        Standing.objects.bulk_create(
            standings,
            update_conflicts=True,
            unique_fields=["customer", "scheme"],
            update_fields=["tier", "since_at", "basis", "rule", "reason", "figures", "protected_until",
                           "scheme_version", "run_id"],
        )  # fmt: skip
        StandingChange.objects.bulk_create(changes)
        ledger_actions.record_events(events)
    return moves


def _ordered_since(before: SchemeRun | None, moves: list[_Move]) -> dict[int, bool]:
    """Customers with an order or credit written since the run before, and whether one of these is live.

    Told by ids, since an import writes at its own time while the clock of a run may be handed in.
    """
    if before is None:
        return {}
    rows = Event.objects.filter(
        customer_id__in=[move.customer_id for move in moves], name__in=PURCHASES, id__gt=before.run.newest_event_id
    ).values_list("customer_id", "is_historical")
    found: dict[int, bool] = {}
    for customer_id, is_historical in rows:
        if customer_id is not None:
            found[customer_id] = found.get(customer_id, False) or not is_historical
    return found


def _present(customer_ids: Iterable[int]) -> set[int]:
    return set(Customer.objects.filter(pk__in=list(customer_ids)).values_list("pk", flat=True))


def _historical(moves: list[_Move], ordered: Mapping[int, bool]) -> set[int]:
    """Customers whose change must start no journey, since all that stands behind it is imported history (RD-13).

    For a first standing that is everything that is known of the customer, for a later one what came since the run
    before; a change that time alone has brought is always live.
    """
    first = {move.customer_id for move in moves if move.from_tier is None}
    later = {customer_id for customer_id, is_live in ordered.items() if not is_live} - first
    return later | (first - ledger_queries.has_live_events(first))


def _change(application: _Application, move: _Move, *, has_ordered: bool) -> StandingChange:
    scheme, record, run = application.scheme, application.record, application.run
    return StandingChange(
        customer_id=move.customer_id,
        scheme=record,
        from_tier=move.from_tier or "",
        to_tier=move.decision.tier,
        at=run.as_of,
        cause=cause_of(
            before=move.from_tier,
            after=move.decision.tier,
            order=list(scheme.tiers),
            has_ordered=has_ordered,
            is_same_version=move.from_version == record.version,
        ),
        rule=move.decision.rule,
        reason=words.reason(move.decision, scheme.currency),
        figures=_kept_figures(move.figures, run, scheme),
        scheme_version=record.version,
        run_id=run.pk,
    )


def _kept_figures(figures: Mapping[str, Decimal | int | None], run: ScoreRun, scheme: rules.Scheme) -> dict[str, Any]:
    """The figures as JSON: amounts as text in the currency's digits, days and counts as numbers."""
    kept: dict[str, Any] = {"currency": run.currency, "window_days": scheme.window_days}
    for name, value in figures.items():
        if isinstance(value, Decimal):
            kept[name] = str(round_money(value, run.currency)) if FIGURES[name].kind == "money" else float(value)
        else:
            kept[name] = value
    return kept


def _standing(change: StandingChange) -> Standing:
    return Standing(
        customer_id=change.customer_id, scheme_id=change.scheme_id, tier=change.to_tier, since_at=change.at,
        basis="rule", rule=change.rule, reason=change.reason, figures=change.figures, protected_until=None,
        scheme_version=change.scheme_version, run_id=change.run_id,
    )  # fmt: skip


def _event(application: _Application, change: StandingChange, *, is_historical: bool) -> Event:
    return Event(
        name="standing.changed",
        customer_id=change.customer_id,
        object_kind="scheme",
        object_id=application.record.name,
        properties={
            "scheme": application.record.name, "from": change.from_tier, "to": change.to_tier, "cause": change.cause,
            "reason": change.reason, "figures": change.figures,
        },
        occurred_at=change.at,
        recorded_at=application.now,
        source=SOURCE,
        is_historical=is_historical,
        is_unread=not is_historical,
    )  # fmt: skip
