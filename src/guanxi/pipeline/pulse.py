"""The order of the minute: events start journeys, journeys and campaigns propose, the outbox judges and sends."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import transaction

from guanxi.campaigns import running as campaigns
from guanxi.care import actions as care_actions
from guanxi.consent import deriving
from guanxi.desk import actions as desk_actions
from guanxi.inbox import fetching as inbox_fetching
from guanxi.intake import work as intake_work
from guanxi.journeys import actions as journeys_actions
from guanxi.journeys import advancing
from guanxi.ledger import actions as ledger_actions
from guanxi.offers import redeeming
from guanxi.outbox import actions as outbox_actions
from guanxi.outbox import streams
from guanxi.pipeline import asking, exports
from guanxi.privacy import answering, erasing, readings
from guanxi.segments import actions as segments_actions
from guanxi.tiering import promotions
from guanxi.tracking import carts, market, page_visits, settling
from guanxi.tracking import noticing as signals
from guanxi.webhooks import delivering as webhooks

EVENTS_AT_ONCE = 500
ALWAYS_TOLD = ("events", "entered", "left", "proposed")


def pulse(*, at: datetime, clock: Callable[[], datetime] | None = None, worker: str = "pulse") -> dict[str, Any]:
    """Everything that is due at the moment `at`, until nothing is; `clock` stands still there unless given.

    Answers with the counts of journeys.actions.react_to and journeys.advancing.advance_due, and how many mails were
    judged and sent.
    """
    counts: Counter[str] = Counter()

    carts.notice_abandoned(now=at)
    settling.settle_due(now=at)
    page_visits.settle_due(now=at)
    desk_actions.look_at_clocks(now=at)
    while reaction := _read_events(at):
        counts += reaction
    while steps := advancing.advance_due(now=at):
        counts += steps
    counts += campaigns.work_due(now=at)
    asked = asking.ask(now=at)
    judged, sent = outbox_actions.work_due(clock=clock or (lambda: at), worker=worker)
    outbox_actions.expire_leases(now=at)
    streams.watch(now=at)
    webhooks.enqueue_history(now=at)
    told = webhooks.send_due(clock=clock or (lambda: at))
    if asked:
        told["asked"] = asked
    if mails := inbox_fetching.fetch_due(clock=clock or (lambda: at)):
        told["mails_in"] = mails
    if erased := answering.carry_out_confirmed(now=at):
        told["erased"] = erased
    erasing.finish_due(now=at)
    readings.count_looks()
    if imports := intake_work.work_due(clock=clock or (lambda: at)):
        told["imports"] = imports
    if copies := exports.write_due(clock=clock or (lambda: at)):
        told["exports"] = copies

    return {"at": at.isoformat(), **dict.fromkeys(ALWAYS_TOLD, 0), **counts, "judged": judged, "sent": sent, **told}


def _read_events(at: datetime) -> Counter[str]:
    """One batch: claimed and reacted to in the same transaction, so that no event is lost or taken twice (RD-09)."""
    with transaction.atomic():
        events = ledger_actions.claim_unread(limit=EVENTS_AT_ONCE)
        if not events:
            return Counter()
        signals.notice(events=events, now=at)
        market.tell_customers(events=events, now=at)
        webhooks.enqueue(events=events, now=at)
        deriving.react_to(events=events, now=at)
        redeeming.redeem_new(events=events, now=at)
        promotions.promote_after(events=events, now=at)
        moved = segments_actions.react_to(events=events, now=at)
        tasks = care_actions.react_to(events=events, now=at)
        return Counter(events=len(events)) + moved + tasks + journeys_actions.react_to(events=events, now=at)
