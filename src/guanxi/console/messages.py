"""The outbox with its reasons, and one message with every verdict."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path
from django.utils.html import escape
from django.utils.translation import gettext as _

from guanxi.console import message_words as words
from guanxi.console.access import member_of, page
from guanxi.console.parts import clean, is_part, page_number
from guanxi.console.sandbox import sandboxed
from guanxi.console.shipped_words import title_words
from guanxi.content.dialect import BadLetter
from guanxi.content.queries import NoLetter
from guanxi.content.render import MissingValues
from guanxi.insights import message_list
from guanxi.outbox import queries as outbox_queries
from guanxi.outbox.models import Message
from guanxi.outbox.states import STATES
from guanxi.staff.roles import Right


@page(right=Right.SEE)
def outbox(request: HttpRequest) -> HttpResponse:
    user = member_of(request)
    state, kind = request.GET.get("state", ""), request.GET.get("kind", "")
    search = request.GET.get("q", "").strip()[:200]
    found = message_list.page_of(
        user=user, state=state, kind=kind, search=search, page=page_number(request.GET)
    )  # fmt: skip
    counts = message_list.counts_for(user=user)
    context = {
        "messages_page": found,
        "rows": [(row, words.reason_words(row.reason, row.detail) if row.reason else "") for row in found.object_list],
        "states": [(each, words.STATE_NAMES[each], counts.get(each, 0)) for each in STATES if counts.get(each)],
        "total": sum(counts.values()),
        "state": state,
        "kinds": [(each, words.KIND_NAMES[each]) for each in message_list.KINDS],
        "kind": kind,
        "search": search,
        "query": clean(request.GET, but=("page", "state")),
    }
    if is_part(request):
        part = render(request, "console/messages/_list.html", context)
        part["HX-Push-Url"] = f"{request.path}?{clean(request.GET)}".rstrip("?")
        return part
    return render(request, "console/messages/list.html", context)


@page(right=Right.SEE, scoped=True)
def message(request: HttpRequest, message_id: int) -> HttpResponse:
    found = message_of(request, message_id)
    story = message_list.story_of(found)
    context = {
        "message": found,
        "title": found.subject or title_words(found.template.title),
        "state_sentence": words.STATE_SENTENCES.get(found.state, ""),
        "kind_name": words.KIND_NAMES.get(found.kind, found.kind),
        "verdicts": [
            (each, words.GATE_NAMES.get(each.gate, each.gate), words.OUTCOME_NAMES.get(each.outcome, each.outcome),
             words.reason_words(each.reason, each.detail))
            for each in story.verdicts
        ],
        "story": story,
        "attempts": [(each, words.ATTEMPT_NAMES.get(each.outcome, each.outcome)) for each in story.attempts],
    }  # fmt: skip
    return render(request, "console/messages/page.html", context)


@page(right=Right.SEE, scoped=True)
def message_letter(request: HttpRequest, message_id: int) -> HttpResponse:
    """The letter as it would be written now, in a frame that may do nothing (RS-10)."""
    found = message_of(request, message_id)
    try:
        return sandboxed(outbox_queries.rendered(found.pk).html)
    except (MissingValues, BadLetter, NoLetter):
        return sandboxed(f"<p>{escape(_('This letter cannot be written: something it needs is missing.'))}</p>")


def message_of(request: HttpRequest, message_id: int) -> Message:
    """The message, when the reader may see its customer; 404 otherwise (RS-15)."""
    return get_object_or_404(outbox_queries.messages_for(member_of(request)), pk=message_id)


urlpatterns: list[URLPattern] = [
    path("outbox/", outbox, name="outbox"),
    path("outbox/<int:message_id>/", message, name="message"),
    path("outbox/<int:message_id>/letter/", message_letter, name="message_letter"),
]
