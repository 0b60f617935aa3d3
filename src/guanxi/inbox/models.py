"""Mailboxes that are read, the keys of providers that report, and what came in by either."""

from __future__ import annotations

from uuid import uuid4

from django.db import models
from django.db.models import Q

from guanxi.kernel.sealed_field import SealedTextField
from guanxi.ledger.models import Contact
from guanxi.outbox.models import Message


class Mailbox(models.Model):
    """One folder on an IMAP server. `last_uid` counts within `uid_validity`; a new validity begins anew (RFC 9051).

    `due_at` and `lease_until` let one worker at a time read it.
    """

    uid = models.UUIDField(default=uuid4, unique=True, editable=False)
    name = models.CharField(max_length=120)
    host = models.CharField(max_length=255)
    port = models.PositiveIntegerField(default=993)
    security = models.CharField(max_length=8, default="tls", help_text="tls, starttls or none.")
    username = models.CharField(max_length=255)
    password = SealedTextField(blank=True)
    folder = models.CharField(max_length=255, default="INBOX")
    purpose = models.CharField(max_length=8, default="both", help_text="bounces, replies or both.")
    is_active = models.BooleanField(default=True)
    every_minutes = models.PositiveSmallIntegerField(default=5)
    uid_validity = models.BigIntegerField(default=0)
    last_uid = models.BigIntegerField(default=0)
    due_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True, blank=True)
    read_at = models.DateTimeField(null=True, blank=True)
    failing_since = models.DateTimeField(null=True, blank=True)
    last_error = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(security__in=["tls", "starttls", "none"]), name="mailbox_security_is_known"
            ),
            models.CheckConstraint(condition=Q(purpose__in=["bounces", "replies", "both"]), name="mailbox_purpose"),
            models.CheckConstraint(condition=Q(every_minutes__gte=1), name="mailbox_interval_is_positive"),
        ]

    def __str__(self) -> str:
        return self.name


class ProviderKey(models.Model):
    """What proves that a report comes from a mail provider; without it no report is taken (RS-23).

    `secret` is what the provider's way of signing needs: a shared secret, a public key, or an SNS topic.
    """

    uid = models.UUIDField(default=uuid4, unique=True, editable=False)
    provider = models.CharField(max_length=20, unique=True)
    secret = SealedTextField()
    heard_at = models.DateTimeField(null=True, blank=True)
    refused_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.provider


class Arrival(models.Model):
    """One mail or one report of a provider, taken in once (RD-12): `key` is its own within `source`.

    `state` is done, unmatched (no known reader) or quarantined (a report without proof, RP-25). Whatever concerns a
    contact goes with him; the row itself goes at `expires_at`.
    """

    source = models.CharField(max_length=40, help_text="mailbox:<id>, or a provider.")
    key = models.CharField(max_length=64)
    mailbox = models.ForeignKey(Mailbox, on_delete=models.SET_NULL, null=True, blank=True, related_name="arrivals")
    kind = models.CharField(max_length=12, help_text="hard, soft, complaint, auto_reply, reply, unsubscribe, other.")
    reason = models.CharField(max_length=40, blank=True)
    status = models.CharField(max_length=12, blank=True)
    state = models.CharField(max_length=12, help_text="done, unmatched or quarantined.")
    matched_by = models.CharField(max_length=12, blank=True, help_text="signature, thread, provider or address.")
    message = models.ForeignKey(Message, on_delete=models.CASCADE, null=True, blank=True, related_name="arrivals")
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, null=True, blank=True, related_name="arrivals")
    sender = models.CharField(max_length=320, blank=True)
    recipients = models.JSONField(default=list)
    subject = models.CharField(max_length=300, blank=True)
    text = models.TextField(blank=True)
    attachments = models.JSONField(default=list)
    came_at = models.DateTimeField(help_text="By the mail's own date, not after it was fetched.")
    recorded_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "key"], name="arrival_is_taken_once"),
            models.CheckConstraint(condition=Q(state__in=["done", "unmatched", "quarantined"]), name="arrival_state"),
        ]
        indexes = [
            # The page: newest first, by what needs a hand.
            models.Index(fields=["state", "-recorded_at"], name="arrival_by_state"),
            models.Index(fields=["kind", "-recorded_at"], name="arrival_by_kind"),
        ]
