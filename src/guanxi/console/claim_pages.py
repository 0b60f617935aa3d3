"""The claimed outcomes F-01 to F-17: which run here, what the others need, each with its table and as a file."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from guanxi.console import list_files
from guanxi.console.access import firm_of, member_of, page
from guanxi.console.tier_words import in_language
from guanxi.firm import actions as firm_actions
from guanxi.insights.claims import running
from guanxi.insights.claims.cells import Cell, Money, Share
from guanxi.insights.claims.definitions import definitions
from guanxi.insights.claims.running import Report
from guanxi.kernel import clock
from guanxi.staff.roles import Right

NEED_WORDS: dict[str, str | Promise] = {
    "orders": gettext_lazy("orders"),
    "expenses": gettext_lazy("expenses, entered under the tiers' budgets"),
    "standings": gettext_lazy("tiers, computed once a day"),
    "touches": gettext_lazy("inquiries, sign-ups or visits of customers before they order"),
    "inquiries": gettext_lazy("inquiries"),
    "feedback": gettext_lazy("ratings by customers"),
    "contacts": gettext_lazy("contacts"),
    "mails": gettext_lazy("mails that were delivered"),
    "held_out": gettext_lazy("customers held out of the wake-up journeys (J-17, J-31)"),
    "order_news": gettext_lazy("customers who got order news (J-04)"),
    "j16": gettext_lazy("customers in the journey before the next cycle (J-16)"),
    "j22_mails": gettext_lazy("mails with gift lists (J-22)"),
}
HEADINGS: dict[str, str | Promise] = {
    "from": gettext_lazy("From"), "until": gettext_lazy("Until"), "group": gettext_lazy("Group"),
    "repurchase": gettext_lazy("Ordered again"), "tier": gettext_lazy("Tier"), "cost": gettext_lazy("Cost"),
    "orders": gettext_lazy("Orders"), "cost_per_order": gettext_lazy("Cost per order"),
    "flagged": gettext_lazy("Slowed"), "recovered": gettext_lazy("Recovered"), "of": gettext_lazy("Of what"),
    "value": gettext_lazy("Value"), "low": gettext_lazy("At least (95 %)"), "high": gettext_lazy("At most (95 %)"),
    "held_out": gettext_lazy("Held out"), "prospects": gettext_lazy("Prospects"), "ordered": gettext_lazy("Ordered"),
    "median_days": gettext_lazy("Median days, all counted"),
    "median_of_those_who_ordered": gettext_lazy("Median days of those who ordered"), "month": gettext_lazy("Month"),
    "inquiries": gettext_lazy("Inquiries"), "per_100": gettext_lazy("Per 100 prospects"),
    "second_order": gettext_lazy("Second order"), "mean_score": gettext_lazy("Mean rating"),
    "quarter": gettext_lazy("Quarter"), "revenue": gettext_lazy("Revenue"),
    "revenue_existing": gettext_lazy("of existing customers"), "share": gettext_lazy("Share"),
    "leads": gettext_lazy("Leads"), "conversion": gettext_lazy("Became customers"), "region": gettext_lazy("Where"),
    "reply_rate": gettext_lazy("Answered"), "check": gettext_lazy("Check"), "journey": gettext_lazy("Journey"),
    "reached": gettext_lazy("Reached"), "answer": gettext_lazy("Answer"), "customers": gettext_lazy("Customers"),
    "mean_reorders": gettext_lazy("Reorders on average"), "two_or_more": gettext_lazy("Two or more"),
    "churn": gettext_lazy("Gone"), "revenue_per_expense": gettext_lazy("Revenue per money spent"),
    "answers": gettext_lazy("Ratings"), "benchmark": gettext_lazy("Benchmark"),
    "against_it": gettext_lazy("Against the benchmark"), "source": gettext_lazy("Who says so"),
}  # fmt: skip
GROUPS: dict[str, str | Promise] = {
    "best": gettext_lazy("the best fifth"), "others": gettext_lazy("the others"), "all": gettext_lazy("all"),
    "reached": gettext_lazy("Reached"), "held_out": gettext_lazy("Held out"),
    "referred": gettext_lazy("introduced by others"), "recovered": gettext_lazy("orders of the recovered"),
    "with_order_news": gettext_lazy("with order news"), "without": gettext_lazy("without"),
    "said": gettext_lazy("what they said"), "region": gettext_lazy("Middle East"),
    "elsewhere": gettext_lazy("elsewhere"), "dated_basis": gettext_lazy("contacts with a dated permission"),
    "confirmed_lately": gettext_lazy("contacts new or asked about their data within 12 months"),
    "requests_in_time": gettext_lazy("requests answered in time"), "opened": gettext_lazy("opened by people"),
    "flagged": gettext_lazy("all who slowed"), "above": gettext_lazy("surely above"),
    "below": gettext_lazy("surely below"), "cannot_tell": gettext_lazy("not to be told apart"),
    "clicked": gettext_lazy("clicked by people"), "ordered": pgettext_lazy("after the mail", "ordered"),
}  # fmt: skip


@page(right=Right.SEE_ALL)
def claims(request: HttpRequest) -> HttpResponse:
    rows = [
        (each, in_language(each.title, each.id), in_language(each.claim, ""), [NEED_WORDS[need] for need in lacks],
         each.needs[0] not in lacks)
        for each, lacks in running.overview()
    ]  # fmt: skip
    return render(request, "console/claims/list.html", {"rows": rows})


class BenchmarkForm(forms.Form):
    """What others reach, for one row of a report, and who says so."""

    figure = forms.ChoiceField(label=gettext_lazy("Figure"))
    percent = forms.DecimalField(
        label=gettext_lazy("Share in %"), min_value=Decimal(0), max_value=Decimal(100), decimal_places=2,
        required=False, help_text=gettext_lazy("Empty takes the benchmark out."),
    )  # fmt: skip
    source = forms.CharField(
        label=gettext_lazy("Source"), max_length=300, required=False,
        help_text=gettext_lazy("Who published it, and when."),
    )  # fmt: skip

    def __init__(self, data: Any, report: Report) -> None:
        super().__init__(data)
        names = report.definition.wishes.get("benchmarks", ())
        self.fields["figure"].choices = [(name, GROUPS[name]) for name in names]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        if found.get("percent") is not None and not found.get("source", "").strip():
            self.add_error("source", _("Name the source; a benchmark without one proves nothing."))
        return found


@page(right=Right.SEE_ALL, post=Right.MANAGE_SETTINGS)
def claim(request: HttpRequest, claim_id: str) -> HttpResponse:
    report = _report(claim_id)
    takes = "benchmarks" in report.definition.wishes
    form = BenchmarkForm(request.POST or None, report) if takes else None
    if request.method == "POST":
        if form is None:
            raise Http404
        if form.is_valid():
            firm_actions.set_benchmark(report=report.definition.id, now=clock.utc_now(), **form.cleaned_data)
            messages.success(request, _("Saved."))
            return redirect("claim", report.definition.id)
    context = {
        "form": form if member_of(request).may(Right.MANAGE_SETTINGS) else None,
        "report": report,
        "title": in_language(report.definition.title, report.definition.id),
        "claim": in_language(report.definition.claim, ""),
        "design": in_language(report.definition.design, ""),
        "lacks": [NEED_WORDS[need] for need in report.lacks],
        "heading": [HEADINGS[name] for name in report.heading],
        "rows": [[_cell(cell) for cell in row] for row in report.rows],
        "currency": firm_of(request).reporting_currency,
    }
    return render(request, "console/claims/page.html", context)


@page(right=Right.EXPORT)
def claim_file(request: HttpRequest, claim_id: str, form: str) -> HttpResponseBase:
    """The table as csv or xlsx; a share takes four columns: hits, of how many, and its bounds."""
    report = _report(claim_id)
    if not report.runs or form not in {"csv", "xlsx"}:
        raise Http404
    widths = [
        max((len(list(_flat(row[place]))) for row in report.rows), default=1) for place in range(len(report.heading))
    ]
    heading = [
        name for title, width in zip(report.heading, widths, strict=True)
        for name in ([title] if width == 1 else [title, f"{title}_of", f"{title}_low", f"{title}_high"])
    ]  # fmt: skip
    rows = [
        [cell for each, width in zip(row, widths, strict=True) for cell in _padded(list(_flat(each)), width)]
        for row in report.rows
    ]
    return list_files.answer(form, claim_id.lower(), heading, rows)


def _report(claim_id: str) -> Report:
    if claim_id.upper() not in definitions():
        raise Http404
    return running.run(claim_id.upper(), now=clock.utc_now())


def _cell(cell: Cell) -> dict[str, Any]:
    if isinstance(cell, Share):
        return {"kind": "share", "share": cell, "bounds": cell.bounds}
    if isinstance(cell, Money):
        return {"kind": "money", "amount": cell.amount}
    if isinstance(cell, str):
        return {"kind": "text", "text": GROUPS.get(cell, cell or "—")}
    return {"kind": "number" if isinstance(cell, int | float) else "other", "value": cell}


def _flat(cell: Cell) -> Iterator[Any]:
    if isinstance(cell, Share):
        _, low, high = cell.bounds or (None, None, None)
        yield from (cell.hits, cell.count, low, high)
    else:
        yield round(cell.amount, 2) if isinstance(cell, Money) else cell


def _padded(cells: list[Any], width: int) -> list[Any]:
    return cells + [None] * (width - len(cells))


urlpatterns: list[URLPattern] = [
    path("claims/", claims, name="claims"),
    path("claims/<str:claim_id>/", claim, name="claim"),
    path("claims/<str:claim_id>/<str:form>", claim_file, name="claim_file"),
]
