"""Permissions with their evidence, suppressions, topics, what readers chose and asked for."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from guanxi.consent import chain
from guanxi.ledger.models import Contact, Customer


class Permission(models.Model):
    """One statement about what a contact allows, with its evidence (RL-01). The newest row per contact, channel and
    purpose is in force; with a `topic` it speaks of that topic alone.

    Append-only: the database refuses UPDATE and DELETE (consent.guards), and each row carries a hash of
    itself and of the contact's row before it (consent.chain). `supersedes` is the statement this one replaces. Rows go
    only through consent.forgetting: with the person, or with an import that is undone.
    """

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="permissions")
    channel = models.CharField(max_length=12, default="email")
    purpose = models.CharField(max_length=16, help_text="marketing, service, tracking, profiling or transfer.")
    topic = models.CharField(max_length=60, blank=True, default="", db_default="", help_text="Key of a Topic.")
    state = models.CharField(max_length=12, help_text="granted, withdrawn, pending, expired or paused.")
    basis = models.CharField(max_length=24, help_text="consent, soft_opt_in, contract …; see consent.rules.")
    jurisdiction = models.CharField(max_length=2, blank=True, help_text="Country whose law was looked at.")
    method = models.CharField(max_length=24, help_text="form, double_opt_in, import, card, verbal, one_click, staff …")
    wording = models.TextField(blank=True, help_text="The exact text the contact agreed to.")
    wording_language = models.CharField(max_length=16, blank=True)
    wording_hash = models.CharField(max_length=64, blank=True, default="", db_default="")
    evidence = models.JSONField(default=dict, help_text="Form address, file name and row, order number …")
    evidence_hash = models.CharField(
        max_length=64, blank=True, default="", db_default="", help_text="SHA-256 of a card, photo or recording."
    )
    source = models.CharField(max_length=120, blank=True)
    form_url = models.CharField(max_length=500, blank=True, default="", db_default="")
    form_version = models.PositiveIntegerField(null=True, blank=True)
    confirmation_mail_id = models.CharField(max_length=200, blank=True, default="", db_default="")
    confirmation_sent_at = models.DateTimeField(null=True, blank=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    confirm_ip = models.GenericIPAddressField(null=True, blank=True)
    ip_address = models.GenericIPAddressField(null=True, blank=True)
    user_agent = models.CharField(max_length=300, blank=True)
    # Who recorded a permission stays on record; accounts are shut, never deleted.
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    obtained_at = models.DateTimeField(help_text="When the contact said so.")
    expires_at = models.DateTimeField(null=True, blank=True)
    recorded_at = models.DateTimeField()
    batch = models.BigIntegerField(null=True, blank=True, db_index=True)
    supersedes = models.BigIntegerField(null=True, blank=True, help_text="Id of the statement this one replaces.")
    previous_hash = models.CharField(max_length=64, blank=True, default="", db_default="")
    record_hash = models.CharField(max_length=64, blank=True, default="", db_default="")

    class Meta:
        # The gate: newest statement of one contact for one purpose.
        indexes = [models.Index(fields=["contact", "channel", "purpose", "-id"], name="permission_newest")]

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Sealed when it is written; consent.sealing does the same for many at once."""
        if self._state.adding and not self.record_hash:
            from guanxi.consent import sealing

            sealing.seal([self])
        super().save(*args, **kwargs)

    def said(self) -> dict[str, Any]:
        """What the record says, by the names of chain.FIELDS."""
        return {name: getattr(self, name) for name in chain.FIELDS}


class Removal(models.Model):
    """Where an undone import took a statement out of a chain; its hash stays, what it said does not."""

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="+")
    permission_id = models.BigIntegerField()
    previous_hash = models.CharField(max_length=64, blank=True)
    record_hash = models.CharField(max_length=64)
    batch = models.BigIntegerField()
    removed_at = models.DateTimeField()


class Opening(models.Model):
    """The one way through the guard of Permission: rows of `contact_id`, or of `batch`, may be deleted while such a
    row stands. It is written and taken away in the transaction that deletes, so nobody else ever sees it.
    """

    contact_id = models.BigIntegerField(null=True)
    batch = models.BigIntegerField(null=True)


class EvidenceFile(models.Model):
    """A card, photo or recording that proves a permission; it goes with the person."""

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=160)
    media_type = models.CharField(max_length=60)
    content = models.BinaryField()
    content_hash = models.CharField(max_length=64)
    added_at = models.DateTimeField()


