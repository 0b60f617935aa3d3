"""Segments and lists, who is in them now, and how many there were each day."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from guanxi.ledger.models import Contact, Customer

RULE, LIST = "rule", "list"
CUSTOMER, CONTACT = LEVELS = ("customer", "contact")


class Segment(models.Model):
    """A group with a name: `rule` is its tree (docs/reference/segment-grammar.md), empty for a list kept by hand.

    `reads` are the facts the rule depends on (see segments.reading), so that the pulse knows whom an event concerns.
    `version` counts the rules it has had; `problem` says in a sentence why the rule cannot be applied any more.
    """

    key = models.SlugField(max_length=60, unique=True, help_text="Its name in events, in the API and in other rules.")
    title = models.CharField(max_length=120)
    note = models.TextField(blank=True)
    kind = models.CharField(max_length=8, default=RULE, help_text="rule or list.")
    level = models.CharField(max_length=8, default=CUSTOMER, help_text="customer or contact: what its members are.")
    rule = models.JSONField(default=dict)
    reads = models.JSONField(default=list)
    version = models.PositiveIntegerField(default=1)
    problem = models.TextField(blank=True)
    member_count = models.PositiveIntegerField(default=0)
    mailable_count = models.PositiveIntegerField(default=0, help_text="Contacts who may get marketing mail (D-21).")
    newest_event_id = models.BigIntegerField(default=0, help_text="The newest event when it was refreshed last.")
    refreshed_at = models.DateTimeField(null=True, blank=True)
    refreshed_version = models.PositiveIntegerField(default=0, help_text="The version whose members are in.")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.title


class Membership(models.Model):
    """Who is in a segment now; in a segment of customers `contact` is empty. The ledger's events tell who left."""

    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="memberships", db_index=False)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="memberships")
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, null=True, blank=True, related_name="memberships")
    since_at = models.DateTimeField()
    source = models.CharField(max_length=60, blank=True, help_text="rule, console, import:12, paste …")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["segment", "customer"], condition=Q(contact__isnull=True), name="customer_is_in_once"
            ),
            models.UniqueConstraint(
                fields=["segment", "contact"], condition=Q(contact__isnull=False), name="contact_is_in_once"
            ),
        ]
        indexes = [
            # The members of one segment, page by page.
            models.Index(fields=["segment", "id"], name="member_of_segment"),
        ]


class DayCount(models.Model):
    """How many members a segment had when it was refreshed last on a day, and who came and went since the day began."""

    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="day_counts")
    on = models.DateField()
    members = models.PositiveIntegerField()
    joined = models.PositiveIntegerField(default=0)
    left = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["segment", "on"], name="one_count_per_day")]
