"""What was erased and why, how long things are kept, breaches, assessments, who read what."""

from __future__ import annotations

from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import Q

from guanxi.kernel.sealed_field import SealedTextField


class Erasure(models.Model):
    """Somebody was erased. What remains of him is a keyed fingerprint of his address and of his row.

    `rows_gone → done`: the rows go in one transaction; the files after it, and then the space they took. Until that is
    done, `leftovers` holds, sealed, what is still to be looked for; it is empty afterwards.
    """

    uid = models.UUIDField(default=uuid4, unique=True, editable=False)
    contact_id = models.BigIntegerField(help_text="Of a row that is gone.")
    customer_id = models.BigIntegerField(null=True, help_text="When the customer himself was erased.")
    row_key = models.CharField(max_length=32, help_text="Fingerprint of the contact's id and its first moment.")
    address_keys = models.JSONField(default=list, help_text="Fingerprints, as in consent.Suppression.")
    reason = models.CharField(max_length=200)
    via = models.CharField(max_length=24, help_text="console, command, request, replay …")
    done_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    erased_at = models.DateTimeField()
    state = models.CharField(max_length=12, default="rows_gone", help_text="rows_gone or done.")
    leftovers = SealedTextField(blank=True)
    counts = models.JSONField(default=dict, help_text="Rows and files by what became of them.")
    places = models.JSONField(default=list, help_text="Where something is left, without saying what.")
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["id"], condition=~Q(state="done"), name="erasure_unfinished")]


class Span(models.Model):
    """How long the firm keeps something, where it differs from the default of retention.SPANS."""

    key = models.CharField(max_length=24, unique=True)
    days = models.PositiveIntegerField()
    reason = models.CharField(max_length=200, blank=True)
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    changed_at = models.DateTimeField()


class RetentionRun(models.Model):
    """What one job of retention deleted; a row only when it was anything."""

    key = models.CharField(max_length=24)
    at = models.DateTimeField()
    before_at = models.DateTimeField(help_text="Everything older than this was to go.")
    days = models.PositiveIntegerField()
    count = models.PositiveBigIntegerField(default=0)

    class Meta:
        indexes = [models.Index(fields=["key", "-at"], name="retention_run_newest")]


class RecordDetails(models.Model):
    """What only the firm knows for its record of processing; one row (id 1)."""

    controller_contact = models.TextField(blank=True, help_text="Who answers questions about data.")
    representative = models.TextField(blank=True, help_text="In the EU, where the firm has none of its own there.")
    officer = models.TextField(blank=True, help_text="Data protection officer, if there is one.")
    hosting = models.TextField(blank=True, help_text="Where and by whom this installation is run.")
    recipients = models.TextField(blank=True, help_text="Whom data are given to, beside those the system knows.")
    transfers = models.TextField(blank=True, help_text="To which other countries, with which safeguard.")
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    changed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="record_details_is_one_row")]


class Breach(models.Model):
    """A breach of data protection. The authority is told within 72 hours of its discovery (GDPR 33), or it is written
    down why not.
    """

    what = models.TextField()
    noticed_at = models.DateTimeField()
    due_at = models.DateTimeField()
    people = models.PositiveIntegerField(null=True, blank=True, help_text="About how many persons.")
    categories = models.CharField(max_length=300, blank=True, help_text="Whose and which data.")
    consequences = models.TextField(blank=True)
    measures = models.TextField(blank=True)
    reported_at = models.DateTimeField(null=True, blank=True, help_text="To the authority.")
    not_reported_because = models.TextField(blank=True)
    persons_told_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    entered_at = models.DateTimeField()


class Assessment(models.Model):
    """An assessment of what a processing may do to persons, before it begins (PIPL 55–56, GDPR 35)."""

    title = models.CharField(max_length=200)
    occasion = models.CharField(max_length=24, help_text="transfer_abroad, automated_decision, sensitive, entrusting …")
    purpose = models.TextField(help_text="Whether purpose and manner are lawful, fair and necessary.")
    impact = models.TextField(help_text="What it may do to persons, and how grave and likely that is.")
    measures = models.TextField(help_text="Whether the measures are lawful, effective and fit the risk.")
    conclusion = models.TextField(blank=True)
    decided_on = models.DateField()
    review_on = models.DateField()
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    entered_at = models.DateTimeField()


class Reading(models.Model):
    """Which list a member of staff looked at or took out on a day, and how often (RL-12)."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    what = models.CharField(max_length=60, help_text="Name of the page.")
    on = models.DateField()
    times = models.PositiveIntegerField(default=0)
    first_at = models.DateTimeField()
    latest_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "what", "on"], name="one_reading_per_day")]