class Suppression(models.Model):
    """An address that gets nothing any more, kept as a keyed fingerprint so that it outlives the person (RL-10)."""

    address_key = models.CharField(max_length=32, help_text="kernel.signing.blind of the canonical address.")
    scope = models.CharField(max_length=12, default="marketing", help_text="marketing or all.")
    reason = models.CharField(
        max_length=24, help_text="unsubscribed, objection, complaint, hard_bounce, erased, staff, import or sunset."
    )
    detail = models.CharField(max_length=300, blank=True)
    contact = models.ForeignKey(Contact, on_delete=models.SET_NULL, null=True, blank=True, related_name="suppressions")
    created_at = models.DateTimeField()
    batch = models.BigIntegerField(null=True, blank=True, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["address_key", "scope"], name="suppression_is_unique")]


class Topic(models.Model):
    """What a marketing mail may be about; readers choose among the active ones.

    Who chose nothing gets the topics with `is_default`, and no other.
    """

    key = models.SlugField(max_length=60, unique=True)
    titles = models.JSONField(default=dict, help_text="By language: {en: …, de: …}.")
    descriptions = models.JSONField(default=dict, help_text="By language.")
    position = models.PositiveSmallIntegerField(default=0)
    is_active = models.BooleanField(default=True)
    is_default = models.BooleanField(default=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["position", "key"]

    def __str__(self) -> str:
        return str(self.titles.get("en") or next(iter(self.titles.values()), self.key))


class ReaderChoice(models.Model):
    """How often a reader wants to hear from us; a row exists once he said something."""

    contact = models.OneToOneField(Contact, on_delete=models.CASCADE, related_name="reader_choice")
    is_fewer = models.BooleanField(default=False, help_text="Half of every cap.")
    paused_until = models.DateTimeField(null=True, blank=True)
    farewell_reason = models.CharField(max_length=24, blank=True, help_text="What he answered after unsubscribing.")
    changed_at = models.DateTimeField()
    notice_due_at = models.DateTimeField(null=True, blank=True, help_text="When he is told what was changed.")
    notified_at = models.DateTimeField(null=True, blank=True)


class ContactChannel(models.Model):
    """A way to reach a contact beside mail: the number, name or page there, and whether he likes it best (X-17).

    Mail and telephone have a row only when they are preferred: their addresses stand with the contact.
    """

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="channels")
    channel = models.CharField(max_length=12, help_text="A key of consent.channels.")
    address = models.CharField(max_length=200, blank=True)
    is_preferred = models.BooleanField(default=False)
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["contact", "channel"], name="one_row_per_contact_and_channel"),
            models.UniqueConstraint(
                fields=["contact"], condition=Q(is_preferred=True), name="one_preferred_channel_per_contact"
            ),
        ]


class SubjectRequest(models.Model):
    """What a person asks of us by law; the answer is due within a month (RL-08). Kept when the person is gone.

    Who asks on a page of his own gets a mail with a link at `mail_due_at`: by it he fetches his data, or confirms that
    they shall be deleted. Whoever asks by letter or telephone is answered by staff.
    """

    contact = models.ForeignKey(Contact, on_delete=models.SET_NULL, null=True, related_name="subject_requests")
    kind = models.CharField(max_length=12, help_text="export, erase, correct or object.")
    state = models.CharField(max_length=12, default="open", help_text="open, done or refused.")
    via = models.CharField(max_length=24, help_text="preferences, data_confirmation, staff …")
    asked_at = models.DateTimeField()
    due_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=200, blank=True)
    mail_due_at = models.DateTimeField(null=True, blank=True)
    mailed_at = models.DateTimeField(null=True, blank=True)
    mails = models.PositiveSmallIntegerField(default=0, db_default=0)
    confirmed_at = models.DateTimeField(null=True, blank=True, help_text="By the link in the mail.")
    fetched = models.PositiveSmallIntegerField(default=0, db_default=0, help_text="How often the file was fetched.")

    class Meta:
        indexes = [models.Index(fields=["due_at"], condition=Q(state="open"), name="subject_request_open")]
        constraints = [
            models.UniqueConstraint(
                fields=["contact", "kind"], condition=Q(state="open"), name="one_open_request_of_a_kind"
            )
        ]


class AddressChange(models.Model):
    """A reader's new address: `asked → mailed → confirmed`, or over after seven days (J-20.2, RL-09).

    The owner of the new address confirms by the link in a mail to it; until then nothing else is done with it. What
    was confirmed stays as the history of the contact's addresses.
    """

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="address_changes")
    old_address = models.CharField(max_length=320, blank=True)
    new_address = models.CharField(max_length=320)
    address_key = models.CharField(max_length=32, db_index=True)
    via = models.CharField(max_length=24, help_text="preferences or data_confirmation.")
    state = models.CharField(max_length=12, default="asked", help_text="asked, mailed or confirmed.")
    asked_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True, blank=True, help_text="When the next letter about it is written.")
    valid_until = models.DateTimeField(help_text="After this the link in the mail confirms nothing.")
    confirmed_at = models.DateTimeField(null=True, blank=True)
    confirm_ip = models.GenericIPAddressField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="address_change_due")]


