"""Which letter a reader gets, and what of it is missing; each letter is looked up once."""

from __future__ import annotations

from guanxi.content import placeholders
from guanxi.content import queries as content_queries
from guanxi.content import render as content_render
from guanxi.content.models import Letter
from guanxi.culture.profiles import Overrides, profile_of
from guanxi.ledger.models import Contact
from guanxi.outbox.models import Message


class LetterBook:
    """Keeps the published letters it has been asked for, for the time of one turn.

    `overrides` are the firm's own values of culture profiles.
    """

    def __init__(self, overrides: Overrides = ()) -> None:
        self.overrides = overrides
        self._letters: dict[tuple[int, tuple[str, ...]], Letter | None] = {}

    def letter_for(self, message: Message) -> Letter | None:
        """The letter in the reader's language, or None when the template has none that would do."""
        languages = languages_of(message.contact, self.overrides)
        key = (message.template_id, languages)
        if key not in self._letters:
            try:
                letter = content_queries.letter_for(template_id=message.template_id, languages=languages)
            except content_queries.NoLetter:
                letter = None
            self._letters[key] = letter
        return self._letters[key]

    def missing_values(self, message: Message) -> list[str]:
        """The names that the occasion should have filled and did not."""
        letter = self.letter_for(message)
        if letter is None:
            return []
        return [
            name for name in content_queries.occasion_names(content_render.required_names(letter))
            if not placeholders.is_usable(name, placeholders.value_of(message.values, name))
        ]  # fmt: skip


def country_of(contact: Contact) -> str:
    """Where the contact reads: his own country, else the customer's."""
    return contact.country or contact.customer.country


def languages_of(contact: Contact, overrides: Overrides = ()) -> tuple[str, ...]:
    """The contact's language, else those of his country, best first; `overrides` are the firm's own (Firm.culture)."""
    return (contact.language,) if contact.language else profile_of(country_of(contact), overrides).languages
