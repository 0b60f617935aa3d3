"""Changes to permissions and suppressions. Permissions are only ever added; the newest statement counts.

Each action that takes something away locks the contact's row first: a mail that is being handed over locks the same
row, so a withdrawal is either seen by it or comes after it (RD-04).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef

from guanxi.consent import forgetting, queries, sealing
from guanxi.consent.basis import OF_A_RELATION, ends_by_law
from guanxi.consent.channels import EMAIL, channel_of
from guanxi.consent.models import Permission, Suppression
from guanxi.consent.rules import (
    EXPIRED,
    GRANTED,
    LIFTABLE_BY_STAFF,
    LIFTED_BY_OWN_WORD,
    MARKETING,
    OWN_WORD,
    PAUSED,
    PROFILING,
    PURPOSES,
    SCOPES,
    STATES,
    WITHDRAWN,
)
from guanxi.consent.statements import Proof, Statement
from guanxi.culture.profiles import profile_of
from guanxi.firm.queries import the_firm
from guanxi.kernel.parts import in_parts
from guanxi.ledger import actions as ledger_actions
from guanxi.ledger import identity
from guanxi.ledger.models import Contact, Event

AT_ONCE = 500
EVENT_OF_STATE = {
    GRANTED: "consent.granted", WITHDRAWN: "consent.withdrawn", EXPIRED: "consent.expired", PAUSED: "consent.paused",
}  # fmt: skip


@transaction.atomic
def grant(
    *,
    contact: Contact,
    purpose: str,
    proof: Proof,
    now: datetime,
    obtained_at: datetime | None = None,
    expires_at: datetime | None = None,
    actor: Any = None,
    historical: bool = False,
    topic: str = "",
    channel: str = EMAIL,
) -> Permission:
    """Record that the contact permits `purpose`, or one topic of it; his own word also lifts what he stopped
    himself before.

    Raises ValueError for an unknown purpose or a statement from the future.
    """
    _lock(contact)
    if purpose == MARKETING and not topic and channel == EMAIL and proof.method in OWN_WORD:
        Suppression.objects.filter(
            address_key=queries.address_key(contact.email_key or ""),
            scope=MARKETING,
            reason__in=LIFTED_BY_OWN_WORD,
            created_at__lte=obtained_at or now,
        ).delete()
    statement = _statement(contact, purpose, GRANTED, proof, obtained_at or now, expires_at, topic, channel)
    statement = _by_law(statement, proof.jurisdiction or contact.country or contact.customer.country)
    return _record(statement, now=now, actor=actor, historical=historical)


@transaction.atomic
def withdraw(
    *,
    contact: Contact,
    purpose: str,
    proof: Proof,
    now: datetime,
    actor: Any = None,
    topic: str = "",
    channel: str = EMAIL,
) -> Permission:
    """Record that the contact no longer permits `purpose`, also when he never did; twice is once (RL-02)."""
    _lock(contact)
    newest = queries.permission_of(contact.id, purpose, channel, topic)
    if newest is not None and newest.state == WITHDRAWN:
        return newest
    # A statement dated after `now` must not outlive the withdrawal.
    said_at = max(now, newest.obtained_at) if newest else now
    statement = _statement(contact, purpose, WITHDRAWN, proof, said_at, None, topic, channel)
    return _record(statement, now=said_at, actor=actor)


@transaction.atomic
def unsubscribe(*, contact: Contact, proof: Proof, now: datetime) -> Permission:
    """One click: marketing is withdrawn and the address suppressed for it."""
    permission = withdraw(contact=contact, purpose=MARKETING, proof=proof, now=now)
    if contact.email:
        suppress(address=contact.email, scope=MARKETING, reason="unsubscribed", now=now, contact=contact)
    return permission


@transaction.atomic
def object_to_marketing(*, contact: Contact, proof: Proof, now: datetime, actor: Any = None) -> Permission:
    """Absolute, whatever the basis and by whatever channel: no marketing, no profiling for it, the address suppressed
    (RL-03).
    """
    permission = withdraw(contact=contact, purpose=MARKETING, proof=proof, now=now, actor=actor)
    spoken = Permission.objects.filter(contact=contact, purpose=MARKETING).exclude(channel=EMAIL)
    for channel in spoken.order_by("channel").values_list("channel", flat=True).distinct():
        withdraw(contact=contact, purpose=MARKETING, proof=proof, now=now, actor=actor, channel=channel)
    withdraw(contact=contact, purpose=PROFILING, proof=proof, now=now, actor=actor)
    if contact.email:
        suppress(address=contact.email, scope=MARKETING, reason="objection", now=now, contact=contact)
    return permission


@transaction.atomic
def record(*, statement: Statement, now: datetime, actor: Any = None) -> Permission:
    """Write any other statement, such as a pending or a paused one; raises ValueError as grant does."""
    list(Contact.objects.select_for_update().filter(id=statement.contact_id).values_list("id"))
    return _record(statement, now=now, actor=actor)


@transaction.atomic
def suppress(
    *,
    address: str,
    reason: str,
    now: datetime,
    scope: str = MARKETING,
    contact: Contact | None = None,
    detail: str = "",
    batch: int | None = None,
) -> Suppression:
    """Stop all mail of `scope` to this address for good; known already, the first reason stays.

    Raises ValueError for an unknown scope, ledger.identity.BadAddress for no address.
    """
    if scope not in SCOPES:
        raise ValueError(f"Not a scope of suppression: {scope}.")
    email_key = identity.canonical_email(address)
    owner = Contact.objects.select_for_update().filter(email_key=email_key).first()
    row, _ = Suppression.objects.get_or_create(
        address_key=queries.address_key(email_key),
        scope=scope,
        defaults={
            "reason": reason,
            "detail": detail[:300],
            "contact": contact or owner,
            "created_at": now,
            "batch": batch,
        },
    )
    return row


@transaction.atomic
def lift_suppression(*, address: str, scope: str, reasons: Sequence[str] = ("staff", "unsubscribed")) -> int:
    """Take the address off the list when it stands there for one of `reasons`; returns the rows lifted."""
    fingerprint = queries.address_key(identity.canonical_email(address))
    return Suppression.objects.filter(address_key=fingerprint, scope=scope, reason__in=reasons).delete()[0]


def lift(*, suppression_id: int) -> int:
    """Take one row off the list that is not a reader's own no; returns whether it went."""
    return Suppression.objects.filter(pk=suppression_id, reason__in=LIFTABLE_BY_STAFF).delete()[0]


