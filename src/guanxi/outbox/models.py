"""Senders and their streams, the sending policy, messages, paused origins, verdicts, attempts."""

from __future__ import annotations

from uuid import uuid4

from django.db import models
from django.db.models import Q

from guanxi.content.models import Template
from guanxi.kernel.sealed_field import SealedTextField
from guanxi.ledger.models import Contact, Customer

# A message that waits: to be asked about at all or once more, or for a worker that takes it out (outbox.queues).
UNJUDGED = Q(state="queued", judged_at__isnull=True) | Q(state="held")
READY = Q(state="queued", judged_at__isnull=False) | Q(state="deferred")


class Sender(models.Model):
    """Who a mail is from, on which way it leaves, and how fast. One is the default; one may be the default of a kind.

    `transport` empty is the installation's own way (GUANXI_SMTP_URL, or the drawer).
    """

    uid = models.UUIDField(default=uuid4, unique=True, editable=False)
    name = models.CharField(max_length=120)
    address = models.EmailField()
    reply_to = models.EmailField(blank=True)
    is_default = models.BooleanField(default=False)
    stream = models.CharField(max_length=16, blank=True, help_text="The kind it is the default of, or empty (RP-34).")
    bounces_to = models.CharField(
        max_length=200, blank=True, help_text="A domain, or a mailbox that takes plus addresses; see return_path."
    )
    transport = models.CharField(max_length=16, blank=True, help_text="smtp, or a provider of transports.providers.")
    settings = models.JSONField(default=dict, blank=True, help_text="Host, port, user, region …, nothing secret.")
    secret = SealedTextField(blank=True, help_text="The password or API key.")
    per_hour = models.PositiveIntegerField(null=True, blank=True)
    per_day = models.PositiveIntegerField(null=True, blank=True)
    warming_since = models.DateField(null=True, blank=True, help_text="The first day of its warm-up (RP-35).")
    dkim_selector = models.CharField(max_length=63, blank=True)
    dkim_key = SealedTextField(blank=True, help_text="RSA, PEM (RP-12).")
    dkim_ed25519_selector = models.CharField(max_length=63, blank=True)
    dkim_ed25519_key = SealedTextField(blank=True, help_text="PEM; a second signature (RFC 8463).")

    def __str__(self) -> str:
        return f"{self.name} <{self.address}>"


class Stream(models.Model):
    """The mails of one kind from one sender, once they were stopped: by a person, or by what comes back (RP-31)."""

    sender = models.ForeignKey(Sender, on_delete=models.CASCADE, related_name="streams")
    kind = models.CharField(max_length=16)
    paused_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=24, blank=True, help_text="A code of outbox.streams.")
    detail = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["sender", "kind"], name="stream_of_sender_and_kind")]


class Tally(models.Model):
    """How many mails went which way in ten minutes: for limits, warm-up, counters and alarms (RP-30, RP-31, RP-35)."""

    sender = models.ForeignKey(Sender, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=16)
    mailboxes = models.CharField(max_length=16, help_text="A group of transports.mailbox_rules, or other.")
    slot_at = models.DateTimeField()
    handed = models.PositiveIntegerField(default=0)
    accepted = models.PositiveIntegerField(default=0)
    deferred = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["sender", "kind", "mailboxes", "slot_at"], name="one_tally")]


class Rest(models.Model):
    """A sender leaves a recipient's domain in peace for a while, since its server asked for it (RP-19, RD-08).

    An empty domain is everybody: the way out itself is resting.
    """

    sender = models.ForeignKey(Sender, on_delete=models.CASCADE, related_name="+")
    domain = models.CharField(max_length=255, blank=True)
    until_at = models.DateTimeField()
    strikes = models.PositiveSmallIntegerField(default=1, help_text="How often in a row.")
    reply = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["sender", "domain"], name="one_rest_per_domain")]


class SendingPolicy(models.Model):
    """Caps and switches, one row (id 1). Defaults: DP-09. `is_stopped` is the kill switch (RD-18)."""

    is_stopped = models.BooleanField(default=False)
    stopped_reason = models.CharField(max_length=200, blank=True)
    cap_per_24_hours = models.PositiveSmallIntegerField(default=1)
    cap_per_7_days = models.PositiveSmallIntegerField(default=3)
    prospect_cap_per_7_days = models.PositiveSmallIntegerField(default=2)
    ramadan_shift_days = models.SmallIntegerField(default=0, help_text="Moon sighting: -1, 0 or 1 (CN-25).")

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="sending_policy_is_one_row")]


