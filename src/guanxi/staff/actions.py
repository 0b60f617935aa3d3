"""Changes to accounts, invitations, keys, and the audit trail that tells of them.

Whoever loses an account, a role or a password loses every session and key with it in the same transaction (RS-33).
`actor` is who does it; None stands for the installation itself (set-up, demo).
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F

from guanxi.staff.models import ApiToken, AuditEntry, Invitation, User
from guanxi.staff.roles import ROLES, Right, may_grant

INVITATION_DAYS = 7
SET_UP_HOURS = 48
TOKEN_KINDS = ("api", "write")


class NotAllowed(Exception):
    """You may not do that."""


class LastOwner(Exception):
    """The last owner cannot leave or step down; make somebody else an owner first."""


class LinkIsUsed(Exception):
    """This link was used already, has expired or was withdrawn. Ask for a new one."""


class AccountExists(Exception):
    """There is an account with this address already."""


def fingerprint(key: str) -> str:
    """SHA-256 of a random key; what the database keeps of it."""
    return hashlib.sha256(key.encode()).hexdigest()


def append_audit(
    *,
    actor: User | None,
    act: str,
    now: datetime,
    object_kind: str = "",
    object_id: object = "",
    details: dict[str, Any] | None = None,
) -> AuditEntry:
    """One line of the audit trail; `act` is thing.happened. Secrets never go into `details` (RS-42)."""
    return AuditEntry.objects.create(
        at=now,
        actor=actor,
        actor_label=actor.email if actor else "installation",
        act=act,
        object_kind=object_kind,
        object_id=str(object_id),
        details=details or {},
    )


@transaction.atomic
def add_member(
    *, email: str, name: str, role: str, password: str, now: datetime, language: str = "", actor: User | None = None
) -> User:
    """An account without invitation (set-up, demo). Raises AccountExists."""
    if role not in ROLES:
        raise ValueError(f"{role!r} is no role.")
    if User.objects.filter(email=email.strip().lower()).exists():
        raise AccountExists
    user = User.objects.create_user(
        email=email.strip(), password=password, name=name.strip(), role=role, language=language, created_at=now
    )
    append_audit(
        actor=actor, act="staff.joined", now=now, object_kind="user", object_id=user.id, details={"role": role}
    )
    return user


@transaction.atomic
def open_set_up(*, now: datetime) -> str | None:
    """A fresh one-time token for the first owner; earlier ones die. None once there is any account (RS-43)."""
    if User.objects.exists():
        return None
    Invitation.objects.filter(email="", accepted_at=None, revoked_at=None).update(revoked_at=now)
    return _invitation(email="", role="owner", invited_by=None, now=now, lives=timedelta(hours=SET_UP_HOURS))


@transaction.atomic
def invite(*, actor: User, email: str, role: str, now: datetime) -> str:
    """The token of a one-time link for `email`; an earlier invitation of the same address dies.

    Raises NotAllowed when the actor lacks a right of `role` (RE-21), AccountExists for a known address.
    """
    email = email.strip().lower()
    if not actor.may(Right.MANAGE_STAFF) or not may_grant(actor.role, role):
        raise NotAllowed
    if User.objects.filter(email=email).exists():
        raise AccountExists
    Invitation.objects.filter(email=email, accepted_at=None, revoked_at=None).update(revoked_at=now)
    token = _invitation(email=email, role=role, invited_by=actor, now=now, lives=timedelta(days=INVITATION_DAYS))
    append_audit(actor=actor, act="staff.invited", now=now, details={"email": email, "role": role})
    return token


def _invitation(*, email: str, role: str, invited_by: User | None, now: datetime, lives: timedelta) -> str:
    token = secrets.token_urlsafe(32)
    Invitation.objects.create(
        email=email,
        role=role,
        token_hash=fingerprint(token),
        invited_by=invited_by,
        created_at=now,
        expires_at=now + lives,
    )
    return token


@transaction.atomic
def accept(*, token: str, name: str, password: str, now: datetime, email: str = "", language: str = "") -> User:
    """The account of an invitation; `email` counts only for the set-up link, which names none.

    Consumed by one conditional update, so that of many simultaneous uses one succeeds (RS-35). Raises LinkIsUsed.
    """
    open_ones = Invitation.objects.filter(
        token_hash=fingerprint(token), accepted_at=None, revoked_at=None, expires_at__gt=now
    )
    if open_ones.update(accepted_at=now) != 1:
        raise LinkIsUsed
    invitation = Invitation.objects.get(token_hash=fingerprint(token))
    if not invitation.email and User.objects.exists():
        raise LinkIsUsed
    return add_member(
        email=invitation.email or email,
        name=name,
        role=invitation.role,
        password=password,
        language=language,
        now=now,
        actor=invitation.invited_by,
    )


@transaction.atomic
def revoke_invitation(*, actor: User, invitation: Invitation, now: datetime) -> None:
    """The link stops working; nothing happens when it was used or withdrawn before."""
    if not actor.may(Right.MANAGE_STAFF):
        raise NotAllowed
    if Invitation.objects.filter(id=invitation.id, accepted_at=None, revoked_at=None).update(revoked_at=now):
        append_audit(actor=actor, act="staff.uninvited", now=now, details={"email": invitation.email})


@transaction.atomic
def change_role(*, actor: User, user: User, role: str, now: datetime) -> User:
    """Raises NotAllowed when the actor may not grant the old or the new role, LastOwner for the last one (RE-21)."""
    _check_may_manage(actor, user)
    if not may_grant(actor.role, role):
        raise NotAllowed
    if user.role == role:
        return user
    if role != "owner":
        _keep_an_owner(user)
    before, user.role = user.role, role
    user.save(update_fields=["role"])
    _end_access(user, now=now)
    details = {"from": before, "to": role}
    append_audit(actor=actor, act="staff.role_changed", now=now, object_kind="user", object_id=user.id, details=details)
    return user


@transaction.atomic
def disable(*, actor: User, user: User, now: datetime) -> User:
    """The account stays for the record, but opens nothing any more. Raises NotAllowed, LastOwner."""
    _check_may_manage(actor, user)
    _keep_an_owner(user)
    user.is_active = False
    user.save(update_fields=["is_active"])
    _end_access(user, now=now)
    append_audit(actor=actor, act="staff.disabled", now=now, object_kind="user", object_id=user.id)
    return user


@transaction.atomic
def enable(*, actor: User, user: User, now: datetime) -> User:
    """Sessions and keys of before stay dead. Raises NotAllowed."""
    _check_may_manage(actor, user)
    user.is_active = True
    user.save(update_fields=["is_active"])
    append_audit(actor=actor, act="staff.enabled", now=now, object_kind="user", object_id=user.id)
    return user


@transaction.atomic
def describe_member(*, user: User, name: str, language: str) -> User:
    """What a member says about himself."""
    user.name, user.language = name.strip(), language
    user.save(update_fields=["name", "language"])
    return user


@transaction.atomic
def change_password(*, user: User, password: str, now: datetime) -> User:
    """Every session and key of the user dies, also the one that asked (the caller may sign it in again).

    Raises LinkIsUsed when the password has changed since `user` was read: of many simultaneous uses of one reset
    link one succeeds (RS-35).
    """
    before = user.password
    user.set_password(password)
    if User.objects.filter(id=user.id, password=before).update(password=user.password) != 1:
        raise LinkIsUsed
    _end_access(user, now=now)
    append_audit(actor=user, act="staff.password_changed", now=now, object_kind="user", object_id=user.id)
    return user


@transaction.atomic
def note_second_factor(*, user: User, act: str, now: datetime) -> None:
    """The second factor was added, removed or renewed: other sessions and keys die."""
    _end_access(user, now=now)
    append_audit(actor=user, act=act, now=now, object_kind="user", object_id=user.id)


@transaction.atomic
def issue_token(*, actor: User, name: str, kind: str, role: str, now: datetime) -> tuple[ApiToken, str]:
    """A key for a machine and, this once, its text. Raises NotAllowed when the role exceeds the actor's."""
    if kind not in TOKEN_KINDS:
        raise ValueError(f"{kind!r} is no kind of key.")
    if not actor.may(Right.MANAGE_TOKENS) or not may_grant(actor.role, role):
        raise NotAllowed
    key = f"gx_{kind}_{secrets.token_urlsafe(32)}"
    token = ApiToken.objects.create(
        name=name.strip(),
        kind=kind,
        role=role,
        prefix=key[:14],
        key_hash=fingerprint(key),
        created_by=actor,
        created_at=now,
    )
    details = {"name": token.name, "kind": kind, "role": role}
    append_audit(actor=actor, act="token.issued", now=now, object_kind="token", object_id=token.id, details=details)
    return token, key


