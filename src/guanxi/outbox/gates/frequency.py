"""Not too often: one cap per contact over all journeys (CN-19, DP-09). Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from guanxi.outbox.gates.base import Facts, Opinion, hold, passed

DAY, WEEK = timedelta(days=1), timedelta(days=7)


def judge(facts: Facts) -> Opinion:
    if facts.kind != "marketing":
        return passed("never_capped")
    caps = (("cap_per_24_hours", DAY, facts.cap_per_24_hours), ("cap_per_7_days", WEEK, facts.cap_per_7_days))
    frees = [(_frees_at(facts, span, cap), code, cap) for code, span, cap in caps]
    until, code, cap = max(frees)
    if until <= facts.now:
        return passed("under_the_cap", sent_in_7_days=_count(facts, WEEK) - len(facts.ahead))
    sent = _count(facts, DAY if code == "cap_per_24_hours" else WEEK) - len(facts.ahead)
    gave_way = {"ahead": list(facts.ahead)} if facts.ahead else {}
    return hold(code, until, cap=cap, sent=sent, **gave_way)


def _frees_at(facts: Facts, span: timedelta, cap: int) -> datetime:
    """When fewer than `cap` mails will lie within the span; `now` when that is so already."""
    within = sorted(moment for moment in facts.recent_marketing if moment > facts.now - span)
    if len(within) < cap:
        return facts.now
    # A cap of zero never frees; it is looked at again after a whole span.
    return within[-cap] + span if cap else facts.now + span


def _count(facts: Facts, span: timedelta) -> int:
    return sum(moment > facts.now - span for moment in facts.recent_marketing)
