"""A person is erased everywhere: rows, mentions, files, frames; what stays is a fingerprint and the sums (RL-10).

The rows go in one transaction, which locks the contact as a hand-over of a mail does: no mail to him begins after it.
Files follow after the commit; should the process die between, `finish_due` goes on where it stopped.
"""

from __future__ import annotations

import json
import logging
from collections import Counter
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from time import sleep
from typing import Any

from django.conf import settings
from django.db import IntegrityError, OperationalError, connection, transaction

from guanxi.consent import erased as consent_erased
from guanxi.consent import forgetting as consent_forgetting
from guanxi.consent import queries as consent_queries
from guanxi.consent import requests as consent_requests
from guanxi.consent.models import SubjectRequest, Suppression
from guanxi.consent.rules import ERASED
from guanxi.ledger import actions as ledger_actions
from guanxi.ledger import forgetting as ledger_forgetting
from guanxi.ledger import frames as ledger_frames
from guanxi.ledger.models import Contact
from guanxi.outbox import forgetting as outbox_forgetting
from guanxi.privacy import files, journal, residue, scrubbing
from guanxi.privacy.models import Erasure
from guanxi.privacy.paths import of_person, told_models
from guanxi.privacy.people import Person, person_of
from guanxi.privacy.registry import Entry, Fate
from guanxi.staff import actions as staff_actions
from guanxi.staff.models import User

logger = logging.getLogger(__name__)

ROWS_GONE, DONE = "rows_gone", "done"
WAITS = "waits for the import of "
OWN_PLACE = "privacy_erasure.leftovers"
# A larger file is packed at night; what was deleted is overwritten in it at once (secure_delete).
PACKED_AT_ONCE = 256 * 2**20
TRIES, BETWEEN_TRIES = 50, 0.1  # seconds


class NoReason(ValueError):
    """An erasure needs a reason, for the record."""


def erase(
    *,
    contact: Contact,
    reason: str,
    now: datetime,
    via: str = "console",
    actor: User | None = None,
    takes_customer: bool | None = None,
    at_once: bool = True,
    bars: bool = True,
) -> Erasure:
    """Erase the contact, and the customer when that is himself; returns what was done and what is left.

    With `at_once` the files go now, else with the next turn of a worker; with `bars` nobody writes to the address
    again. Raises NoReason.
    """
    if not reason.strip():
        raise NoReason
    for tries_left in reversed(range(TRIES)):
        try:
            with transaction.atomic():
                # Not FOR UPDATE: a worker that has his mail in hand must still be able to commit events about him.
                held = (
                    Contact.objects.select_for_update(of=("self",), no_key=True)
                    .select_related("customer")
                    .get(pk=contact.pk)
                )
                outbox_forgetting.hold_still(contact_ids=[held.pk])
                person = person_of(held, takes_customer=takes_customer)
                erasure = _erase_rows(held, person, reason.strip()[:200], now, via, actor, bars)
            break
        except (IntegrityError, OperationalError):
            # A worker has a mail of his in hand, or has just written what had not been seen; the next try takes it.
            if not tries_left or connection.in_atomic_block:
                raise
            sleep(BETWEEN_TRIES)
    if at_once:
        finish(erasure=erasure, now=now)
    return erasure


def _erase_rows(
    contact: Contact, person: Person, reason: str, now: datetime, via: str, actor: User | None, bars: bool
) -> Erasure:
    address_keys = _address_keys(contact, person) if bars else []
    line = journal.Line(
        journal.row_key(contact.pk, contact.created_at), tuple(address_keys), person.takes_customer, reason,
        now.isoformat(),
    )  # fmt: skip
    contact_id, customer_id = contact.pk, contact.customer_id if person.takes_customer else None
    _answer_requests(contact, now)
    counts = Counter(_forget_guarded(contact))
    counts.update(_forget_with_customer(person))
    counts.update(ledger_forgetting.forget_contact(contact=contact, now=now))
    if person.takes_customer:
        ledger_forgetting.forget_customer(customer_ids=person.customer_ids, now=now)
    counts.update({f"cleansed:{label}": count for label, count in scrubbing.scrub(person).items()})
    consent_erased.bar(address_keys=address_keys, now=now)
    ledger_actions.record_event(
        name="contact.erased", occurred_at=now, now=now, source="privacy", object_kind="contact",
        object_id=str(contact_id),
    )  # fmt: skip
    staff_actions.append_audit(
        actor=actor, act="person.erased", now=now, object_kind="contact", object_id=contact_id,
        details={"reason": scrubbing.eraser_of(person.texts).clean(reason), "via": via},
    )  # fmt: skip
    erasure = Erasure.objects.create(
        contact_id=contact_id, customer_id=customer_id, row_key=line.row_key, address_keys=address_keys,
        reason=scrubbing.eraser_of(person.texts).clean(reason), via=via, done_by=actor, erased_at=now,
        leftovers=json.dumps(asdict(person)), counts=dict(counts),
    )  # fmt: skip
    journal.append(line)
    return erasure


