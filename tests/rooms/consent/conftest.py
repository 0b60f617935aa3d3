"""A form with two topics, and letters for what the consent room asks."""

from __future__ import annotations

from typing import Any

import pytest

from guanxi.consent import form_editing, topics
from guanxi.consent.models import SignUpForm
from tests import cast

TEXTS = {
    "en": form_editing.Text("Hear from us", "Yes, Ningbo Lamps may write to me about new lamps."),
    "de": form_editing.Text("Hören Sie von uns", "Ja, Ningbo Lamps darf mir über neue Lampen schreiben."),
    "ar": form_editing.Text("تواصلوا معنا", "نعم، يجوز أن تراسلني Ningbo Lamps."),
}


@pytest.fixture
def form(db: None) -> SignUpForm:
    """The form `news` in three languages, with the topics `lamps` (on by default) and `fairs` (off)."""
    topics.save_topic(key="lamps", titles={"en": "New lamps", "de": "Neue Lampen"}, now=cast.NOW)
    topics.save_topic(key="fairs", titles={"en": "Trade fairs"}, now=cast.NOW, position=1, is_default=False)
    return a_form()


def a_form(**changes: Any) -> SignUpForm:
    fields: dict[str, Any] = {
        "key": "news", "name": "Newsletter", "texts": TEXTS, "topics": ["lamps", "fairs"], "asks": ["name", "company"],
        "tag": "newsletter", "now": cast.NOW,
    }  # fmt: skip
    return form_editing.save_form(**fields | changes)
