"""Rehearsals: a span of the past played through journeys; asked for, watched, and compared with another version."""

from __future__ import annotations

import io
import threading
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
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
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from guanxi.console import paper_words, rehearsal_charts
from guanxi.console.access import act, member_of, page
from guanxi.console.customer_forms import DAY
from guanxi.console.list_files import XLSX
from guanxi.console.phrases import listed
from guanxi.console.rehearsal_words import (
    ASSUMED,
    assumed_words,
    counted_words,
    difference_words,
    held_sentence,
    held_words,
    notes_of,
    skipped_words,
    stopped_sentence,
)
from guanxi.console.rehearsal_workbook import write_workbook
from guanxi.console.shipped_words import title_words
from guanxi.content.models import Template
from guanxi.journeys import drafts
from guanxi.journeys.graph import read_graph
from guanxi.journeys.models import Draft, Journey
from guanxi.journeys.reading import GraphError
from guanxi.journeys.ready import library_texts
from guanxi.kernel import clock
from guanxi.ledger import queries as ledger_queries
from guanxi.ledger.models import Customer
from guanxi.pipeline import rehearsals
from guanxi.pipeline.models import RehearsalRun
from guanxi.rehearsal.comparing import compare
from guanxi.rehearsal.past import ASSUMPTIONS, lacking
from guanxi.staff.roles import Right

