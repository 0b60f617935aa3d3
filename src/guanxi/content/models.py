"""Templates and their letters per language."""

from __future__ import annotations

from django.db import models


class Template(models.Model):
    """What is said at one occasion; `key` is what journeys name, e.g. `j-04.1`.

    `kind` is transactional, service or marketing and decides consent, holds and caps (CN-43).
    """

    key = models.CharField(max_length=60, unique=True)
    title = models.CharField(max_length=160)
    kind = models.CharField(max_length=16)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.title


class Letter(models.Model):
    """A template in one language. `mjml` and `text` are Liquid; `html` is the compiled MJML, still Liquid.

    A published letter is never edited: a new version is added, the newest published one is sent. `is_library` tells
    what came with the product from what the firm has written.
    """

    template = models.ForeignKey(Template, on_delete=models.CASCADE, related_name="letters")
    language = models.CharField(max_length=16, help_text="BCP 47, e.g. de, ja, ar, zh-Hans, en.")
    version = models.PositiveIntegerField(default=1)
    subject = models.CharField(max_length=300)
    preheader = models.CharField(max_length=300, blank=True)
    mjml = models.TextField()
    text = models.TextField()
    html = models.TextField()
    is_library = models.BooleanField(default=False)
    published_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["template", "language", "version"], name="letter_version_is_unique")
        ]
