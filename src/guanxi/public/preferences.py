"""The page on which a contact chooses what he gets and what becomes of his data, in his language.

The signed token in the address is the proof of who asks, bound to this contact and this page (RS-19). What we hold is
not shown, since a mail may have been passed on: data go to the address they belong to. A GET changes nothing (RS-31).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods

from guanxi.consent import actions as consent_actions
from guanxi.consent import notices, reaching
from guanxi.consent import queries as consent_queries
from guanxi.consent import topics as consent_topics
from guanxi.consent.rules import MARKETING, PENDING, PROFILING, TRACKING, WITHDRAWN
from guanxi.consent.statements import Proof
from guanxi.culture.formats import format_date
from guanxi.kernel import clock
from guanxi.kernel.signing import BadToken
from guanxi.ledger import actions as ledger_actions
from guanxi.ledger.identity import masked
from guanxi.ledger.models import Contact
from guanxi.public import other_ways, own_data
from guanxi.public.pages import (
    asked,
    client_address,
    firm_name,
    missing,
    page,
    payload_of,
    public_form,
    words_of,
)
from guanxi.public.sign_up import in_language
from guanxi.public.words import Words, all_words

PURPOSES = (MARKETING, TRACKING)
PAUSE_WEEKS = (3, 4, 8)


@public_form
@require_http_methods(["GET", "HEAD", "POST"])
def preferences(request: HttpRequest, token: str) -> HttpResponse:
    """Purposes, topics, rhythm and language; below, one's own data. Only what has changed is recorded."""
    contact = _contact_of(token)
    if contact is None:
        return missing(request)
    notice = ""
    if request.method == "POST":
        act = asked(request, "act")
        notice = own_data.act(contact, act, request) if act in own_data.ACTS else ACTS.get(act, _save)(contact, request)
        contact.refresh_from_db()
    words = words_of(contact)
    address = masked(contact.email)
    return page(
        "preferences.html", words, text=words.say("preferences_text", address=address),
        purposes=[_purpose(contact, purpose, words) for purpose in PURPOSES],
        languages=list(all_words().values()), language=contact.language,
        notice=own_data.spoken(notice, words, request, address), keep_wording=_keep_wording(contact, words),
        **_choices(contact, words), **other_ways.context(contact, words), **own_data.context(words, address, notice),
    )  # fmt: skip


def _contact_of(token: str) -> Contact | None:
    try:
        contact_id, _message_id = payload_of("preferences", token)
    except (BadToken, ValueError):
        return None
    return Contact.objects.select_related("customer").filter(pk=contact_id).first()


def _purpose(contact: Contact, purpose: str, words: Words) -> dict[str, Any]:
    return {
        "purpose": purpose,
        "title": words[f"{purpose}_title"],
        "wording": words.say(f"{purpose}_wording", firm=firm_name()),
        "is_on": _is_on(contact, purpose),
    }


def _is_on(contact: Contact, purpose: str) -> bool:
    stand = consent_queries.permission_of(contact.pk, purpose)
    is_granted = stand is not None and stand.state == "granted"
    is_barred = purpose == MARKETING and consent_queries.is_suppressed(contact.email_key or "")
    return is_granted and not is_barred


def _choices(contact: Contact, words: Words) -> dict[str, Any]:
    choices = consent_queries.choices_of([contact.pk])[contact.pk]
    pause = choices.paused_until if choices.paused_until and choices.paused_until > clock.utc_now() else None
    return {
        "topics": [
            (topic.key, in_language(topic.titles, words.language), in_language(topic.descriptions, words.language),
             topic.key not in choices.declined_topics)
            for topic in consent_queries.topics()
        ],
        "fewer": choices.fewer,
        "pause_until": words.say("pause_keep", date=format_date(pause.date(), words.language)) if pause else "",
        "pauses": [(weeks, words.say("pause_weeks", weeks=str(weeks))) for weeks in PAUSE_WEEKS],
        "profiling_wording": words.say("profiling_wording", firm=firm_name()),
        "refuses_profiling": _refuses_profiling(contact),
    }  # fmt: skip


def _refuses_profiling(contact: Contact) -> bool:
    stand = consent_queries.permission_of(contact.pk, PROFILING)
    return stand is not None and stand.state == "withdrawn"


