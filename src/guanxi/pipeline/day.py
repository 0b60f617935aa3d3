"""The order of the day: what has run out, what the figures say, where everybody stands."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from guanxi.care import actions as care_actions
from guanxi.consent import actions as consent_actions
from guanxi.consent import signing_up, yearly
from guanxi.inbox import fetching as inbox_fetching
from guanxi.intake import actions as intake_actions
from guanxi.journeys import moments as journeys_moments
from guanxi.ledger import merging, overdue
from guanxi.pipeline import exports, pacing, rehearsals, requests, sunset
from guanxi.pipeline.models import DayRun
from guanxi.privacy import erasing, retention
from guanxi.recommendations import building as recommendations_building
from guanxi.scoring import actions as scoring_actions
from guanxi.scoring import alerts, predicting
from guanxi.segments import actions as segments_actions
from guanxi.tiering import actions as tiering_actions
from guanxi.tiering import drafts, review_actions
from guanxi.tracking import actions as tracking_actions
from guanxi.tracking import market, settling
from guanxi.webhooks import actions as webhooks_actions


def run_day(*, at: datetime) -> dict[str, Any]:
    """Everything that is done once a day, as of the moment `at`; a second call for the same moment does nothing."""
    finished = DayRun.objects.filter(at=at).first()
    if finished:
        return dict(finished.result)

    expired = consent_actions.expire_due(now=at)
    signing_up.forget_unconfirmed(now=at)
    yearly.schedule(now=at)
    settling.judge_again(now=at)
    tracking_actions.forget_networks(now=at)
    requests.forget_old(now=at)
    webhooks_actions.forget_old(now=at)
    intake_actions.forget_expired(now=at)
    inbox_fetching.forget_expired(now=at)
    exports.forget_expired(now=at)
    rehearsals.forget_expired(now=at)
    kept_no_longer = retention.run_retention(now=at)
    erasing.finish_due(now=at)
    merging.sweep()
    market.notice_rates(now=at)
    run = scoring_actions.run_scores(as_of=at, now=at)
    review_actions.open_reviews(as_of=at, now=at)
    moves = tiering_actions.apply_scores(run=run, now=at)
    drafts.refresh_all(now=at)
    alerts.raise_alerts(run=run, now=at)
    proposals = review_actions.propose(run=run, now=at)
    predicting.expect_purchases(run=predicting.run_predictions(as_of=at, now=at), now=at)
    recommendations_building.count_affinities(as_of=at, now=at)

    segments = segments_actions.refresh_all(now=at)
    care = care_actions.open_due(now=at)
    sunset.give_up(run=run, now=at)
    pacing.hand_in(now=at)
    overdue.notice_overdue(now=at)
    moments = journeys_moments.notice_moments(now=at)

    result = {
        "at": at.isoformat(),
        "permissions_expired": expired,
        "customers_scored": run.customers,
        "moves": moves,
        "proposals": proposals,
        "segments": segments,
        "kept_no_longer": kept_no_longer,
        "care": care,
        "moments": moments,
    }
    DayRun.objects.get_or_create(at=at, defaults={"result": result, "finished_at": at})
    return result
