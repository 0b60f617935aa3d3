"""Rehearsals: a span of the past played through journeys; asked for, watched, and compared with another version."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.db import connections
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.dateparse import parse_datetime
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from guanxi.console import rehearsal_charts
from guanxi.console.access import act, member_of, page
from guanxi.console.customer_forms import DAY
from guanxi.console.rehearsal_words import held_words, skipped_words
from guanxi.console.shipped_words import title_words
from guanxi.journeys.graph import read_graph
from guanxi.journeys.models import Journey
from guanxi.journeys.reading import GraphError
from guanxi.journeys.ready import library_texts
from guanxi.kernel import clock
from guanxi.ledger import queries as ledger_queries
from guanxi.ledger.models import Customer
from guanxi.pipeline import rehearsals
from guanxi.pipeline.models import RehearsalRun
from guanxi.rehearsal.comparing import compare
from guanxi.rehearsal.past import ASSUMPTIONS
from guanxi.staff.roles import Right

ROWS_SHOWN = 60
ASSUMED_WORDS: dict[str, str | Promise] = {
    "contact": gettext_lazy("a reader for every customer who has none"),
    "consent": gettext_lazy("that whoever has said nothing permits marketing"),
    "language": gettext_lazy("that whose language is unknown reads the first one of his country"),
}
FIGURE_WORDS: dict[str, str | Promise] = {
    "entered": gettext_lazy("entered"),
    "proposed": gettext_lazy("letters proposed"),
    "left": gettext_lazy("letters that would have left"),
    "tasks": gettext_lazy("tasks"),
    "held_out": gettext_lazy("held out by chance"),
    "discount_at_most": gettext_lazy("discounts at most"),
    "held": gettext_lazy("waited"),
    "skipped": gettext_lazy("skipped"),
    "refused": pgettext_lazy("at the door", "not let in"),
}


def in_background(task: Callable[[], None]) -> None:
    """Run `task` in a thread of its own; tests put another runner here."""
    threading.Thread(target=task, daemon=True, name="guanxi-rehearsal").start()


class WishForm(forms.Form):
    """The span, whom to play, what to make up, and perhaps a version to try."""

    start = forms.DateField(widget=DAY)
    end = forms.DateField(widget=DAY)
    text = forms.CharField(required=False, max_length=65_536, strip=False)


@page(right=Right.SEE_ALL)
def rehearsal_list(request: HttpRequest) -> HttpResponse:
    """The form and the latest runs; `like` takes over the wishes of one, `try` puts a journey's text into the form."""
    wishes = _usual()
    if (like := request.GET.get("like", "")).isdigit():
        earlier = RehearsalRun.objects.filter(pk=int(like)).first()
        wishes = earlier.wishes if earlier else wishes
    if tried := request.GET.get("try", "")[:40]:
        earlier_text = wishes["text"] if _key_of(wishes["text"]) == tried else ""
        wishes = wishes | {"text": earlier_text or _text_of(tried)}
        wishes["journeys"] = wishes["journeys"] or [tried]
    context = {
        "wishes": wishes,
        "journeys": _known(),
        "assumptions": ASSUMED_WORDS.items(),
        "runs": rehearsals.recent(),
        "may_ask": member_of(request).may(Right.EDIT_JOURNEYS),
    }
    return render(request, "console/rehearsals/list.html", context)


@act(right=Right.EDIT_JOURNEYS)
def rehearsal_ask(request: HttpRequest) -> HttpResponse:
    form, now = WishForm(request.POST), clock.utc_now()
    if not form.is_valid():
        messages.error(request, _("Write both days, such as 2026-03-31."))
        return redirect("rehearsals")
    asked, text = form.cleaned_data, form.cleaned_data["text"]
    if text.strip():
        try:
            read_graph(text)
        except GraphError as problem:
            messages.error(request, str(problem))
            return redirect("rehearsals")
    wishes = {
        "from": asked["start"].isoformat(), "to": asked["end"].isoformat(), "text": text,
        "journeys": [key for key in request.POST.getlist("journey") if key in _known()],
        "assume": [each for each in ASSUMPTIONS if each in request.POST.getlist("assume")],
    }  # fmt: skip
    try:
        run = rehearsals.ask(wishes=wishes, user=member_of(request), now=now)
    except rehearsals.Busy:
        messages.error(request, _("Another rehearsal is being played; wait for it."))
        return redirect("rehearsals")
    in_background(lambda: _play(run.pk))
    return redirect("rehearsal", rehearsal_id=run.pk)


