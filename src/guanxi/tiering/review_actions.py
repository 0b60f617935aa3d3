"""Reviews open by themselves and propose (M-04, M-08, J-38, J-39); `deciding` is what a person does with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction

from guanxi.engine import connection
from guanxi.firm.queries import the_firm
from guanxi.kernel.money import NoRate, round_money
from guanxi.ledger import actions as ledger_actions
from guanxi.scoring import queries as scoring_queries
from guanxi.scoring.models import RhythmAlert, ScoreRun
from guanxi.tiering import actions, applying, moves, reviews, rules
from guanxi.tiering.models import Proposal, Review, Scheme, Standing
from guanxi.tiering.reviews import ReviewKind
from guanxi.tiering.sleeping import SLEEPING
from guanxi.tiering.writing import SOURCE

QUARTERS = tuple(f"spend_quarter_{number}" for number in range(8, 0, -1))
PAYMENT = (
    "invoice_count_year", "late_invoice_count_year", "badly_late_invoice_count_year", "overdue_invoice_count",
    "spend_share",
)  # fmt: skip
SLOWING_COUNTS_FOR = timedelta(days=92)
SLOWING_WORDS = {
    ("slowed", "en"): "last order {days} days ago, more than 1.5 × the own cycle of {cycle} days",
    ("slowed", "zh-Hans"): "上次下单在{days}天前,超过自身周期{cycle}天的1.5倍",
    ("shrunk", "en"): "the last 3 orders are worth {percent} % of the 6 before, below 70 %",
    ("shrunk", "zh-Hans"): "最近3单的平均金额为此前6单的{percent}%,低于70%",
}
DRAWN_UP = ("rule", "cause", "from_tier", "to_tier", "reason", "words", "figures", "quarters")
BATCH = 1_000


# Opening


def open_reviews(*, as_of: datetime, now: datetime) -> list[Review]:
    """Open the reviews whose period is over by `as_of`; answers those that are new. Idempotent.

    The one before is closed; what nobody decided in it is proposed anew if it still holds. Nothing is opened before
    the first customer stands somewhere, or for a time before the latest review.
    """
    if not Standing.objects.exists():
        return []
    on = the_firm().day_of(as_of)
    found = (_open(kind, on, now) for kind in reviews.MONTHS)
    return [review for review in found if review is not None]


def _open(kind: ReviewKind, on: date, now: datetime) -> Review | None:
    period = reviews.closed_period(kind, on)
    if Review.objects.filter(kind=kind, period_until_on__gte=period.until_on).exists():
        return None
    with transaction.atomic():
        review, is_new = Review.objects.get_or_create(
            kind=kind,
            period_until_on=period.until_on,
            defaults={"period_from_on": period.from_on, "opened_at": now},
        )
        if not is_new:
            return None
        earlier = Review.objects.filter(kind=kind, closed_at=None).exclude(pk=review.pk)
        Proposal.objects.filter(review__in=earlier, state="open").update(state="outdated")
        earlier.update(closed_at=now)
        ledger_actions.record_event(
            name="review.due", occurred_at=now, now=now, source=SOURCE, object_kind="review", object_id=str(review.pk),
            properties={"kind": kind, "from": str(period.from_on), "until": str(period.until_on)},
        )  # fmt: skip
    return review


# Proposing


def propose(*, run: ScoreRun, now: datetime) -> dict[str, int]:
    """Bring the proposals of the open reviews up to date with `run`; answers how many are open per kind of review.

    What no longer holds is marked outdated, what a person has decided is left alone. The same run again changes
    nothing.
    """
    answers: dict[str, int] = {}
    for review in Review.objects.filter(closed_at=None).order_by("kind"):
        kept: list[int] = []
        for record, scheme in actions.active_schemes():
            kept += _propose_by(review, record, scheme, run, now)
        if review.kind == "quarter":
            kept += _propose_win_back(review, run, now)
        Proposal.objects.filter(review=review, state="open").exclude(pk__in=kept).update(state="outdated")
        answers[review.kind] = len(kept)
    return answers


def _propose_by(review: Review, record: Scheme, scheme: rules.Scheme, run: ScoreRun, now: datetime) -> list[int]:
    """The ids of the open proposals of one scheme."""
    kind: ReviewKind = "half_year" if review.kind == "half_year" else "quarter"
    and_rules = kind == "quarter"
    if not moves.has_proposals(scheme, occasions=reviews.OCCASIONS[kind], and_rules=and_rules):
        return []
    try:
        rate, usable = actions.rate_for(scheme, run)
    except NoRate:
        return []
    chosen = actions.run_for(scheme, run, now=now)
    kept: list[int] = []
    with applying.graded(record=record, scheme=usable, run=chosen, rate=rate, also=QUARTERS + PAYMENT) as grading:
        query = moves.proposed_tiers(grading.scheme, occasions=reviews.OCCASIONS[kind], and_rules=and_rules)
        applying.decide(grading, query)
        for batch in applying.moved_customers(grading):
            kept += _keep(review, [_proposal(review, grading, found, now) for found in batch])
    return kept


def _proposal(review: Review, grading: applying.Grading, found: applying.Found, now: datetime) -> Proposal:
    scheme, currency = grading.scheme, grading.run.currency
    move, before = moves.named_move(scheme, found.given_by), found.from_tier or ""
    order = list(scheme.tiers)
    is_better = before in order and order.index(found.to_tier) < order.index(before)
    by_rules = "need" if scheme.axis == reviews.NEED else "growth" if is_better else "risk"
    return Proposal(
        review=review, customer_id=found.customer_id, scheme=grading.record,
        kind=reviews.kind_of(scheme, move, before=before, after=found.to_tier),
        rule=found.given_by, cause=move.cause if move else by_rules,
        from_tier=before, to_tier=found.to_tier, reason=applying.proposal_words(grading, found),
        words={"zh-Hans": applying.proposal_words(grading, found, "zh-Hans")},
        figures=applying.figures_kept(grading, found), quarters=_quarters(found.figures, currency), proposed_at=now,
    )  # fmt: skip


def _quarters(figures: Mapping[str, Any], currency: str) -> list[str]:
    return [str(round_money(Decimal(figures.get(name) or 0), currency)) for name in QUARTERS]


def _propose_win_back(review: Review, run: ScoreRun, now: datetime) -> list[int]:
    """M-09, M-11: customers found to fall out of their rhythm lately, as long as they are not asleep yet."""
    scheme = Scheme.objects.filter(is_default=True).first()
    if scheme is None:
        return []
    alerts = RhythmAlert.objects.filter(recovered_at=None, found_at__gt=run.as_of - SLOWING_COUNTS_FOR)
    latest = {alert.customer_id: alert for alert in alerts.filter(found_at__lte=run.as_of).order_by("found_at", "id")}
    awake = Standing.objects.filter(scheme=scheme, customer__in=latest).exclude(tier__in=SLEEPING)
    tiers = dict(awake.values_list("customer_id", "tier"))
    quarters = _quarters_of(run, list(tiers))
    return _keep(
        review,
        [
            Proposal(
                review=review, customer_id=customer_id, scheme=scheme, kind="win_back", rule="M-09", cause="risk",
                from_tier=tier, to_tier=tier, reason=_slowing_words(latest[customer_id], "en"), proposed_at=now,
                words={"zh-Hans": _slowing_words(latest[customer_id], "zh-Hans")},
                figures={**latest[customer_id].figures, "stake": str(latest[customer_id].stake),
                         "currency": latest[customer_id].currency, "alert": latest[customer_id].kind},
                quarters=quarters.get(customer_id, []),
            )
            for customer_id, tier in tiers.items()
        ],
    )  # fmt: skip


def _slowing_words(alert: RhythmAlert, language: str) -> str:
    figures = alert.figures
    return SLOWING_WORDS[alert.kind, language].format(
        percent=round(100 * (figures.get("order_value_ratio") or 0)),
        days=figures.get("days_since_last_order"),
        cycle=round(figures.get("cycle_days") or 0),
    )


def _quarters_of(run: ScoreRun, customer_ids: Sequence[int]) -> dict[int, list[str]]:
    with connection.open_engine() as engine:
        connection.name_parquet(engine, "scores", scoring_queries.scores_path(run))
        rows = engine.execute(
            f"SELECT customer_id, {', '.join(QUARTERS)} FROM scores WHERE list_contains($1, customer_id)",
            [list(customer_ids)],
        ).fetchall()
    return {each: _quarters(dict(zip(QUARTERS, amounts, strict=True)), run.currency) for each, *amounts in rows}


def _keep(review: Review, wanted: Sequence[Proposal]) -> list[int]:
    """Write new ones, and draw up anew those that came back or say something else; answers the ids of all open ones.

    What still says the same is left as it was drawn up.
    """
    keys = {(each.customer_id, each.scheme_id, each.kind): each for each in wanted}
    there = Proposal.objects.filter(review=review, customer__in={each.customer_id for each in wanted})
    known = {(each.customer_id, each.scheme_id, each.kind): each for each in there}
    fresh = [each for key, each in keys.items() if key not in known]
    changed = [_freshen(found, keys[key]) for key, found in known.items() if key in keys and _says(found, keys[key])]
    with transaction.atomic():
        Proposal.objects.bulk_create(fresh, ignore_conflicts=True, batch_size=BATCH)
        Proposal.objects.bulk_update(changed, [*DRAWN_UP, "state"], batch_size=200)
    rows = Proposal.objects.filter(review=review, state="open", customer__in={each.customer_id for each in wanted})
    return [pk for pk, *key in rows.values_list("pk", "customer_id", "scheme_id", "kind") if tuple(key) in keys]


def _says(found: Proposal, wanted: Proposal) -> bool:
    """Whether `wanted` tells a person something that `found`, undecided so far, does not."""
    is_same = (found.rule, found.from_tier, found.to_tier) == (wanted.rule, wanted.from_tier, wanted.to_tier)
    return found.state == "outdated" or (found.state == "open" and not is_same)


def _freshen(found: Proposal, wanted: Proposal) -> Proposal:
    for name in DRAWN_UP:
        setattr(found, name, getattr(wanted, name))
    found.state = "open"
    return found
