"""Filters of the page families. Load with `{% load pages %}`.

reason_words  {{ reason|reason_words:detail }}   why a mail waits or stays, in words
language_name {{ contact.language|language_name }}   "German" for de, in the language of the page
title_words   {{ journey.names|title_words }}        of a journey, or of a letter that comes with the product
purpose_words {{ consent.purpose|purpose_words }}     what a permission is for; so method_words, channel_words …
sentence_words {{ reject.reason|sentence_words }}      why a row was refused, and what else the import says
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import template
from django.utils.translation import get_language

from guanxi.console import consent_words, intake_sentences, message_words, shipped_words
from guanxi.kernel import places

register = template.Library()
register.filter(consent_words.purpose_words)
register.filter(consent_words.method_words)
register.filter(consent_words.channel_words)
register.filter(consent_words.evidence_words)
register.filter(intake_sentences.sentence_words)


@register.filter
def language_name(tag: str) -> str:
    return places.language_name(tag, get_language() or "en")


@register.filter
def title_words(title: object) -> str:
    return shipped_words.title_words(title if isinstance(title, Mapping) else str(title))


@register.filter
def reason_words(reason: str, detail: Mapping[str, Any] | None = None) -> str:
    return message_words.reason_words(reason, detail)


@register.filter
def minutes_seconds(seconds: int) -> str:
    """1:05 for 65 seconds, 2:03:09 for longer."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
