"""The tiers: how many customers and how much money in each, the matrix, who moved."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from guanxi.console.access import act, member_of, page
from guanxi.console.customer_forms import DAY
from guanxi.console.parts import is_part, page_number, say_errors
from guanxi.console.templatetags.guanxi import tone_of
from guanxi.console.tier_words import cause_words, figures_words
from guanxi.firm import queries as firm_queries
from guanxi.insights import standing_flow
from guanxi.kernel import clock
from guanxi.ledger import queries as ledger_queries
from guanxi.pipeline import day
from guanxi.scoring import queries as scoring_queries
from guanxi.staff.roles import Right
from guanxi.tiering import queries as tiering_queries
from guanxi.tiering.models import Scheme

MOVES_FOR = timedelta(days=30)
# A firm whose newest order is older than this most likely looks at a file of history.
OLD_BOOKS = timedelta(days=120)


@dataclass(frozen=True, slots=True)
class Tier:
    """One row of the table; `tone` colours its bar."""

    tier: str
    title: str
    tone: str
    customers: int
    customer_share: float
    spend: Decimal
    spend_share: float

    @property
    def each(self) -> Decimal | None:
        """Mean spend of a customer."""
        return self.spend / self.customers if self.customers else None


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of the matrix; `heat` is between 0 and 1."""

    fm_score: int
    customers: int
    spend: Decimal
    heat: float


class ComputeForm(forms.Form):
    """As of which day the tiers are to be computed."""

    as_of = forms.DateField(label=gettext_lazy("As of"), required=False, widget=DAY)


@page(right=Right.SEE_ALL)
def tiers(request: HttpRequest) -> HttpResponse:
    user, now = member_of(request), clock.utc_now()
    scheme = _scheme(request.GET.get("scheme", ""))
    if scheme is None:
        return render(request, "console/standings/none.html")
    titles = dict(tiering_queries.tiers_of(scheme))
    moves = standing_flow.moves(user=user, scheme=scheme, since=now - MOVES_FOR, page=page_number(request.GET))
    context: dict[str, Any] = {
        "scheme": scheme,
        "titles": titles,
        "moves_page": moves,
        "moves": [
            (move, titles.get(move.from_tier, ""), titles.get(move.to_tier, ""), cause_words(move.cause),
             figures_words(move.figures))
            for move in moves.object_list
        ],
    }  # fmt: skip
    if is_part(request):
        return render(request, "console/standings/_moves.html", context)
    table = tiering_queries.tier_table(scheme)
    newest = ledger_queries.newest_order_at()
    context |= {
        "scheme_title": tiering_queries.title_of(scheme),
        "schemes": [(each, tiering_queries.title_of(each)) for each in tiering_queries.kept_schemes()],
        "table": table,
        "rows": _rows(table, titles) if table else [],
        "matrix": _matrix(),
        "flows": [
            (flow, titles.get(flow.from_tier, flow.from_tier), titles.get(flow.to_tier, flow.to_tier))
            for flow in standing_flow.flows(user=user, scheme=scheme, since=now - MOVES_FOR)
        ],
        "may_edit": user.may(Right.EDIT_TIERS),
        "newest_order_at": newest,
        "is_old": newest is not None and now - newest > OLD_BOOKS,
        "chart": _chart(table, titles) if table else None,
    }
    return render(request, "console/standings/page.html", context)


@act(right=Right.EDIT_TIERS)
def tiers_compute(request: HttpRequest) -> HttpResponse:
    """Measure and decide now, as the order of the day does it every night."""
    form = ComputeForm(request.POST)
    if form.is_valid():
        day.run_day(at=_moment_of(form.cleaned_data["as_of"]))
        messages.success(request, _("The tiers are computed."))
    else:
        say_errors(request, form)
    return redirect(reverse("tiers"))


def _moment_of(as_of: Any) -> datetime:
    """The end of that day at the firm, or now; never in the future."""
    now = clock.utc_now()
    if as_of is None:
        return now
    zone = ZoneInfo(firm_queries.the_firm().time_zone)
    return min(now, datetime.combine(as_of, time(23, 59, 59), tzinfo=zone).astimezone(now.tzinfo))


def _scheme(name: str) -> Scheme | None:
    schemes = tiering_queries.kept_schemes()
    if not name:
        return schemes[0] if schemes else None
    found = next((each for each in schemes if each.name == name), None)
    if found is None:
        raise Http404
    return found


def _rows(table: tiering_queries.TierTable, titles: dict[str, str]) -> list[Tier]:
    return [
        Tier(
            tier=row.tier,
            title=titles.get(row.tier, row.tier),
            tone=tone_of(row.tier),
            customers=row.customers,
            customer_share=row.customer_share,
            spend=row.spend,
            spend_share=row.spend_share,
        )
        for row in table.rows
    ]


def _matrix() -> list[tuple[int, list[Cell]]]:
    """Five rows, the most recent first; the best column last, so that the best corner is top right."""
    found = scoring_queries.rfm_matrix()
    most = max((cell.customers for cell in found), default=0)
    rows: dict[int, list[Cell]] = {}
    for cell in sorted(found, key=lambda each: (-each.r_score, each.fm_score)):
        heat = (cell.customers / most) ** 0.5 if most else 0.0
        rows.setdefault(cell.r_score, []).append(Cell(cell.fm_score, cell.customers, cell.spend, round(heat, 3)))
    return list(rows.items())


def _chart(table: tiering_queries.TierTable, titles: dict[str, str]) -> dict[str, Any]:
    """Share of customers against share of money, a bar each per tier."""
    rows = [row for row in reversed(table.rows) if row.customers]
    return {
        "grid": {"left": 8, "right": 24, "top": 8, "bottom": 28, "containLabel": True},
        "tooltip": {"trigger": "axis", "axisPointer": {"type": "shadow"}},
        "legend": {"bottom": 0, "icon": "roundRect", "itemWidth": 10, "itemHeight": 10},
        "xAxis": {
            "type": "value", "axisLabel": {"formatter": "{value} %", "color": "@muted"},
            "splitLine": {"lineStyle": {"color": "@line"}},
        },
        "yAxis": {
            "type": "category", "data": [titles.get(row.tier, row.tier) for row in rows],
            "axisTick": {"show": False}, "axisLine": {"show": False}, "axisLabel": {"color": "@ink"},
        },
        "series": [
            _bars(_("of the customers"), [(row.tier, row.customer_share) for row in rows], "@plain"),
            _bars(_("of the money"), [(row.tier, row.spend_share) for row in rows], "@accent"),
        ],
    }  # fmt: skip


def _bars(name: str, shares: list[tuple[str, float]], colour: str) -> dict[str, Any]:
    address = reverse("customers")
    return {
        "name": name,
        "type": "bar",
        "barMaxWidth": 12,
        "itemStyle": {"color": colour, "borderRadius": [0, 3, 3, 0]},
        "data": [{"value": round(share * 100, 1), "href": f"{address}?tier={tier}"} for tier, share in shares],
    }


urlpatterns: list[URLPattern] = [
    path("tiers/", tiers, name="tiers"),
    path("tiers/compute/", tiers_compute, name="tiers_compute"),
]
