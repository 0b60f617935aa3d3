"""Journeys: the list, one journey as a vertical row of cards with where everybody is, one reader's path."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _

from guanxi.console.access import act, member_of, page
from guanxi.console.journey_canvas import Canvas, rows_of
from guanxi.console.journey_gallery import described
from guanxi.console.journey_vocabulary import STATE_NAMES
from guanxi.console.journey_words import entry_words, outcome_words, reason_words
from guanxi.console.offer_cards import origin_card
from guanxi.console.parts import is_part, page_number
from guanxi.console.shipped_words import title_words
from guanxi.firm import queries as firm_queries
from guanxi.insights import journey_results
from guanxi.journeys import actions as journeys_actions
from guanxi.journeys import moving
from guanxi.journeys import queries as journeys_queries
from guanxi.journeys.graph import read_graph
from guanxi.journeys.models import Draft, Enrolment, Journey
from guanxi.kernel import clock
from guanxi.ledger import queries as ledger_queries
from guanxi.offers import granting
from guanxi.staff.roles import Right


@page(right=Right.SEE_ALL)
def journeys(request: HttpRequest) -> HttpResponse:
    rows = journey_results.overview(now=clock.utc_now())
    return render(request, "console/journeys/list.html", {"rows": rows})


@page(right=Right.SEE_ALL)
def journey(request: HttpRequest, journey_key: str) -> HttpResponse:
    found = get_object_or_404(Journey.objects.select_related("live_version"), key=journey_key)
    step, state = request.GET.get("step", "")[:40], request.GET.get("state", "active")
    state = state if state in {"active", "ended"} else "active"
    context = {
        "journey": found,
        "step": step,
        "state": state,
        "travellers": journey_results.travellers(
            user=member_of(request), journey=found, step=step, state=state, page=page_number(request.GET)
        ),
        "step_titles": {},
    }
    graph = read_graph(found.live_version.text) if found.live_version else None
    whereabouts = journeys_queries.where_is_everybody(found)
    canvas = Canvas(graph, counts={each.step.frame.id: each for each in whereabouts.steps}) if graph else None
    context["step_titles"] = canvas.titles if canvas else {}
    if is_part(request):
        return render(request, "console/journeys/_travellers.html", context)
    context |= {
        "rows": rows_of(canvas) if canvas else (),
        "entry": entry_words(graph) if graph else None,
        "description": described(graph) if graph else "",
        "under_way": sum(each.here for each in whereabouts.steps),
        "on_older": moving.on_older_versions(found).count(),
        "versions": journeys_queries.versions_of(found),
        "draft": Draft.objects.filter(key=found.key).first(),
        "read_only": True,
        "ended": [(reason_words(reason), count) for (_state, reason), count in whereabouts.ended.items()],
        "refused": [(reason_words(reason), count) for reason, count in whereabouts.refused.items()],
        "state_name": STATE_NAMES.get(found.state, found.state),
        "text": found.live_version.text if found.live_version else "",
        "may_edit": member_of(request).may(Right.EDIT_JOURNEYS),
        "currency": firm_queries.the_firm().reporting_currency,
        **origin_card(granting.JOURNEY, found.key),
    }
    return render(request, "console/journeys/page.html", context)


@act(right=Right.EDIT_JOURNEYS)
def journey_state(request: HttpRequest, journey_key: str) -> HttpResponse:
    """Set live, pause or switch off."""
    found = get_object_or_404(Journey, key=journey_key)
    state = request.POST.get("state", "")
    if state not in journeys_actions.STATES:
        messages.error(request, _("A journey is live, paused or off."))
        return redirect("journey", journey_key=found.key)
    if state == "live" and found.state != "paused":  # what is missing is asked for first
        return redirect("journey_switch_on", journey_key=found.key)
    journeys_actions.set_state(journey=found, state=state, now=clock.utc_now())
    messages.success(
        request, _("%(title)s: %(state)s.") % {"title": title_words(found.names), "state": STATE_NAMES[state]}
    )
    return redirect("journey", journey_key=found.key)


@page(right=Right.SEE, scoped=True)
def journey_path(request: HttpRequest, enrolment_id: int) -> HttpResponse:
    """What one reader met on the way, and why he was not sent something."""
    seen = ledger_queries.customers_for(member_of(request))
    rows = Enrolment.objects.select_related("journey", "version", "customer", "contact")
    found = get_object_or_404(rows, pk=enrolment_id, customer__in=seen)
    graph = read_graph(found.version.text)
    titles = Canvas(graph).titles
    stops = [
        (stop, titles.get(stop.step, stop.step), outcome_words(stop.outcome), reason_words(stop.reason))
        for stop in journey_results.stops_of(found)
    ]
    context = {
        "enrolment": found,
        "stops": stops,
        "next_title": titles.get(found.step, found.step),
        "end_reason": reason_words(found.end_reason),
        "sees_journeys": member_of(request).may(Right.SEE_ALL),
    }
    return render(request, "console/journeys/path.html", context)


urlpatterns: list[URLPattern] = [
    path("journeys/", journeys, name="journeys"),
    path("journeys/<slug:journey_key>/", journey, name="journey"),
    path("journeys/<slug:journey_key>/state/", journey_state, name="journey_state"),
    path("journeys/paths/<int:enrolment_id>/", journey_path, name="journey_path"),
]
