"""The builder: cards that write the YAML beside them, with undo; and the dry run of one contact's way."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _

from guanxi.console import journey_forms as forms
from guanxi.console.access import act, page
from guanxi.console.journey_canvas import Canvas, rows_of
from guanxi.console.journey_conditions import blank_value
from guanxi.console.journey_events import event_options
from guanxi.console.journey_facts import Known, fact_options, property_options
from guanxi.console.journey_operations import ADDABLE, HEAD, Change, kind_of, operation, written_step
from guanxi.console.journey_sitting import Sitting, chosen_contact, graph_of, known_for, sitting_of, title_of
from guanxi.console.journey_vocabulary import STEP_NAMES
from guanxi.console.journey_words import entry_words, said_by_head, said_by_step
from guanxi.console.parts import is_part, note_act, number_in
from guanxi.journeys import drafts, editing
from guanxi.journeys import queries as journeys_queries
from guanxi.journeys.graph import Graph
from guanxi.journeys.models import Draft, Journey
from guanxi.journeys.reading import GraphError, read_block
from guanxi.journeys.splicing import flow, plain
from guanxi.kernel import clock
from guanxi.ledger.models import Contact, Order
from guanxi.outbox.facts import place_of
from guanxi.rehearsal.one_path import dry_run
from guanxi.staff.roles import Right

# Words of addresses below journeys/.
RESERVED = ("gallery", "new", "paths", "rehearsals", "effects")
EMPTY = """\
key: {key}
title: {title}
priority: 40

trigger:
  - event: order.placed
entry: once

steps:
  - id: wait
    wait: 3d
"""


# Pages


@page(right=Right.EDIT_JOURNEYS)
def journey_build(request: HttpRequest, journey_key: str) -> HttpResponse:
    sitting = sitting_of(journey_key)
    context = _context(request, sitting, request.GET.get("step", ""), focus="panel" if is_part(request) else "")
    return render(request, f"console/journeys/{'_builder' if is_part(request) else 'builder'}.html", context)


@page(right=Right.EDIT_JOURNEYS, post=Right.EDIT_JOURNEYS)
def journey_new(request: HttpRequest) -> HttpResponse:
    """A journey of one's own: its name, then the builder."""
    title = request.POST.get("title", "").strip()[:120]
    if request.method == "POST" and title:
        key = _fresh_key(title)
        drafts.begin(key=key, text=EMPTY.format(key=key, title=flow(title)), base=None, now=clock.utc_now())
        return redirect("journey_build", journey_key=key)
    if request.method == "POST":
        messages.error(request, _("Give the journey a name."))
    return render(request, "console/journeys/new.html")


@act(right=Right.EDIT_JOURNEYS)
def journey_build_change(request: HttpRequest, journey_key: str) -> HttpResponse:
    """One change of the text; one that would break it is refused with the line and the remedy."""
    sitting, post = sitting_of(journey_key), request.POST
    step = post.get("step", "")
    try:
        change, step, focus = operation(sitting, post)
        if number_in(post.get("revision", "")) != sitting.revision:
            raise drafts.Overtaken
        if change(sitting.history) != sitting.history:
            _take(sitting, change)
    except drafts.Overtaken:
        return _refused(request, _("Somebody else has changed this draft meanwhile; reload the page."), journey_key)
    except GraphError as mistake:
        return _refused(request, str(mistake), journey_key)
    if not is_part(request):
        return redirect("journey_build", journey_key=journey_key)
    return render(
        request, "console/journeys/_builder.html", _context(request, sitting_of(journey_key), step, focus=focus)
    )


@page(right=Right.EDIT_JOURNEYS)
def journey_build_value(request: HttpRequest, journey_key: str) -> HttpResponse:
    """The field for the value of a condition whose fact has just been chosen."""
    graph, _mistake = graph_of(sitting_of(journey_key).text)
    row = blank_value(request.GET.get("row", "")[:40], request.GET, known_for(graph))
    return render(request, "console/journeys/_value.html", {"row": row})


@act(right=Right.EDIT_JOURNEYS)
def journey_build_publish(request: HttpRequest, journey_key: str) -> HttpResponse:
    """Freeze the draft as the next version; whoever is under way stays on his."""
    draft = get_object_or_404(Draft, key=journey_key)
    try:
        if number_in(request.POST.get("revision", "")) != draft.revision:
            raise GraphError(1, "", _("somebody else has changed this draft meanwhile; look at it again."))
        version = drafts.publish(draft=draft, now=clock.utc_now())
    except GraphError as mistake:
        messages.error(request, str(mistake))
        return redirect("journey_build", journey_key=journey_key)
    note_act(request, "journey.published", object_kind="journey", object_id=version.journey.key, version=version.number)
    messages.success(
        request,
        _("Version %(number)d is published; whoever is under way stays on his version.") % {"number": version.number},
    )
    waiting = version.journey.state == "draft"
    return redirect("journey_switch_on" if waiting else "journey", journey_key=version.journey.key)


