"""What a scheme would have done: its moves over past months, as a chart and a table. Nothing of it is written."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from typing import Any, get_args

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from guanxi.console.access import page
from guanxi.console.customer_forms import DAY
from guanxi.console.tier_words import in_language
from guanxi.kernel import clock
from guanxi.kernel.money import NoRate
from guanxi.ledger import queries as ledger_queries
from guanxi.staff.roles import Right
from guanxi.tiering import documents, moves, replay, replaying
from guanxi.tiering import queries as tiering_queries
from guanxi.tiering.models import Scheme
from guanxi.tiering.replay import BadSpan, Every, Replay

MOVES_SHOWN = 100
# A page waits for its answer; longer walks belong to `guanxi tier --replay`.
MOST_DATES = 60
RULES_SHOWN = 8
COLOURS = ("@accent", "#c98b2b", "#5b7fb5", "#8a6fa8", "#5d9a8c", "#b5656b", "#9a9a55", "#8d97a5")
STEPS: list[tuple[Every, str | Promise]] = [
    ("month", gettext_lazy("at the end of each month")),
    ("quarter", gettext_lazy("at the end of each quarter")),
    ("week", gettext_lazy("every week")),
    ("day", gettext_lazy("every day")),
]


class SpanForm(forms.Form):
    """Which scheme, from when to when, how often."""

    scheme = forms.CharField(required=False, max_length=60)
    start = forms.DateField(label=gettext_lazy("From"), widget=DAY)
    end = forms.DateField(label=gettext_lazy("Until"), widget=DAY)
    every = forms.ChoiceField(choices=[(each, each) for each in get_args(Every)])


@page(right=Right.SEE_ALL)
def tiers_replay(request: HttpRequest) -> HttpResponse:
    schemes = tiering_queries.kept_schemes()
    asked = request.GET if request.GET.get("start") else None
    form = SpanForm(asked, initial=_usual())
    context: dict[str, Any] = {
        "schemes": [(each.name, tiering_queries.title_of(each)) for each in schemes],
        "steps": STEPS,
        "form": form,
        "chosen": request.GET.get("scheme") or (schemes[0].name if schemes else ""),
    }
    if form.is_bound and form.is_valid():
        context |= _answer(form.cleaned_data, schemes)
    elif form.is_bound:
        context["problem"] = _("Write both days, such as 2026-03-31.")
    return render(request, "console/reviews/replay.html", context)


def _usual() -> dict[str, Any]:
    """A year back from the newest order."""
    newest = ledger_queries.newest_order_at()
    end = (newest or clock.utc_now()).date()
    return {"start": end - timedelta(days=365), "end": end, "every": "month"}


def _answer(asked: dict[str, Any], schemes: list[Scheme]) -> dict[str, Any]:
    record = next((each for each in schemes if each.name == asked["scheme"]), schemes[0] if schemes else None)
    if record is None:
        return {"problem": _("There is no scheme yet.")}
    scheme = documents.read_scheme(record.document)
    try:
        dates = replay.dates_between(asked["start"], asked["end"], asked["every"])
        if len(dates) > MOST_DATES:
            return {
                "problem": _("That are %(count)d dates; take larger steps or a shorter span.") % {"count": len(dates)}
            }
        found = replaying.replay_workspace(scheme, dates=dates, now=clock.utc_now())
    except BadSpan:
        return {"problem": _("Between these days no such step ends; take a longer span.")}
    except NoRate as error:
        return {"problem": str(error)}
    return _told(found, scheme)


def _told(found: Replay, scheme: Any) -> dict[str, Any]:
    titles = {tier: in_language(words, tier) for tier, words in scheme.tiers.items()}
    rules = {rule: _rule_title(scheme, rule, titles) for rule in found.counts}
    return {
        "found": found,
        "titles": titles,
        "tiers": [(tier, titles.get(tier, tier)) for tier in found.dates[-1].tiers],
        "dates": [(each, [each.tiers.get(tier, 0) for tier in found.dates[-1].tiers]) for each in found.dates],
        "counts": [(rule, rules[rule], count) for rule, count in found.counts.items()],
        "moves": [
            (move, titles.get(move.from_tier, move.from_tier), titles.get(move.to_tier, move.to_tier), rules[move.rule])
            for move in found.moves[-MOVES_SHOWN:][::-1]
        ],
        "chart": _chart(found, rules),
    }


def _rule_title(scheme: Any, rule: str, titles: dict[str, str]) -> str:
    move = moves.named_move(scheme, rule)
    if move is not None:
        return in_language(move.title, move.name)
    tier = next((each.tier for each in scheme.rules if each.name == rule), scheme.otherwise)
    return _("by the rules: %(tier)s") % {"tier": titles.get(tier, tier)}


def _chart(found: Replay, rules: dict[str, str]) -> dict[str, Any]:
    """Moves per step, stacked by the rule behind them."""
    steps = [each.at for each in found.dates[1:]]
    counted = Counter((_step_of(move.at, steps), move.rule) for move in found.moves)
    shown = list(found.counts)[:RULES_SHOWN]
    return {
        "grid": {"left": 8, "right": 16, "top": 36, "bottom": 8, "containLabel": True},
        "tooltip": {"trigger": "axis", "axisPointer": {"type": "shadow"}},
        "legend": {"top": 0, "left": 0, "type": "scroll", "itemWidth": 10, "itemHeight": 10},
        "xAxis": {"type": "category", "data": [day.isoformat() for day in steps], "axisTick": {"show": False}},
        "yAxis": {"type": "value", "splitLine": {"lineStyle": {"color": "@line"}}},
        "series": [
            {"name": rules[rule], "type": "bar", "stack": "moves", "barMaxWidth": 28, "itemStyle": {"color": colour},
             "data": [counted[step, rule] for step in steps]}
            for rule, colour in zip(shown, COLOURS, strict=False)
        ],
    }  # fmt: skip


def _step_of(at: date, steps: list[date]) -> date:
    """The date at whose end a move was known: one between two dates belongs to the later one."""
    return next((step for step in steps if at <= step), steps[-1])


urlpatterns: list[URLPattern] = [path("tiers/replay/", tiers_replay, name="tiers_replay")]
