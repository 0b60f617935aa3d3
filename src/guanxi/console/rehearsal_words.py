"""Why a letter of a rehearsal waited or was not sent: the words of the gates, of the journeys, and a few of its own."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from guanxi.console import journey_vocabulary, journey_words, message_words

RECALLED = "recalled_"
OWN: dict[str, str | Promise] = {
    "no_template": gettext_lazy("there is no such letter"),
    "no_document": gettext_lazy("no document fits the reader"),
}


def held_words(reason: str) -> str:
    return message_words.reason_words(reason)


def skipped_words(reason: str) -> str:
    """A reason of the journey, else one of the gates."""
    if reason.startswith(RECALLED):
        return _("taken back: %(reason)s") % {"reason": journey_words.reason_words(reason.removeprefix(RECALLED))}
    if reason in OWN:
        return str(OWN[reason])
    if reason in journey_vocabulary.REASONS:
        return journey_words.reason_words(reason)
    return message_words.reason_words(reason)
