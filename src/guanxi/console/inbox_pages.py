"""What came in: letters of people nobody knows, reports without proof, and why mails came back."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from guanxi.console.access import act, page
from guanxi.console.parts import page_number
from guanxi.inbox import actions as inbox_actions
from guanxi.inbox import effects, matching
from guanxi.inbox import queries as inbox_queries
from guanxi.inbox.models import Arrival
from guanxi.kernel import clock
from guanxi.staff.roles import Right

PER_PAGE = 30
VIEWS: dict[str, tuple[str | Promise, str, str]] = {
    "waiting": (gettext_lazy("Waiting for you"), "unmatched", "reply"),
    "quarantine": (gettext_lazy("Without proof"), "quarantined", ""),
    "replies": (gettext_lazy("Replies"), "done", "reply"),
    "hard": (gettext_lazy("Dead addresses"), "done", "hard"),
    "soft": (gettext_lazy("Passing troubles"), "done", "soft"),
    "complaints": (gettext_lazy("Complaints"), "done", "complaint"),
    "automatic": (gettext_lazy("Automatic answers"), "", "auto_reply"),
}
KIND_WORDS: dict[str, str | Promise] = {
    "hard": gettext_lazy("dead address"),
    "soft": gettext_lazy("passing trouble"),
    "complaint": gettext_lazy("complaint"),
    "auto_reply": gettext_lazy("automatic answer"),
    "reply": gettext_lazy("reply"),
    "unsubscribe": gettext_lazy("unsubscription"),
    "other": gettext_lazy("something else"),
}
REASON_WORDS: dict[str, str | Promise] = {
    "user_unknown": gettext_lazy("the address does not exist"),
    "host_unknown": gettext_lazy("the domain does not exist"),
    "disabled": gettext_lazy("the account is disabled"),
    "moved": gettext_lazy("the reader has moved for good"),
    "not_accepting": gettext_lazy("takes no mail at all"),
    "provider": gettext_lazy("dead by the provider's word"),
    "mailbox_full": gettext_lazy("the mailbox is full"),
    "too_big": gettext_lazy("the mail was too big"),
    "rate_limited": gettext_lazy("we were too fast"),
    "sender_refused": gettext_lazy("our sender was refused"),
    "authentication": gettext_lazy("SPF, DKIM, DMARC or PTR did not satisfy"),
    "spam": gettext_lazy("taken for spam"),
    "virus": gettext_lazy("taken for dangerous"),
    "blocked": gettext_lazy("our server is blocked"),
    "policy": gettext_lazy("a rule of the firm"),
    "relaying": gettext_lazy("no relaying there"),
    "loop": gettext_lazy("a loop"),
    "expired": gettext_lazy("the server could not be reached in time"),
    "delayed": gettext_lazy("delayed, still being tried"),
    "system": gettext_lazy("a fault of the server"),
    "content": gettext_lazy("its form was refused"),
    "forwarded": gettext_lazy("a forwarding of the reader's does not work"),
    "undetermined": gettext_lazy("no reason given"),
    "vacation": gettext_lazy("away"),
    "challenge": gettext_lazy("wants us to prove ourselves"),
    "acknowledgement": gettext_lazy("receipt"),
    "automatic": gettext_lazy("written by a program"),
    "receipt": gettext_lazy("receipt"),
    "delivered": gettext_lazy("delivered"),
    "abuse": gettext_lazy("called spam"),
    "not-spam": gettext_lazy("called no spam after all; nothing follows"),
    "auth-failure": gettext_lazy("a report on authentication; nothing follows"),
    "unreadable": gettext_lazy("could not be read"),
    "reply": gettext_lazy("an answer"),
    "letter": gettext_lazy("a letter"),
    "bulk": gettext_lazy("a newsletter"),
}
MATCH_WORDS: dict[str, str | Promise] = {
    "signature": gettext_lazy("by the signed address"),
    "thread": gettext_lazy("by the mail it answers"),
    "provider": gettext_lazy("by the provider's name of the mail"),
    "address": gettext_lazy("by the writer's address"),
    "person": gettext_lazy("by a person of yours"),
}


@page(right=Right.SEE_ALL)
def mail_in(request: HttpRequest) -> HttpResponse:
    view = request.GET.get("view", "")
    view = view if view in VIEWS else "waiting"
    _title, state, kind = VIEWS[view]
    pages = Paginator(inbox_queries.arrivals(state=state, kind=kind), PER_PAGE)
    shown = pages.get_page(page_number(request.GET))
    context: dict[str, Any] = {
        "view": view,
        "views": [(name, title) for name, (title, _state, _kind) in VIEWS.items()],
        "counts": inbox_queries.counts_by_state(),
        "page": shown,
        "rows": [_row(each) for each in shown.object_list],
        "reasons": [
            (KIND_WORDS.get(each.kind, each.kind), REASON_WORDS.get(each.reason, each.reason), each.count)
            for each in inbox_queries.counts_by_reason(now=clock.utc_now())
        ],
        "soft_limit": effects.SOFT_LIMIT,
        "soft_days": effects.SOFT_WITHIN.days,
        "soft_apart": effects.SOFT_APART.days,
    }
    return render(request, "console/mail_in/list.html", context)


def _row(arrival: Arrival) -> dict[str, Any]:
    return {
        "arrival": arrival,
        "kind": KIND_WORDS.get(arrival.kind, arrival.kind),
        "reason": REASON_WORDS.get(arrival.reason, arrival.reason),
        "matched": MATCH_WORDS.get(arrival.matched_by, ""),
    }


@act(right=Right.SEND)
def mail_in_give(request: HttpRequest, arrival_id: int) -> HttpResponse:
    """Puts a stranger's letter on the timeline of the contact whose address is given."""
    arrival = get_object_or_404(Arrival, pk=arrival_id)
    contact = matching.contact_of(request.POST.get("email", "")[:320])
    if contact is None:
        messages.error(request, _("No contact has this address; enter him first, then give him the letter."))
        return redirect("mail_in")
    try:
        inbox_actions.give_to(arrival=arrival, contact=contact, now=clock.utc_now())
    except inbox_actions.NotWaiting:
        messages.error(request, _("This letter was given to a contact already."))
    else:
        messages.success(request, _("It stands on the timeline of %s.") % contact)
    return redirect("mail_in")


@act(right=Right.SEND)
def mail_in_aside(request: HttpRequest, arrival_id: int) -> HttpResponse:
    """Deletes a letter or a report that waits; nothing else changes."""
    inbox_actions.put_aside(arrival=get_object_or_404(Arrival, pk=arrival_id))
    messages.success(request, _("Deleted."))
    return redirect("mail_in")


urlpatterns = [
    path("inbox/", mail_in, name="mail_in"),
    path("inbox/<int:arrival_id>/give", mail_in_give, name="mail_in_give"),
    path("inbox/<int:arrival_id>/aside", mail_in_aside, name="mail_in_aside"),
]
