"""Tasks."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models

from guanxi.ledger.models import Contact, Customer
from guanxi.staff.roles import Right


class TaskQuerySet(models.QuerySet["Task"]):
    def for_user(self, user: Any) -> TaskQuerySet:
        """The rows `user` may read: all, or those on his desk or of his customers (RS-15)."""
        if not user.may(Right.SEE):
            return self.none()
        if user.may(Right.SEE_ALL):
            return self
        return self.filter(models.Q(owner=user) | models.Q(customer__owner=user))

    def open(self) -> TaskQuerySet:
        return self.filter(state="open")


class Task(models.Model):
    """One thing for one person to do about a customer, or about a whole class when `customer` is empty.

    `key` makes it unique: the same cause puts it on a desk once. `kind` is a plain word that pages have words for;
    `title` is what a person wrote, empty for a task that the program opened. It may be begun from `not_before`, is to
    be done by `due_at`, and is dropped unasked at `expires_at` (CN-24). At `warn_at` its owner is warned, and it is
    emptied. `checklist` is a list of {text, titles, done_at}; `titles` by language, like those in `details`.
    """

    key = models.CharField(max_length=200, unique=True)
    kind = models.CharField(max_length=40)
    title = models.CharField(max_length=200, blank=True)
    customer = models.ForeignKey(
        Customer, on_delete=models.CASCADE, null=True, blank=True, related_name="tasks",
    )  # fmt: skip
    contact = models.ForeignKey(Contact, on_delete=models.SET_NULL, null=True, blank=True, related_name="tasks")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+",
    )  # fmt: skip
    state = models.CharField(max_length=8, default="open", help_text="open, done or dropped.")
    reason = models.TextField(blank=True, help_text="Why it was opened, in English words.")
    details = models.JSONField(default=dict)
    checklist = models.JSONField(default=list)
    opened_at = models.DateTimeField()
    not_before = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)
    warn_at = models.DateTimeField(null=True, blank=True)
    breached_at = models.DateTimeField(null=True, blank=True)
    escalated_to = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    result = models.CharField(
        max_length=12, blank=True, default="", db_default="", help_text="One of results.RESULTS, or empty."
    )
    outcome = models.TextField(blank=True)
    origin_kind = models.CharField(max_length=24, blank=True)
    origin_id = models.CharField(max_length=80, blank=True)

    objects = TaskQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["due_at"], condition=models.Q(state="open"), name="task_open_by_due"),
            models.Index(fields=["warn_at"], condition=models.Q(state="open"), name="task_to_warn"),
            models.Index(fields=["escalated_to", "due_at"], condition=models.Q(state="open"), name="task_escalated"),
            models.Index(fields=["owner", "due_at"], condition=models.Q(state="open"), name="task_on_desk"),
            models.Index(fields=["customer", "-opened_at"], name="task_of_customer"),
            models.Index(fields=["origin_kind", "origin_id"], name="task_by_origin"),
        ]
