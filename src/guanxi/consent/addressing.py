"""A reader changes his own address: the owner of the new one confirms it, and the old one is told (J-20.2, RL-09).

The page answers the same whoever has the new address, so that it tells nobody who is known (RS-34).
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from guanxi.consent import actions, queries, requests
from guanxi.consent.models import AddressChange, Suppression
from guanxi.consent.wishes import CHANGED, CONFIRM_ADDRESS, Wish
from guanxi.kernel.fetching import unheld
from guanxi.ledger import actions as ledger_actions
from guanxi.ledger import identity
from guanxi.ledger.models import Contact

VALID_FOR, KEPT_FOR = timedelta(days=7), timedelta(days=30)
MOST_A_DAY = 3
AT_ONCE = 200
# What was said of the mailbox, and not by the person: it does not follow him to another one.
OF_THE_MAILBOX = ("hard_bounce", "soft_bounces", "sunset")


class NotConfirmable(Exception):
    """The link was used already, its seven days are over, or a newer one was asked for."""


@transaction.atomic
def ask(*, contact: Contact, address: str, via: str, now: datetime) -> AddressChange | None:
    """Keep the new address until its owner confirms it; a newer one takes the place of one that waits.

    None when it is the present one, or when a program must be at work. Raises ledger.identity.BadAddress.
    """
    email_key = identity.canonical_email(address)
    fingerprint, a_day_ago = queries.address_key(email_key), now - timedelta(days=1)
    lately = AddressChange.objects.filter(asked_at__gt=a_day_ago)
    counts = (lately.filter(each).count() for each in (Q(contact=contact), Q(address_key=fingerprint)))
    is_program = max(counts) >= MOST_A_DAY
    if email_key == contact.email_key or is_program:
        return None
    AddressChange.objects.filter(contact=contact).exclude(state="confirmed").update(valid_until=now, due_at=None)
    return AddressChange.objects.create(
        contact=contact, old_address=contact.email, new_address=address.strip(), address_key=fingerprint, via=via,
        asked_at=now, due_at=now, valid_until=now + VALID_FOR,
    )  # fmt: skip


@transaction.atomic
def write_to_due(*, now: datetime, limit: int = AT_ONCE) -> list[Wish]:
    """The letters that changes of address want now: one to confirm, and when it is done one to each address."""
    due = AddressChange.objects.filter(due_at__lte=now).order_by("due_at", "id")
    due = unheld(due)
    wishes = [wish for change in due[:limit] for wish in _letters(change, now)]
    AddressChange.objects.exclude(state="confirmed").filter(asked_at__lte=now - KEPT_FOR).delete()
    return wishes


def _letters(change: AddressChange, now: datetime) -> list[Wish]:
    change.due_at = None
    if change.state == "confirmed":
        change.save(update_fields=["due_at"])
        return [_told(change, where, now) for where in dict.fromkeys((change.old_address, ""))]
    change.state = "mailed"
    change.save(update_fields=["due_at", "state"])
    return [
        Wish(
            contact_id=change.contact_id, template_key=CONFIRM_ADDRESS, subject_id=change.pk,
            key=f"address:{change.pk}:confirm", expires_at=change.valid_until, asked_at=change.asked_at,
            elsewhere=change.new_address, is_stranger=True,
        )
    ]  # fmt: skip


def _told(change: AddressChange, elsewhere: str, now: datetime) -> Wish:
    return Wish(
        contact_id=change.contact_id, template_key=CHANGED, subject_id=change.pk,
        key=f"address:{change.pk}:{'old' if elsewhere else 'new'}", expires_at=now + VALID_FOR,
        asked_at=change.asked_at, elsewhere=elsewhere, new_address=change.new_address,
    )  # fmt: skip


def waiting(change_id: int, *, now: datetime) -> AddressChange | None:
    """The change that this link can still confirm."""
    found = AddressChange.objects.filter(pk=change_id, state="mailed", valid_until__gt=now)
    return found.select_related("contact__customer").first()


@transaction.atomic
def confirm(*, change: AddressChange, ip_address: str, now: datetime) -> None:
    """The owner of the new address said yes by pressing the button; once. What the person stopped stays stopped.

    Raises NotConfirmable; ledger.actions.AddressTaken when the address stands with another contact.
    """
    taken = AddressChange.objects.filter(pk=change.pk, state="mailed", valid_until__gt=now)
    if not taken.update(state="confirmed", confirmed_at=now, due_at=now, confirm_ip=ip_address or None):
        raise NotConfirmable
    contact = change.contact
    old_key = contact.email_key
    AddressChange.objects.filter(pk=change.pk).update(old_address=contact.email)
    ledger_actions.update_contact(contact=contact, changes={"email": change.new_address}, now=now)
    if old_key:
        _carry_over(old_key, contact, now)
    told = requests.open_request(contact=contact, kind=requests.CORRECT, via=change.via, now=now)
    requests.close_request(request=told, now=now, outcome="corrected by the person: email")


def _carry_over(old_key: str, contact: Contact, now: datetime) -> None:
    """His own no, a complaint of his or a word of staff counts for him and not for one mailbox."""
    said = Suppression.objects.filter(address_key=queries.address_key(old_key)).exclude(reason__in=OF_THE_MAILBOX)
    for row in said:
        actions.suppress(
            address=contact.email, reason=row.reason, scope=row.scope, detail=row.detail, now=now, contact=contact
        )