class Message(models.Model):
    """One mail to one contact. The state machine is reliability.md 4.1; states.py holds the allowed moves.

    `idempotency_key` names the occasion (journey step occurrence, campaign and contact …): one row per occasion
    (RD-01). `values` are the plain values of the occasion for the letter; the reader's own (name, greeting) are added
    when it is rendered. `lease_until`, `epoch` fence the worker that claimed it (RD-02). `rfc_message_id`, `body_hash`,
    `links` are stored before the hand-over (RD-03).
    """

    idempotency_key = models.CharField(max_length=200, unique=True)
    # Without indexes of their own: those of two columns below begin with them.
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="messages", db_index=False)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="messages", db_index=False)
    template = models.ForeignKey(Template, on_delete=models.PROTECT, related_name="+")
    sender = models.ForeignKey(
        Sender, on_delete=models.PROTECT, null=True, blank=True, related_name="+", help_text="Empty: the default."
    )
    kind = models.CharField(max_length=16, help_text="transactional, service or marketing.")
    domain = models.CharField(max_length=255, blank=True, help_text="Where the reader's mailbox is; its queue (RD-08).")
    origin_kind = models.CharField(max_length=16, help_text="journey, campaign or person.")
    origin_id = models.CharField(max_length=80)
    chosen_by_profile = models.BooleanField(
        default=False, db_default=False, help_text="The reader was chosen by what he bought or did (RL-03)."
    )
    priority = models.PositiveSmallIntegerField(
        default=50, db_default=50, help_text="Who goes first under the cap: the smaller one (CN-19, outbox.places)."
    )
    values = models.JSONField(default=dict)

    state = models.CharField(max_length=12, default="queued")
    due_at = models.DateTimeField(help_text="When it is looked at next.")
    not_before = models.DateTimeField()
    expires_at = models.DateTimeField(help_text="After this moment it is not sent any more.")
    proposed_at = models.DateTimeField()
    judged_at = models.DateTimeField(null=True, blank=True)

    claimed_by = models.CharField(max_length=80, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    epoch = models.PositiveIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0)
    crashes = models.PositiveSmallIntegerField(default=0)

    language = models.CharField(max_length=16, blank=True)
    version = models.PositiveIntegerField(null=True, blank=True, help_text="Of the letter that left.")
    subject = models.CharField(max_length=400, blank=True)
    rfc_message_id = models.CharField(max_length=200, blank=True)
    provider_id = models.CharField(max_length=200, blank=True, help_text="What the provider's webhooks call it.")
    body_hash = models.CharField(max_length=64, blank=True)
    links = models.JSONField(default=list, help_text="Click targets by index; the only place a click may lead (RS-25).")
    handed_at = models.DateTimeField(null=True, blank=True)
    accepted_at = models.DateTimeField(null=True, blank=True)
    last_reply = models.CharField(max_length=500, blank=True)

    class Meta:
        indexes = [
            # The worker: what is to be judged, and what may leave. The number ends the order in which it asks.
            models.Index(fields=["due_at", "id"], condition=UNJUDGED, name="message_unjudged"),
            models.Index(fields=["due_at", "id"], condition=READY, name="message_ready"),
            # The heartbeat check: whose lease ran out.
            models.Index(
                fields=["lease_until"], condition=Q(state__in=["claimed", "handing_off"]), name="message_leased"
            ),
            # The frequency gate: what this contact got lately.
            models.Index(fields=["contact", "handed_at"], name="message_of_contact"),
            models.Index(fields=["customer", "-proposed_at"], name="message_of_customer"),
            models.Index(fields=["state", "-proposed_at"], name="message_by_state"),
            # A campaign's results, its pause and its recall.
            models.Index(fields=["origin_kind", "origin_id", "state"], name="message_of_origin"),
            # A provider's webhook, and a bounce that quotes the Message-ID.
            models.Index(fields=["provider_id"], condition=~Q(provider_id=""), name="message_by_provider_id"),
            models.Index(fields=["rfc_message_id"], condition=~Q(rfc_message_id=""), name="message_by_rfc_id"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    state__in=[
                        "queued", "held", "claimed", "handing_off", "accepted", "deferred", "failed", "uncertain",
                        "suppressed", "expired", "quarantined",
                    ]
                ),
                name="message_state_is_known",
            )
        ]  # fmt: skip


class PausedOrigin(models.Model):
    """A campaign or journey whose mails wait until it goes on; read in the transaction of `handing_off` (RD-04)."""

    origin_kind = models.CharField(max_length=16)
    origin_id = models.CharField(max_length=80)
    reason = models.CharField(max_length=200, blank=True)
    paused_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["origin_kind", "origin_id"], name="origin_is_paused_once")]


class Verdict(models.Model):
    """What one gate said about a message, or all those that let it pass (outbox.reasons); never changed, so that every
    "why not" has an answer.
    """

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="verdicts", db_index=False)
    gate = models.CharField(max_length=24)
    outcome = models.CharField(max_length=8, help_text="pass, hold or drop.")
    reason = models.CharField(max_length=40, help_text="A code of outbox.gates, e.g. ramadan, no_permission.")
    detail = models.JSONField(default=dict, help_text="Figures of the reason: dates, counts, country.")
    rests_on = models.BigIntegerField(null=True, blank=True, help_text="Number of the reader's statement.")
    until_at = models.DateTimeField(null=True, blank=True)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["message", "id"], name="verdict_of_message")]


class Attempt(models.Model):
    """One hand-over to the transport and what became of it."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="tries", db_index=False)
    epoch = models.PositiveIntegerField()
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    phase = models.CharField(max_length=16, blank=True, help_text="connect, mail, rcpt, data, dot or done.")
    code = models.PositiveSmallIntegerField(null=True, blank=True)
    reply = models.CharField(max_length=500, blank=True)
    outcome = models.CharField(max_length=12, blank=True)
    reason = models.CharField(max_length=24, blank=True, help_text="A code of transports.classes.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["message", "epoch"], name="one_attempt_per_epoch")]


class Frozen(models.Model):
    """A message just as it was handed over, so that it can be handed over again byte by byte (RD-10).

    Kept only where the way out takes the same key twice, and only until it has answered or its window is over.
    """

    message = models.OneToOneField(Message, on_delete=models.CASCADE, related_name="frozen")
    mail_from = models.CharField(max_length=320)
    rcpt_to = models.CharField(max_length=320)
    body = models.BinaryField()
    needs_smtputf8 = models.BooleanField(default=False)
    frozen_at = models.DateTimeField()
    until_at = models.DateTimeField()
