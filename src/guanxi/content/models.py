"""Templates, their letters per language and version, the picture library, what the firm asks of a letter."""

from __future__ import annotations

from django.db import models

from guanxi.staff.models import User

DRAFT, SUBMITTED, APPROVED, PUBLISHED = "draft", "submitted", "approved", "published"


class Template(models.Model):
    """What is said at one occasion; `key` is what journeys and campaigns name, e.g. `j-04.1`.

    `kind` is transactional, service or marketing and decides consent, holds and caps (CN-43). `topic` is the key of
    the topic of consent a reader may decline. A letter with an `occasion` may leave on the days of that feast.
    """

    key = models.CharField(max_length=60, unique=True)
    title = models.CharField(max_length=160)
    kind = models.CharField(max_length=16)
    topic = models.CharField(max_length=60, blank=True)
    occasion = models.CharField(max_length=40, blank=True, help_text="The hold whose feast it greets (J-21).")
    renamed_at = models.DateTimeField(null=True, blank=True, help_text="When the firm gave it a title of its own.")
    created_at = models.DateTimeField()
    archived_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.title


class Letter(models.Model):
    """A template in one language. `mjml` and `text` are Liquid; `html` is the compiled MJML, still Liquid.

    The author's own words are `blocks`, or, where he prefers the source, `body` and `body_text`; the rest is made of
    them. A published letter is never edited: a new version is added, the newest published one is sent. `revision`
    rises with each save of a draft, so that nobody writes over what somebody else has just saved. `edited_by` are the
    ids of everybody who wrote it: none of them may approve it. `is_library` tells what came with the product from
    what the firm has written.
    """

    template = models.ForeignKey(Template, on_delete=models.CASCADE, related_name="letters")
    language = models.CharField(max_length=16, help_text="BCP 47, e.g. de, ja, ar, zh-Hans, en.")
    version = models.PositiveIntegerField(default=1)
    subject = models.CharField(max_length=300)
    preheader = models.CharField(max_length=300, blank=True)
    blocks = models.JSONField(null=True, blank=True, help_text="None for a letter that is written as source.")
    body = models.TextField(blank=True)
    body_text = models.TextField(blank=True)
    mjml = models.TextField()
    text = models.TextField()
    html = models.TextField()
    is_library = models.BooleanField(default=False)

    revision = models.PositiveIntegerField(default=0)
    edited_by = models.JSONField(default=list)
    saved_at = models.DateTimeField(null=True, blank=True)
    submitted_at = models.DateTimeField(null=True, blank=True)
    submitted_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    returned_note = models.CharField(max_length=500, blank=True, help_text="Why it was sent back to its author.")
    approved_at = models.DateTimeField(null=True, blank=True)
    approved_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    published_at = models.DateTimeField(null=True, blank=True)
    published_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["template", "language", "version"], name="letter_version_is_unique")
        ]

    @property
    def state(self) -> str:
        """How far it has come: draft, submitted, approved or published."""
        if self.published_at:
            return PUBLISHED
        if self.approved_at:
            return APPROVED
        return SUBMITTED if self.submitted_at else DRAFT


class LetterPolicy(models.Model):
    """What the firm asks before a letter is published; one row (id 1). A firm of one has nobody to ask: a default."""

    needs_approval = models.BooleanField(default=False)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="letter_policy_is_one_row")]


class Picture(models.Model):
    """A picture of the library, re-encoded here; `name` is its random public file name, ending included (RS-13).

    `sha256` is of the file as it was uploaded, so that the same picture is kept once.
    """

    name = models.CharField(max_length=40, unique=True)
    sha256 = models.CharField(max_length=64, unique=True)
    alt = models.CharField(max_length=300, help_text="What it shows, for readers who do not see it.")
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    weight = models.PositiveIntegerField(help_text="Bytes.")
    uploaded_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    uploaded_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.alt
