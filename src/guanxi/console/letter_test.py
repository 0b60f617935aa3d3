"""A test mail to whoever is signed in, through the transport that carries all mail; counted nowhere."""

from __future__ import annotations

from datetime import datetime
from html import escape
from uuid import uuid4

from django.utils.translation import gettext as _

from guanxi.console.staff_mail import sender_mailbox
from guanxi.content.render import Rendered
from guanxi.staff.models import User
from guanxi.transports import chosen
from guanxi.transports.addresses import wire_address
from guanxi.transports.base import Envelope, Receipt
from guanxi.transports.compose import Mail, Mailbox, compose

MARK = (
    '<div style="padding:10px 16px;background:#fff4d6;color:#5b4300;font:14px/1.5 sans-serif;text-align:center;">'
    "{}</div>"
)


def send_test(rendered: Rendered, *, language: str, to: User, reader: str, now: datetime) -> Receipt:
    """To the account's own address and nobody else's. Raises transports' BadAddress and BadHeader."""
    sender = sender_mailbox()
    note = _("Test mail to %(who)s, written as for %(reader)s. It is counted nowhere and its links are samples.") % {
        "who": to.email, "reader": reader
    }  # fmt: skip
    mail = Mail(
        sender=sender,
        recipient=Mailbox(to.email, to.name),
        subject="[" + _("Test") + "] " + rendered.subject,
        text=f"[{note}]\n\n{rendered.text}",
        html=_marked(rendered.html, note),
        message_id=f"<test.{uuid4().hex}@{sender.address.rpartition('@')[2]}>",
        date=now,
        language=language,
    )
    envelope = Envelope(
        mail_from=wire_address(sender.address), rcpt_to=wire_address(to.email), message=compose(mail),
        message_id=mail.message_id, at=now, needs_smtputf8=mail.needs_smtputf8,
    )  # fmt: skip
    transport = chosen()
    try:
        return transport.carry([envelope])[0]
    finally:
        transport.close()


def _marked(html: str, note: str) -> str:
    """The note above everything a reader sees."""
    head, body, rest = html.partition("<body")
    if not body:
        return MARK.format(escape(note)) + html
    opened, _angle, inside = rest.partition(">")
    return f"{head}{body}{opened}>{MARK.format(escape(note))}{inside}"