@page(right=Right.SEE_ALL)
def rehearsal(request: HttpRequest, rehearsal_id: int) -> HttpResponse:
    run = get_object_or_404(RehearsalRun.objects.select_related("asked_by"), pk=rehearsal_id)
    context: dict[str, Any] = {
        "run": run,
        "assumed": [ASSUMED_WORDS[each] for each in run.wishes["assume"]],
        "may_ask": member_of(request).may(Right.EDIT_JOURNEYS),
        "again": f"{reverse('rehearsals')}?like={run.pk}",
    }
    if run.state == "done":
        context |= _figures(run.result) | _comparison(run)
    part = "_state.html" if "HX-Request" in request.headers and run.state == "running" else "page.html"
    answer = render(request, f"console/rehearsals/{part}", context)
    if "HX-Request" in request.headers and run.state != "running":
        answer["HX-Refresh"] = "true"
    return answer


def _play(run_id: int) -> None:
    try:
        rehearsals.play(run_id, clock=clock.utc_now)
    finally:
        if threading.current_thread() is not threading.main_thread():
            connections.close_all()


def _usual() -> dict[str, Any]:
    """A year back from the newest order, all that is live, nothing made up."""
    end = (ledger_queries.newest_order_at() or clock.utc_now()).date()
    start = end - timedelta(days=365)
    return {"from": start.isoformat(), "to": end.isoformat(), "journeys": [], "assume": [], "text": ""}


def _known() -> dict[str, tuple[str, str]]:
    """Title and state of every journey that can be played, those of the library that are not installed too."""
    known = {
        each.key: (title_words(each.names), each.state)
        for each in Journey.objects.exclude(live_version=None).order_by("priority", "key")
    }
    for graph in map(read_graph, library_texts()):
        known.setdefault(graph.key, (title_words(graph.shelf.titles), "draft"))
    return known


def _text_of(key: str) -> str:
    found = Journey.objects.select_related("live_version").filter(key=key).first()
    if found and found.live_version:
        return found.live_version.text
    return next((text for text in library_texts() if read_graph(text).key == key), "")


def _key_of(text: str) -> str:
    try:
        return read_graph(text).key if text.strip() else ""
    except GraphError:
        return ""


def _figures(found: Mapping[str, Any]) -> dict[str, Any]:
    known = _known()
    names = dict(
        Customer.objects.filter(pk__in={each["customer"] for each in found["letters"]}).values_list("pk", "name")
    )
    return {
        "found": found,
        "discount": Decimal(found["discount_at_most"]),
        "rows": [
            (key, known.get(key, (key, ""))[0], each, _told(each["held"], held_words),
             _told(each["skipped"], skipped_words), _told(each["refused"], skipped_words))
            for key, each in found["by_journey"].items()
        ],
        "held": _told(found["held"], held_words),
        "charts": rehearsal_charts.charts(found, {key: known.get(key, (key, ""))[0] for key in found["by_journey"]}),
        "missing_letters": found["missing_letters"][:ROWS_SHOWN],
        "missing_documents": found["missing_documents"][:ROWS_SHOWN],
        "tasks": found["tasks_per_person"]["by_person"][:ROWS_SHOWN],
        "letters": [
            each | {
                "name": names.get(each["customer"], ""), "proposed_at": parse_datetime(each["proposed_at"]),
                "left_at": parse_datetime(each["left_at"]) if each["left_at"] else None,
                "held": ", ".join(map(held_words, each["held_by"])),
                "dropped": skipped_words(each["dropped_by"]) if each["dropped_by"] else "",
            }
            for each in found["letters"][:ROWS_SHOWN]
        ],
    }  # fmt: skip


def _told(counts: Mapping[str, int], words: Callable[[str], str]) -> list[tuple[str, int]]:
    return [(words(reason), count) for reason, count in counts.items()]


def _comparison(run: RehearsalRun) -> dict[str, Any]:
    if not run.published:
        return {}
    words = {"held": held_words}
    return {
        "published": run.published,
        "differences": [
            (each, FIGURE_WORDS[each.figure], words.get(each.figure, skipped_words)(each.reason) if each.reason else "")
            for each in compare(run.published, run.result)
        ],
    }


urlpatterns: list[URLPattern] = [
    path("rehearsals/", rehearsal_list, name="rehearsals"),
    path("rehearsals/ask/", rehearsal_ask, name="rehearsal_ask"),
    path("rehearsals/<int:rehearsal_id>/", rehearsal, name="rehearsal"),
]
