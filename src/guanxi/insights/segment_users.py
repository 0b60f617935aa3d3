"""What beside other segments uses a segment: journeys that ask for it, campaigns that go to it."""

from __future__ import annotations

from collections.abc import Iterator

import yaml
from django.db.models import Max, Q
from django.utils.translation import get_language

from guanxi.campaigns import states
from guanxi.campaigns.models import Campaign
from guanxi.journeys.models import Journey, Version
from guanxi.kernel.titles import in_language
from guanxi.segments.models import Segment


def users_of(segment: Segment) -> list[str]:
    """The titles of the journeys whose rules name it, and of the campaigns that have not ended."""
    return [*_journeys(segment.key), *_campaigns(segment.key)]


def _journeys(key: str) -> list[str]:
    """By the newest version of each and by the one that is live."""
    newest = Version.objects.values("journey").annotate(newest=Max("number")).values_list("journey", "newest")
    wanted = Q(pk__in=Journey.objects.exclude(live_version=None).values("live_version"))
    for journey, number in newest:
        wanted |= Q(journey=journey, number=number)
    # Parsing is only worth it where the key stands at all.
    versions = Version.objects.filter(wanted, text__contains=key).select_related("journey").order_by("journey__title")
    asking = (each.journey for each in versions if key in _asked(yaml.safe_load(each.text)))
    return list(dict.fromkeys(in_language(each.names, get_language() or "en", each.title) for each in asking))


def _asked(document: object) -> Iterator[str]:
    """Every key of a segment that a journey's document names under `segment`."""
    if isinstance(document, list):
        for each in document:
            yield from _asked(each)
    elif isinstance(document, dict):
        for name, value in document.items():
            if name == "segment":
                yield from map(str, value if isinstance(value, list) else [value])
            else:
                yield from _asked(value)


def _campaigns(key: str) -> list[str]:
    open_ones = Campaign.objects.exclude(state__in=[states.STOPPED, states.FINISHED]).prefetch_related("variants")
    return [
        each.title
        for each in open_ones.order_by("title")
        if key in {*each.includes, *each.excludes, *(variant.segment_key for variant in each.variants.all())}
    ]
