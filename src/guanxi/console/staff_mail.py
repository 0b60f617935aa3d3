"""Mail to staff (invitations, resets, the test mail) leaves by the transport that carries the customers' mail too.

Without a mail server it therefore lands in the drawer.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from threading import Thread
from urllib.parse import urlsplit
from uuid import uuid4

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.utils.translation import get_language

from guanxi.firm import queries as firm_queries
from guanxi.kernel import clock
from guanxi.outbox import facts as outbox_facts
from guanxi.transports import chosen
from guanxi.transports.addresses import BadAddress, wire_address
from guanxi.transports.base import ACCEPTED, DEFERRED, Envelope, Receipt
from guanxi.transports.compose import Mail, Mailbox, compose

log = logging.getLogger(__name__)


class StaffMailBackend(BaseEmailBackend):
    """Django's mail socket. A refusal is logged; it never breaks the page that asked.

    The page does not wait for the mail server either: how long an answer takes would tell a stranger which addresses
    have an account (RS-34).
    """

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        try:
            envelopes = [envelope for message in email_messages for envelope in _envelopes(message)]
        except BadAddress:
            log.exception("Mail to staff has an address that no mail server takes")
            return 0
        if settings.GUANXI_SMTP_URL:
            Thread(target=_carry, args=(envelopes,), name="mail to staff").start()
        else:
            _carry(envelopes)
        return len(email_messages)


def send(message: EmailMessage) -> list[Receipt]:
    """Send and wait: one receipt per recipient. Raises BadAddress."""
    return _carry(_envelopes(message))


def _envelopes(message: EmailMessage) -> list[Envelope]:
    """Plain text only, since a link and three sentences need no more."""
    return [_envelope(message, address) for address in message.recipients()]


def _carry(envelopes: list[Envelope]) -> list[Receipt]:
    try:
        transport = chosen()
        try:
            receipts = transport.carry(envelopes)
        finally:
            transport.close()
    except Exception as error:  # an unusable mail server is told by the log and by `guanxi doctor`
        log.exception("Mail to staff could not be sent")
        receipts = [Receipt(DEFERRED, "connect", text=str(error), reason="local") for _ in envelopes]
    for receipt in receipts:
        if receipt.outcome != ACCEPTED:
            log.warning("Mail to staff was not accepted: %s", receipt.reply)
    return receipts


def _envelope(message: EmailMessage, address: str) -> Envelope:
    now, sender = clock.utc_now(), sender_mailbox()
    mail = Mail(
        sender=sender,
        recipient=Mailbox(address),
        subject=str(message.subject),
        text=str(message.body),
        message_id=f"<{uuid4().hex}@{sender.address.rpartition('@')[2]}>",
        date=now,
        language=get_language() or "",
    )
    return Envelope(
        mail_from=wire_address(sender.address), rcpt_to=wire_address(address), message=compose(mail),
        message_id=mail.message_id, at=now, needs_smtputf8=mail.needs_smtputf8,
    )  # fmt: skip


def sender_mailbox() -> Mailbox:
    """The firm's default sender; before there is one, the installation itself."""
    sender = outbox_facts.default_sender()
    if sender:
        return Mailbox(sender.address, sender.name)
    host = urlsplit(settings.PUBLIC_URL).hostname or "localhost"
    return Mailbox(f"guanxi@{host}", firm_queries.the_firm().name or "Guanxi")
