"""What became of a letter, contact by contact: coupon, gift, and what he did (B-13, B-14, B-21)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from guanxi.ledger.models import Event, Order
from guanxi.outbox.models import Message
from guanxi.tracking import queries as tracking_queries
from guanxi.tracking.noticing import VISITS
from guanxi.tracking.signals import ANSWER_WITHIN

ACCEPTED = "accepted"
USED, OPENED, NOT_OPENED = "used", "opened", "not_opened"
CLAIMED, NOT_CLAIMED = "claimed", "not_claimed"
# From the strongest answer to none.
DEEDS = ("ordered", "replied", "clicked", "visited", "opened", "nothing")


@dataclass(frozen=True, slots=True)
class MailAnswer:
    """One contact's answer to one letter. `coupon` is empty for a letter without one; `did` is one of DEEDS.

    A click, reply, visit or order within seven days counts as an open (CN-38); machines' opens do not.
    """

    message_id: int
    contact_id: int
    customer_id: int
    coupon: str
    gift: str
    did: str


def answers_to(template_key: str, *, since: datetime, limit: int = 5_000) -> list[MailAnswer]:
    """The answers to the letters of one template accepted since then, the newest first; a fixed number of queries."""
    messages = list(
        Message.objects.filter(template__key=template_key, state=ACCEPTED, accepted_at__gte=since)
        .only("contact_id", "customer_id", "accepted_at", "values")
        .order_by("-accepted_at", "-id")[:limit]
    )
    responses = tracking_queries.responses([message.pk for message in messages])
    events = _events({message.contact_id for message in messages}, since)
    coupons = _coupons({message.customer_id for message in messages}, since)
    return [_answer(each, responses[each.pk], events[each.contact_id], coupons) for each in messages]


def _events(contact_ids: Collection[int], since: datetime) -> dict[int, list[Event]]:
    found: dict[int, list[Event]] = defaultdict(list)
    names = {"Gift Claimed", "Coupon Applied", "inquiry.received", "order.placed"} | VISITS
    rows = Event.objects.filter(contact__in=contact_ids, name__in=names, occurred_at__gte=since)
    for event in rows.only("name", "contact_id", "properties", "occurred_at"):
        found[event.contact_id or 0].append(event)
    return found


def _coupons(customer_ids: Collection[int], since: datetime) -> set[tuple[int, str]]:
    """Which customer has ordered with which coupon."""
    orders = Order.objects.filter(customer__in=customer_ids, placed_at__gte=since, kind="order")
    rows = orders.exclude(stage="cancelled").values_list("customer_id", "fields")
    return {(key, str(fields["coupon"]).casefold()) for key, fields in rows if fields.get("coupon")}


def _answer(
    message: Message, response: tracking_queries.Response, events: list[Event], coupons: set[tuple[int, str]]
) -> MailAnswer:
    accepted_at = message.accepted_at or message.due_at
    later = [event for event in events if event.occurred_at >= accepted_at]
    soon = {event.name for event in later if event.occurred_at <= accepted_at + ANSWER_WITHIN}
    did = _did(response, soon)
    code = str((message.values.get("coupon") or {}).get("code") or "").casefold()
    applied = any(
        event.name == "Coupon Applied" and str(event.properties.get("coupon_name", event.properties.get("coupon")))
        .casefold() == code for event in later
    )  # fmt: skip
    used = bool(code) and ((message.customer_id, code) in coupons or applied)
    state = (USED if used else NOT_OPENED if did == "nothing" else OPENED) if code else ""
    gift = CLAIMED if any(event.name == "Gift Claimed" for event in later) else NOT_CLAIMED
    return MailAnswer(message.pk, message.contact_id, message.customer_id, state, gift, did)


def _did(response: tracking_queries.Response, names: Collection[str]) -> str:
    if "order.placed" in names:
        return "ordered"
    if "inquiry.received" in names:
        return "replied"
    if response.clicks_by_people:
        return "clicked"
    if VISITS & set(names):
        return "visited"
    return "opened" if response.opens_by_people else "nothing"
