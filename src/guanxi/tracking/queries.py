"""Questions about what came back."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q

from guanxi.tracking.models import Hit, Site
from guanxi.tracking.verdicts import CLICK, HUMAN, MACHINE, OPEN, SETTLE_WINDOW


@dataclass(frozen=True, slots=True)
class HitLine:
    """One hit for reading; `url` is the target of a click."""

    kind: str
    at: datetime
    verdict: str
    rule: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Response:
    """How a message was answered: by people, and by anything at all (CN-38)."""

    opens: int = 0
    opens_by_people: int = 0
    clicks: int = 0
    clicks_by_people: int = 0


@dataclass(frozen=True, slots=True)
class Hits:
    """Opens and clicks of one mail, people's and machines' apart; what is unknown is in neither (RP-40)."""

    human_opens: int = 0
    machine_opens: int = 0
    human_clicks: int = 0
    machine_clicks: int = 0


def hits_of_messages(message_ids: Collection[int]) -> dict[int, Hits]:
    """The hits of each message by verdict, in one query; a message without any has zeros."""
    rows = (
        Hit.objects.filter(message_id__in=message_ids)
        .values_list("message_id")
        .annotate(
            human_opens=Count("id", filter=Q(kind=OPEN, verdict=HUMAN)),
            machine_opens=Count("id", filter=Q(kind=OPEN, verdict=MACHINE)),
            human_clicks=Count("id", filter=Q(kind=CLICK, verdict=HUMAN)),
            machine_clicks=Count("id", filter=Q(kind=CLICK, verdict=MACHINE)),
        )
    )
    found = {message_id: Hits(*counts) for message_id, *counts in rows}
    return {message_id: found.get(message_id, Hits()) for message_id in message_ids}


def hits_of(message_id: int) -> list[HitLine]:
    """The hits of one message, newest first."""
    hits = Hit.objects.filter(message_id=message_id).select_related("message").order_by("-at", "-id")
    return [HitLine(hit.kind, hit.at, hit.verdict, hit.rule, _url(hit)) for hit in hits]


def responses(message_ids: Collection[int]) -> dict[int, Response]:
    """The answers to each message, in one query; a message without any has zeros."""
    rows = (
        Hit.objects.filter(message_id__in=message_ids)
        .values_list("message_id")
        .annotate(
            opens=Count("id", filter=Q(kind=OPEN)),
            opens_by_people=Count("id", filter=Q(kind=OPEN, verdict=HUMAN)),
            clicks=Count("id", filter=Q(kind=CLICK)),
            clicks_by_people=Count("id", filter=Q(kind=CLICK, verdict=HUMAN)),
        )
    )
    found = {message_id: Response(*counts) for message_id, *counts in rows}
    return {message_id: found.get(message_id, Response()) for message_id in message_ids}


def was_clicked(message_id: int, *, now: datetime) -> bool:
    """Whether a person followed a link at least ten minutes ago: by then a scanner's burst would have shown itself.

    An open alone is no answer (RP-42, RP-43).
    """
    hits = Hit.objects.filter(message_id=message_id, kind=CLICK, verdict=HUMAN, settled_at__isnull=False)
    return hits.filter(at__lte=now - SETTLE_WINDOW).exists()


def _url(hit: Hit) -> str:
    links = hit.message.links
    return links[hit.link_index] if hit.link_index is not None and hit.link_index < len(links) else ""


def is_site(origin: str) -> bool:
    """Whether a page of this origin is one of the firm's own."""
    return bool(origin) and Site.objects.filter(origin=origin).exists()


def origins_of(token_id: int) -> set[str]:
    """The origins in whose pages this key stands; none for a key that is kept secret on a server."""
    return set(Site.objects.filter(token_id=token_id).values_list("origin", flat=True))


def sites() -> list[Site]:
    """The firm's own pages, by origin."""
    return list(Site.objects.select_related("token").order_by("origin"))
