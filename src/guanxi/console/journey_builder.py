"""The builder: cards that write the YAML beside them, with undo; and the dry run of one contact's way."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _

from guanxi.console import journey_filled as filled
from guanxi.console import journey_forms as forms
from guanxi.console.access import act, page
from guanxi.console.journey_canvas import Canvas, rows_of
from guanxi.console.journey_sitting import Sitting, chosen_contact, graph_of, letter_options, sitting_of, title_of
from guanxi.console.journey_vocabulary import STEP_NAMES
from guanxi.console.journey_words import entry_words
from guanxi.console.parts import is_part, note_act, number_in
from guanxi.console.shipped_words import title_words
from guanxi.journeys import drafts, editing, sheet
from guanxi.journeys import queries as journeys_queries
from guanxi.journeys.editing import History, Spot
from guanxi.journeys.graph import Graph, read_graph
from guanxi.journeys.models import Draft, Journey
from guanxi.journeys.reading import GraphError, read_block
from guanxi.journeys.splicing import flow, plain
from guanxi.journeys.steps import STEP_KINDS
from guanxi.kernel import clock
from guanxi.ledger.models import Contact, Order
from guanxi.offers import queries as offers_queries
from guanxi.outbox.facts import place_of
from guanxi.rehearsal.one_path import dry_run
from guanxi.staff.roles import Right

HEAD = "journey"
# Words of addresses below journeys/.
RESERVED = ("gallery", "new", "paths", "rehearsals", "effects")
EMPTY = """\
key: {key}
title: {title}
priority: 50

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
        change, step, focus = _operation(sitting, post)
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


# What a click asks for

Change = Callable[[History], History]


def _operation(sitting: Sitting, post: QueryDict) -> tuple[Change, str, str]:
    """The change, the card to show then, and what to put the cursor on. Raises GraphError."""
    op, step, text = post.get("op", ""), post.get("step", ""), sitting.text
    if op in {"undo", "redo"}:
        return (History.undone if op == "undo" else History.redone), step, "canvas"
    if op == "text":
        new = post.get("text", "").replace("\r\n", "\n")
        return (lambda history: history.with_text(new)), step, "text"
    new, step, focus = OPERATIONS[op](text, step, post) if op in OPERATIONS else (text, step, "")
    if graph_of(text)[0] is not None:
        read_graph(new)
    return (lambda history: history.with_text(new)), step, focus


def _insert(text: str, _step: str, post: QueryDict) -> tuple[str, str, str]:
    kind = post.get("kind", "wait")
    step_id = editing.fresh_id(text, kind)
    fresh = {"id": step_id, **_fresh_step(kind, text, post)}
    return editing.insert_step(text, fresh, _spot(post)), step_id, "panel"


def _delete(text: str, step: str, _post: QueryDict) -> tuple[str, str, str]:
    ids = sheet.step_ids(text)
    above = ids[max(ids.index(step) - 1, 0)] if step in ids else ""
    new = editing.delete_step(text, step)
    left = sheet.step_ids(new)
    return new, above if above in left else left[0], "card"


def _move(text: str, step: str, post: QueryDict) -> tuple[str, str, str]:
    ids = sheet.step_ids(text)
    at = ids.index(step) if step in ids else 0
    if post.get("to") == "up" and at > 0:
        return editing.move_step(text, step, Spot(before=ids[at - 1])), step, "card"
    if post.get("to") == "down" and at + 1 < len(ids):
        return editing.move_step(text, step, Spot(ids[at + 1])), step, "card"
    return text, step, "card"


def _change(text: str, step: str, post: QueryDict) -> tuple[str, str, str]:
    if step == HEAD:
        return editing.change_head(text, filled.head_changes(post, read_block(text))), step, "card"
    written = _written_step(text, step)
    changes = filled.step_changes(_kind_of(written), post, written)
    return editing.change_step(text, step, changes), str(changes.get("id") or step), "card"