def _save(contact: Contact, request: HttpRequest) -> str:
    """Take down what he said; a letter tells him, should it have been somebody else with his link."""
    now, before = clock.utc_now(), _said(contact, clock.utc_now())
    _take_down(contact, request, now)
    if _said(contact, now) != before:
        notices.note_change(contact=contact, now=now)
    return "saved"


def _said(contact: Contact, now: datetime) -> tuple[object, ...]:
    """All that can be chosen on the page, as it stands."""
    purposes = tuple(_is_on(contact, purpose) for purpose in PURPOSES)
    choices = consent_queries.choices_of([contact.pk])[contact.pk]
    return purposes, choices, reaching.ways_of(contact, now=now), _refuses_profiling(contact), contact.language


def _take_down(contact: Contact, request: HttpRequest, now: datetime) -> None:
    """What the contact said, with the very words he saw as evidence (RL-01). `asked` names the parts on his page."""
    words = words_of(contact)
    for purpose in PURPOSES:
        wants = request.POST.get(purpose) == "yes"
        if wants == _is_on(contact, purpose):
            continue
        proof = proof_of(contact, request, words.say(f"{purpose}_wording", firm=firm_name()), words)
        if wants:
            consent_actions.grant(contact=contact, purpose=purpose, proof=proof, now=now)
        elif purpose == MARKETING:
            consent_actions.unsubscribe(contact=contact, proof=proof, now=now)
        else:
            consent_actions.withdraw(contact=contact, purpose=purpose, proof=proof, now=now)
    parts = request.POST.getlist("asked")
    if "channels" in parts:
        other_ways.choose(contact, request, words=words, proof_of=proof_of, now=now)
    if "topics" in parts:
        titles = {topic.key: in_language(topic.titles, words.language) for topic in consent_queries.topics()}
        consent_topics.choose_topics(
            contact=contact, wanted=request.POST.getlist("topic"), now=now, wordings=titles,
            proof=proof_of(contact, request, words["topics_title"], words),
        )  # fmt: skip
    if "rhythm" in parts:
        pause = asked(request, "pause")
        weeks = int(pause) if pause.isascii() and pause.isdecimal() and int(pause) in (0, *PAUSE_WEEKS) else None
        consent_topics.set_rhythm(contact=contact, fewer=asked(request, "fewer") == "yes", pause_weeks=weeks, now=now)
    if "profiling" in parts and (asked(request, "profiling") == "no") != _refuses_profiling(contact):
        refuses = asked(request, "profiling") == "no"
        write = consent_actions.withdraw if refuses else consent_actions.grant
        spoken = proof_of(contact, request, words.say("profiling_wording", firm=firm_name()), words)
        write(contact=contact, purpose=PROFILING, proof=spoken, now=now)
    language = request.POST.get("language", contact.language)
    if language != contact.language and language in {"", *all_words()}:
        ledger_actions.update_contact(contact=contact, changes={"language": language}, now=now)


def _keep_wording(contact: Contact, words: Words) -> str:
    """The words by which he confirms that he wants our mail still; nothing for who has ended it."""
    stand = consent_queries.permission_of(contact.pk, MARKETING)
    has_ended = stand is not None and stand.state in (WITHDRAWN, PENDING)
    if has_ended or consent_queries.is_suppressed(contact.email_key or ""):
        return ""
    return words.say("marketing_wording", firm=firm_name())


def _keep(contact: Contact, request: HttpRequest) -> str:
    """A permission anew, with the day on which he gave it (J-19.2)."""
    words = words_of(contact)
    wording = _keep_wording(contact, words)
    if not wording:
        return ""
    proof = replace(proof_of(contact, request, wording, words), method="preferences")
    consent_actions.grant(contact=contact, purpose=MARKETING, proof=proof, now=clock.utc_now())
    return "kept"


ACTS = {"keep": _keep}


def proof_of(contact: Contact, request: HttpRequest, wording: str, words: Words, page: str = "preferences") -> Proof:
    """That he said so himself, on this page."""
    return Proof(
        method="form", source=page, wording=wording, wording_language=words.language,
        jurisdiction=contact.country or contact.customer.country, evidence={"page": page},
        ip_address=client_address(request) or None, user_agent=request.headers.get("User-Agent", "")[:300],
    )  # fmt: skip
