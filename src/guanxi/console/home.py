"""Home: what changed since yesterday, what needs a hand, the tiers, the journeys."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from guanxi.console.access import member_of, page
from guanxi.console.templatetags.guanxi import tone_of
from guanxi.insights import today
from guanxi.insights.today import Pyramid, Rung
from guanxi.kernel import clock
from guanxi.ledger import queries as ledger_queries
from guanxi.staff.roles import Right


@page(right=Right.SEE)
def home(request: HttpRequest) -> HttpResponse:
    user, now = member_of(request), clock.utc_now()
    sees_all = user.may(Right.SEE_ALL)
    pyramid = today.pyramid(now=now, language=get_language() or "en") if sees_all else None
    context = {
        "today": today.today(user=user, now=now),
        "has_customers": ledger_queries.customers_for(user).exists(),
        "pyramid": pyramid,
        "pyramid_chart": pyramid_chart(pyramid) if pyramid else None,
        "journeys": today.journeys_for(user, now=now),
        "titles": {rung.tier: rung.title for rung in pyramid.rungs} if pyramid else {},
        "may_import": user.may(Right.IMPORT),
    }
    return render(request, "console/home/home.html", context)


def pyramid_chart(pyramid: Pyramid) -> dict[str, Any]:
    """Two bars per tier, best on top: its share of the customers and its share of the money. A click opens the list."""
    rungs = pyramid.rungs[::-1]
    series = [
        (_("Customers"), 0.4, [(rung, rung.customer_share) for rung in rungs]),
        (_("Money"), 1.0, [(rung, rung.spend_share) for rung in rungs]),
    ]
    return {
        "grid": {"left": 4, "right": 48, "top": 30, "bottom": 4, "containLabel": True},
        "legend": {"top": 0, "left": 0, "itemWidth": 10, "itemHeight": 10, "textStyle": {"color": "@muted"}},
        "tooltip": {"trigger": "item", "formatter": "{b}<br>{a}: {c} %"},
        "xAxis": {"type": "value", "show": False},
        "yAxis": {
            "type": "category",
            "data": [rung.title for rung in rungs],
            "axisLine": {"show": False},
            "axisTick": {"show": False},
            "axisLabel": {"color": "@ink"},
        },
        "series": [_bars(*each) for each in series],
    }


def _bars(name: str, opacity: float, shares: list[tuple[Rung, float]]) -> dict[str, Any]:
    address = reverse("customers")
    label = {"show": True, "position": "right", "formatter": "{c} %", "color": "@muted", "fontSize": 11, "opacity": 1}
    return {
        "name": name,
        "type": "bar",
        "barMaxWidth": 14,
        "color": "@muted",
        "itemStyle": {"opacity": opacity},
        "label": label,
        "data": [
            {
                "value": round(share * 100, 1),
                "href": f"{address}?tier={rung.tier}",
                "itemStyle": {"color": f"@{tone_of(rung.tier)}", "opacity": opacity, "borderRadius": 3},
            }
            for rung, share in shares
        ],
    }


urlpatterns = [path("", home, name="home")]
