"""A letter as one contact would get it, when it would leave and why: the real gates are asked, nothing is written."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from guanxi.content import placeholders
from guanxi.content import queries as content_queries
from guanxi.content.models import Letter, Template
from guanxi.content.render import Rendered
from guanxi.culture.zones import Zone
from guanxi.ledger.models import Contact
from guanxi.outbox import facts, filling
from guanxi.outbox.addresses import sample_links
from guanxi.outbox.gates.base import Facts, Opinion
from guanxi.outbox.judgement import judge
from guanxi.outbox.letterbook import LetterBook, languages_of
from guanxi.outbox.letters import OWN, render_for
from guanxi.outbox.models import Message
from guanxi.outbox.states import EXPIRED, HELD, QUEUED, SUPPRESSED

# What the installation itself still lacks is told once and no clock knows when it comes: the rest is asked as if it
# were there.
_OF_THE_FIRM = ("no_sender", "no_firm_name", "no_postal_address")
# A chain of holds is followed this far; each round is asked as of the moment the last one named.
_MOST_ROUNDS = 12
_LONGEST = timedelta(days=400)


@dataclass(frozen=True, slots=True)
class Step:
    """What one gate said; `until` is set for a hold."""

    gate: str
    outcome: str
    reason: str
    detail: dict[str, Any] = field(default_factory=dict)
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Preview:
    """`leaves_at` is in UTC, None when it would not leave at all. `steps` hold what stops it or makes it wait, in the
    order of time, then what it rests on. `wanted` are the reader's languages, `language` the letter's."""

    rendered: Rendered
    leaves_at: datetime | None
    place: Zone
    language: str
    wanted: tuple[str, ...]
    state: str
    steps: tuple[Step, ...]


def preview(
    *, template: Template, contact: Contact, at: datetime, letter: Letter | None = None,
    values: Mapping[str, Any] | None = None,
) -> Preview:  # fmt: skip
    """The letter for `contact` (with its customer) as of `at`; `letter` in place of the published one, e.g. a draft.

    What only the occasion knows is a sample, unless `values` say it. Raises content.queries.NoLetter and what
    content.render raises.
    """
    message = _message(template, contact, at)
    table = facts.gather([message], now=at)
    wanted = languages_of(contact, table.firm.culture)
    shown = letter or content_queries.letter_for(template_id=template.pk, languages=wanted)
    rendered = _rendered(message, shown, table, values)
    known = table.facts_of(message)
    # Seen from a past moment, later mails have not been sent yet.
    known = replace(known, recent_marketing=tuple(sent for sent in known.recent_marketing if sent <= at))
    if letter is not None:  # A draft is judged as if it were published.
        known = replace(known, missing=tuple(each for each in known.missing if each != "no_letter"))
    state, leaves_at, steps = _followed(known, message.expires_at)
    return Preview(
        rendered=rendered,
        leaves_at=leaves_at,
        place=facts.place_of(contact, fallback=table.firm.time_zone),
        language=shown.language,
        wanted=wanted,
        state=state,
        steps=steps,
    )


def as_written(letter: Letter, contact: Contact, *, at: datetime, values: Mapping[str, Any] | None = None) -> Rendered:
    """Only the letter; the gates are not asked. Raises what content.render raises."""
    message = _message(letter.template, contact, at)
    return _rendered(message, letter, facts.desk([message], now=at, book=LetterBook()), values)


def _message(template: Template, contact: Contact, at: datetime) -> Message:
    return Message(
        contact=contact, customer_id=contact.customer_id, template=template, kind=template.kind,
        origin_kind="preview", origin_id="", values={}, state=QUEUED, due_at=at, not_before=at,
        expires_at=at + _LONGEST, proposed_at=at,
    )  # fmt: skip


def _rendered(message: Message, letter: Letter, desk: facts.Desk, values: Mapping[str, Any] | None) -> Rendered:
    """By the code that writes the mails, but with samples for the occasion and links that act for nobody."""
    samples = placeholders.sample_values(letter.language)
    occasion = {group: named for group, named in samples.items() if group not in OWN}
    message.values = occasion | dict(values or {})
    message.values = filling.with_recommended(message, letter, now=desk.now)
    firm = copy(desk.firm)
    firm.name = firm.name.strip() or samples["firm"]["name"]
    return render_for(
        message, letter, firm=firm, sender=desk.sender_of(message), basis=desk.basis_of(message),
        links=sample_links(),
    )  # fmt: skip


def _followed(known: Facts, expires_at: datetime) -> tuple[str, datetime | None, tuple[Step, ...]]:
    """From hold to hold until it may leave or is refused; a refused one still tells what else would make it wait."""
    waits = [Step("completeness", "hold", code) for code in _OF_THE_FIRM if code in known.missing]
    known = replace(known, missing=tuple(each for each in known.missing if each not in _OF_THE_FIRM))
    for _ in range(_MOST_ROUNDS):
        judgement = judge(known, expires_at=expires_at)
        steps = [_step(gate, opinion) for gate, opinion in judgement.opinions]
        if judgement.state != HELD:
            break
        waits += [step for step in steps if step.outcome == "hold" and step not in waits]
        known = replace(known, now=judgement.due_at)
    if judgement.state in (SUPPRESSED, EXPIRED):
        drops = [step for step in steps if step.outcome == "drop"]
        waits += [step for step in steps if step.outcome == "hold" and step not in waits]
        return judgement.state, None, (*drops, *waits)
    rests = [step for step in steps if step.outcome == "pass" and step.gate in ("permission", "window")]
    return judgement.state, known.now, (*waits, *rests)


def _step(gate: str, opinion: Opinion) -> Step:
    return Step(gate, opinion.outcome, opinion.reason, dict(opinion.detail), opinion.until)
