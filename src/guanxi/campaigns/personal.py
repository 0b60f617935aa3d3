"""One mail from a person to one contact, through the same gates as any other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from guanxi.campaigns.running import nested
from guanxi.content import queries as content_queries
from guanxi.content.models import Template
from guanxi.content.render import Rendered
from guanxi.firm import queries as firm_queries
from guanxi.ledger.models import Contact
from guanxi.outbox import actions as outbox_actions
from guanxi.outbox import facts
from guanxi.outbox.addresses import sample_links
from guanxi.outbox.judgement import Judgement, judge
from guanxi.outbox.letterbook import languages_of
from guanxi.outbox.letters import render_for
from guanxi.outbox.models import Message
from guanxi.outbox.states import QUEUED
from guanxi.staff import actions as staff_actions
from guanxi.staff.models import User
from guanxi.staff.roles import Right

ORIGIN = "person"
FREE = "personal"  # the frame around a text that the person writes
WORTH_SENDING_FOR = timedelta(days=7)
LONGEST_TEXT, LONGEST_SUBJECT = 20_000, 200


class MailMistake(ValueError):
    """The mail cannot be written so; `field` is the field, the sentence says the remedy."""

    def __init__(self, field: str, sentence: str) -> None:
        self.field = field
        super().__init__(sentence)


@dataclass(frozen=True, slots=True)
class Mail:
    """What the person chose: a letter by its key with values for it, or subject and text of his own."""

    template_key: str = FREE
    subject: str = ""
    text: str = ""
    values: Mapping[str, str] | None = None
    send_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Trial:
    """How the mail would read, and what the gates say at its moment."""

    rendered: Rendered
    language: str
    judgement: Judgement
    not_before: datetime


def try_out(*, contact: Contact, mail: Mail, by: User, now: datetime) -> Trial:
    """Nothing is written. Raises MailMistake, content.queries.NoLetter, or what content.render raises."""
    message = _message(contact, mail, by, now)
    firm = firm_queries.the_firm()
    languages = languages_of(contact, firm.culture)
    letter = content_queries.letter_for(template_id=message.template_id, languages=languages)
    rendered = render_for(
        message, letter, firm=firm, sender=facts.default_sender(message.template.kind),
        links=sample_links(),
    )  # fmt: skip
    asked = replace(facts.gather([message], now=now).facts_of(message), now=message.not_before)
    return Trial(rendered, letter.language, judge(asked, expires_at=message.expires_at), message.not_before)


def send(*, contact: Contact, mail: Mail, by: User, now: datetime, nonce: str) -> Message:
    """Queue it; the same `nonce` again returns the mail that is there, so that a second click sends nothing.

    Raises MailMistake, and staff.actions.NotAllowed for whoever may not write to customers.
    """
    if not may_write(by):
        raise staff_actions.NotAllowed
    wanted = _message(contact, mail, by, now)
    message = outbox_actions.propose(
        contact=contact, template_key=wanted.template.key, values=wanted.values, origin_kind=ORIGIN,
        origin_id=str(by.pk), idempotency_key=f"{ORIGIN}:{by.pk}:{contact.pk}:{nonce}"[:200],
        not_before=wanted.not_before, expires_at=wanted.expires_at, now=now,
    )  # fmt: skip
    staff_actions.append_audit(
        actor=by, act="mail.written", now=now, object_kind="message", object_id=message.pk,
        details={"to": str(contact)},
    )  # fmt: skip
    return message


def may_write(user: User) -> bool:
    """Sales people write to their customers; campaigns ask for more."""
    return user.may(Right.EDIT_CUSTOMERS)


def letters() -> list[Template]:
    """The letters a person may choose: published ones that ask for nothing that only an order or a journey knows."""
    found = content_queries.templates().exclude(key=FREE).exclude(kind="transactional")
    found = found.filter(archived_at__isnull=True, letters__published_at__isnull=False).distinct()
    return [each for each in found if not content_queries.required_values(each.key)]


def _message(contact: Contact, mail: Mail, by: User, now: datetime) -> Message:
    _check(contact, mail)
    template = Template.objects.filter(key=mail.template_key).first()
    if template is None:
        raise MailMistake("letter", f"letter: there is none named {mail.template_key}.")
    not_before = max(now, mail.send_at or now)
    return Message(
        contact=contact, customer_id=contact.customer_id, template=template, kind=template.kind, origin_kind=ORIGIN,
        origin_id=str(by.pk), values=_values(mail, by), state=QUEUED, not_before=not_before,
        expires_at=not_before + WORTH_SENDING_FOR,
    )  # fmt: skip


def _values(mail: Mail, by: User) -> dict[str, Any]:
    own = {"name": str(by), "reply_to": by.email}
    if mail.template_key == FREE:
        own |= {"subject": " ".join(mail.subject.split()), "text": mail.text.strip()}
    return {**nested(dict(mail.values or {})), "personal": own}


def _check(contact: Contact, mail: Mail) -> None:
    if not contact.email_key:
        raise MailMistake("contact", "This contact has no e-mail address; enter one first.")
    if mail.template_key != FREE:
        return
    if not mail.subject.strip() or len(mail.subject) > LONGEST_SUBJECT:
        raise MailMistake("subject", f"subject: write one of at most {LONGEST_SUBJECT} characters.")
    if not mail.text.strip() or len(mail.text) > LONGEST_TEXT:
        raise MailMistake("text", f"text: write one of at most {LONGEST_TEXT:,} characters.")
