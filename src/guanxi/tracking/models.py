"""Hits: raw opens and clicks with their verdict."""

from __future__ import annotations

from django.db import models

from guanxi.outbox.models import Message


class Hit(models.Model):
    """One load of the pixel or one follow of a link, kept with the verdict and the rule that gave it (RP-40)."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="hits")
    kind = models.CharField(max_length=8, help_text="open or click.")
    link_index = models.PositiveSmallIntegerField(null=True, blank=True)
    at = models.DateTimeField()
    verdict = models.CharField(max_length=8, help_text="human, machine or unknown.")
    rule = models.CharField(max_length=40)
    network = models.CharField(max_length=45, blank=True, help_text="/24 or /48 of the address, gone after 30 days.")
    user_agent = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes = [models.Index(fields=["message", "kind", "at"], name="hit_of_message")]
