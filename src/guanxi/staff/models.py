"""Accounts, invitations, tokens, audit entries."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models

from guanxi.staff.roles import Right, may


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    """A member of staff, known by the e-mail address; `role` is a key of roles.ROLES."""

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120, blank=True)
    role = models.CharField(max_length=16, default="sales")
    phone = models.CharField(max_length=40, blank=True)
    language = models.CharField(max_length=16, blank=True, help_text="Console language; empty means the firm's.")
    is_active = models.BooleanField(default=True)
    access_epoch = models.PositiveIntegerField(
        default=0, help_text="Rises with every change of password, second factor, role or state; sessions carry it."
    )
    created_at = models.DateTimeField()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects = UserManager()

    def __str__(self) -> str:
        return self.name or self.email

    def may(self, right: Right) -> bool:
        return self.is_active and may(self.role, right)

    def get_session_auth_hash(self) -> str:
        """Sessions of an earlier epoch are dead (RS-33)."""
        return f"{super().get_session_auth_hash()}-{self.access_epoch}"

    def get_session_auth_fallback_hash(self) -> Iterator[str]:
        for kept in super().get_session_auth_fallback_hash():
            yield f"{kept}-{self.access_epoch}"

    # Django's own permission checks are not used, but the admin-less contrib code asks these.
    def has_perm(self, perm: str, obj: object | None = None) -> bool:
        return False

    def has_module_perms(self, app_label: str) -> bool:
        return False

    @property
    def is_staff(self) -> bool:
        return False


class Invitation(models.Model):
    """A one-time link to a new account; only the hash of its token is kept, consumed by conditional UPDATE (RS-35)."""

    email = models.EmailField()
    role = models.CharField(max_length=16)
    token_hash = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)


class ApiToken(models.Model):
    """A key for a machine. `kind` is `api` (records in and out, with the rights of `role`) or `write` (events in only).

    The key itself is shown once; `prefix` tells keys apart, `key_hash` is SHA-256 of the random key.
    """

    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=8)
    role = models.CharField(max_length=16, default="analyst")
    prefix = models.CharField(max_length=16)
    key_hash = models.CharField(max_length=64, unique=True)
    created_by = models.ForeignKey(User, on_delete=models.CASCADE, related_name="tokens")
    created_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(kind__in=["api", "write"]), name="token_kind_is_known"),
        ]


class AuditEntry(models.Model):
    """One security-relevant act: who, what, on what, when. Never changed, never deleted."""

    at = models.DateTimeField()
    actor = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    actor_label = models.CharField(max_length=200, help_text="Kept when the account goes.")
    act = models.CharField(max_length=64, help_text="thing.happened, e.g. staff.invited.")
    object_kind = models.CharField(max_length=32, blank=True)
    object_id = models.CharField(max_length=64, blank=True)
    details = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index(fields=["-at"], name="audit_newest_first")]