@act(right=Right.EDIT_JOURNEYS)
def journey_build_discard(request: HttpRequest, journey_key: str) -> HttpResponse:
    drafts.throw_away(draft=get_object_or_404(Draft, key=journey_key))
    messages.success(request, _("The draft is thrown away."))
    exists = Journey.objects.filter(key=journey_key).exists()
    return redirect("journey", journey_key=journey_key) if exists else redirect("journeys")


# What a page shows


def _context(request: HttpRequest, sitting: Sitting, step: str, *, focus: str) -> dict[str, Any]:
    graph, mistake = graph_of(sitting.text)
    contact = chosen_contact(request)
    context: dict[str, Any] = {
        "sitting": sitting, "title": title_of(sitting, graph), "mistake": mistake, "focus": focus, "step": step,
        "contact": contact, "who": str(contact) if contact else "", "text": sitting.text,
        "lines": range(1, sitting.text.count("\n") + 2), "kinds": [(kind, STEP_NAMES[kind]) for kind in ADDABLE],
    }  # fmt: skip
    if graph is not None:
        canvas = _canvas(sitting, graph, contact)
        context |= {"rows": rows_of(canvas), "entry": entry_words(graph)}
        if step == HEAD or step in graph.steps:
            known = known_for(graph, step)
            context |= {
                "form": _form(sitting.text, step, known, graph),
                "targets": known.steps,
                "facts": fact_options(known),
            }
            context |= {"properties": property_options(), "events": event_options()}
    return context


def _canvas(sitting: Sitting, graph: Graph, contact: Contact | None) -> Canvas:
    counts = journeys_queries.where_is_everybody(sitting.journey).steps if sitting.journey else ()
    found, zone = None, "UTC"
    if contact is not None:
        order = Order.objects.filter(customer=contact.customer_id, kind="order").order_by("-placed_at").first()
        found = dry_run(graph=graph, contact=contact, order=order, now=clock.utc_now())
        zone = place_of(contact, fallback=zone).name
    return Canvas(graph, Known(), {each.step.frame.id: each for each in counts}, found, zone)


def _form(text: str, step: str, known: Known, graph: Graph) -> forms.CardForm:
    if step == HEAD:
        return forms.head_form(plain(read_block(text)), known, said=said_by_head(graph))
    written = written_step(text, step)
    return forms.step_form(plain(written), kind_of(written), known, said=said_by_step(graph.steps[step]))


def _refused(request: HttpRequest, sentence: str, journey_key: str) -> HttpResponse:
    """The form stays as it was filled in; only the sentence is put above it."""
    if not is_part(request):
        messages.error(request, sentence)
        return redirect("journey_build", journey_key=journey_key)
    answer = render(request, "console/journeys/_refusal.html", {"refusal": sentence})
    answer["HX-Retarget"], answer["HX-Reswap"] = "#refusal", "innerHTML"
    return answer


def _take(sitting: Sitting, change: Change) -> None:
    """Write one change; the first one begins the draft."""
    draft, now = sitting.draft, clock.utc_now()
    if draft is None and sitting.journey is not None:
        draft = drafts.begin_from(journey=sitting.journey, now=now)
        if draft.revision != 1:
            raise drafts.Overtaken
    if draft is not None:
        drafts.change(key=sitting.key, revision=draft.revision, by=change, now=now)


def _fresh_key(title: str) -> str:
    taken = {*RESERVED, *Journey.objects.values_list("key", flat=True), *Draft.objects.values_list("key", flat=True)}
    word = editing.word_of(title, "journey")
    return next(each for each in (word, *(f"{word}-{n}" for n in range(2, 1000))) if each not in taken)


urlpatterns: list[URLPattern] = [
    path("journeys/new/", journey_new, name="journey_new"),
    path("journeys/<slug:journey_key>/build/", journey_build, name="journey_build"),
    path("journeys/<slug:journey_key>/build/change/", journey_build_change, name="journey_build_change"),
    path("journeys/<slug:journey_key>/build/value/", journey_build_value, name="journey_build_value"),
    path("journeys/<slug:journey_key>/build/publish/", journey_build_publish, name="journey_build_publish"),
    path("journeys/<slug:journey_key>/build/discard/", journey_build_discard, name="journey_build_discard"),
]
