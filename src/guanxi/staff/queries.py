"""What the rooms ask about accounts, keys and the audit trail."""

from __future__ import annotations

from datetime import datetime

from django.db.models import QuerySet

from guanxi.staff.actions import fingerprint
from guanxi.staff.models import ApiToken, AuditEntry, Invitation, User


def members() -> QuerySet[User]:
    """Everybody with an account, the working ones first."""
    return User.objects.order_by("-is_active", "name", "email")


def active_members() -> QuerySet[User]:
    return User.objects.filter(is_active=True).order_by("name", "email")


def open_invitations(now: datetime) -> QuerySet[Invitation]:
    """Invitations to staff that still can be accepted, the newest first."""
    return _open(now).exclude(email="").select_related("invited_by").order_by("-created_at")


def invitation_for(token: str, now: datetime) -> Invitation | None:
    """The open invitation of a link (one with an empty address is the set-up link), or None."""
    return _open(now).filter(token_hash=fingerprint(token)).first()


def _open(now: datetime) -> QuerySet[Invitation]:
    return Invitation.objects.filter(accepted_at=None, revoked_at=None, expires_at__gt=now)


def is_empty() -> bool:
    """Whether nobody has an account yet."""
    return not User.objects.exists()


def tokens() -> QuerySet[ApiToken]:
    return ApiToken.objects.select_related("created_by").order_by("revoked_at", "-created_at")


def token_owner(key: str) -> ApiToken | None:
    """The live key of a machine, or None; it is found by its hash, so the time tells nothing about its text.

    A key dies with the account that made it.
    """
    if not key.isascii() or len(key) > 200:
        return None
    live = ApiToken.objects.filter(revoked_at=None, created_by__is_active=True)
    return live.select_related("created_by").filter(key_hash=fingerprint(key)).first()


def audit_entries(*, act: str = "", actor_id: int | None = None) -> QuerySet[AuditEntry]:
    """The newest first; `act` is the beginning of an act, such as `staff.`."""
    entries = AuditEntry.objects.select_related("actor").order_by("-at", "-id")
    if act:
        entries = entries.filter(act__startswith=act)
    return entries.filter(actor_id=actor_id) if actor_id else entries
