"""Whoever's choices were changed on a page is told by a letter, since his link may have been passed on.

The first change is told at once, more within the hour by one letter together.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from guanxi.consent.models import ReaderChoice
from guanxi.consent.wishes import CHANGED, Wish
from guanxi.kernel.fetching import unheld
from guanxi.ledger.models import Contact

BETWEEN, VALID_FOR = timedelta(hours=1), timedelta(days=3)
AT_ONCE = 200


def note_change(*, contact: Contact, now: datetime) -> None:
    """The reader's permissions, topics, rhythm or data were changed on a page of ours."""
    choice, _ = ReaderChoice.objects.get_or_create(contact=contact, defaults={"changed_at": now})
    if choice.notice_due_at is None:
        choice.notice_due_at = max(now, choice.notified_at + BETWEEN) if choice.notified_at else now
        choice.save(update_fields=["notice_due_at"])


@transaction.atomic
def write_to_due(*, now: datetime, limit: int = AT_ONCE) -> list[Wish]:
    """The letters to those whose choices were changed."""
    due = ReaderChoice.objects.filter(notice_due_at__lte=now, contact__email_key__isnull=False).order_by("id")
    due = unheld(due)
    return [_letter(choice, now) for choice in due[:limit]]


def _letter(choice: ReaderChoice, now: datetime) -> Wish:
    choice.notice_due_at, choice.notified_at = None, now
    choice.save(update_fields=["notice_due_at", "notified_at"])
    return Wish(
        contact_id=choice.contact_id, template_key=CHANGED, subject_id=choice.pk,
        key=f"choices:{choice.contact_id}:{now:%Y%m%d%H%M%S}", expires_at=now + VALID_FOR, asked_at=now,
    )  # fmt: skip
