"""Endpoints to which events are told, and each telling."""

from __future__ import annotations

from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import Q

from guanxi.kernel.sealed_field import SealedTextField
from guanxi.ledger.models import Event


class Endpoint(models.Model):
    """An address of another program. Its secret is kept sealed; after a change the former one signs along for a day.

    `next_try_at` holds the whole endpoint back after it gave no answer, so that one dead server costs one try.
    """

    uid = models.UUIDField(default=uuid4, unique=True, editable=False)
    name = models.CharField(max_length=120)
    url = models.CharField(max_length=2000)
    is_own_network = models.BooleanField(
        default=False, help_text="The firm allowed addresses of its own network and plain http for this host (RS-20)."
    )
    secret = SealedTextField()
    former_secret = SealedTextField(blank=True)
    former_until = models.DateTimeField(null=True, blank=True)
    event_names = models.JSONField(default=list, help_text="Empty means every event.")
    takes_history = models.BooleanField(default=False, help_text="Also what was imported as history.")
    history_after = models.BigIntegerField(default=0, help_text="Id of the newest historical event looked at.")
    state = models.CharField(max_length=8, default="active", help_text="active or paused.")
    paused_because = models.CharField(max_length=12, blank=True, help_text="person, failing or gone.")
    failing_since = models.DateTimeField(null=True, blank=True)
    next_try_at = models.DateTimeField(null=True, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name

    def wants(self, name: str) -> bool:
        """Whether this event is to be told here."""
        return not self.event_names or name in self.event_names

    @classmethod
    def listening(cls) -> list[Endpoint]:
        return list(cls.objects.filter(state="active"))


class Delivery(models.Model):
    """One event told to one endpoint, at least once; a ping has no event.

    `waiting → sending → delivered | waiting again | gave_up`; a `sending` row whose lease has run out is taken again.
    """

    endpoint = models.ForeignKey(Endpoint, on_delete=models.CASCADE, related_name="deliveries", db_index=False)
    event = models.ForeignKey(Event, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    webhook_id = models.CharField(max_length=60, help_text="The same for every try, so that the receiver can tell.")
    state = models.CharField(max_length=10, default="waiting")
    due_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    claimed_by = models.CharField(max_length=40, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    tried_at = models.DateTimeField(null=True, blank=True)
    status = models.PositiveSmallIntegerField(null=True, blank=True, help_text="HTTP status of the latest answer.")
    outcome = models.CharField(max_length=16, blank=True, help_text="A key of answers.OUTCOMES.")
    excerpt = models.CharField(max_length=500, blank=True, help_text="Of the answer; none from the own network.")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(help_text="The row goes then, whatever became of it.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["endpoint", "event"], name="event_is_told_once_per_endpoint"),
        ]
        indexes = [
            # What is due, endpoint by endpoint.
            models.Index(
                fields=["endpoint", "due_at"], condition=Q(state__in=["waiting", "sending"]), name="delivery_due"
            ),
            # The latest of one endpoint.
            models.Index(fields=["endpoint", "-id"], name="delivery_newest"),
            models.Index(fields=["expires_at"], name="delivery_expiry"),
        ]
