"""The yearly letter about a contact's data: purpose, retention, update, delete (J-20, G-06 to G-08).

A row per contact waits for its next step. Silence pauses marketing that rests on consent, by whatever channel
(CN-40, CN-55); an answer ends it for another year. An import of history starts nothing: whoever is overdue gets a day
within the coming year, each contact another one, so that a firm with ten thousand contacts does not write to all of
them on one day.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Max, Q

from guanxi.consent import actions
from guanxi.consent.models import Permission, YearlyCheck
from guanxi.consent.rules import GRANTED, MARKETING, PAUSED, TRACKING
from guanxi.consent.statements import Proof, Statement
from guanxi.consent.wishes import YEARLY, Wish
from guanxi.kernel.fetching import unheld
from guanxi.ledger import actions as ledger_actions
from guanxi.ledger.models import Contact

EVERY, REMIND_AFTER, PAUSE_AFTER = timedelta(days=365), timedelta(days=14), timedelta(days=30)
SPREAD_DAYS, NOTICE_DAYS = 365, 27
# A prime above every span: neighbours in the table lie far apart, and each day gets as many as the next.
STRIDE = 7919
ANSWERS = CONFIRM, UPDATE, DELETE = ("confirm", "update", "delete")
STEPS = {"resting": ("asked", REMIND_AFTER), "asked": ("reminded", PAUSE_AFTER), "reminded": ("paused", None)}
RENEWED = (MARKETING, TRACKING)
AT_ONCE = 500


@transaction.atomic
def schedule(*, now: datetime, limit: int = 50_000) -> int:
    """Give a row to every contact with an address that has none; returns how many."""
    granted = Q(permissions__state=GRANTED)
    unasked = granted & Q(permissions__method="import") & ~Q(permissions__basis="consent")
    contacts = (
        Contact.objects.filter(yearly_check__isnull=True, email_key__isnull=False)
        .annotate(
            said_at=Max("permissions__obtained_at", filter=granted),
            listed_at=Max("permissions__recorded_at", filter=unasked),
        )
        .order_by("pk")
        .values_list("pk", "created_at", "batch", "said_at", "listed_at")[:limit]
    )
    rows = [
        YearlyCheck(contact_id=pk, due_at=notice_due(pk, now))
        if listed_at
        else YearlyCheck(contact_id=pk, due_at=first_due(pk, said_at or created_at, now, is_imported=batch is not None))
        for pk, created_at, batch, said_at, listed_at in contacts
    ]
    return len(YearlyCheck.objects.bulk_create(rows, batch_size=500, ignore_conflicts=True))


def first_due(contact_id: int, last_word: datetime, now: datetime, *, is_imported: bool = False) -> datetime:
    """A year after the contact's last word. When that is over, a day of his own within the coming year; when an import
    brought many whose word may be of one day, a day of his own until then.
    """
    due = last_word + EVERY
    if due > now and not is_imported:
        return due
    span = (due - now).days if due > now else SPREAD_DAYS
    return now + timedelta(days=contact_id * STRIDE % max(span, 1) + 1)


def notice_due(contact_id: int, now: datetime) -> datetime:
    """Whose address came from a list, and not from himself, is told within a month: what for, how long, where from
    (RL-07). The letters are spread over four weeks.
    """
    return now + timedelta(days=contact_id * STRIDE % NOTICE_DAYS + 1)


@transaction.atomic
def write_to_due(*, now: datetime, limit: int = AT_ONCE) -> list[Wish]:
    """Take every check that is due one step on; the letters to go out. With the last one marketing is paused."""
    due = YearlyCheck.objects.filter(due_at__lte=now).order_by("due_at", "id")
    due = unheld(due)
    return [_step(check, now) for check in due.select_related("contact__customer")[:limit]]


def _step(check: YearlyCheck, now: datetime) -> Wish:
    letter = YEARLY[list(STEPS).index(check.state)]
    check.state, after = STEPS[check.state]
    if check.state == "asked":
        check.round, check.asked_at, check.answer = check.round + 1, now, ""
    asked_at = check.asked_at or now
    check.due_at = asked_at + after if after else None
    check.save()
    if check.state == "paused":
        _pause(check.contact, now)
    return Wish(
        contact_id=check.contact_id, template_key=letter, subject_id=check.pk, round=check.round,
        key=f"j-20:{check.contact_id}:{check.round}:{letter}", expires_at=now + timedelta(days=10),
        asked_at=asked_at, answer_by=asked_at + PAUSE_AFTER,
    )  # fmt: skip


def _pause(contact: Contact, now: datetime) -> None:
    """Marketing by every channel, and following what he reads for it; a contract or a law asks for no yearly word."""
    for consent in _consents(contact, GRANTED):
        proof = Proof(method="no_answer", basis="consent", jurisdiction=consent.jurisdiction, source="j-20")
        actions.record(statement=_statement(consent, PAUSED, proof, contact, now), now=now)


def _consents(contact: Contact, *states: str) -> list[Permission]:
    """What he permitted by his own word and what serves marketing alone, as it stands; one row per channel and purpose.

    Consent to the transfer of data serves his orders too and stays, as do the data themselves.
    """
    said = Permission.objects.filter(contact=contact, topic="", purpose__in=RENEWED).order_by("obtained_at", "id")
    newest = {(each.channel, each.purpose): each for each in said}
    return [each for each in newest.values() if each.state in states and each.basis == "consent"]


def check_of(contact_id: int, round_number: int) -> YearlyCheck | None:
    """The check that a link of this year's letter is about; an older letter's link answers nothing."""
    found = YearlyCheck.objects.filter(contact_id=contact_id, round=round_number, round__gt=0)
    return found.select_related("contact__customer").first()


@transaction.atomic
def answer(*, check: YearlyCheck, said: str, proof: Proof, now: datetime) -> bool:
    """Close this year's check; a yes also renews the permission, or ends its pause. False when it was answered already.

    Raises ValueError for what is no answer.
    """
    if said not in ANSWERS:
        raise ValueError(f"Not an answer: {said}.")
    open_states = Q(state__in=["asked", "reminded", "paused"])
    taken = YearlyCheck.objects.filter(open_states, pk=check.pk, round=check.round).update(
        state="resting", answered_at=now, answer=said, due_at=now + EVERY
    )
    if not taken:
        return False
    if said != DELETE:
        _renew(check.contact, proof, now)
    ledger_actions.record_event(
        name="data.confirmed", occurred_at=now, now=now, source="consent", contact=check.contact,
        properties={"answer": said, "round": check.round},
    )  # fmt: skip
    return True


def _renew(contact: Contact, proof: Proof, now: datetime) -> None:
    """What was granted, or paused by silence, is granted anew today; nobody is granted what he never gave."""
    for consent in _consents(contact, GRANTED, PAUSED):
        actions.record(statement=_statement(consent, GRANTED, proof, contact, now), now=now)


def _statement(consent: Permission, state: str, proof: Proof, contact: Contact, now: datetime) -> Statement:
    return Statement(
        contact_id=contact.pk, customer_id=contact.customer_id, purpose=consent.purpose, channel=consent.channel,
        obtained_at=now, proof=proof, state=state,
    )  # fmt: skip
