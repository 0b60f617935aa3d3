"""Documents and who got them, answers to questionnaires, papers for customs, who helps on the spot."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from guanxi.ledger.models import Contact, Order


class Document(models.Model):
    """A file for readers. `name` is its random file name; markets, trades and categories are empty when it is for all.

    `markets` are ISO 3166 codes; `trades` and `categories` are kept in small letters.
    """

    kind = models.CharField(max_length=16, help_text="One of kinds.KINDS.")
    title = models.CharField(max_length=160)
    language = models.CharField(max_length=16, help_text="BCP 47.")
    markets = models.JSONField(default=list)
    trades = models.JSONField(default=list)
    categories = models.JSONField(default=list)
    valid_until = models.DateField(null=True, blank=True)
    name = models.CharField(max_length=40, unique=True)
    sha256 = models.CharField(max_length=64)
    weight = models.PositiveIntegerField(help_text="Bytes.")
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    uploaded_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.title


class Given(models.Model):
    """A document that was chosen for a reader, with the reason of the choice; once per reader."""

    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="given")
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="documents")
    reason = models.CharField(max_length=120)
    given_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["contact", "document"], name="given_once")]


class Answer(models.Model):
    """What a reader answered to a questionnaire; the first answer to an occasion stands.

    `occasion` is what he was asked about: `order:12`, or the round of a journey. `texts` are his own words by question,
    `choices` the keys he ticked by question.
    """

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="survey_answers")
    survey = models.CharField(max_length=16, help_text="usage, leaving or review.")
    occasion = models.CharField(max_length=40)
    order = models.ForeignKey(Order, on_delete=models.SET_NULL, null=True, blank=True, related_name="survey_answers")
    stars = models.PositiveSmallIntegerField(null=True, blank=True)
    choices = models.JSONField(default=dict)
    texts = models.JSONField(default=dict)
    names_problem = models.BooleanField(default=False)
    language = models.CharField(max_length=16)
    answered_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["contact", "survey", "occasion"], name="answered_once")]


class LocalContact(models.Model):
    """Who helps buyers of a market on the spot (J-04.3), in the lines that letters and pages show; one per market."""

    market = models.CharField(max_length=2, unique=True, help_text="ISO 3166.")
    lines = models.TextField(help_text="Name, telephone, address and hours as a buyer reads them.")
    changed_at = models.DateTimeField()


class CustomsPaper(models.Model):
    """A line of an order's list of papers for customs, with the file once there is one (J-04.3).

    `kind` is a word that letters name papers by (commercial_invoice …); `title` is for any other.
    """

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="customs_papers")
    kind = models.CharField(max_length=40)
    title = models.CharField(max_length=160, blank=True)
    name = models.CharField(max_length=40, blank=True, help_text="Random file name; empty without a file.")
    weight = models.PositiveIntegerField(default=0)
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    added_at = models.DateTimeField()
