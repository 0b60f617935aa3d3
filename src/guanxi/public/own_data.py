"""What a reader may do with his own data: correct, get, delete, object; the same on two pages (RL-08, RL-09, G-08)."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from guanxi.consent import actions as consent_actions
from guanxi.consent import addressing
from guanxi.consent import requests as consent_requests
from guanxi.consent.statements import Proof
from guanxi.kernel import clock
from guanxi.ledger import actions as ledger_actions
from guanxi.ledger.identity import BadAddress, masked
from guanxi.ledger.models import Contact
from guanxi.public.pages import asked, client_address, words_of
from guanxi.public.words import Words

CORRECTABLE = {"given_name": 120, "family_name": 120, "position": 120, "phone": 40, "city": 120}
ACTS = ("correct", "address", "export", "erase", "object")
ASKED_BY_MAIL = (consent_requests.EXPORT, consent_requests.ERASE)


def act(contact: Contact, name: str, request: HttpRequest, *, via: str = "preferences") -> str:
    """Do one of ACTS; the key of the sentence that tells the reader."""
    now = clock.utc_now()
    if name == "correct":
        return _correct(contact, request, via)
    if name == "address":
        return _move(contact, request, via)
    if name in ASKED_BY_MAIL and consent_requests.ask(contact=contact, kind=name, via=via, now=now) is None:
        return ""
    if name == "export":
        return "export_taken"
    words = words_of(contact)
    proof = Proof(
        method="objection", source=via, wording=words[f"{name}_text"], wording_language=words.language,
        jurisdiction=contact.country or contact.customer.country, evidence={"page": via},
        ip_address=client_address(request) or None, user_agent=request.headers.get("User-Agent", "")[:300],
    )  # fmt: skip
    consent_actions.object_to_marketing(contact=contact, proof=proof, now=now)
    return f"{name}_taken"


def _correct(contact: Contact, request: HttpRequest, via: str) -> str:
    """Only what was filled in; mails that wait are written with it, since they are rendered when they leave (RL-09)."""
    now = clock.utc_now()
    changes = {name: asked(request, name)[:longest] for name, longest in CORRECTABLE.items() if asked(request, name)}
    if not changes or consent_requests.is_too_often(contact, now=now):
        return ""
    if {"given_name", "family_name"} & set(changes):
        changes["full_name"] = ""
        for name in ("given_name", "family_name"):
            changes.setdefault(name, getattr(contact, name))
    ledger_actions.update_contact(contact=contact, changes=changes, now=now)
    told = consent_requests.open_request(contact=contact, kind=consent_requests.CORRECT, via=via, now=now)
    named = ", ".join(sorted(name for name in CORRECTABLE if asked(request, name)))
    consent_requests.close_request(request=told, now=now, outcome=f"corrected by the person: {named}")
    return "corrected"


def _move(contact: Contact, request: HttpRequest, via: str) -> str:
    """A new address is used once its owner has confirmed it by the mail that goes there (J-20.2)."""
    try:
        change = addressing.ask(contact=contact, address=asked(request, "email"), via=via, now=clock.utc_now())
    except BadAddress:
        return "address_wrong"
    return "address_taken" if change else ""


def spoken(notice: str, words: Words, request: HttpRequest, address: str) -> str:
    """The sentence of `notice` for the reader."""
    if notice == "address_taken":
        address = masked(asked(request, "email"))
    return words.say(notice, address=address) if notice else ""


def context(words: Words, address: str, notice: str = "") -> dict[str, Any]:
    """What `_own_data.html` shows."""
    return {
        "address_is_wrong": notice == "address_wrong",
        "correctable": [(name, words[f"correct_{name}"], longest) for name, longest in CORRECTABLE.items()],
        "export_text": words.say("export_text", address=address),
    }
