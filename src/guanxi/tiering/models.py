"""Schemes, standings and their changes, reviews and what they propose."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from guanxi.ledger.models import Customer
from guanxi.scoring.models import ScoreRun


class Scheme(models.Model):
    """A way to tier: `document` is the YAML text of the rules, frozen per `version`; one scheme is the default."""

    name = models.CharField(max_length=60, unique=True)
    title = models.CharField(max_length=120)
    document = models.TextField()
    version = models.PositiveIntegerField(default=1)
    is_active = models.BooleanField(default=True)
    is_default = models.BooleanField(default=False)
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["is_default"], condition=models.Q(is_default=True), name="one_scheme_is_default"
            )
        ]

    def __str__(self) -> str:
        return self.title


class SchemeRun(models.Model):
    """One application of a scheme to a run of scores: the borders it was settled with, and what stood where after it.

    `borders` is a list of figure, percentile, value; `totals` a list of tier, customers, customer_share, spend,
    spend_share in the run's currency, in the order of the scheme.
    """

    scheme = models.ForeignKey(Scheme, on_delete=models.CASCADE, related_name="runs")
    run = models.ForeignKey(ScoreRun, on_delete=models.CASCADE, related_name="+")
    scheme_version = models.PositiveIntegerField()
    rate = models.DecimalField(
        max_digits=20, decimal_places=10, default=1, help_text="One unit of the run's currency in the scheme's."
    )
    borders = models.JSONField(default=list)
    totals = models.JSONField(default=list)
    first = models.PositiveIntegerField(default=0, help_text="Customers who got their first standing.")
    moved = models.PositiveIntegerField(default=0)
    applied_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["scheme", "run"], name="scheme_applied_once_per_run")]
        indexes = [models.Index(fields=["scheme", "-id"], name="scheme_run_newest")]


class Standing(models.Model):
    """Where a customer stands in a scheme now, why, and with which figures (`order_count`, `spend_total` …)."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="standings")
    scheme = models.ForeignKey(Scheme, on_delete=models.CASCADE, related_name="standings")
    tier = models.CharField(max_length=40)
    since_at = models.DateTimeField()
    basis = models.CharField(max_length=16, default="rule", help_text="rule, promoted, moved or person.")
    rule = models.CharField(max_length=80, blank=True)
    reason = models.TextField(
        help_text="In English words; the page builds the reader's language from rule and figures."
    )
    figures = models.JSONField(default=dict)
    protected_until = models.DateTimeField(null=True, blank=True)
    scheme_version = models.PositiveIntegerField(default=1)
    run_id = models.BigIntegerField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["customer", "scheme"], name="one_standing_per_scheme")]
        indexes = [models.Index(fields=["scheme", "tier"], name="standing_by_tier")]


class StandingChange(models.Model):
    """One move, never changed afterwards: from, to, cause, rule, figures, and who decided (M-15, RL-13)."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="standing_changes")
    scheme = models.ForeignKey(Scheme, on_delete=models.CASCADE, related_name="changes")
    from_tier = models.CharField(max_length=40, blank=True, help_text="Empty for the first standing.")
    to_tier = models.CharField(max_length=40)
    at = models.DateTimeField()
    cause = models.CharField(max_length=16, help_text="first, growth, risk, need, time, policy or person.")
    rule = models.CharField(max_length=80, blank=True)
    reason = models.TextField()
    figures = models.JSONField(default=dict)
    scheme_version = models.PositiveIntegerField(default=1)
    run_id = models.BigIntegerField(null=True, blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        indexes = [
            models.Index(fields=["customer", "-at"], name="change_of_customer"),
            # Who has moved in this month already; the moves of a scheme, the newest first.
            models.Index(fields=["scheme", "-at"], name="change_of_scheme"),
        ]


class Review(models.Model):
    """One sitting over a closed period: the quarterly review or the half-yearly screen (M-04, M-08).

    `period_until_on` is the first day after the period. A review is closed when the next one of its kind opens.
    """

    kind = models.CharField(max_length=12, help_text="quarter or half_year.")
    period_from_on = models.DateField()
    period_until_on = models.DateField()
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "period_until_on"], name="one_review_per_period")]


class Proposal(models.Model):
    """What a review asks a person to decide about one customer; kept for ever with who decided what, when and why.

    `figures` are those of the run it was drawn up from, `quarters` the spend of the last eight closed quarters as
    text, the oldest first, in the same currency. `keep_until` belongs to the answer `kept`.
    """

    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="proposals")
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="proposals")
    scheme = models.ForeignKey(Scheme, on_delete=models.CASCADE, related_name="proposals")
    kind = models.CharField(max_length=12, help_text="See tiering.reviews.KINDS.")
    rule = models.CharField(max_length=80)
    cause = models.CharField(max_length=16, help_text="growth, risk, need, time or policy.")
    from_tier = models.CharField(max_length=40)
    to_tier = models.CharField(max_length=40, help_text="The same as from_tier when only a measure is proposed.")
    reason = models.TextField(help_text="In English words.")
    words = models.JSONField(default=dict, db_default={}, help_text="The same by language (zh-Hans …).")
    figures = models.JSONField(default=dict)
    quarters = models.JSONField(default=list)
    state = models.CharField(max_length=12, default="open", help_text="open, accepted, kept, declined or outdated.")
    proposed_at = models.DateTimeField()
    keep_until = models.DateField(null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    decision_reason = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["review", "customer", "scheme", "kind"], name="proposed_once_per_review")
        ]
        indexes = [models.Index(fields=["review", "state"], name="proposal_by_state")]


class SchemeVersion(models.Model):
    """A text the rules once had, the newest being in force; kept for ever, so that an old move can be explained."""

    scheme = models.ForeignKey(Scheme, on_delete=models.CASCADE, related_name="versions")
    version = models.PositiveIntegerField()
    document = models.TextField()
    saved_at = models.DateTimeField()
    saved_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    reason = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["scheme", "version"], name="scheme_version_once")]


class SchemeDraft(models.Model):
    """New rules that run beside the ones in force until a person switches or discards them.

    `outcome` is what they would do by the run they were last looked at with (see tiering.drafts); it carries no names.
    """

    scheme = models.OneToOneField(Scheme, on_delete=models.CASCADE, related_name="draft")
    document = models.TextField()
    started_at = models.DateTimeField()
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    outcome = models.JSONField(default=dict)
    refreshed_at = models.DateTimeField(null=True, blank=True)
