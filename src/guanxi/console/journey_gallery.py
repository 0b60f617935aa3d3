"""The gallery of journeys with what each needs, switching one on, and moving readers to a new version by choice."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from guanxi.console import paper_words
from guanxi.console.access import member_of, page
from guanxi.console.journey_events import event_name
from guanxi.console.journey_facts import Known, fact_name
from guanxi.console.journey_vocabulary import PURPOSE_NAMES
from guanxi.console.journey_words import step_title
from guanxi.console.parts import note_act, number_in
from guanxi.console.shipped_words import of_language
from guanxi.insights import journey_needs
from guanxi.insights.journey_needs import Need, Stock
from guanxi.journeys import actions as journeys_actions
from guanxi.journeys import moving
from guanxi.journeys.graph import Graph, read_graph
from guanxi.journeys.models import Journey
from guanxi.journeys.shelf import CUSTOMER_KINDS
from guanxi.kernel import clock, places
from guanxi.ledger.event_names import EVENT_NAMES
from guanxi.staff.roles import Right

USUAL_HOLDOUT = 10
CONSENT_NAMES = {
    "marketing": gettext_lazy("permission for marketing"),
    "service": gettext_lazy("permission for service mail"),
    "tracking": gettext_lazy("permission to measure"),
    "profiling": gettext_lazy("permission for profiles"),
    "transfer": gettext_lazy("permission for the transfer abroad"),
}


# Where data that is missing comes from, when not by a file.
REMEDIES = {
    journey_needs.LAUNCH: "launches", "price_breaks": "offers", "proposal": "reviews",
    "complements": "recommendations", "segment": "segments", "standing": "tiers", "tier": "tiers", "webinar": "shop",
    "inquiry": "customers", "quotation": "customers", "complaint": "customers", "project": "customers",
    "note": "customers", "trait": "customers", "page": "shop", "cart": "shop", "price_list": "shop",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class NeedView:
    """One need in words, and where it is mended."""

    kind: str
    words: str
    is_met: bool
    note: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class Exhibit:
    """One journey of the gallery."""

    key: str
    title: str
    description: str
    source: str
    state: str
    customers: Sequence[str]
    letters: int
    steps: int
    needs: Sequence[NeedView]

    @property
    def in_short(self) -> list[NeedView]:
        """The letters that are there as one need, everything else by itself."""
        there = [need for need in self.needs if need.kind == journey_needs.LETTER and need.is_met]
        notes = list(dict.fromkeys(need.note for need in there if need.note))
        count = len(there)
        words = ngettext("%(count)d letter is published", "%(count)d letters are published", count) % {"count": count}
        return [
            *([NeedView(journey_needs.LETTER, words, is_met=True, note="; ".join(notes))] if there else []),
            *(need for need in self.needs if need not in there),
        ]

    @property
    def missing(self) -> list[NeedView]:
        return [need for need in self.needs if not need.is_met]


@page(right=Right.SEE_ALL)
def journey_gallery(request: HttpRequest) -> HttpResponse:
    """All journeys by purpose, narrowed by customer type; each with what this workspace lacks for it."""
    kind = request.GET.get("for", "")
    kind = kind if kind in CUSTOMER_KINDS else ""
    stock, known = Stock(now=clock.utc_now()), Known()
    shelves: dict[str, list[Exhibit]] = {purpose: [] for purpose in PURPOSE_NAMES}
    for journey in Journey.objects.select_related("live_version").exclude(live_version=None).order_by("key"):
        graph = _graph(journey)
        if not kind or kind in graph.shelf.customers:
            shelves[graph.shelf.purpose].append(_exhibit(journey, graph, stock, known))
    context = {
        "shelves": [(purpose, PURPOSE_NAMES[purpose], some) for purpose, some in shelves.items() if some],
        "kind": kind,
        "kinds": CUSTOMER_KINDS,
        "count": sum(len(some) for some in shelves.values()),
        "ready": sum(not each.missing for some in shelves.values() for each in some),
        "may_edit": member_of(request).may(Right.EDIT_JOURNEYS),
    }
    return render(request, "console/journeys/gallery.html", context)


@page(right=Right.EDIT_JOURNEYS, post=Right.EDIT_JOURNEYS)
def journey_switch_on(request: HttpRequest, journey_key: str) -> HttpResponse:
    """What is missing is asked for first; then the share held out for comparison, and live it is."""
    journey = get_object_or_404(
        Journey.objects.select_related("live_version"), key=journey_key, live_version__isnull=False
    )
    graph = _graph(journey)
    exhibit = _exhibit(journey, graph, Stock(now=clock.utc_now()), Known())
    if request.method == "POST":
        percent = number_in(request.POST.get("holdout", ""), digits=3, otherwise=-1)
        if not 0 <= percent <= journeys_actions.MOST_HELD_OUT:
            messages.error(
                request,
                _("Hold-out: write a whole number from 0 to %(most)d.") % {"most": journeys_actions.MOST_HELD_OUT},
            )
        elif exhibit.missing and "anyway" not in request.POST:
            messages.error(request, _("Something is still missing; add it, or tick that it may start without."))
        else:
            journeys_actions.set_holdout(journey=journey, percent=percent, now=clock.utc_now())
            journeys_actions.set_state(journey=journey, state="live", now=clock.utc_now())
            note_act(request, "journey.switched_on", object_kind="journey", object_id=journey.key, holdout=percent)
            messages.success(request, _("%(title)s is live.") % {"title": exhibit.title})
            return redirect("journey", journey_key=journey.key)
    context = {
        "journey": journey, "exhibit": exhibit, "most": journeys_actions.MOST_HELD_OUT,
        "holdout": journey.holdout_percent or (USUAL_HOLDOUT if journey.state == "draft" else 0),
    }  # fmt: skip
    return render(request, "console/journeys/switch_on.html", context)


@page(right=Right.EDIT_JOURNEYS, post=Right.EDIT_JOURNEYS)
def journey_move(request: HttpRequest, journey_key: str) -> HttpResponse:
    """Where each reader of an older version would land; nobody moves before somebody says so."""
    journey = get_object_or_404(
        Journey.objects.select_related("live_version"), key=journey_key, live_version__isnull=False
    )
    graph = _graph(journey)
    asked = request.POST if request.method == "POST" else request.GET
    chosen = {name.removeprefix("instead-"): asked.get(name, "") for name in asked if name.startswith("instead-")}
    instead = {step: to for step, to in chosen.items() if to in graph.steps}
    if request.method == "POST":
        moved = moving.move(journey=journey, now=clock.utc_now(), instead=instead)
        note_act(request, "journey.moved", object_kind="journey", object_id=journey.key, readers=moved)
        messages.success(
            request,
            ngettext("%(count)d reader has been moved.", "%(count)d readers have been moved.", moved)
            % {"count": moved},
        )
        return redirect("journey", journey_key=journey.key)
    titles = _titles(graph)
    older = {each.version.number: _titles(read_graph(each.version.text)) for each in moving.on_older_versions(journey)}
    landings = [
        (landing, older[landing.version].get(landing.step, landing.step), titles.get(landing.to, ""))
        for landing in moving.preview(journey, instead=instead)
    ]
    context = {
        "journey": journey, "landings": landings, "steps": list(titles.items()), "instead": instead,
        "movable": sum(len(landing.enrolments) for landing, _was, _to in landings if landing.to),
    }  # fmt: skip
    return render(request, "console/journeys/move.html", context)


def _graph(journey: Journey) -> Graph:
    assert journey.live_version is not None  # asked for in the query
    return read_graph(journey.live_version.text)


def _titles(graph: Graph) -> dict[str, str]:
    known = Known()
    return {step_id: step_title(step, known) for step_id, step in graph.steps.items()}


def _exhibit(journey: Journey, graph: Graph, stock: Stock, known: Known) -> Exhibit:
    return Exhibit(
        key=journey.key, title=of_language(graph.shelf.titles), description=described(graph),
        source=journey.source, state=journey.state, customers=graph.shelf.customers,
        letters=len(journey_needs.letters_of(graph)), steps=len(graph.steps),
        needs=[_need(need, known) for need in stock.needs_of(graph)],
    )  # fmt: skip


def described(graph: Graph) -> str:
    """What the journey is for, without the numbers of the rules it follows."""
    return re.sub(r"\s*[(（][A-Z]{1,2}-\d[^)）]*[)）]", "", of_language(graph.shelf.descriptions))


def _need(need: Need, known: Known) -> NeedView:
    language = get_language() or "en"
    if need.kind == journey_needs.LETTER:
        lacking = ", ".join(places.language_name(name, language) for name in need.languages)
        is_there = need.name in known.letters
        note = _("not in %(languages)s") % {"languages": lacking} if lacking else _("not published yet")
        address = reverse("letter_template", args=[need.name]) if is_there else reverse("letters")
        words, is_noted = known.letters.get(need.name, need.name), lacking or not need.is_met
        return NeedView(need.kind, words, need.is_met, note if is_noted else "", address)
    if need.kind == journey_needs.CONSENT:
        share = (
            _("%(readers)s of the newest %(all)s readers")
            if need.of_readers == journey_needs.SAMPLE
            else _("%(readers)s of %(all)s readers")
        )
        share %= {"readers": f"{need.readers:,}", "all": f"{need.of_readers:,}"}
        return NeedView(need.kind, str(CONSENT_NAMES[need.name]), need.is_met, share, reverse("permissions"))
    if need.kind == journey_needs.OFFER:
        return NeedView(
            need.kind,
            known.offers.get(need.name, need.name),
            need.is_met,
            "" if need.is_met else _("not switched on"),
            reverse("offers"),
        )
    if need.kind == journey_needs.DOCUMENT:
        words = str(paper_words.KINDS.get(need.name) or need.name.replace("_", " ").capitalize())
        address = reverse("documents")
        return NeedView(need.kind, words, need.is_met, "" if need.is_met else _("none is there yet"), address)
    words = event_name(need.name) if need.name in EVENT_NAMES else fact_name(need.name)
    address = reverse(REMEDIES.get(need.name.partition(".")[0], "imports"))
    return NeedView(need.kind, words, need.is_met, "" if need.is_met else _("nothing recorded yet"), address)


urlpatterns: list[URLPattern] = [
    path("journeys/gallery/", journey_gallery, name="journey_gallery"),
    path("journeys/<slug:journey_key>/switch-on/", journey_switch_on, name="journey_switch_on"),
    path("journeys/<slug:journey_key>/move/", journey_move, name="journey_move"),
]
