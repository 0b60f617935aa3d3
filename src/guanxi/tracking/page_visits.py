"""Visits of our own pages that mails lead to (a document, an order): kept as they come, judged like hits of mails.

A visit changes nothing but that it is on record (RS-31). Ten minutes later it is judged together with what the same
reader's mails saw around it, and only what a person did is told to the ledger (RP-43).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from guanxi.ledger import actions as ledger_actions
from guanxi.ledger.models import Contact, Event
from guanxi.tracking import settling
from guanxi.tracking.models import Hit, PageHit
from guanxi.tracking.verdicts import (
    CLICK,
    HUMAN,
    MACHINE,
    NEAR,
    TOO_SOON,
    Verdict,
    Visit,
    judge_all,
    judge_alone,
    network_of,
)

SOURCE = "pages"
VIEW, DOWNLOAD = "view", "download"
EVENT_NAMES = {VIEW: "page.viewed", DOWNLOAD: "document.downloaded"}
KEPT_PER_PAGE = 50
ONCE_A_DAY = timedelta(days=1)

Sign = tuple[int, str, str, str]  # the reader, the event's name, the page and its object


def record_visit(
    *, contact: Contact, page: str, object_id: str, about: Mapping[str, Any], now: datetime, user_agent: str,
    address: str, method: str = "GET", kind: str = VIEW,
) -> bool:  # fmt: skip
    """Put it on record, at most fifty times for one page and reader (RS-26); whether it was."""
    known = PageHit.objects.filter(contact=contact, page=page, object_id=object_id, kind=kind)
    if known.count() >= KEPT_PER_PAGE:
        return False
    agent = user_agent[:300].replace("\0", "")
    network = network_of(address)
    verdict = judge_alone(_visit(now, method, agent, network))
    PageHit.objects.create(
        contact=contact, page=page, object_id=object_id, kind=kind, about=dict(about), at=now, method=method[:8],
        verdict=verdict.verdict, rule=verdict.rule, network=network, user_agent=agent,
    )  # fmt: skip
    return True


def _visit(at: datetime, method: str, agent: str, network: str) -> Visit:
    """As a click; the mail that led here was delivered before, when exactly is not asked."""
    return Visit(CLICK, at, method, agent, None, at - TOO_SOON - TOO_SOON, network)


def settle_due(*, now: datetime, limit: int = 100_000) -> int:
    """Judge the visits whose window is over and tell the ledger; returns how many."""
    return settling.in_rounds(_settle_some, now=now, limit=limit)


@transaction.atomic
def _settle_some(now: datetime) -> int:
    ripe = settling.ripe_of(PageHit.objects.select_related("contact"), now)
    if not ripe:
        return 0
    told = _told_lately(ripe)
    company = _company(ripe)
    events = []
    for hit in ripe:
        verdict = _judge(hit, company[hit.contact_id])
        hit.verdict, hit.rule, hit.settled_at = verdict.verdict, verdict.rule, now
        sign = (hit.contact_id, EVENT_NAMES[hit.kind], hit.page, hit.object_id)
        if verdict.verdict == HUMAN and not _is_repeated(told[sign], hit.at):
            events.append(_event(hit, now))
            told[sign].append(hit.at)
    PageHit.objects.bulk_update(ripe, ["verdict", "rule", "settled_at"])
    ledger_actions.record_events(events)
    return len(ripe)


def _judge(hit: PageHit, company: Sequence[Hit]) -> Verdict:
    """A machine as well when a machine followed the reader's mail from the same network within a minute of it."""
    own = _visit(hit.at, hit.method, hit.user_agent, hit.network)
    around = [each for each in company if abs(each.at - hit.at) <= NEAR]
    if any(each.verdict == MACHINE and each.kind == CLICK and each.network == hit.network for each in around):
        return Verdict(MACHINE, "companion")
    seen = [Visit(each.kind, each.at, each.method, each.user_agent, None, each.at, each.network) for each in around]
    return judge_all([*(each for each in seen if each.kind != CLICK), own])[-1]


def _company(ripe: Sequence[PageHit]) -> dict[int, list[Hit]]:
    """What the mails of these readers saw around their visits."""
    moments = [hit.at for hit in ripe]
    hits = Hit.objects.filter(
        message__contact_id__in={hit.contact_id for hit in ripe}, at__range=(min(moments) - NEAR, max(moments) + NEAR)
    ).select_related("message")
    found: dict[int, list[Hit]] = defaultdict(list)
    for hit in hits.only("kind", "at", "method", "verdict", "network", "user_agent", "message__contact_id"):
        found[hit.message.contact_id].append(hit)
    return found


def _told_lately(ripe: Sequence[PageHit]) -> dict[Sign, list[datetime]]:
    """When each of these pages was told of before."""
    told: dict[Sign, list[datetime]] = defaultdict(list)
    rows = Event.objects.filter(
        contact_id__in={hit.contact_id for hit in ripe}, name__in=EVENT_NAMES.values(), source=SOURCE,
        occurred_at__gt=min(hit.at for hit in ripe) - ONCE_A_DAY,
    )  # fmt: skip
    for contact_id, name, page, object_id, at in rows.values_list(
        "contact_id", "name", "object_kind", "object_id", "occurred_at"
    ):
        told[contact_id or 0, name, page, object_id].append(at)
    return told


def _is_repeated(told: Sequence[datetime], at: datetime) -> bool:
    return any(abs(at - moment) < ONCE_A_DAY for moment in told)


def _event(hit: PageHit, now: datetime) -> Event:
    return Event(
        name=EVENT_NAMES[hit.kind], customer_id=hit.contact.customer_id, contact_id=hit.contact_id,
        object_kind=hit.page, object_id=hit.object_id,
        properties={**hit.about, "page": hit.page, "verdict": hit.verdict, "rule": hit.rule}, occurred_at=hit.at,
        recorded_at=now, source=SOURCE,
    )  # fmt: skip
