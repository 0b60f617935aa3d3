"""Which journeys and campaigns send a letter."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from django.urls import NoReverseMatch, reverse

from guanxi.campaigns import states
from guanxi.campaigns.models import Campaign
from guanxi.console.shipped_words import title_words
from guanxi.journeys.graph import read_graph
from guanxi.journeys.models import Journey
from guanxi.journeys.steps.send import Send


@dataclass(frozen=True, slots=True)
class Use:
    """A journey or campaign with its page and its state; `is_open` while it may still send."""

    kind: str
    title: str
    address: str
    state: str
    is_open: bool


def uses() -> dict[str, list[Use]]:
    """Per key of a template, who sends it; journeys first."""
    found: defaultdict[str, list[Use]] = defaultdict(list)
    for journey in Journey.objects.select_related("live_version").order_by("key"):
        if journey.live_version is None:
            continue
        steps = read_graph(journey.live_version.text).steps.values()
        for key in dict.fromkeys(step.template_key for step in steps if isinstance(step, Send)):
            address = reverse("journey", kwargs={"journey_key": journey.key})
            found[key].append(
                Use("journey", title_words(journey.names), address, journey.state, journey.state != "off")
            )
    for campaign in Campaign.objects.prefetch_related("variants__template").order_by("-id"):
        for key in dict.fromkeys(variant.template.key for variant in campaign.variants.all()):
            is_open = campaign.state not in (states.FINISHED, states.STOPPED)
            found[key].append(Use("campaign", campaign.title, _campaign_address(campaign), campaign.state, is_open))
    return found


def _campaign_address(campaign: Campaign) -> str:
    try:
        return reverse("campaign", kwargs={"campaign_id": campaign.pk})
    except NoReverseMatch:
        return ""
