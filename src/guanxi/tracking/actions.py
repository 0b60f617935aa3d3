"""What comes back from a mail: a picture loaded, a link followed, an unsubscription.

A token that was not signed here changes nothing and tells nothing (RS-26). A visit never changes a permission; only
`unsubscribe` does, and its door calls it for a POST alone (RS-31).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from guanxi.consent import actions as consent_actions
from guanxi.consent import queries as consent_queries
from guanxi.consent.rules import is_in_force
from guanxi.consent.statements import Proof
from guanxi.kernel import signing
from guanxi.ledger import actions as ledger_actions
from guanxi.ledger.models import Event
from guanxi.outbox.addresses import CLICK, OPEN, SHARE, UNSUBSCRIBE
from guanxi.outbox.models import Message
from guanxi.tracking.links import with_mark
from guanxi.tracking.models import Hit
from guanxi.tracking.verdicts import HUMAN, MACHINE, Verdict, Visit, is_burst, judge, network_of

# How long after its acceptance a mail is listened to, and how much is kept of it (RS-26).
LISTENING = timedelta(days=180)
KEPT_PER_KIND = 50
EVENT_NAMES = {OPEN: "email.opened", CLICK: "email.clicked"}
NETWORKS_KEPT = timedelta(days=30)
ONCE_A_DAY = timedelta(days=1)


def record_open(*, token: str, now: datetime, user_agent: str, address: str, method: str = "GET") -> Hit | None:
    """The picture was loaded. Kept only while the contact permits tracking, also for old mails (RL-05)."""
    message = _message_of(OPEN, token)
    if message is None:
        return None
    permission = consent_queries.stand_of(message.contact_id, "tracking")
    if not is_in_force(permission, now):
        return None
    return _record(message, Visit(OPEN, now, method, user_agent), address)


def record_click(*, token: str, now: datetime, user_agent: str, address: str, method: str = "GET") -> str | None:
    """A link was followed: its target, or None for a token that was not signed here (RS-25)."""
    payload = _payload(CLICK, token)
    head, _, tail = (payload or "").partition(":")
    message = _find(head)
    if message is None or not tail.isdecimal() or int(tail) >= len(message.links):
        return None
    hit = _record(message, Visit(CLICK, now, method, user_agent, int(tail)), address)
    target = str(message.links[int(tail)])
    if hit is None or hit.verdict == MACHINE:
        return target
    return with_mark(target, contact_id=message.contact_id, now=now)


@transaction.atomic
def record_share(*, token: str, now: datetime, user_agent: str, method: str = "GET") -> Message | None:
    """The share link of a mail was opened: by whom is neither known nor kept, and nobody is added (CN-26, B-04).

    The message, None for a token that was not signed here. Told of its reader once a day, and not of machines.
    """
    message = _message_of(SHARE, token)
    if message is None or message.accepted_at is None:
        return message
    verdict = judge(Visit(CLICK, now, method, user_agent, 0, message.accepted_at))
    told = Event.objects.filter(
        contact=message.contact_id, name="mail.shared", object_id=str(message.pk), occurred_at__gt=now - ONCE_A_DAY
    )
    if verdict.verdict == HUMAN and now <= message.accepted_at + LISTENING and not told.exists():
        ledger_actions.record_event(
            name="mail.shared", occurred_at=now, now=now, source="tracking", contact=message.contact,
            object_kind="message", object_id=str(message.pk), properties={"subject": message.subject},
        )  # fmt: skip
    return message


def message_of_unsubscribe(token: str) -> Message | None:
    """The message whose unsubscribe link this is; None for a token that was not signed here."""
    return _message_of(UNSUBSCRIBE, token)


@transaction.atomic
def unsubscribe(
    *, token: str, now: datetime, method: str = "one_click", address: str | None = None, user_agent: str = ""
) -> Message | None:
    """Withdraw marketing (and service, when a service mail was unsubscribed) and suppress the address.

    Effective at once and as often as one likes; returns the message, None for a token that was not signed here.
    """
    message = _message_of(UNSUBSCRIBE, token)
    if message is None:
        return None
    proof = Proof(
        method=method,
        source="mail",
        evidence={"message": message.id},
        ip_address=address or None,
        user_agent=user_agent[:300],
    )
    consent_actions.unsubscribe(contact=message.contact, proof=proof, now=now)
    if message.kind == "service":
        consent_actions.withdraw(contact=message.contact, purpose="service", proof=proof, now=now)
    return message


def forget_networks(*, now: datetime) -> int:
    """Blank the networks and user agents of hits older than 30 days (RL-11); returns how many."""
    old = Hit.objects.filter(at__lt=now - NETWORKS_KEPT).exclude(network="", user_agent="")
    return old.update(network="", user_agent="")


@transaction.atomic
def _record(message: Message, visit: Visit, address: str) -> Hit | None:
    # The row lock orders parallel hits of one message, so that the bound holds and a burst is seen.
    message = Message.objects.select_for_update(of=("self",)).get(id=message.id)
    visit = _at(visit, message.accepted_at)
    if message.handed_at is None or visit.at > (message.accepted_at or message.handed_at) + LISTENING:
        return None
    hits = list(Hit.objects.filter(message=message).order_by("at", "id"))
    if sum(hit.kind == visit.kind for hit in hits) >= KEPT_PER_KIND:
        return None
    earlier = [_visit_of(hit, message.accepted_at) for hit in hits]
    verdict = judge(visit, earlier=earlier)
    hit = Hit.objects.create(
        message=message,
        kind=visit.kind,
        link_index=visit.link_index,
        at=visit.at,
        verdict=verdict.verdict,
        rule=verdict.rule,
        network=network_of(address),
        user_agent=visit.user_agent[:300],
    )
    _tell(message, visit, verdict, is_first=_is_first(hits, visit, verdict))
    if verdict.rule == "burst":
        _judge_again(message, hits, [*earlier, visit])
    return hit


def _is_first(hits: Iterable[Hit], visit: Visit, verdict: Verdict) -> bool:
    return not any(
        (hit.kind, hit.link_index, hit.verdict) == (visit.kind, visit.link_index, verdict.verdict) for hit in hits
    )


def _tell(message: Message, visit: Visit, verdict: Verdict, *, is_first: bool) -> None:
    """One event per link (or picture) and verdict; what a reader repeats tells nothing new."""
    if not is_first:
        return
    properties: dict[str, Any] = {
        "verdict": verdict.verdict,
        "rule": verdict.rule,
        "subject": message.subject,
        "origin_kind": message.origin_kind,
        "origin_id": message.origin_id,
    }
    if visit.link_index is not None:
        properties |= {"url": message.links[visit.link_index], "link": visit.link_index}
    ledger_actions.record_events(
        [
            Event(
                name=EVENT_NAMES[visit.kind],
                customer_id=message.customer_id,
                contact_id=message.contact_id,
                object_kind="message",
                object_id=str(message.id),
                properties=properties,
                occurred_at=visit.at,
                recorded_at=visit.at,
                source="tracking",
            )
        ]
    )


def _judge_again(message: Message, hits: Iterable[Hit], visits: list[Visit]) -> None:
    """A burst shows only with its third link: the two before it were no reader either."""
    changed = []
    for hit, visit in zip(hits, visits, strict=False):
        if hit.kind == CLICK and hit.verdict != MACHINE and is_burst(visits, around=visit):
            if hit.verdict == HUMAN:
                _tell(message, visit, Verdict(MACHINE, "burst"), is_first=True)
            hit.verdict, hit.rule = MACHINE, "burst"
            changed.append(hit)
    Hit.objects.bulk_update(changed, ["verdict", "rule"])


def _at(visit: Visit, accepted_at: datetime | None) -> Visit:
    return Visit(visit.kind, visit.at, visit.method, visit.user_agent, visit.link_index, accepted_at)


def _visit_of(hit: Hit, accepted_at: datetime | None) -> Visit:
    return Visit(hit.kind, hit.at, "GET", hit.user_agent, hit.link_index, accepted_at)


def _message_of(purpose: str, token: str) -> Message | None:
    return _find(_payload(purpose, token) or "")


def _find(message_id: str) -> Message | None:
    if not (message_id.isascii() and message_id.isdecimal()):
        return None
    return Message.objects.select_related("contact").filter(id=int(message_id)).first()


def _payload(purpose: str, token: str) -> str | None:
    try:
        return signing.unsign(settings.SECRET_KEY, purpose, token)
    except signing.BadToken:
        return None
