"""A mail that Lena's mail server took an hour ago, a mailbox, and mails that come into it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from guanxi.content.models import Template
from guanxi.inbox.models import Arrival, Mailbox
from guanxi.inbox.receiving import receive
from guanxi.ledger.models import Contact
from guanxi.outbox.models import Message
from guanxi.outbox.return_path import return_path, unsubscribe_mailbox

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
Take = Callable[..., Arrival | None]


@pytest.fixture
def template(now: datetime) -> Template:
    return Template.objects.create(key="j-17.1", title="Wake-up", kind="marketing", created_at=now)


@pytest.fixture
def send(lena: Contact, now: datetime, template: Template) -> Callable[..., Message]:
    """A marketing mail to a contact that was accepted an hour ago."""

    def make(key: str = "one", contact: Contact = lena, **changes: object) -> Message:
        fields: dict[str, object] = {
            "idempotency_key": key, "contact": contact, "customer": contact.customer, "template": template,
            "kind": "marketing", "origin_kind": "journey", "origin_id": "j-17", "state": "accepted", "due_at": now,
            "not_before": now, "expires_at": now + DAY, "proposed_at": now - HOUR, "handed_at": now - HOUR,
            "accepted_at": now - HOUR, "subject": "Wieder da", "rfc_message_id": f"<{key}@ningbo-firm.example>",
        } | changes  # fmt: skip
        return Message.objects.create(**fields)

    return make


@pytest.fixture
def message(send: Callable[..., Message]) -> Message:
    return send()


@pytest.fixture
def mailbox(now: datetime) -> Mailbox:
    return Mailbox.objects.create(
        name="Bounces and replies", host="127.0.0.1", username="us", password="secret", due_at=now, created_at=now
    )


@pytest.fixture
def take(mailbox: Mailbox, now: datetime) -> Take:
    """Receive a mail given as text."""

    def receive_it(text: str, *, at: datetime = now, into: Mailbox = mailbox) -> Arrival | None:
        return receive(raw=text.encode(), mailbox=into, now=at)

    return receive_it


def bounce_of(message: Message, said: str = "550 5.1.1 User unknown", *, to: str | None = None, of: str = "") -> str:
    """What a mail server sends back for `message`, to its signed return path unless `to` says otherwise."""
    address = of or message.contact.email
    return (
        f"Return-Path: <>\nDelivered-To: {to if to is not None else return_path(message, domain='b.example')}\n"
        "From: MAILER-DAEMON@mx.other.example\nTo: <bounce@b.example>\nSubject: Undelivered Mail Returned to Sender\n"
        f"Message-ID: <{abs(hash((message.pk, said, to, of)))}@mx.other.example>\nAuto-Submitted: auto-replied\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="B"\n\n'
        f"--B\n\nYour message could not be delivered to one or more recipients.\n<{address}>: {said}\n"
        "--B\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.other.example\n\n"
        f"Final-Recipient: rfc822; {address}\nAction: failed\nStatus: 5.0.0\nDiagnostic-Code: smtp; {said}\n\n"
        f"--B\nContent-Type: message/rfc822\n\nMessage-ID: {message.rfc_message_id}\n"
        f"To: {message.contact.email}\n\nHello\n"
        "\n--B--\n"
    )


def letter(
    words: str = "Please quote 500 pieces.", *, sender: str = "lena@alsterkontor.example", **headers: str
) -> str:
    """A mail by a person; header names with an underscore for the hyphen."""
    head = {"From": f"Lena <{sender}>", "To": "us@ningbo-firm.example", "Subject": "Re: Wieder da"}
    head |= {name.replace("_", "-"): value for name, value in headers.items()}
    head.setdefault("Message-ID", f"<{abs(hash((words, sender, *head.values())))}@alsterkontor.example>")
    return "".join(f"{name}: {value}\n" for name, value in head.items()) + f"\n{words}\n"


def feedback_of(message: Message, kind: str = "abuse", *, to: str | None = None) -> str:
    return (
        f"Delivered-To: {to if to is not None else return_path(message, domain='b.example')}\n"
        f"From: fbl@mail.example\nTo: fbl@b.example\nSubject: FW\nMessage-ID: <{kind}{message.pk}@mail.example>\n"
        'Content-Type: multipart/report; report-type=feedback-report; boundary="F"\n\n--F\n\nAn abuse report.\n'
        f"--F\nContent-Type: message/feedback-report\n\nFeedback-Type: {kind}\nUser-Agent: Maker/1\nVersion: 1\n\n"
        f"--F\nContent-Type: message/rfc822\n\nMessage-ID: {message.rfc_message_id}\n"
        f"To: {message.contact.email}\n\nHi\n"
        "\n--F--\n"
    )


def unsubscribe_mail(message: Message, **headers: str) -> str:
    return letter("unsubscribe", **{"Delivered_To": unsubscribe_mailbox(message, domain="b.example")} | headers)
