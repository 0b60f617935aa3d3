"""Changes to topics, and to what readers choose among them."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from django.db import transaction

from guanxi.consent import actions, queries
from guanxi.consent.models import ReaderChoice, Topic
from guanxi.consent.rules import MARKETING
from guanxi.consent.statements import Proof
from guanxi.ledger.models import Contact

KEY = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
LONGEST_PAUSE_WEEKS = 26
# Why somebody leaves, when he tells; one optional question (CN-27).
FAREWELL_REASONS = ("too_many", "not_relevant", "never_asked", "changed_job", "other")


class BadTopic(ValueError):
    """A topic needs a key of small letters, digits and hyphens, and a title."""


def save_topic(
    *,
    key: str,
    titles: Mapping[str, str],
    now: datetime,
    descriptions: Mapping[str, str] | None = None,
    position: int = 0,
    is_active: bool = True,
    is_default: bool = True,
) -> Topic:
    """Make a topic, or change the one of this key. Raises BadTopic."""
    spoken = {language: title.strip() for language, title in titles.items() if title.strip()}
    if not KEY.fullmatch(key) or len(key) > 60 or not spoken:
        raise BadTopic
    written = {language: text.strip() for language, text in (descriptions or {}).items() if text.strip()}
    fields = {
        "titles": spoken, "descriptions": written, "position": position, "is_active": is_active,
        "is_default": is_default,
    }  # fmt: skip
    topic, _ = Topic.objects.update_or_create(key=key, defaults=fields, create_defaults=fields | {"created_at": now})
    return topic


@transaction.atomic
def choose_topics(
    *, contact: Contact, wanted: Collection[str], proof: Proof, now: datetime, wordings: Mapping[str, str]
) -> int:
    """Record what the reader says of each active topic, as far as it is news; `wordings` are the texts he saw.

    Returns how many topics changed.
    """
    declined = queries.choices_of([contact.pk])[contact.pk].declined_topics
    changed = 0
    for topic in queries.topics():
        is_wanted = topic.key in wanted
        if is_wanted == (topic.key not in declined):
            continue
        spoken = replace(proof, wording=wordings.get(topic.key, proof.wording))
        write = actions.grant if is_wanted else actions.withdraw
        write(contact=contact, purpose=MARKETING, topic=topic.key, proof=spoken, now=now)
        changed += 1
    return changed


def set_rhythm(*, contact: Contact, now: datetime, fewer: bool, pause_weeks: int | None = None) -> ReaderChoice:
    """Half as many mails or not; a pause of so many weeks, 0 ends one, None leaves it. Raises ValueError."""
    if pause_weeks is not None and not 0 <= pause_weeks <= LONGEST_PAUSE_WEEKS:
        raise ValueError(f"A pause lasts 0 to {LONGEST_PAUSE_WEEKS} weeks.")
    changes: dict[str, object] = {"is_fewer": fewer, "changed_at": now}
    if pause_weeks is not None:
        changes["paused_until"] = now + timedelta(weeks=pause_weeks) if pause_weeks else None
    return ReaderChoice.objects.update_or_create(contact=contact, defaults=changes)[0]


def note_farewell(*, contact: Contact, reason: str, now: datetime) -> None:
    """Keep why a reader left; an odd answer is no answer."""
    if reason in FAREWELL_REASONS:
        ReaderChoice.objects.update_or_create(contact=contact, defaults={"farewell_reason": reason, "changed_at": now})
