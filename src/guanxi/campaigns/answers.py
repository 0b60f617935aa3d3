"""Who of a campaign's readers answered, in the ways an answer is counted (CN-38, RP-42, RP-43).

Machines are no readers: only what a person did counts, and an opened picture only where its reader permits tracking.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import (
    CharField,
    Count,
    DateTimeField,
    DurationField,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
)
from django.db.models.functions import Cast

from guanxi.campaigns.models import CLICKS, OPENS, ORDERS, Campaign, Recipient
from guanxi.campaigns.winning import Arm
from guanxi.consent.models import Permission
from guanxi.ledger.models import NOT_ORDERED, Event, Order
from guanxi.outbox.states import ACCEPTED
from guanxi.tracking.models import Hit
from guanxi.tracking.verdicts import CLICK, HUMAN, OPEN

REPLIED = "email.replied"
# Stages in which an order is not one yet, or not any more.


def delivered(places: QuerySet[Recipient]) -> QuerySet[Recipient]:
    """Those whose mail the mail server has taken."""
    return places.filter(message__state=ACCEPTED)


def answered(places: QuerySet[Recipient], metric: str, *, within: timedelta) -> QuerySet[Recipient]:
    """Those of `places` that answered within so long after their own mail was taken."""
    until = after_mail(within)
    if metric == ORDERS:
        return places.filter(Exists(orders_until(until)))
    if metric in (CLICKS, OPENS):
        kind = CLICK if metric == CLICKS else OPEN
        hits = Hit.objects.filter(message=OuterRef("message"), kind=kind, verdict=HUMAN, at__lte=until)
        return places.filter(Exists(hits))
    return places.filter(Exists(told_of_mail(REPLIED).filter(occurred_at__lte=until)))


def after_mail(within: timedelta) -> Any:
    """So long after the mail of the row outside was taken."""
    return ExpressionWrapper(OuterRef("message__accepted_at") + Value(within, DurationField()), DateTimeField())


def orders_until(until: Any) -> QuerySet[Order]:
    """Orders of the customer of the row outside, between his mail and `until`."""
    orders = Order.objects.filter(
        customer=OuterRef("customer"), kind="order", placed_at__gte=OuterRef("message__accepted_at"),
        placed_at__lte=until,
    )  # fmt: skip
    return orders.exclude(stage__in=NOT_ORDERED)


def told_of_mail(name: str) -> QuerySet[Event]:
    """Events of this name about the message of the row outside."""
    return Event.objects.filter(
        contact=OuterRef("contact"), name=name, object_kind="message",
        object_id=Cast(OuterRef("message_id"), CharField()),
    )  # fmt: skip


def tracked(places: QuerySet[Recipient]) -> QuerySet[Recipient]:
    """Those who permitted tracking when their mail left: only they can be seen to open it (RL-05)."""
    statements = Permission.objects.filter(
        contact=OuterRef("contact"), channel="email", purpose="tracking",
        obtained_at__lte=OuterRef("message__handed_at"),
    ).order_by("-obtained_at", "-id")  # fmt: skip
    judged = places.annotate(
        tracking=Subquery(statements.values("state")[:1]), tracking_until=Subquery(statements.values("expires_at")[:1])
    )
    in_force = Q(tracking_until__isnull=True) | Q(tracking_until__gt=F("message__handed_at"))
    return judged.filter(in_force, tracking="granted")


def arms_of(campaign: Campaign) -> list[Arm]:
    """The letters of the test with their sample and their answers, each reader watched equally long."""
    places = delivered(Recipient.objects.filter(campaign=campaign, is_test=True))
    if campaign.metric == OPENS:
        places = tracked(places)
    sent = _by_variant(places)
    said = _by_variant(answered(places, campaign.metric, within=timedelta(hours=campaign.observe_hours)))
    arms = campaign.variants.filter(segment_key="")
    return [Arm(each.label, sent.get(each.pk, 0), said.get(each.pk, 0)) for each in arms]


def _by_variant(places: QuerySet[Recipient]) -> dict[int, int]:
    return dict(places.order_by().values_list("variant").annotate(count=Count("id")))
