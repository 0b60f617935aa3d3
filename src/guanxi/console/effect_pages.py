"""What a journey or a campaign brought about: the treated against those held out by chance, with intervals."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from guanxi.campaigns.models import Campaign
from guanxi.console.access import firm_of, page
from guanxi.console.parts import number_in
from guanxi.console.shipped_words import title_words
from guanxi.insights import holdouts
from guanxi.insights.holdouts import FEWEST, SPANS, Results, Row
from guanxi.journeys.models import Journey
from guanxi.kernel import clock
from guanxi.kernel.effect import Interval
from guanxi.staff.roles import Right

OUTCOME_WORDS: dict[str, str | Promise] = {
    "orders": gettext_lazy("Orders per customer"),
    "revenue": gettext_lazy("Revenue per customer"),
    "repurchase": gettext_lazy("Customers who ordered again"),
}
SHARE = "repurchase"


@page(right=Right.SEE_ALL)
def journey_effect(request: HttpRequest, journey_key: str) -> HttpResponse:
    found, now = get_object_or_404(Journey, key=journey_key), clock.utc_now()
    days = _days(request) or holdouts.days_of_journey(found, now=now)
    results = holdouts.of_journey(found, days=days, now=now)
    context = {"title": title_words(found.names), "back": reverse("journey", args=[found.key]), "of": "journey"}
    return _shown(request, results, context | {"percent": found.holdout_percent})


@page(right=Right.SEE_ALL)
def campaign_effect(request: HttpRequest, campaign_id: int) -> HttpResponse:
    found, now = get_object_or_404(Campaign, pk=campaign_id), clock.utc_now()
    days = _days(request) or holdouts.days_of_campaign(found, now=now)
    results = holdouts.of_campaign(found, days=days, now=now)
    context = {"title": found.title, "back": reverse("campaign", args=[found.pk]), "of": "campaign"}
    return _shown(request, results, context | {"percent": found.holdout_percent})


def _days(request: HttpRequest) -> int:
    days = number_in(request.GET.get("days", ""), digits=3, otherwise=0)
    return days if days in SPANS else 0


def _shown(request: HttpRequest, results: Results, context: dict[str, Any]) -> HttpResponse:
    answers = results.answers
    context |= {
        "results": results,
        "rows": [_told(each) for each in results.rows],
        "spans": SPANS,
        "fewest": FEWEST,
        "currency": firm_of(request).reporting_currency,
        "clicks": answers.click_share,
        "open_share": answers.opens / answers.mails if answers.mails else None,
    }
    return render(request, "console/effects/page.html", context)


def _told(row: Row) -> dict[str, Any]:
    return {
        "row": row,
        "words": OUTCOME_WORDS[row.outcome],
        "is_share": row.outcome == SHARE,
        "is_money": row.outcome == "revenue",
        "ratio": _percent(row.effect.ratio),
        "bar": _bar(row.effect.difference),
    }


def _percent(ratio: Interval) -> tuple[float | None, float | None, float | None] | None:
    """A ratio of 1.05 as +5 %, with its bounds."""
    if ratio.estimate is None:
        return None
    low = None if ratio.low is None else ratio.low - 1
    return ratio.estimate - 1, low, None if ratio.high is None else ratio.high - 1


def _bar(difference: Interval) -> dict[str, str] | None:
    """The interval on a line a hundred wide with nothing in the middle."""
    if difference.low is None or difference.high is None or difference.estimate is None:
        return None
    reach = max(abs(difference.low), abs(difference.high)) or 1.0
    low, high, middle = (50 + 48 * value / reach for value in (difference.low, difference.high, difference.estimate))
    return {"low": f"{low:.1f}", "width": f"{max(high - low, 1):.1f}", "at": f"{middle:.1f}"}


urlpatterns: list[URLPattern] = [
    path("journeys/<slug:journey_key>/effect/", journey_effect, name="journey_effect"),
    path("campaigns/<int:campaign_id>/effect/", campaign_effect, name="campaign_effect"),
]
