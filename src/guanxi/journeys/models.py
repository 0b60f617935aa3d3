"""Journeys, their published versions, who is where, and every step taken."""

from __future__ import annotations

from datetime import timedelta

from django.db import models
from django.db.models import Q

from guanxi.ledger.models import Contact, Customer


class Journey(models.Model):
    """A flow; `key` is e.g. `j-04`. `state` is draft, live, paused or off."""

    key = models.CharField(max_length=40, unique=True)
    title = models.CharField(max_length=160)
    titles = models.JSONField(default=dict, help_text="By language, as its text says them.")
    source = models.CharField(max_length=40, blank=True, help_text="Requirement, e.g. J-04.")
    state = models.CharField(max_length=8, default="draft")
    priority = models.PositiveSmallIntegerField(default=50, help_text="Smaller goes first (CN-19).")
    is_lifecycle = models.BooleanField(default=False, help_text="Only one such flow at a time (CN-49).")
    holdout_percent = models.PositiveSmallIntegerField(
        default=0, help_text="Share of contacts, drawn by chance and for good, who get nothing, for comparison."
    )
    holdout_since_at = models.DateTimeField(
        null=True, blank=True, help_text="Since when a share is held out; whoever entered before has nobody to compare."
    )
    live_version = models.ForeignKey(
        "Version", on_delete=models.SET_NULL, null=True, blank=True, related_name="+",
    )  # fmt: skip
    paused_at = models.DateTimeField(null=True, blank=True, help_text="Since when nobody moves.")
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.title

    @property
    def names(self) -> dict[str, str]:
        """What it is called, by language."""
        return self.titles or {"en": self.title}


class Version(models.Model):
    """A frozen graph; people under way stay on theirs."""

    journey = models.ForeignKey(Journey, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    text = models.TextField(help_text="The YAML it was published from.")
    origin = models.CharField(max_length=8, default="person", help_text="library or person.")
    published_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["journey", "number"], name="version_is_unique")]


class Draft(models.Model):
    """What somebody is building: the texts of one sitting, of which the one at `place` counts; the others are undo.

    `base` is the version it began from. Publishing or throwing it away deletes it.
    """

    key = models.CharField(max_length=40, unique=True, help_text="Of the journey, which may not exist yet.")
    base = models.ForeignKey(Version, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    texts = models.JSONField(default=list)
    place = models.PositiveSmallIntegerField(default=0)
    revision = models.PositiveIntegerField(
        default=1, help_text="Counts the changes, so that nobody works on an old one."
    )
    changed_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.key


class Enrolment(models.Model):
    """One contact in one journey, for one object where the journey is about one (an order).

    `step` is the id of the step that is due next at `due_at`; `occurrence` counts the rounds: a `repeat` begins one.
    """

    version = models.ForeignKey(Version, on_delete=models.PROTECT, related_name="enrolments")
    journey = models.ForeignKey(Journey, on_delete=models.CASCADE, related_name="enrolments")
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="enrolments")
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="enrolments")
    object_kind = models.CharField(max_length=24, blank=True)
    object_id = models.CharField(max_length=80, blank=True)
    entry_key = models.CharField(
        max_length=200, help_text="What makes this entry one: the object, or the customer and the count of his entries."
    )
    state = models.CharField(max_length=8, default="active", help_text="active, done, left, failed or heldout.")
    step = models.CharField(max_length=40)
    occurrence = models.PositiveIntegerField(default=1)
    due_at = models.DateTimeField()
    anchor_at = models.DateTimeField(help_text="The moment of the trigger; delays count from it.")
    step_since_at = models.DateTimeField(help_text="When this step came up.")
    entered_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    end_reason = models.CharField(max_length=80, blank=True)
    heard = models.JSONField(default=list, help_text="Waits whose event arrived, perhaps before they came up.")
    occasion = models.JSONField(
        default=dict, help_text="What began it: `by` names the trigger, `told` holds what its event told."
    )
    stood_still = models.DurationField(
        default=timedelta,
        help_text="How long the journey was paused on the way; windows of the trigger end so much later.",
    )
    failures = models.PositiveSmallIntegerField(default=0, help_text="Errors in a row; too many end it (RD-07).")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["journey", "entry_key"], name="one_entry_per_occasion")]
        indexes = [
            # The worker: who is due in this journey.
            models.Index(fields=["journey", "due_at"], condition=Q(state="active"), name="enrolment_due_in"),
            models.Index(fields=["contact", "state"], name="enrolment_of_contact"),
        ]


class Visit(models.Model):
    """One step taken (or skipped, with the reason) by one enrolment; UNIQUE makes it happen once (RD-11)."""

    enrolment = models.ForeignKey(Enrolment, on_delete=models.CASCADE, related_name="visits")
    step = models.CharField(max_length=40)
    occurrence = models.PositiveIntegerField(default=1)
    outcome = models.CharField(max_length=12, help_text="done, skipped, waited or left.")
    reason = models.CharField(max_length=80, blank=True)
    detail = models.JSONField(default=dict)
    message_id = models.BigIntegerField(null=True, blank=True, help_text="Of the outbox.")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["enrolment", "step", "occurrence"], name="step_happens_once")]


class Refusal(models.Model):
    """A customer who did not enter a journey although its event happened, and why."""

    journey = models.ForeignKey(Journey, on_delete=models.CASCADE, related_name="refusals")
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="journey_refusals")
    event_id = models.BigIntegerField()
    reason = models.CharField(max_length=40, help_text="too_old, blocked, no_address, under_way, too_soon …")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["journey", "event_id"], name="one_refusal_per_event")]
        indexes = [models.Index(fields=["customer", "-at"], name="refusal_of_customer")]
