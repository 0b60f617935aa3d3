"""Unsubscribing in one click, and the page on which a contact chooses what he gets.

The signed token in the address is the proof of who asks; there is no cookie, hence nothing a foreign page could ride
on (RS-38). A GET changes nothing (RS-31).
"""

from __future__ import annotations

from typing import Any

from django.core.exceptions import BadRequest, SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from guanxi.consent import actions as consent_actions
from guanxi.consent import queries as consent_queries
from guanxi.consent.statements import Proof
from guanxi.kernel import clock
from guanxi.kernel.signing import BadToken
from guanxi.ledger import actions as ledger_actions
from guanxi.ledger.models import Contact
from guanxi.outbox.addresses import preferences_address
from guanxi.outbox.models import Message
from guanxi.public.pages import client_address, firm_name, masked, missing, page, payload_of, private, words_of
from guanxi.public.words import Words, all_words
from guanxi.tracking import actions as tracking_actions

TOPICS = ("marketing", "tracking")


@csrf_exempt
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
    words = words_of(message.contact)
    return page("farewell.html", words, text=_spoken("farewell_text", words, message), **_about(message))


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


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def preferences(request: HttpRequest, token: str) -> HttpResponse:
    """Topics and language of one contact; only what has changed is recorded."""
    contact = _contact_of(token)
    if contact is None:
        return missing(request)
    if request.method == "POST":
        _save(contact, request)
        contact.refresh_from_db()
    words = words_of(contact)
    return page(
        "preferences.html", words,
        text=words.say("preferences_text", address=masked(contact.email)),
        topics=[_topic(contact, purpose, words) for purpose in TOPICS],
        languages=list(all_words().values()), language=contact.language, is_saved=request.method == "POST",
    )  # fmt: skip


def _contact_of(token: str) -> Contact | None:
    try:
        contact_id, _message_id = payload_of("preferences", token)
    except BadToken:
        return None
    return Contact.objects.select_related("customer").filter(pk=contact_id).first()


def _topic(contact: Contact, purpose: str, words: Words) -> dict[str, Any]:
    return {
        "purpose": purpose,
        "title": words[f"{purpose}_title"],
        "wording": words.say(f"{purpose}_wording", firm=firm_name()),
        "is_on": _is_on(contact, purpose),
    }


def _is_on(contact: Contact, purpose: str) -> bool:
    stand = consent_queries.permission_of(contact.pk, purpose)
    is_granted = stand is not None and stand.state == "granted"
    is_barred = purpose == "marketing" and consent_queries.is_suppressed(contact.email_key or "")
    return is_granted and not is_barred


def _save(contact: Contact, request: HttpRequest) -> None:
    """What the contact said, with the very words he saw as evidence (RL-01)."""
    now, words = clock.utc_now(), words_of(contact)
    for purpose in TOPICS:
        wants = request.POST.get(purpose) == "yes"
        if wants == _is_on(contact, purpose):
            continue
        proof = Proof(
            method="form", source="preferences", wording=words.say(f"{purpose}_wording", firm=firm_name()),
            wording_language=words.language, jurisdiction=contact.country or contact.customer.country,
            evidence={"page": "preferences"}, ip_address=client_address(request) or None,
            user_agent=request.headers.get("User-Agent", "")[:300],
        )  # fmt: skip
        if wants:
            consent_actions.grant(contact=contact, purpose=purpose, proof=proof, now=now)
        elif purpose == "marketing":
            consent_actions.unsubscribe(contact=contact, proof=proof, now=now)
        else:
            consent_actions.withdraw(contact=contact, purpose=purpose, proof=proof, now=now)
    language = request.POST.get("language", contact.language)
    if language != contact.language and language in {"", *all_words()}:
        ledger_actions.update_contact(contact=contact, changes={"language": language}, now=now)