@transaction.atomic
def revoke_token(*, actor: User, token: ApiToken, now: datetime) -> None:
    """Raises NotAllowed. Revoking twice changes nothing."""
    if not actor.may(Right.MANAGE_TOKENS):
        raise NotAllowed
    if ApiToken.objects.filter(id=token.id, revoked_at=None).update(revoked_at=now):
        append_audit(actor=actor, act="token.revoked", now=now, object_kind="token", object_id=token.id)


def mark_token_used(*, token: ApiToken, now: datetime) -> None:
    """Remember the use, at most once a minute, so that a busy machine does not write a row per request."""
    if token.used_at is None or now - token.used_at > timedelta(minutes=1):
        ApiToken.objects.filter(id=token.id).update(used_at=now)


def _check_may_manage(actor: User, user: User) -> None:
    if not actor.may(Right.MANAGE_STAFF) or not may_grant(actor.role, user.role):
        raise NotAllowed


def _keep_an_owner(user: User) -> None:
    """The owners' rows are locked, so that two owners cannot remove each other at the same moment."""
    owners = User.objects.select_for_update().filter(role="owner", is_active=True).order_by("id")
    if [owner.id for owner in owners] == [user.id]:
        raise LastOwner


def _end_access(user: User, *, now: datetime) -> None:
    User.objects.filter(id=user.id).update(access_epoch=F("access_epoch") + 1)
    user.refresh_from_db(fields=["access_epoch"])
    ApiToken.objects.filter(created_by=user, revoked_at=None).update(revoked_at=now)
