"""The outbox with its reasons, and one message with every verdict."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages as notices
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path
from django.utils.html import escape
from django.utils.translation import gettext as _

from guanxi.console import message_words as words
from guanxi.console.access import act, member_of, page
from guanxi.console.parts import clean, is_part, page_number
from guanxi.console.sandbox import sandboxed
from guanxi.console.shipped_words import title_words
from guanxi.content.dialect import BadLetter
from guanxi.content.queries import NoLetter
from guanxi.content.render import MissingValues
from guanxi.insights import message_list, message_reasons
from guanxi.kernel import clock
from guanxi.outbox import by_hand, elsewhere, reading
from guanxi.outbox import queries as outbox_queries
from guanxi.outbox.models import Message
from guanxi.outbox.routes import all_senders
from guanxi.outbox.states import STATES
from guanxi.staff import actions as staff_actions
from guanxi.staff.roles import Right


@page(right=Right.SEE)
def outbox(request: HttpRequest) -> HttpResponse:
    user = member_of(request)
    state, kind = request.GET.get("state", ""), request.GET.get("kind", "")
    sender, reason = request.GET.get("sender", ""), request.GET.get("reason", "")
    search = request.GET.get("q", "").strip()[:200]
    found = message_list.page_of(
        user=user, state=state, kind=kind, sender=sender, reason=reason, search=search,
        page=page_number(request.GET),
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
        "senders": [(str(each.pk), each.name) for each in all_senders()],
        "sender": sender,
        "reasons": [(each, words.reason_words(each)) for each in message_list.reasons_for(user=user)],
        "reason": reason,
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
        "letter": reading.letter_sent(found),
        "may_see_letters": member_of(request).may(Right.SEE_ALL),
        "elsewhere": elsewhere.address_in(found.values),
        "title": found.subject or title_words(found.template.title),
        "state_sentence": words.STATE_SENTENCES.get(found.state, ""),
        "kind_name": words.KIND_NAMES.get(found.kind, found.kind),
        "verdicts": [
            (each, words.GATE_NAMES.get(each.gate, each.gate), words.OUTCOME_NAMES.get(each.outcome, each.outcome),
             words.reason_words(each.reason, each.detail))
            for each in story.verdicts
        ],
        "story": story,
        "reasons": message_reasons.reasons_of([found])[0],
        "may_retry": member_of(request).may(Right.SEND) and found.state in by_hand.RETRIED,
        "may_hold_back": member_of(request).may(Right.SEND) and found.state in by_hand.RECALLED,
        "attempts": [(each, words.ATTEMPT_NAMES.get(each.outcome, each.outcome)) for each in story.attempts],
    }  # fmt: skip
    return render(request, "console/messages/page.html", context)


@page(right=Right.SEE, scoped=True)
def message_letter(request: HttpRequest, message_id: int) -> HttpResponse:
    """The letter as it left, or as it would be written now, in a frame that may do nothing (RS-10)."""
    found = message_of(request, message_id)
    try:
        return sandboxed(outbox_queries.rendered(found.pk).html)
    except (MissingValues, BadLetter, NoLetter):
        return sandboxed(f"<p>{escape(_('This letter cannot be written: something it needs is missing.'))}</p>")


@act(right=Right.SEND, scoped=True)
def message_retry(request: HttpRequest, message_id: int) -> HttpResponse:
    """Look at it now; for one of unknown fate at the risk that its reader has it already."""
    return _by_hand(request, message_id, by_hand.retry, "message.retried", _("It is looked at now."))


@act(right=Right.SEND, scoped=True)
def message_hold_back(request: HttpRequest, message_id: int) -> HttpResponse:
    return _by_hand(request, message_id, by_hand.hold_back, "message.held_back", _("It never leaves."))


def _by_hand(
    request: HttpRequest, message_id: int, verb: Callable[..., Message], happened: str, said: str
) -> HttpResponse:
    found, user, now = message_of(request, message_id), member_of(request), clock.utc_now()
    try:
        with transaction.atomic():
            verb(message_id=found.pk, who=str(user), now=now)
            staff_actions.append_audit(actor=user, act=happened, now=now, details={"message": found.pk})
    except by_hand.TooLate:
        notices.error(request, _("Nothing can be done with it any more."))
    else:
        notices.success(request, said)
    return redirect("message", found.pk)


def message_of(request: HttpRequest, message_id: int) -> Message:
    """The message, when the reader may see its customer; 404 otherwise (RS-15)."""
    return get_object_or_404(outbox_queries.messages_for(member_of(request)), pk=message_id)


urlpatterns: list[URLPattern] = [
    path("outbox/", outbox, name="outbox"),
    path("outbox/<int:message_id>/", message, name="message"),
    path("outbox/<int:message_id>/retry", message_retry, name="message_retry"),
    path("outbox/<int:message_id>/hold-back", message_hold_back, name="message_hold_back"),
    path("outbox/<int:message_id>/letter/", message_letter, name="message_letter"),
]