@transaction.atomic
def grant_many(*, rows: Sequence[Statement], now: datetime, batch: int | None = None, historical: bool = True) -> int:
    """Record a table of statements; those already recorded are left out. Returns how many are new.

    A row with state `withdrawn` records a withdrawal. An older statement never wins over a newer one, since the
    newest by `obtained_at` is in force. Raises ValueError as grant does.
    """
    contact_ids = {row.contact_id for row in rows}
    list(Contact.objects.select_for_update().filter(id__in=contact_ids).order_by("id").values_list("id"))
    known = _known_keys(contact_ids)
    fresh: dict[tuple[Any, ...], Statement] = {_key(row): row for row in rows if _key(row) not in known}
    for row in fresh.values():
        _check(row, now)
    written = [_row(row, now=now, batch=batch) for row in _under_a_law(list(fresh.values()))]
    sealing.seal(written)
    created = Permission.objects.bulk_create(written, batch_size=500)
    ledger_actions.record_events(
        [
            _event(permission, row, now=now, historical=historical, batch=batch)
            for permission, row in zip(created, fresh.values(), strict=True)
            if permission.state in EVENT_OF_STATE
        ]
    )
    return len(created)


def _under_a_law(rows: Sequence[Statement]) -> list[Statement]:
    """Where a statement names no country whose law counts, it is the reader's own (RL-04, RL-16); and what a purchase
    implies there ends when that law says so (RL-15).
    """
    unnamed = {row.contact_id for row in rows if not row.proof.jurisdiction}
    found: dict[int, str] = {}
    for some in in_parts(unnamed, AT_ONCE):
        contacts = Contact.objects.filter(pk__in=some).values_list("pk", "country", "customer__country")
        found.update({pk: own or firms for pk, own, firms in contacts})
    return [_by_law(row, row.proof.jurisdiction or found.get(row.contact_id, "")) for row in rows]