ROWS_SHOWN = 60
REASONS_SHOWN, LETTERS_SHOWN = 8, 25


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
    """The form and the latest runs; `like` takes over the wishes of one, `journey` chooses one, `try` puts its text
    into the form, `draft` what is being built of it."""
    wishes = _wishes(request)
    context = {
        "wishes": wishes,
        "journeys": _known(),
        "assumptions": ASSUMED.items(),
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
        "assumed": listed(assumed_words(run.wishes["assume"])),
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


@page(right=Right.SEE_ALL)
def rehearsal_file(request: HttpRequest, rehearsal_id: int) -> HttpResponse:
    """The kept figures as a workbook; every single letter stands in the one of `guanxi rehearse --out`."""
    run = get_object_or_404(RehearsalRun, pk=rehearsal_id, state="done")
    buffer = io.BytesIO()
    write_workbook(buffer, run.result, published=run.published)
    answer = HttpResponse(buffer.getvalue(), content_type=XLSX)
    name = f"rehearsal-{run.wishes['from']}-{run.wishes['to']}.xlsx"
    answer["Content-Disposition"] = content_disposition_header(True, name)
    return answer


def _play(run_id: int) -> None:
    try:
        rehearsals.play(run_id, clock=clock.utc_now)
    finally:
        if threading.current_thread() is not threading.main_thread():
            connections.close_all()


def _wishes(request: HttpRequest) -> dict[str, Any]:
    """What the form begins with; whoever comes from a journey keeps the span and the assumptions of his latest run."""
    like, draft = request.GET.get("like", ""), request.GET.get("draft", "")[:40]
    chosen = request.GET.get("journey", "")[:40] or draft
    runs = RehearsalRun.objects.order_by("-id")
    earlier = runs.filter(pk=int(like)).first() if like.isdigit() else None
    if earlier is None and chosen:
        earlier = runs.filter(asked_by=member_of(request)).first()
    wishes = dict(earlier.wishes) if earlier else _usual()
    if chosen:
        wishes |= {"journeys": [chosen], "text": _draft_of(draft) if draft else ""}
    if tried := request.GET.get("try", "")[:40]:
        earlier_text = wishes["text"] if _key_of(wishes["text"]) == tried else ""
        wishes["text"] = _draft_of(tried) or earlier_text or _text_of(tried)
        wishes["journeys"] = wishes["journeys"] or [tried]
    return wishes


def _usual() -> dict[str, Any]:
    """A year back from the newest order, all that is live; made up is only what there is nothing of at all."""
    end = (ledger_queries.newest_order_at() or clock.utc_now()).date()
    start = end - timedelta(days=365)
    return {"from": start.isoformat(), "to": end.isoformat(), "journeys": [], "assume": lacking(), "text": ""}


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


def _draft_of(key: str) -> str:
    """What is being built, where it says something else than what is published."""
    draft = Draft.objects.filter(key=key).first()
    text = drafts.history_of(draft).text if draft else ""
    return text if text != _text_of(key) else ""


def _key_of(text: str) -> str:
    try:
        return read_graph(text).key if text.strip() else ""
    except GraphError:
        return ""


def _figures(found: Mapping[str, Any]) -> dict[str, Any]:
    titles = {key: title for key, (title, _state) in _known().items()}
    titles = {key: titles.get(key, key) for key in found["by_journey"]}
    return {
        "found": found,
        "titles": titles,
        "discount": Decimal(found["discount_at_most"]),
        "rows": [_row(key, titles[key], each) for key, each in found["by_journey"].items()],
        "waited": [held_sentence(reason, n) for reason, n in list(found["held"].items())[:REASONS_SHOWN]],
        "stopped": [stopped_sentence(reason, n) for reason, n in _stopped(found)[:REASONS_SHOWN]],
        "charts": rehearsal_charts.charts(found, titles),
        "missing_letters": [
            each | {"title": title} for each, title in _with_titles(found["missing_letters"][:ROWS_SHOWN])
        ],
        "missing_documents": [
            each | {"words": paper_words.KINDS.get(each["document"], each["document"])}
            for each in found["missing_documents"][:ROWS_SHOWN]
        ],
        "people": _people(found["tasks_per_person"]["by_person"]),
        "letters": _letters(found["letters"][:LETTERS_SHOWN]),
        "notes": notes_of(found),
    }


def _stopped(found: Mapping[str, Any]) -> list[tuple[str, int]]:
    """Why letters that were proposed would not have left, the most frequent reason first; kept runs may lack it."""
    return list(found.get("dropped", {}).items())


def _row(key: str, title: str, each: Mapping[str, Any]) -> dict[str, Any]:
    told = {figure: counted_words(figure, each[figure]) for figure in ("held", "skipped", "refused")}
    return {"key": key, "title": title, "of": each, "discount": Decimal(each["discount_at_most"]), **told}


def _with_titles(rows: Sequence[Mapping[str, Any]]) -> list[tuple[dict[str, Any], str]]:
    """Each row with the title of the letter it names."""
    named = Template.objects.filter(key__in={each["letter"] for each in rows}).values_list("key", "title")
    titles = dict(named)
    return [(dict(each), title_words(titles.get(each["letter"], each["letter"]))) for each in rows]


def _letters(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    names = dict(Customer.objects.filter(pk__in={each["customer"] for each in rows}).values_list("pk", "name"))
    return [
        each | {
            "name": names.get(each["customer"], ""), "title": title,
            "proposed_at": parse_datetime(each["proposed_at"]),
            "left_at": parse_datetime(each["left_at"]) if each["left_at"] else None,
            "held": listed(map(held_words, each["held_by"])),
            "dropped": skipped_words(each["dropped_by"]) if each["dropped_by"] else "",
        }
        for each, title in _with_titles(rows)
    ]  # fmt: skip


def _people(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Per person: how many tasks in all, in the usual and in the fullest week."""
    weeks: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for each in rows:
        weeks[each["person"]].append((each["tasks"], each["week"]))
    found = []
    for person, some in weeks.items():
        most, week = max(some)
        total = sum(n for n, _week in some)
        found.append({
            "person": person, "total": total, "mean": total / len(some), "most": most,
            "week": rehearsal_charts.monday_of(week),
        })  # fmt: skip
    return sorted(found, key=lambda each: -each["total"])


def _comparison(run: RehearsalRun) -> dict[str, Any]:
    if not run.published:
        return {}
    found = [(each, difference_words(each.figure, each.reason)) for each in compare(run.published, run.result)]
    return {"published": run.published, "differences": found}


urlpatterns: list[URLPattern] = [
    path("rehearsals/", rehearsal_list, name="rehearsals"),
    path("rehearsals/ask/", rehearsal_ask, name="rehearsal_ask"),
    path("rehearsals/<int:rehearsal_id>/", rehearsal, name="rehearsal"),
    path("rehearsals/<int:rehearsal_id>/rehearsal.xlsx", rehearsal_file, name="rehearsal_file"),
]
