"""Who looks after a customer, what was shown to him at his stage, and which gifts were given."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from guanxi.ledger.models import Contact, Customer


class TeamMember(models.Model):
    """One of those who look after a customer beside the owner; `role` in plain words (T-42, P-07, P-13)."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="team")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    role = models.CharField(max_length=60)
    since_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["customer", "user"], name="once_in_a_team")]


class StageCheck(models.Model):
    """A line of a stage's checklist that is done for a customer (L-16, L-21, L-26)."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="stage_checks")
    item = models.CharField(max_length=40)
    line = models.CharField(max_length=40)
    note = models.CharField(max_length=300, blank=True)
    done_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    done_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["customer", "item", "line"], name="checked_once")]


class Gift(models.Model):
    """A gift to a person, with its value and who approved it (T-46, CN-46)."""

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="gifts")
    what = models.CharField(max_length=200)
    value = models.DecimalField(max_digits=12, decimal_places=2)
    currency = models.CharField(max_length=3)
    given_on = models.DateField()
    given_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    entered_at = models.DateTimeField()
