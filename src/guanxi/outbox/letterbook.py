"""Which letter a reader gets, and what of it is missing; each letter is looked up once."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from typing import Any

from guanxi.content import placeholders
from guanxi.content import queries as content_queries
from guanxi.content import render as content_render
from guanxi.content.models import Letter
from guanxi.content.occasion import Occasion
from guanxi.culture.profiles import Overrides, profile_of
from guanxi.ledger.models import Contact
from guanxi.outbox.models import Message

MOST_OCCASIONS = 200


class LetterBook:
    """Keeps the published letters it has been asked for, for the time of one turn, and what they are about.

    `overrides` are the firm's own values of culture profiles.
    """

    def __init__(self, overrides: Overrides = ()) -> None:
        self.overrides = overrides
        self._published: dict[int, dict[str, Letter]] = {}
        self._letters: dict[tuple[int, tuple[str, ...]], Letter | None] = {}
        # The values stay with what is known of them, so that no others come by their id.
        self._occasions: dict[tuple[int, Hashable], tuple[Mapping[str, Any], Occasion | None]] = {}
        self._missing: dict[tuple[int, int], tuple[Mapping[str, Any], tuple[str, ...]]] = {}

    def letter_for(self, message: Message) -> Letter | None:
        """The letter in the reader's language, or None when the template has none that would do."""
        languages = languages_of(message.contact, self.overrides)
        key = (message.template_id, languages)
        if key not in self._letters:
            if message.template_id not in self._published:
                self._published[message.template_id] = content_queries.published(message.template_id)
            self._letters[key] = content_queries.nearest(self._published[message.template_id], languages)
        return self._letters[key]

    def missing_values(self, letter: Letter, values: Mapping[str, Any]) -> tuple[str, ...]:
        """The names that the occasion should have filled and did not."""
        key = letter.pk, id(values)
        if key not in self._missing:
            _make_room(self._missing)
            self._missing[key] = values, _missing_values(letter, values)
        return self._missing[key][1]

    def occasion_of(
        self, values: Mapping[str, Any], told: Hashable, shared: Callable[[], Mapping[str, Any]]
    ) -> Occasion | None:
        """What messages with these very values, and `told` beside them, have in common; None until the second comes."""
        key = id(values), told
        if key not in self._occasions:
            _make_room(self._occasions)
            self._occasions[key] = values, None
            return None
        _, known = self._occasions[key]
        if known is None:
            known = Occasion(shared())
            self._occasions[key] = values, known
        return known


def _make_room(kept: dict[Any, Any]) -> None:
    if len(kept) >= MOST_OCCASIONS:
        kept.clear()


def _missing_values(letter: Letter, values: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(
        name for name in content_queries.occasion_names(content_render.required_names(letter))
        if not placeholders.is_usable(name, placeholders.value_of(values, name))
    )  # fmt: skip


def country_of(contact: Contact) -> str:
    """Where the contact reads: his own country, else the customer's."""
    return contact.country or contact.customer.country


def languages_of(contact: Contact, overrides: Overrides = ()) -> tuple[str, ...]:
    """The contact's language, else those of his country, best first; `overrides` are the firm's own (Firm.culture)."""
    return (contact.language,) if contact.language else profile_of(country_of(contact), overrides).languages
