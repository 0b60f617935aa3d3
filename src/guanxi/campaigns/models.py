"""Campaigns, their letters, their frozen readers, and the rule of the second person."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from guanxi.campaigns.moments import Schedule
from guanxi.campaigns.states import BEGUN, DRAFT, UNDER_WAY, WORKED_ON
from guanxi.content.models import Template
from guanxi.ledger.models import Contact, Customer
from guanxi.outbox.models import Message, Sender
from guanxi.staff.models import User

MAIN, ALL = CHOICES_OF_CONTACTS = ("main", "all")
CLICKS, REPLIES, ORDERS, OPENS = METRICS = ("clicks", "replies", "orders", "opens")
FIRST, SPLIT = WITHOUT_WINNER = ("first", "split")


class Campaign(models.Model):
    """One send. `includes` and `excludes` are keys of segments and lists; a key that is gone stops the campaign.

    `values` are the plain values of the occasion for every reader, by dotted name. `cursor` is how far the readers
    have been written down; it moves in the transaction that writes them. `decision` keeps the figures of the test.
    """

    title = models.CharField(max_length=120)
    state = models.CharField(max_length=12, default=DRAFT)

    takes_everyone = models.BooleanField(default=False)
    includes = models.JSONField(default=list)
    excludes = models.JSONField(default=list)
    contact_choice = models.CharField(max_length=8, default=MAIN, help_text="main or all contacts of a customer.")

    values = models.JSONField(default=dict)
    sender = models.ForeignKey(Sender, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    timing = models.CharField(max_length=8, default="local", help_text="now, instant or local.")
    starts_at = models.DateTimeField(null=True, blank=True)
    local_on = models.DateField(null=True, blank=True)
    local_time = models.TimeField(null=True, blank=True)
    when_past = models.CharField(max_length=8, default="same_day", help_text="same_day or next_day.")
    spread_minutes = models.PositiveIntegerField(default=0)
    alive_hours = models.PositiveSmallIntegerField(
        default=24, help_text="How long after its moment a mail is worth sending (RP-16)."
    )

    test_percent = models.PositiveSmallIntegerField(default=0, help_text="Share of the readers who see the test.")
    metric = models.CharField(max_length=8, default=CLICKS)
    observe_hours = models.PositiveSmallIntegerField(default=24)
    least_sample = models.PositiveIntegerField(default=100, help_text="Mails of each letter below which nobody wins.")
    without_winner = models.CharField(max_length=8, default=FIRST, help_text="first letter, or split evenly.")
    winner = models.ForeignKey("Variant", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    decision = models.JSONField(default=dict)
    decided_at = models.DateTimeField(null=True, blank=True)
    holdout_percent = models.PositiveSmallIntegerField(
        default=0, help_text="Share of the readers, drawn by chance and for good, who get nothing, for comparison."
    )
    order_days = models.PositiveSmallIntegerField(default=14, help_text="So long after the mail an order counts.")

    due_at = models.DateTimeField(null=True, blank=True, help_text="When the pulse looks at it next.")
    cursor = models.BigIntegerField(default=0)
    reader_count = models.PositiveIntegerField(default=0)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    scheduled_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    scheduled_at = models.DateTimeField(null=True, blank=True)
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    started_at = models.DateTimeField(null=True, blank=True)
    paused_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            # The pulse: which campaign is to be worked on.
            models.Index(fields=["due_at"], condition=Q(state__in=WORKED_ON), name="campaign_due"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def schedule(self) -> Schedule:
        return Schedule(
            timing=self.timing, starts_at=self.starts_at, local_on=self.local_on, local_time=self.local_time,
            when_past=self.when_past, spread_minutes=self.spread_minutes, alive_hours=self.alive_hours,
        )  # fmt: skip

    @property
    def is_test(self) -> bool:
        return self.test_percent > 0

    def is_of(self, user: User) -> bool:
        """Whether he wrote or scheduled it, and so is no second person."""
        return user.pk in (self.created_by_id, self.scheduled_by_id)

    @property
    def is_draft(self) -> bool:
        return self.state == DRAFT

    @property
    def has_begun(self) -> bool:
        return self.state in BEGUN

    @property
    def is_under_way(self) -> bool:
        return self.state in UNDER_WAY

    @property
    def is_paused(self) -> bool:
        return self.paused_at is not None and self.is_under_way


class Variant(models.Model):
    """A letter of a campaign. Without `segment_key` it is an arm of the test (one alone is simply the letter).

    With `segment_key` it is an edition: whoever is in that segment gets it, the first that fits, and stays out of
    the test (X-01, X-10).
    """

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="variants")
    position = models.PositiveSmallIntegerField()
    template = models.ForeignKey(Template, on_delete=models.PROTECT, related_name="+")
    segment_key = models.CharField(max_length=60, blank=True)

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["campaign", "position"], name="variant_place_is_unique")]

    @property
    def label(self) -> str:
        return "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[self.position % 26]


class Recipient(models.Model):
    """One reader of a campaign as he was when it began, and his message once it is proposed (RD-01).

    `variant` is empty for those who wait for the end of the test.
    """

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="recipients", db_index=False)
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="campaign_places")
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="campaign_places")
    variant = models.ForeignKey(Variant, on_delete=models.SET_NULL, null=True, related_name="+")
    is_test = models.BooleanField(default=False)
    country = models.CharField(max_length=2, blank=True)
    language = models.CharField(max_length=16, blank=True, help_text="Of the letter that fits the reader.")
    zone = models.CharField(max_length=64)
    tier = models.CharField(max_length=40, blank=True, help_text="In the default scheme.")
    not_before = models.DateTimeField(null=True)
    message = models.OneToOneField(Message, on_delete=models.SET_NULL, null=True, related_name="campaign_place")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["campaign", "contact"], name="reader_of_campaign_once")]
        indexes = [
            # The list of readers, page by page.
            models.Index(fields=["campaign", "id"], name="reader_of_campaign"),
            # Who is still to be proposed.
            models.Index(
                fields=["campaign", "is_test", "id"], condition=Q(message__isnull=True), name="reader_to_be_proposed"
            ),
        ]


class HeldOut(models.Model):
    """A contact whom chance keeps out of a campaign, written down with its readers, so that both can be compared."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="held_out", db_index=False)
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="+")
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["campaign", "contact"], name="held_out_of_campaign_once")]


class Safeguards(models.Model):
    """When a person has to confirm a number, and when a second one has to agree; one row (RE-20)."""

    confirm_above = models.PositiveIntegerField(default=1_000)
    asks_second_person = models.BooleanField(default=False)
    second_person_above = models.PositiveIntegerField(default=5_000)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="safeguards_are_one_row")]