OPERATIONS: dict[str, Callable[[str, str, QueryDict], tuple[str, str, str]]] = {
    "insert": _insert, "delete": _delete, "move": _move, "change": _change,
}  # fmt: skip


def _spot(post: QueryDict) -> Spot:
    way = post.get("way", "")
    return Spot(post.get("after", ""), int(way) if way.isdecimal() else None, post.get("before", ""))


def _fresh_step(kind: str, text: str, post: QueryDict) -> dict[str, Any]:
    """A card that can run as it is; what it should really do is filled in beside it."""
    document = read_block(text)
    if kind == "send":
        letters = letter_options()
        return {"send": letters[0][0] if letters else "letter", "not_after": "7d"}
    if kind == "repeat":
        waits = [step["id"] for step in document["steps"] if "wait" in step]
        return {"repeat": waits[0] if waits else document["steps"][0]["id"], "at_most": 3}
    if kind == "offer":
        offers = offers_queries.active_offers()
        return {"offer": offers[0].name if offers else "offer"}
    if kind == "start":
        other = Journey.objects.exclude(key=document.get("key")).order_by("key").values_list("key", flat=True).first()
        return {"start": other or "journey"}
    return dict(FRESH.get(kind, FRESH["wait"]))


FRESH: Mapping[str, Mapping[str, Any]] = {
    "wait": {"wait": "3d"},
    "branch": {"branch": [{"chance": 50, "go": editing.NEXT}]},
    "task": {"task": "call", "title": "Call the customer", "due": "24h"},
    "set": {"set": {"tag": "new"}},
    "webhook": {"webhook": "signal"},
    "end": {"end": "done"},
}
ADDABLE = ("send", "wait", "branch", "task", "offer", "set", "repeat", "start", "webhook", "end")


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
        context |= {"rows": rows_of(canvas), "entry": entry_words(graph), "form": _form(sitting.text, step, canvas)}
        context |= {"facts": forms.fact_options(), "groups": forms.fact_groups(), "events": forms.event_options()}
        context["targets"] = list(canvas.titles.items())
    return context


def _canvas(sitting: Sitting, graph: Graph, contact: Contact | None) -> Canvas:
    counts = journeys_queries.where_is_everybody(sitting.journey).steps if sitting.journey else ()
    found, zone = None, "UTC"
    if contact is not None:
        order = Order.objects.filter(customer=contact.customer_id, kind="order").order_by("-placed_at").first()
        found = dry_run(graph=graph, contact=contact, order=order, now=clock.utc_now())
        zone = place_of(contact, fallback=zone).name
    return Canvas(graph, dict(letter_options()), {each.step.frame.id: each for each in counts}, found, zone)


def _form(text: str, step: str, canvas: Canvas) -> forms.CardForm | None:
    if step == HEAD:
        return forms.head_form(plain(read_block(text)))
    if step not in canvas.graph.steps:
        return None
    titles = canvas.titles
    choices = forms.Choices(
        letters=letter_options(),
        offers=[(each.name, each.name) for each in offers_queries.active_offers()],
        journeys=[(each.key, title_words(each.title)) for each in Journey.objects.order_by("key")],
        steps=[(step_id, title) for step_id, title in titles.items() if step_id != step],
    )
    written = _written_step(text, step)
    return forms.step_form(plain(written), _kind_of(written), choices)


def _written_step(text: str, step: str) -> Mapping[str, Any]:
    steps = read_block(text).get("steps", [])
    found = next((each for each in steps if isinstance(each, Mapping) and each.get("id") == step), None)
    if found is None:
        raise GraphError(1, "steps", _("there is no step “%(step)s”.") % {"step": step})
    return found


def _kind_of(step: Mapping[str, Any]) -> str:
    return next((kind.kind for kind in STEP_KINDS if kind.kind in step), "wait")


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
    path("journeys/<slug:journey_key>/build/publish/", journey_build_publish, name="journey_build_publish"),
    path("journeys/<slug:journey_key>/build/discard/", journey_build_discard, name="journey_build_discard"),
]
