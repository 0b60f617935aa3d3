"""Carries the wishes of the consent room to the outbox: confirm this address, the yearly letter about data, and the
link by which somebody fetches his data or has them deleted, confirms a new address, or learns what was changed.

They are proposed in the transaction that takes the row a step on, so that no letter is lost and none is written twice.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction

from guanxi.consent import addressing, notices, signing_up, yearly
from guanxi.consent import queries as consent_queries
from guanxi.consent import requests as consent_requests
from guanxi.consent.wishes import CHANGED, CONFIRM_ADDRESS, DOUBLE_OPT_IN, FETCH, YEARLY, Wish
from guanxi.content import queries as content_queries
from guanxi.firm import queries as firm_queries
from guanxi.ledger.identity import masked
from guanxi.ledger.models import Contact
from guanxi.outbox import actions as outbox_actions
from guanxi.outbox.addresses import confirm_address, data_address, new_address, request_address
from guanxi.outbox.elsewhere import sent_elsewhere
from guanxi.privacy import retention

ORIGIN = "consent"
# Whose letters they are is told by the first of them.
WANTED = (
    (DOUBLE_OPT_IN, signing_up.write_to_due), (YEARLY[0], yearly.write_to_due), (FETCH, consent_requests.write_to_due),
    (CONFIRM_ADDRESS, addressing.write_to_due), (CHANGED, notices.write_to_due),
)  # fmt: skip


def ask(*, now: datetime) -> int:
    """Propose every letter that sign-ups, yearly checks and requests want by now; returns how many.

    While the letters are not installed nothing moves.
    """
    installed = content_queries.titles()
    count = 0
    for letter, write_to_due in WANTED:
        while letter in installed and (proposed := _propose_some(write_to_due, now)):
            count += proposed
    return count


@transaction.atomic
def _propose_some(write_to_due: Callable[..., list[Wish]], now: datetime) -> int:
    wishes = write_to_due(now=now)
    contacts = Contact.objects.select_related("customer").in_bulk([wish.contact_id for wish in wishes])
    for wish in wishes:
        contact = contacts[wish.contact_id]
        outbox_actions.propose(
            contact=contact, template_key=wish.template_key, values=_values(wish, contact) | _where(wish),
            origin_kind=ORIGIN, origin_id=str(wish.subject_id), idempotency_key=wish.key, not_before=now,
            expires_at=wish.expires_at, now=now,
        )  # fmt: skip
    return len(wishes)


def retention_months() -> int:
    """For how long the letters and pages say that data are kept."""
    return retention.months_of(retention.CONTACTS)


def _where(wish: Wish) -> dict[str, object]:
    return sent_elsewhere(wish.elsewhere, is_stranger=wish.is_stranger) if wish.elsewhere else {}


def _values(wish: Wish, contact: Contact) -> dict[str, object]:
    zone = firm_queries.the_firm().zone
    asked_on = wish.asked_at.astimezone(zone).date().isoformat()
    if wish.template_key in consent_requests.LETTERS.values():
        return {"request": {"url": request_address(wish.subject_id), "asked_on": asked_on}}
    if wish.template_key == CONFIRM_ADDRESS:
        return {"change": {"confirm_url": new_address(wish.subject_id), "asked_on": asked_on}}
    if wish.template_key == CHANGED:
        return {"change": {"new_address": masked(wish.new_address)}} if wish.new_address else {}
    if wish.round:
        address = data_address(wish.contact_id, wish.round)
        answer_by = wish.answer_by or wish.asked_at + timedelta(days=30)
        return {
            "data": {
                "review_url": address, "update_url": f"{address}#update", "delete_url": f"{address}#delete",
                "retention_months": str(retention_months()), "answer_by": answer_by.astimezone(zone).date().isoformat(),
            }
        }  # fmt: skip
    titles = {topic.key: topic.titles for topic in consent_queries.topics() if topic.key in wish.topics}
    language = contact.language or "en"
    named = [str(each.get(language) or each.get("en") or "") for each in titles.values()]
    return {
        "sign_up": {
            "confirm_url": confirm_address(wish.subject_id), "topics": "\n".join(filter(None, named)),
            "asked_on": asked_on,
        }
    }  # fmt: skip
