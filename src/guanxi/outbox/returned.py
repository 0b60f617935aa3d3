"""What became of a mail after it had left, told by its bounce or by the provider that carried it."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from guanxi.ledger import actions as ledger_actions
from guanxi.outbox.models import Message
from guanxi.outbox.states import ACCEPTED, FAILED, UNCERTAIN


@transaction.atomic
def note_return(*, message_id: int, reply: str, now: datetime) -> Message:
    """Keep the words of the report; a mail of unknown fate has failed then (section 4.1 of the state machine).

    An accepted one stays accepted: the mail server took it, and the reader's refused it later.
    """
    message = Message.objects.select_for_update(of=("self",)).get(id=message_id)
    message.last_reply = reply[:500]
    if message.state == UNCERTAIN:
        message.state = FAILED
    message.save(update_fields=["last_reply", "state"])
    return message


@transaction.atomic
def note_delivery(*, message_id: int, delivered_at: datetime, now: datetime) -> bool:
    """A mail of unknown fate was delivered, or answered: it is accepted. Returns whether that was news."""
    message = Message.objects.select_for_update(of=("self",)).get(id=message_id)
    if message.state != UNCERTAIN or message.accepted_at is not None:
        return False
    message.state, message.accepted_at = ACCEPTED, min(delivered_at, now)
    message.save(update_fields=["state", "accepted_at"])
    ledger_actions.record_event(
        name="email.sent", occurred_at=message.accepted_at, now=now, source="outbox", contact=message.contact,
        object_kind="message", object_id=str(message.pk),
        properties={
            "template": message.template.key, "kind": message.kind, "subject": message.subject,
            "origin_kind": message.origin_kind, "origin_id": message.origin_id,
        },
    )  # fmt: skip
    return True