def _by_law(row: Statement, country: str) -> Statement:
    if row.proof.jurisdiction != country:
        row = replace(row, proof=replace(row.proof, jurisdiction=country))
    if row.state != GRANTED or row.expires_at is not None or row.proof.basis not in OF_A_RELATION:
        return row
    law = profile_of(country, the_firm().culture).law
    ends = ends_by_law(law=law, basis=row.proof.basis, method=row.proof.method, obtained_at=row.obtained_at)
    return replace(row, expires_at=ends)


@transaction.atomic
def withdraw_batch(*, batch: int, now: datetime) -> tuple[int, int]:
    """Take back the permissions and suppressions that an import recorded; returns how many went and how many stay.

    A grant on whose strength somebody has been written to since stays as evidence, with a withdrawal beside it.
    """
    written_to = Event.objects.filter(
        name="email.sent", contact=OuterRef("contact"), recorded_at__gte=OuterRef("recorded_at")
    )
    imported = Permission.objects.filter(batch=batch)
    used = list(imported.filter(Exists(written_to), state=GRANTED))
    for permission in used:
        Permission.objects.create(
            contact_id=permission.contact_id, channel=permission.channel, purpose=permission.purpose,
            topic=permission.topic, state="withdrawn", basis=permission.basis, jurisdiction=permission.jurisdiction,
            method="staff", evidence={"permission": permission.id, "import": batch}, source="import taken back",
            obtained_at=now, recorded_at=now,
        )  # fmt: skip
    unused = imported.exclude(pk__in=[permission.pk for permission in used])
    gone = forgetting.take_out(unused, batch=batch, now=now)
    gone += Suppression.objects.filter(batch=batch).delete()[0]
    return gone, len(used)


@transaction.atomic
def expire_due(*, now: datetime) -> int:
    """Write an `expired` statement beside each permission in force that has run out; returns how many (RL-15)."""
    ran_out = Permission.objects.filter(state=GRANTED, expires_at__lte=now, topic="")
    newer = Permission.objects.filter(
        contact=OuterRef("contact"), channel=OuterRef("channel"), purpose=OuterRef("purpose"), topic="",
        obtained_at__gte=OuterRef("obtained_at"), id__gt=OuterRef("id"),
    )  # fmt: skip
    count = 0
    for permission in ran_out.filter(~Exists(newer)).select_related("contact").order_by("contact_id", "id"):
        newest = queries.permission_of(permission.contact_id, permission.purpose, permission.channel)
        if newest and newest.pk == permission.pk:
            _record(_expiry_of(permission, now), now=now)
            count += 1
    return count


def _expiry_of(permission: Permission, now: datetime) -> Statement:
    proof = Proof(
        method="expiry", basis=permission.basis, jurisdiction=permission.jurisdiction,
        evidence={"permission": permission.pk},
    )  # fmt: skip
    return Statement(
        contact_id=permission.contact_id, customer_id=permission.contact.customer_id, purpose=permission.purpose,
        obtained_at=now, proof=proof, state=EXPIRED, channel=permission.channel,
    )  # fmt: skip


def _lock(contact: Contact) -> None:
    Contact.objects.select_for_update().filter(id=contact.id).values_list("id").first()


