"""What a person may do with one message: hand it over once more, or hold it back for good."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from guanxi.outbox.models import Message, Verdict
from guanxi.outbox.states import DEFERRED, HELD, QUARANTINED, QUEUED, SUPPRESSED, UNCERTAIN, WAITING, check_move

# After these the same message may go out again; `uncertain` at the risk that its reader has it already.
RETRIED = (UNCERTAIN, QUARANTINED, DEFERRED, HELD)
RECALLED = (*WAITING, QUARANTINED)


class TooLate(Exception):
    """The message is in a state in which nothing can be done by hand any more."""


@transaction.atomic
def retry(*, message_id: int, who: str, now: datetime) -> Message:
    """Look at it now, under its old Message-ID; the gates are asked again. Raises TooLate."""
    message = Message.objects.select_for_update().get(pk=message_id)
    if message.state not in RETRIED or message.expires_at <= now:
        raise TooLate
    if message.state in (UNCERTAIN, QUARANTINED):
        message.state, message.crashes = check_move(message.state, QUEUED), 0
        message.judged_at = message.judged_at or now
    message.due_at = now
    message.save(update_fields=["state", "crashes", "judged_at", "due_at"])
    _note(message, "retried", "pass", who, now)
    return message


@transaction.atomic
def hold_back(*, message_id: int, who: str, now: datetime) -> Message:
    """It never leaves. Raises TooLate."""
    message = Message.objects.select_for_update().get(pk=message_id)
    if message.state not in RECALLED:
        raise TooLate
    message.state, message.judged_at = check_move(message.state, SUPPRESSED), now
    message.save(update_fields=["state", "judged_at"])
    _note(message, "recalled_by_hand", "drop", who, now)
    return message


def _note(message: Message, reason: str, outcome: str, who: str, now: datetime) -> None:
    Verdict.objects.create(
        message=message, gate="person", outcome=outcome, reason=reason, detail={"who": who[:120]}, at=now
    )
