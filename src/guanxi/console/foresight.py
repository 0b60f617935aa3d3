"""Who is slipping away, what is to come, and what to offer a customer next."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _

from guanxi.console.access import act, firm_of, member_of, page
from guanxi.console.customers import customer_of
from guanxi.console.foresight_words import (
    alert_words,
    basis_words,
    fit_words,
    opportunity_titles,
    opportunity_words,
)
from guanxi.console.parts import page_number, say_errors
from guanxi.insights import at_risk, opportunities
from guanxi.kernel import clock
from guanxi.ledger import queries as ledger_queries
from guanxi.recommendations import actions as recommendations_actions
from guanxi.scoring import predictions
from guanxi.scoring.alerts import SHRUNK_RATIO, SLOWED_CYCLES
from guanxi.staff.roles import Right

KINDS = ("slowed", "shrunk")
ROWS = 50


@page(right=Right.SEE)
def at_risk_list(request: HttpRequest) -> HttpResponse:
    """The reader's own customers, or all for whom he may see all; the most money first."""
    user = member_of(request)
    kind = request.GET.get("kind", "")
    kind = kind if kind in KINDS else ""
    found = at_risk.at_risk(user=user, kind=kind, page=page_number(request.GET))
    chances = opportunities.opportunities(user=user)
    titles = opportunity_titles()
    context = {
        "found": found,
        "rows": [(row, alert_words(row.kind, row.figures)) for row in found.object_list],
        "kind": kind,
        "kinds": [("", _("All")), ("slowed", _("Too late")), ("shrunk", _("Smaller orders"))],
        "record": at_risk.record(user=user, now=clock.utc_now()),
        "currency": firm_of(request).reporting_currency,
        "cycles": SLOWED_CYCLES,
        "percent": int(SHRUNK_RATIO * 100),
        "opportunities": [
            (*titles[kind], [(row, opportunity_words(kind, row.figures)) for row in rows])
            for kind, rows in chances.items()
        ],
    }
    return render(request, "console/foresight/at_risk.html", context)


@page(right=Right.SEE_ALL)
def outlook(request: HttpRequest) -> HttpResponse:
    """What the models found, how sure they are, and from whom the next year's orders are expected."""
    run = predictions.latest_prediction()
    if run is None:
        return render(request, "console/foresight/outlook.html", {"run": None})
    rows = predictions.rows_of(run, limit=ROWS)
    named = ledger_queries.customers_for(member_of(request)).in_bulk([row["customer_id"] for row in rows])
    bands = predictions.bands_of(run)
    context = {
        "run": run,
        "models": [_model("BG/NBD", run.bgnbd), _model("Gamma-Gamma", run.gammagamma)],
        "rows": [
            (named[row["customer_id"]], row, basis_words(row["cycle_basis"] or ""))
            for row in rows
            if row["customer_id"] in named
        ],
        "chart": _chart(bands) if run.bgnbd["converged"] else None,
    }
    return render(request, "console/foresight/outlook.html", context)


def _model(title: str, fit: dict[str, Any]) -> dict[str, Any]:
    """A fit as the page shows it: parameters with their standard errors."""
    told = {"log_likelihood", "converged", "standard_errors", "notes"}
    parameters = [
        (name, value, fit["standard_errors"].get(name))
        for name, value in fit.items()
        if name not in told and value is not None
    ]
    notes = [fit_words(note) for note in fit["notes"]]
    return {"title": title, "parameters": parameters, **{name: fit[name] for name in told}, "notes": notes}


def _chart(bands: list[predictions.Band]) -> dict[str, Any]:
    """Customers and expected value by the chance to be alive."""
    names = [f"{round(band.low * 100)}–{round(band.high * 100)} %" for band in bands]
    return {
        "grid": {"left": 8, "right": 8, "top": 34, "bottom": 8, "containLabel": True},
        "tooltip": {"trigger": "axis", "axisPointer": {"type": "shadow"}},
        "legend": {"top": 0, "left": 0, "icon": "roundRect", "itemWidth": 10, "itemHeight": 10},
        "xAxis": {
            "type": "category", "data": names, "axisTick": {"show": False},
            "axisLabel": {"color": "@muted", "interval": 0, "rotate": 35, "fontSize": 11},
        },
        "yAxis": [
            {"type": "value", "splitLine": {"lineStyle": {"color": "@line"}}, "axisLabel": {"color": "@muted"}},
            {"type": "value", "splitLine": {"show": False}, "axisLabel": {"color": "@muted"}},
        ],
        "series": [
            {"name": _("Customers"), "type": "bar", "barMaxWidth": 18, "data": [band.customers for band in bands],
             "itemStyle": {"color": "@plain", "borderRadius": [3, 3, 0, 0]}},
            {"name": _("Expected value"), "type": "bar", "barMaxWidth": 18, "yAxisIndex": 1,
             "data": [round(float(band.expected_value)) for band in bands],
             "itemStyle": {"color": "@accent", "borderRadius": [3, 3, 0, 0]}},
        ],
    }  # fmt: skip


class RefusalForm(forms.Form):
    """What a customer does not want."""

    kind = forms.ChoiceField(choices=[("product", ""), ("content", "")])
    key = forms.CharField(max_length=120)
    reason = forms.CharField(max_length=300, required=False)


@act(right=Right.EDIT_CUSTOMERS, scoped=True)
def customer_refuse(request: HttpRequest, customer_id: int) -> HttpResponse:
    found, form = customer_of(request, customer_id), RefusalForm(request.POST)
    if form.is_valid():
        recommendations_actions.refuse(customer=found, by=member_of(request), now=clock.utc_now(), **form.cleaned_data)
        messages.success(request, _("Noted: it is not recommended to this customer any more."))
    else:
        say_errors(request, form)
    return redirect("customer", customer_id=found.pk)


@act(right=Right.EDIT_CUSTOMERS, scoped=True)
def customer_refusal_back(request: HttpRequest, customer_id: int) -> HttpResponse:
    found, form = customer_of(request, customer_id), RefusalForm(request.POST)
    if form.is_valid():
        told = {name: form.cleaned_data[name] for name in ("kind", "key")}
        recommendations_actions.take_back_refusal(customer=found, **told)
        messages.success(request, _("It may be recommended again."))
    else:
        say_errors(request, form)
    return redirect("customer", customer_id=found.pk)


urlpatterns: list[URLPattern] = [
    path("at-risk/", at_risk_list, name="at_risk"),
    path("outlook/", outlook, name="outlook"),
    path("customers/<int:customer_id>/refuse", customer_refuse, name="customer_refuse"),
    path("customers/<int:customer_id>/refusal-back", customer_refusal_back, name="customer_refusal_back"),
]
