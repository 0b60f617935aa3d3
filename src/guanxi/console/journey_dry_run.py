"""The dry run: one contact's whole way through a journey, before anything is live."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils.translation import get_language

from guanxi.console.access import page
from guanxi.console.journey_canvas import trouble_words
from guanxi.console.journey_facts import Known
from guanxi.console.journey_sitting import chosen_contact, graph_of, sitting_of, title_of
from guanxi.console.journey_words import entry_words, reason_words, step_title
from guanxi.console.preview_words import moment_there, sentences
from guanxi.journeys.graph import Graph
from guanxi.kernel import clock, places
from guanxi.ledger.models import Contact, Order
from guanxi.outbox.facts import place_of
from guanxi.rehearsal.one_path import Path, Stop, dry_run
from guanxi.staff.roles import Right

MOST_ORDERS = 20
ROUNDS_SHOWN = 2


@page(right=Right.SEE_ALL)
def journey_dry_run(request: HttpRequest, journey_key: str) -> HttpResponse:
    """One contact's whole way from today on, with dates, holds and letters; nothing is written."""
    sitting = sitting_of(journey_key)
    graph, mistake = graph_of(sitting.text)
    contact, order = chosen_contact(request), None
    context: dict[str, Any] = {
        "sitting": sitting,
        "title": title_of(sitting, graph),
        "mistake": mistake,
        "contact": contact,
    }
    if contact and graph:
        orders = list(
            Order.objects.filter(customer=contact.customer_id, kind="order").order_by("-placed_at")[:MOST_ORDERS]
        )
        order = next(
            (each for each in orders if str(each.pk) == request.GET.get("order")), orders[0] if orders else None
        )
        found = dry_run(graph=graph, contact=contact, order=order, now=clock.utc_now())
        context |= {
            "orders": orders if graph.about == "order" else [], "order": order,
            "stretches": _stretches(_stops(found, graph, contact)),
            "ends": reason_words(found.ends) if found.ends else "", "ends_at": found.ends_at,
            "entry": entry_words(graph), "place": place_of(contact, fallback="UTC"),
        }  # fmt: skip
    context["who"] = request.GET.get("who", "") or (str(contact) if contact else "")
    return render(request, "console/journeys/dry_run.html", context)


def _stretches(stops: list[dict[str, Any]]) -> list[tuple[int, int, list[dict[str, Any]]]]:
    """The way in stretches: the first rounds one by one, those after them folded, from which round to which."""
    found = []
    for is_folded, some in groupby(stops, key=lambda each: each["stop"].round > ROUNDS_SHOWN):
        rows = list(some)
        rounds = [each["stop"].round for each in rows] if is_folded else [0]
        found.append((rounds[0], rounds[-1], rows))
    return found


def _stops(found: Path, graph: Graph, contact: Contact) -> list[dict[str, Any]]:
    known, zone = Known(), place_of(contact, fallback="UTC").name
    return [_stop(stop, graph, known, zone) for stop in found.stops]


def _stop(stop: Stop, graph: Graph, known: Known, zone: str) -> dict[str, Any]:
    preview = stop.preview
    leaves_at = preview.leaves_at if preview else None
    return {
        "stop": stop,
        "kind": graph.steps[stop.step].kind,
        "title": step_title(graph.steps[stop.step], known),
        "there": moment_there(leaves_at or stop.at, zone),
        "reason": trouble_words(stop) or (reason_words(stop.reason) if stop.reason else ""),
        "is_bad": bool(stop.trouble) or stop.outcome == "skipped" or (preview is not None and leaves_at is None),
        "subject": preview.rendered.subject if preview else "",
        "language": places.language_name(preview.language, get_language() or "en") if preview else "",
        "holds": sentences(preview) if preview else [],
    }


urlpatterns: list[URLPattern] = [
    path("journeys/<slug:journey_key>/dry-run/", journey_dry_run, name="journey_dry_run"),
]