def _address_keys(contact: Contact, person: Person) -> list[str]:
    """Fingerprints of the address he has, and of those under which he was suppressed."""
    known = [consent_queries.address_key(key) for key in person.email_keys]
    known += Suppression.objects.filter(contact=contact).values_list("address_key", flat=True)
    return list(dict.fromkeys(known))


def _answer_requests(contact: Contact, now: datetime) -> None:
    for request in SubjectRequest.objects.filter(contact=contact, state="open"):
        consent_requests.close_request(request=request, now=now, outcome="The person was erased.")


def _forget_guarded(contact: Contact) -> dict[str, int]:
    count = consent_forgetting.forget(contact_ids=[contact.pk])
    return {"consent.Permission": count} if count else {}


def _forget_with_customer(person: Person) -> dict[str, int]:
    """Rows that go although they hang on the customer alone, since he is the person."""
    counts: Counter[str] = Counter()
    for model, entry in told_models() if person.takes_customer else ():
        if entry.with_customer:
            counts.update(model._base_manager.filter(of_person(model, person)).delete()[1])
    return counts


# After the commit


def finish(*, erasure: Erasure, now: datetime) -> Erasure:
    """Rewrite or delete the files, give back the space, and look whether anything is left; may be repeated."""
    person = _person_in(erasure)
    if person is None:
        return erasure
    ledger_frames.refresh(folder=Path(settings.GUANXI_DATA) / "frames", now=now)
    counts, waiting = files.forget_files(person)
    _give_back_space()
    found = _looked_for(person)
    told = [f"{each.kind} {each.where}" for each in found]
    erasure.counts = erasure.counts | {f"files:{name}": count for name, count in counts.items()}
    erasure.places = [*(f"{WAITS}{name}" for name in waiting), *told][:50]
    if not waiting:
        erasure.leftovers, erasure.state, erasure.finished_at = "", DONE, now
    erasure.save(update_fields=["counts", "places", "leftovers", "state", "finished_at"])
    return erasure


def finish_due(*, now: datetime) -> int:
    """Go on with erasures that are not finished; returns how many were."""
    waits = files.names_under_way()
    unfinished = [
        erasure for erasure in Erasure.objects.exclude(state=DONE).order_by("id")
        if not waits.intersection(name.removeprefix(WAITS) for name in erasure.places)
    ]  # fmt: skip
    for erasure in unfinished:
        try:
            finish(erasure=erasure, now=now)
        except Exception:
            logger.exception("erasure %s could not be finished; it is tried again", erasure.pk)
    return sum(erasure.state == DONE for erasure in unfinished)


def replay(*, now: datetime, file: Path | None = None, actor: User | None = None) -> list[Erasure]:
    """Erase again who stands here although the journal says he was erased: after a backup was restored (RL-10)."""
    done = []
    for line, contact in list(journal.still_here(file)):
        done.append(
            erase(contact=contact, reason=line.reason, now=now, via="replay", actor=actor,
                  takes_customer=line.takes_customer, at_once=False)
        )  # fmt: skip
    barred = {key for line in journal.lines(file) for key in line.address_keys}
    known = set(Suppression.objects.filter(reason=ERASED).values_list("address_key", flat=True))
    unbarred = barred - known
    consent_erased.bar(address_keys=sorted(unbarred - consent_erased.back_by_own_word(unbarred)), now=now)
    finish_due(now=now)
    return done


def preview(contact: Contact, *, takes_customer: bool | None = None) -> dict[str, Any]:
    """What would go and what would stay, by entry of the registry, with the number of rows."""
    person = person_of(contact, takes_customer=takes_customer)
    goes: list[tuple[Entry, int]] = []
    nameless: list[tuple[Entry, int]] = []
    for model, entry in told_models():
        if entry.fate not in (Fate.GOES, Fate.DROPPED, Fate.NAMELESS):
            continue
        if count := model._base_manager.filter(of_person(model, person)).count():
            stays = entry.fate is Fate.NAMELESS and not (person.takes_customer and entry.with_customer)
            (nameless if stays else goes).append((entry, count))
    return {"person": person, "goes": goes, "nameless": nameless}


def _person_in(erasure: Erasure) -> Person | None:
    if not erasure.leftovers:
        return None
    kept: dict[str, Any] = json.loads(erasure.leftovers)
    values: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in kept.items()}
    return Person(**values)


def _give_back_space() -> None:
    """Not inside a transaction, where neither database can."""
    if not connection.in_atomic_block:
        scrubbing.vacuum(most=PACKED_AT_ONCE)


def _looked_for(person: Person) -> list[residue.Finding]:
    """What a search for the person still finds, but for this erasure itself and for people who work here."""
    texts = [text for text in person.sought if residue.is_long_enough(text)]
    found = residue.search(texts) if texts else []
    return [each for each in found if each.where != OWN_PLACE]
