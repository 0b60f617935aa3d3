"""The worker's visits to the mailboxes that are due: claimed by a lease, each mail taken in once (RD-02, RD-12)."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import OperationalError, transaction
from django.db.models import Q

from guanxi.inbox import imap
from guanxi.inbox.imap import CannotRead, Fetched, Place
from guanxi.inbox.models import Arrival, Mailbox
from guanxi.inbox.receiving import KEPT, receive, set_apart
from guanxi.kernel.sealed_field import readable
from guanxi.kernel.sealing import BrokenSeal

logger = logging.getLogger(__name__)

LEASE = timedelta(minutes=5)
# A mailbox that fails is asked again at growing distances, at most this far apart.
LONGEST_PAUSE = timedelta(hours=1)
Fetch = Callable[..., Fetched]


def fetch_due(*, clock: Callable[[], datetime], limit: int = 10, fetch: Fetch = imap.fetch) -> int:
    """Read every mailbox that is due; returns how many mails are new. Must not be called inside a transaction."""
    taken = 0
    for _ in range(limit):
        mailbox = _claim(clock())
        if mailbox is None:
            break
        taken += _visit(mailbox, clock, fetch)
    return taken


def _claim(now: datetime) -> Mailbox | None:
    """One mailbox that is due, by a conditional UPDATE."""
    free = Q(lease_until__isnull=True) | Q(lease_until__lt=now)
    for mailbox in Mailbox.objects.filter(free, is_active=True, due_at__lte=now).order_by("due_at", "id"):
        if Mailbox.objects.filter(free, pk=mailbox.pk, due_at=mailbox.due_at).update(lease_until=now + LEASE):
            mailbox.lease_until = now + LEASE
            return mailbox
    return None


def _visit(mailbox: Mailbox, clock: Callable[[], datetime], fetch: Fetch) -> int:
    try:
        fetched = fetch(place_of(mailbox), validity=mailbox.uid_validity, after=mailbox.last_uid, since=clock() - KEPT)
    except (CannotRead, BrokenSeal) as error:
        reason = str(error) or "The password cannot be opened with the keys of this installation; enter it again."
        _failed(mailbox, reason, clock())
        return 0
    taken = 0
    last = mailbox.last_uid if fetched.validity == mailbox.uid_validity else 0
    for number, raw in fetched.mails:
        taken += _take(mailbox, number, raw, clock())
        last = max(last, number)
        Mailbox.objects.filter(pk=mailbox.pk).update(last_uid=last, uid_validity=fetched.validity)
    now = clock()
    following = now if fetched.waiting else now + timedelta(minutes=mailbox.every_minutes)
    Mailbox.objects.filter(pk=mailbox.pk).update(
        uid_validity=fetched.validity, last_uid=last, lease_until=None, read_at=now, due_at=following, last_error="",
        failing_since=None,
    )  # fmt: skip
    return taken


def _take(mailbox: Mailbox, number: int, raw: bytes, now: datetime) -> int:
    """A mail that breaks the reading must not stop the mails behind it; a database that is away must."""
    if not raw:
        raw = f"The mail server has mail {number} of {mailbox.folder} and does not hand it out.".encode()
        return int(set_apart(raw=raw, mailbox=mailbox, now=now) is not None)
    try:
        return int(receive(raw=raw, mailbox=mailbox, now=now) is not None)
    except OperationalError:
        raise
    except Exception:
        logger.exception("mail %d of mailbox %d could not be taken in", number, mailbox.pk)
        return int(set_apart(raw=raw, mailbox=mailbox, now=now) is not None)


def _failed(mailbox: Mailbox, reason: str, now: datetime) -> None:
    since = mailbox.failing_since or now
    pause = min(max(timedelta(minutes=mailbox.every_minutes), now - since), LONGEST_PAUSE)
    Mailbox.objects.filter(pk=mailbox.pk).update(
        lease_until=None, due_at=now + pause, last_error=reason[:300], failing_since=since
    )


def place_of(mailbox: Mailbox) -> Place:
    """Where the mailbox is. Raises kernel.sealing.BrokenSeal when its password cannot be opened."""
    return Place(
        mailbox.host, mailbox.port, mailbox.security, mailbox.username, readable(mailbox.password), mailbox.folder
    )


@transaction.atomic
def forget_expired(*, now: datetime) -> int:
    """Delete what has been kept long enough (RL-11); returns how many arrivals went."""
    return Arrival.objects.filter(expires_at__lte=now).delete()[0]
