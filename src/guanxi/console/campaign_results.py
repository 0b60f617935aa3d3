"""One campaign under way or over: its progress, its results, every reader with why, when and on whose permission."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from guanxi.campaigns import queries
from guanxi.campaigns.models import Campaign
from guanxi.console import campaign_words as words
from guanxi.console import list_files, message_words
from guanxi.console.access import firm_of, member_of, page
from guanxi.console.campaign_pages import campaign_of, summary_of
from guanxi.console.consent_words import method_words
from guanxi.console.offer_cards import origin_card
from guanxi.console.parts import clean, is_part, page_number
from guanxi.console.shipped_words import title_words
from guanxi.insights import campaign_readers, campaign_results
from guanxi.insights.campaign_readers import Basis, Row
from guanxi.insights.campaign_results import CUTS, Figures
from guanxi.kernel import places
from guanxi.offers import granting
from guanxi.staff.roles import Right
from guanxi.tiering import queries as tiering_queries


@page(right=Right.SEE_ALL)
def campaign(request: HttpRequest, campaign_id: int) -> HttpResponse:
    found = campaign_of(campaign_id)
    if not found.has_begun:
        return redirect("campaign_check", found.pk)
    zone, user = ZoneInfo(firm_of(request).time_zone), member_of(request)
    results = campaign_results.results_of(found)
    context = _progress(found) | {
        "summary": summary_of(found, zone),
        "results": results,
        "shares": {name: results.total.share(getattr(results.total, name)) for name in ("clicks", "replies")},
        "currency": firm_of(request).reporting_currency,
        "cuts": [
            (cut, words.CUT_NAMES[cut], _named(found, cut, results.cuts[cut]))
            for cut in CUTS
            # Nobody looks at the letters of a test before its end.
            if cut != "variant" or not found.is_test or found.decided_at
        ],
        "reasons": [(words.reader_state(each.state), words.reason_words(each), each) for each in results.reasons],
        "test": _test_of(found),
        **origin_card(granting.CAMPAIGN, str(found.pk)),
        "may_send": user.may(Right.SEND),
        "may_export": user.may(Right.EXPORT),
    }
    return render(request, "console/campaigns/page.html", context)


@page(right=Right.SEE_ALL)
def campaign_progress(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """The bar that follows a campaign under way; the whole page comes anew when it has ended."""
    found = campaign_of(campaign_id)
    answer = render(request, "console/campaigns/_progress.html", _progress(found))
    if not found.is_under_way and found.state != "stopping":
        answer["HX-Refresh"] = "true"
    return answer


def _progress(found: Campaign) -> dict[str, Any]:
    state, tone = words.state_words(found)
    return {
        "campaign": found, "progress": queries.progress_of(found), "state": state, "tone": tone,
        "is_moving": found.is_under_way or found.state == "stopping",
    }  # fmt: skip


def _named(found: Campaign, cut: str, slices: list[tuple[str, Figures]]) -> list[tuple[str, Figures]]:
    """The slices by their names; one letter alone, or one slice of which nothing is known, says nothing new."""
    if len(slices) < 2 and (cut == "variant" or not any(key for key, _figures in slices)):
        return []
    return [(_name(found, cut, key), figures) for key, figures in slices]


def _name(found: Campaign, cut: str, key: str) -> str:
    if not key:
        return _("unknown") if cut != "variant" else _("not settled yet")
    if cut == "country":
        return places.country_name(key, _page_language())
    if cut == "language":
        return places.language_name(key, _page_language())
    if cut == "tier":
        scheme = tiering_queries.default_scheme()
        return dict(tiering_queries.tiers_of(scheme)).get(key, key) if scheme else key
    labels = {
        str(each.pk): f"{each.label} · {title_words(each.template.title)}"
        for each in found.variants.select_related("template")
    }
    return labels.get(key, key)


def _page_language() -> str:
    return get_language() or "en"


def _test_of(found: Campaign) -> dict[str, Any] | None:
    """The decision with its intervals as bars; before it, only that it is awaited: nobody looks before the end."""
    if not found.is_test:
        return None
    variants = found.variants.select_related("template")
    titles = {each.label: title_words(each.template.title) for each in variants}
    decision = found.decision
    arms = decision.get("arms", [])
    top = max((arm["interval"][1] for arm in arms), default=0) or 1
    return {
        "decision": decision,
        "sentence": words.DECISIONS.get(decision.get("reason", ""), ""),
        "metric": words.METRICS[found.metric],
        "arms": [_arm(arm, titles.get(arm["label"], ""), decision.get("winner", ""), top) for arm in arms],
        "labels": [each.label for each in found.variants.filter(segment_key="")],
    }


def _arm(arm: dict[str, Any], title: str, winner: str, top: float) -> dict[str, Any]:
    """One letter of the test with its interval as a bar of a picture a hundred wide."""
    low, high = arm["interval"]
    rate = arm["answered"] / arm["sent"] if arm["sent"] else 0.0
    return {
        **arm,
        "title": title,
        "rate": rate,
        "low": low,
        "high": high,
        "is_winner": arm["label"] == winner,
        "left": f"{100 * low / top:.2f}",
        "width": f"{max(0.5, 100 * (high - low) / top):.2f}",
        "at": f"{100 * rate / top:.2f}",
    }


# Every reader


@page(right=Right.SEE_ALL)
def campaign_readers_list(request: HttpRequest, campaign_id: int) -> HttpResponse:
    found = campaign_of(campaign_id)
    asked = {name: request.GET.get(name, "").strip()[:200] for name in ("state", "country", "search")}
    rows = campaign_readers.readers_of(found, user=member_of(request), **asked)
    shown = campaign_readers.page_of(rows, page=page_number(request.GET))
    progress = queries.progress_of(found)
    counts = {**progress.states, campaign_results.NOT_PROPOSED: progress.not_proposed}
    context = {
        "campaign": found,
        "page_of_readers": shown,
        "rows": [(row, words.reader_state(row.state), why_words(row), basis_words(row.basis)) for row in shown],
        "states": [
            (state, words.reader_state(state), counts[state])
            for state in words.states_in_order()
            if counts.get(state)
        ],
        "total": progress.readers,
        "query": clean(request.GET, but=("page", "state")),
        "may_export": member_of(request).may(Right.EXPORT),
        **asked,
    }  # fmt: skip
    part = "_readers.html" if is_part(request) else "readers.html"
    return render(request, f"console/campaigns/{part}", context)


@page(right=Right.EXPORT)
def campaign_export(request: HttpRequest, campaign_id: int, form: str) -> HttpResponseBase:
    """Every reader with why, when and on whose permission (RS-29)."""
    found = campaign_of(campaign_id)
    heading = [
        _("Customer"), _("Contact"), _("E-mail"), _("Country"), _("Language"), _("Tier"), _("Letter"), _("State"),
        _("Why"), _("Planned for"), _("Left"), _("Permission"), _("Given on"), _("Way"), _("Source"), _("Clicked"),
    ]  # fmt: skip
    rows = campaign_readers.all_rows(campaign_readers.readers_of(found, user=member_of(request)))
    zone = ZoneInfo(firm_of(request).time_zone)
    return list_files.answer(form, f"campaign-{found.pk}", heading, _cells(rows, zone))


def _cells(rows: Iterator[Row], zone: ZoneInfo) -> Iterator[list[Any]]:
    for row in rows:
        basis = row.basis or Basis("")
        yield [
            row.customer, row.contact, row.email, row.country, row.language, row.tier, row.letter,
            words.reader_state(row.state), why_words(row), _written(row.planned_at, zone), _written(row.at, zone),
            message_words.reason_words(basis.reason) if basis.reason else "",
            _written(basis.obtained_at, zone)[:10], str(method_words(basis.method)) if basis.method else "",
            basis.source, _("yes") if row.clicked else "",
        ]  # fmt: skip


def _written(moment: Any, zone: ZoneInfo) -> str:
    return moment.astimezone(zone).strftime("%Y-%m-%d %H:%M") if moment else ""


def why_words(row: Row) -> str:
    """Why a mail did not leave; nothing for one that did."""
    return message_words.reason_words(row.why, row.detail) if row.why and row.state != "accepted" else ""


def basis_words(basis: Basis | None) -> str:
    return message_words.reason_words(basis.reason) if basis and basis.reason else ""


urlpatterns: list[URLPattern] = [
    path("campaigns/<int:campaign_id>/", campaign, name="campaign"),
    path("campaigns/<int:campaign_id>/progress/", campaign_progress, name="campaign_progress"),
    path("campaigns/<int:campaign_id>/readers/", campaign_readers_list, name="campaign_readers"),
    path("campaigns/<int:campaign_id>/export/<str:form>", campaign_export, name="campaign_export"),
]
