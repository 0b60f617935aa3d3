"""Unsubscribing in one click, and the page after it.

The signed token in the address is the proof of who asks; there is no cookie, hence nothing a foreign page could ride
on (RS-38). A GET changes nothing (RS-31).
"""

from __future__ import annotations

from typing import Any

from django.core.exceptions import BadRequest, SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.views.decorators.http import require_http_methods, require_POST

from guanxi.consent import topics as consent_topics
from guanxi.kernel import clock
from guanxi.ledger.identity import masked
from guanxi.outbox.addresses import farewell_address, preferences_address
from guanxi.outbox.models import Message
from guanxi.public.pages import asked, client_address, firm_name, missing, page, private, public_form, words_of
from guanxi.public.words import Words
from guanxi.tracking import actions as tracking_actions


@public_form
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """GET shows a button; POST unsubscribes at once, without redirect, login or further question (RFC 8058)."""
    message = tracking_actions.message_of_unsubscribe(token)
    if message is None:
        return missing(request)
    if request.method == "POST":
        return _unsubscribed(request, token, message)
    words = words_of(message.contact)
    return page("unsubscribe.html", words, text=_spoken("unsubscribe_text", words, message), **_about(message))


def _unsubscribed(request: HttpRequest, token: str, message: Message) -> HttpResponse:
    by_mail_program = _is_by_mail_program(request)
    tracking_actions.unsubscribe(
        token=token, now=clock.utc_now(), method="one_click" if by_mail_program else "form",
        user_agent=request.headers.get("User-Agent", ""), address=client_address(request),
    )  # fmt: skip
    if by_mail_program:
        return private(HttpResponse(status=200, content_type="text/plain; charset=utf-8"))
    return _farewell_page(message)


@public_form
@require_POST
def farewell(request: HttpRequest, token: str) -> HttpResponse:
    """The answer to the one question of the page after unsubscribing; it is kept, and changes nothing else (CN-27)."""
    message = tracking_actions.message_of_unsubscribe(token)
    if message is None:
        return missing(request)
    consent_topics.note_farewell(contact=message.contact, reason=asked(request, "why"), now=clock.utc_now())
    return _farewell_page(message, is_answered=True)


def _farewell_page(message: Message, *, is_answered: bool = False) -> HttpResponse:
    words = words_of(message.contact)
    return page(
        "farewell.html", words, text=_spoken("farewell_text", words, message), is_answered=is_answered,
        reasons=[(reason, words[f"farewell_{reason}"]) for reason in consent_topics.FAREWELL_REASONS],
        farewell_url=farewell_address(message.pk), **_about(message),
    )  # fmt: skip


def _spoken(key: str, words: Words, message: Message) -> str:
    return words.say(key, firm=firm_name(), address=masked(message.contact.email))


def _about(message: Message) -> dict[str, Any]:
    return {"preferences_url": preferences_address(message.contact_id, message.pk)}


def _is_by_mail_program(request: HttpRequest) -> bool:
    """By the field of RFC 8058 in either form encoding; a body nobody can read must not stop an unsubscription."""
    try:
        return "List-Unsubscribe" in request.POST
    except (BadRequest, MultiPartParserError, SuspiciousOperation, OSError, LookupError, ValueError):
        return True