class SignUpForm(models.Model):
    """A form with which readers sign up themselves. What it says is a FormWording, a new one for each change."""

    key = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    topics = models.JSONField(default=list, help_text="Keys of the topics to choose from.")
    asks = models.JSONField(default=list, help_text="Of signing_up.ASKABLE, beside the address (G-02, G-13).")
    tag = models.CharField(max_length=60, blank=True, help_text="Tag that the new customer gets.")
    languages = models.JSONField(default=list, help_text="Languages it is offered in; empty for all.")
    redirect_url = models.URLField(max_length=500, blank=True, help_text="Where the reader goes once he confirmed.")
    is_active = models.BooleanField(default=True)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class FormWording(models.Model):
    """What a form said in one language, as of one version; never changed."""

    form = models.ForeignKey(SignUpForm, on_delete=models.CASCADE, related_name="wordings")
    version = models.PositiveIntegerField()
    language = models.CharField(max_length=16)
    title = models.CharField(max_length=160)
    intro = models.TextField(blank=True)
    wording = models.TextField(help_text="What the reader agrees to.")
    wording_hash = models.CharField(max_length=64)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["form", "version", "language"], name="wording_per_version_and_language")
        ]


class SignUp(models.Model):
    """Somebody typed an address into a form. `asked → mailed → reminded → confirmed`, else gone after 30 days (RL-06).

    `due_at` is when it is looked at next. Until the owner of the address has confirmed, nothing else of it is used.
    """

    form = models.ForeignKey(SignUpForm, on_delete=models.CASCADE, related_name="sign_ups")
    wording = models.ForeignKey(FormWording, on_delete=models.PROTECT, related_name="+")
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, null=True, related_name="sign_ups")
    email = models.CharField(max_length=320)
    address_key = models.CharField(max_length=32, db_index=True)
    given = models.JSONField(default=dict, help_text="Name and company, when the form asks.")
    topics = models.JSONField(default=list)
    language = models.CharField(max_length=16)
    form_url = models.CharField(max_length=500)
    ip_address = models.GenericIPAddressField(null=True, blank=True)
    household = models.CharField(
        max_length=45, blank=True, default="", db_default="", help_text="They are counted by it; kernel.households."
    )
    user_agent = models.CharField(max_length=300, blank=True)
    state = models.CharField(max_length=12, default="asked", help_text="asked, mailed, reminded, confirmed or double.")
    made_contact = models.BooleanField(default=False, help_text="The contact exists because of this sign-up alone.")
    shared_by_id = models.BigIntegerField(
        null=True, blank=True, help_text="Contact whose share link led to the form (CN-26); he may be gone."
    )
    asked_at = models.DateTimeField(db_index=True)
    due_at = models.DateTimeField(null=True, blank=True)
    valid_until = models.DateTimeField(help_text="After this the link in the mail confirms nothing.")
    expires_at = models.DateTimeField(help_text="After this the row is deleted.")
    confirmed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="sign_up_due")]


class YearlyCheck(models.Model):
    """The yearly letter about a contact's data (J-20): `resting → asked → reminded → paused`, back by an answer.

    `due_at` is the next step. `round` counts the letters' years, so that an old link answers nothing.
    """

    contact = models.OneToOneField(Contact, on_delete=models.CASCADE, related_name="yearly_check")
    state = models.CharField(max_length=12, default="resting", help_text="resting, asked, reminded or paused.")
    round = models.PositiveIntegerField(default=0)
    due_at = models.DateTimeField(null=True, blank=True)
    asked_at = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    answer = models.CharField(max_length=12, blank=True, help_text="confirm, update or delete.")

    class Meta:
        indexes = [models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="yearly_check_due")]


class MemberPace(models.Model):
    """Marketing mails a week that a customer's standing allows, handed in by the pipeline (L-10)."""

    customer = models.OneToOneField(Customer, on_delete=models.CASCADE, related_name="+")
    mails_per_7_days = models.PositiveSmallIntegerField()
    set_at = models.DateTimeField()


class ConsentPolicy(models.Model):
    """What the firm does when it sells, one row (id 1); the computed bases rest on it (RL-04)."""

    offers_opt_out_at_sale = models.BooleanField(default=False)
    advertises_similar_goods = models.BooleanField(default=False)
    changed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="consent_policy_is_one_row")]
