"""What persons ask of us by law: a row each, with its term; the privacy room answers it (RL-08)."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from guanxi.consent.models import SubjectRequest
from guanxi.ledger import actions as ledger_actions
from guanxi.ledger.models import Contact

EXPORT, ERASE, CORRECT, OBJECT = KINDS = ("export", "erase", "correct", "object")
# One month (GDPR art. 12(3)), counted so that it is over in no calendar before ours.
TERM = timedelta(days=28)
MOST_A_DAY = 20


@transaction.atomic
def open_request(*, contact: Contact, kind: str, via: str, now: datetime) -> SubjectRequest:
    """Take down what the person asks; while the same is open already, that one is answered. Raises ValueError."""
    if kind not in KINDS:
        raise ValueError(f"Not a kind of request: {kind}.")
    Contact.objects.select_for_update().filter(pk=contact.pk).values_list("pk").first()
    request, is_new = SubjectRequest.objects.get_or_create(
        contact=contact, kind=kind, state="open", defaults={"via": via, "asked_at": now, "due_at": now + TERM}
    )
    if is_new:
        ledger_actions.record_event(
            name="data.requested", occurred_at=now, now=now, source="consent", contact=contact,
            object_kind="request", object_id=str(request.pk), properties={"kind": kind, "via": via},
        )  # fmt: skip
    return request


def is_too_often(contact: Contact, *, now: datetime) -> bool:
    """Whether so many requests came by this contact's links within a day that a program must be at work (RS-30)."""
    return SubjectRequest.objects.filter(contact=contact, asked_at__gt=now - timedelta(days=1)).count() >= MOST_A_DAY


def close_request(*, request: SubjectRequest, now: datetime, outcome: str, state: str = "done") -> None:
    """Say what became of it: `state` is done or refused, `outcome` a sentence without personal data."""
    request.state, request.closed_at, request.outcome = state, now, outcome[:200]
    request.save(update_fields=["state", "closed_at", "outcome"])


def open_requests(kind: str = "") -> QuerySet[SubjectRequest]:
    """What waits for an answer, the most urgent first."""
    waiting = SubjectRequest.objects.filter(state="open").select_related("contact__customer").order_by("due_at", "id")
    return waiting.filter(kind=kind) if kind else waiting
