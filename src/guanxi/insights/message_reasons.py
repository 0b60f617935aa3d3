"""Of any mail: why it left or did not, when by its reader's clock, and on whose permission."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from guanxi.firm.queries import the_firm
from guanxi.insights.campaign_readers import Basis, bases_of
from guanxi.insights.message_list import AttemptFacts, story_of
from guanxi.insights.timeline import newest_verdicts
from guanxi.outbox.facts import place_of
from guanxi.outbox.models import Message, Verdict
from guanxi.outbox.reasons import VerdictLine
from guanxi.outbox.states import ACCEPTED, DEFERRED, FAILED, UNCERTAIN

PASSED, NOT_JUDGED = "all_gates_passed", "not_judged_yet"
# The gates let these go; what became of them is the mail server's word, or that it gave none.
AFTER_THE_GATES = {UNCERTAIN: "answer_unknown", FAILED: "refused_by_server", DEFERRED: "put_off_by_server"}


@dataclass(frozen=True, slots=True)
class MailReasons:
    """One mail as page, command and API tell it.

    `why` is the code of the gate that decided; `at` when it left, else when it is looked at next; `there` the same by
    the reader's clock. `permission` tells what it rested on, and his own statement where one was asked for.
    """

    id: int
    customer_id: int
    contact_id: int
    to: str
    kind: str
    letter: str
    language: str
    subject: str
    origin: str
    state: str
    why: str
    detail: dict[str, Any]
    until: datetime | None
    proposed_at: datetime
    at: datetime
    there: datetime
    zone: str
    permission: Basis | None


@dataclass(frozen=True, slots=True)
class MailStory:
    """The same of one mail, with every verdict of every gate and every hand-over."""

    reasons: MailReasons
    verdicts: list[VerdictLine]
    attempts: list[AttemptFacts]


def reasons_of(messages: Sequence[Message]) -> list[MailReasons]:
    """Of each message, in their order; a fixed number of queries. They come with contact, customer and template."""
    ids = [each.pk for each in messages]
    decisive, bases, fallback = newest_verdicts(ids), bases_of(messages), the_firm().time_zone
    found = []
    for message in messages:
        message.contact.customer = message.customer
        why, detail, until = _why(message, decisive.get(message.pk), is_judged=message.pk in bases)
        at, zone = message.accepted_at or message.due_at, place_of(message.contact, fallback=fallback).name
        found.append(
            MailReasons(
                id=message.pk, customer_id=message.customer_id, contact_id=message.contact_id,
                to=message.contact.email, kind=message.kind, letter=message.template.key, language=message.language,
                subject=message.subject, origin=f"{message.origin_kind}:{message.origin_id}", state=message.state,
                why=why, detail=detail, until=until,
                proposed_at=message.proposed_at, at=at, there=at.astimezone(ZoneInfo(zone)), zone=zone,
                permission=bases.get(message.pk),
            )
        )  # fmt: skip
    return found


def _why(
    message: Message, verdict: Verdict | None, *, is_judged: bool
) -> tuple[str, dict[str, Any], datetime | None]:  # fmt: skip
    if message.state in AFTER_THE_GATES:
        return AFTER_THE_GATES[message.state], {"reply": message.last_reply}, None
    if verdict is None or message.state == ACCEPTED:
        return (PASSED if is_judged else NOT_JUDGED), {}, None
    return verdict.reason, dict(verdict.detail), verdict.until_at


def told_of(message: Message) -> MailStory:
    story = story_of(message)
    return MailStory(reasons_of([message])[0], story.verdicts, story.attempts)