def _statement(
    contact: Contact,
    purpose: str,
    state: str,
    proof: Proof,
    said_at: datetime,
    expires_at: datetime | None,
    topic: str = "",
    channel: str = EMAIL,
) -> Statement:
    return Statement(
        contact_id=contact.id,
        customer_id=contact.customer_id,
        purpose=purpose,
        state=state,
        obtained_at=said_at,
        proof=proof,
        expires_at=expires_at,
        topic=topic,
        channel=channel,
    )


def _record(statement: Statement, *, now: datetime, actor: Any = None, historical: bool = False) -> Permission:
    _check(statement, now)
    permission = _row(statement, now=now, actor=actor)
    before = queries.permission_of(permission.contact_id, permission.purpose, permission.channel, permission.topic)
    permission.supersedes = before.pk if before else None
    permission.save(force_insert=True)
    if permission.state in EVENT_OF_STATE:
        ledger_actions.record_events([_event(permission, statement, now=now, historical=historical)])
    return permission


def _check(statement: Statement, now: datetime) -> None:
    if statement.purpose not in PURPOSES:
        raise ValueError(f"Not a purpose: {statement.purpose}.")
    channel_of(statement.channel)
    if statement.state not in STATES:
        raise ValueError(f"Not a state of a permission: {statement.state}.")
    if statement.obtained_at > now:
        raise ValueError(f"A permission cannot be from the future: {statement.obtained_at:%Y-%m-%d %H:%M}.")


def _row(statement: Statement, *, now: datetime, actor: Any = None, batch: int | None = None) -> Permission:
    proof = statement.proof
    return Permission(
        contact_id=statement.contact_id,
        channel=statement.channel,
        purpose=statement.purpose,
        topic=statement.topic,
        state=statement.state,
        basis=proof.basis,
        jurisdiction=proof.jurisdiction,
        method=proof.method,
        wording=proof.wording,
        wording_language=proof.wording_language,
        evidence=dict(proof.evidence),
        evidence_hash=proof.evidence_hash,
        source=proof.source[:120],
        form_url=proof.form_url[:500],
        form_version=proof.form_version,
        confirmation_mail_id=proof.confirmation_mail_id[:200],
        confirmation_sent_at=proof.confirmation_sent_at,
        confirmed_at=proof.confirmed_at,
        confirm_ip=proof.confirm_ip,
        ip_address=proof.ip_address,
        user_agent=proof.user_agent[:300],
        actor=actor,
        obtained_at=statement.obtained_at,
        expires_at=statement.expires_at,
        recorded_at=now,
        batch=batch,
    )


def _event(
    permission: Permission, statement: Statement, *, now: datetime, historical: bool, batch: int | None = None
) -> Event:
    return Event(
        name=EVENT_OF_STATE[permission.state],
        customer_id=statement.customer_id,
        contact_id=statement.contact_id,
        object_kind="permission",
        object_id=str(permission.id),
        properties=_told(permission),
        occurred_at=permission.obtained_at,
        recorded_at=now,
        source=(permission.source or "consent")[:60],
        is_historical=historical,
        is_unread=not historical,
        batch=batch,
    )


def _told(permission: Permission) -> dict[str, str]:
    told = {"purpose": permission.purpose, "basis": permission.basis, "method": permission.method}
    told |= {"channel": permission.channel} if permission.channel != EMAIL else {}
    return told | ({"topic": permission.topic} if permission.topic else {})


def _known_keys(contact_ids: set[int]) -> set[tuple[Any, ...]]:
    return set(
        Permission.objects.filter(contact_id__in=contact_ids).values_list(
            "contact_id", "channel", "purpose", "topic", "state", "method", "obtained_at"
        )
    )


def _key(row: Statement) -> tuple[Any, ...]:
    return (row.contact_id, row.channel, row.purpose, row.topic, row.state, row.proof.method, row.obtained_at)
