"""Permissions and suppressions."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from guanxi.ledger.models import Contact


class Permission(models.Model):
    """One statement about what a contact allows, with its evidence (RL-01). Append-only: the newest row per contact,
    channel and purpose is in force.
    """

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="permissions")
    channel = models.CharField(max_length=12, default="email")
    purpose = models.CharField(max_length=16, help_text="marketing, tracking or profiling.")
    state = models.CharField(max_length=12, help_text="granted, withdrawn, pending or expired.")
    basis = models.CharField(max_length=24, help_text="consent, soft_opt_in, contract …; see consent.rules.")
    jurisdiction = models.CharField(max_length=2, blank=True, help_text="Country whose law was looked at.")
    method = models.CharField(max_length=24, help_text="form, double_opt_in, import, card, verbal, one_click, staff …")
    wording = models.TextField(blank=True, help_text="The exact text the contact agreed to.")
    wording_language = models.CharField(max_length=16, blank=True)
    evidence = models.JSONField(default=dict, help_text="Form address, file name and row, order number …")
    source = models.CharField(max_length=120, blank=True)
    ip_address = models.GenericIPAddressField(null=True, blank=True)
    user_agent = models.CharField(max_length=300, blank=True)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    obtained_at = models.DateTimeField(help_text="When the contact said so.")
    expires_at = models.DateTimeField(null=True, blank=True)
    recorded_at = models.DateTimeField()
    batch = models.BigIntegerField(null=True, blank=True, db_index=True)

    class Meta:
        # The gate: newest statement of one contact for one purpose.
        indexes = [models.Index(fields=["contact", "channel", "purpose", "-id"], name="permission_newest")]


class Suppression(models.Model):
    """An address that gets nothing any more, kept as a keyed fingerprint so that it outlives the person (RL-10)."""

    address_key = models.CharField(max_length=32, help_text="kernel.signing.blind of the canonical address.")
    scope = models.CharField(max_length=12, default="marketing", help_text="marketing or all.")
    reason = models.CharField(max_length=24, help_text="unsubscribed, complaint, hard_bounce, erased, staff, import.")
    detail = models.CharField(max_length=300, blank=True)
    contact = models.ForeignKey(Contact, on_delete=models.SET_NULL, null=True, blank=True, related_name="suppressions")
    created_at = models.DateTimeField()
    batch = models.BigIntegerField(null=True, blank=True, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["address_key", "scope"], name="suppression_is_unique")]
