"""What persons ask of us by law: a row each, with its term; the privacy room answers it (RL-08).

Who asks on a page of his own is answered without staff: a mail brings him a link, since the one he came by may have
been passed on, and by that link he fetches his data or confirms that they shall be deleted (G-08).
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, QuerySet

from guanxi.consent.models import SubjectRequest
from guanxi.consent.wishes import CONFIRM_ERASURE, FETCH, Wish
from guanxi.kernel.fetching import unheld
from guanxi.ledger import actions as ledger_actions
from guanxi.ledger.models import Contact

EXPORT, ERASE, CORRECT, OBJECT = KINDS = ("export", "erase", "correct", "object")
# One month (GDPR art. 12(3)), counted so that it is over in no calendar before ours.
TERM = timedelta(days=28)
MOST_A_DAY = 20
LETTERS = {EXPORT: FETCH, ERASE: CONFIRM_ERASURE}
VALID_FOR, BETWEEN_MAILS, MOST_MAILS, MOST_FETCHES = timedelta(days=7), timedelta(hours=1), 3, 5
AT_ONCE = 200


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


@transaction.atomic
def ask(*, contact: Contact, kind: str, via: str, now: datetime) -> SubjectRequest | None:
    """The person himself asks for his data, or for their end; a mail with a link follows.

    Asking again brings the mail again, an hour later and three times at most. None when a program must be at work.
    """
    if is_too_often(contact, now=now):
        return None
    request = open_request(contact=contact, kind=kind, via=via, now=now)
    is_early = request.mailed_at is not None and now - request.mailed_at < BETWEEN_MAILS
    if contact.email_key and request.mails < MOST_MAILS and not is_early:
        request.mail_due_at = now
        request.save(update_fields=["mail_due_at"])
    return request


def is_too_often(contact: Contact, *, now: datetime) -> bool:
    """Whether so many requests came by this contact's links within a day that a program must be at work (RS-30)."""
    return SubjectRequest.objects.filter(contact=contact, asked_at__gt=now - timedelta(days=1)).count() >= MOST_A_DAY


@transaction.atomic
def write_to_due(*, now: datetime, limit: int = AT_ONCE) -> list[Wish]:
    """The mails with a link that requests want now."""
    due = SubjectRequest.objects.filter(state="open", mail_due_at__lte=now, contact__isnull=False).order_by("id")
    due = unheld(due)
    return [_write(request, now) for request in due[:limit]]


def _write(request: SubjectRequest, now: datetime) -> Wish:
    assert request.contact_id is not None
    request.mail_due_at, request.mailed_at, request.mails = None, now, request.mails + 1
    request.save(update_fields=["mail_due_at", "mailed_at", "mails"])
    return Wish(
        contact_id=request.contact_id, template_key=LETTERS[request.kind], subject_id=request.pk,
        key=f"request:{request.pk}:{request.mails}", expires_at=now + VALID_FOR, asked_at=request.asked_at,
    )  # fmt: skip


def behind_link(request_id: int, *, now: datetime) -> SubjectRequest | None:
    """The request that a mailed link is about, for seven days; a refused one is none any more."""
    found = SubjectRequest.objects.filter(
        pk=request_id, kind__in=LETTERS, contact__isnull=False, mailed_at__gt=now - VALID_FOR
    )
    return found.exclude(state="refused").select_related("contact__customer").first()


@transaction.atomic
def take_fetch(*, request: SubjectRequest, now: datetime) -> bool:
    """Count that the person fetches his data, which answers the request; False when it was often enough."""
    left = SubjectRequest.objects.filter(pk=request.pk, fetched__lt=MOST_FETCHES)
    if not left.update(fetched=F("fetched") + 1):
        return False
    request.refresh_from_db(fields=["state"])
    if request.state == "open":
        close_request(request=request, now=now, outcome="fetched by the person")
    return True


def confirm_erasure(*, request: SubjectRequest, now: datetime) -> None:
    """The owner of the address wants his data deleted; twice is once."""
    SubjectRequest.objects.filter(pk=request.pk, kind=ERASE, state="open", confirmed_at=None).update(confirmed_at=now)


def close_request(*, request: SubjectRequest, now: datetime, outcome: str, state: str = "done") -> None:
    """Say what became of it: `state` is done or refused, `outcome` a sentence without personal data."""
    request.state, request.closed_at, request.outcome = state, now, outcome[:200]
    request.save(update_fields=["state", "closed_at", "outcome"])


def open_requests(kind: str = "") -> QuerySet[SubjectRequest]:
    """What waits for an answer, the most urgent first."""
    waiting = SubjectRequest.objects.filter(state="open").select_related("contact__customer").order_by("due_at", "id")
    return waiting.filter(kind=kind) if kind else waiting


def confirmed_erasures() -> QuerySet[SubjectRequest]:
    """Whoever confirmed by the mailed link that his data shall be deleted, and is not yet erased."""
    return open_requests(ERASE).filter(confirmed_at__isnull=False, contact__isnull=False)
