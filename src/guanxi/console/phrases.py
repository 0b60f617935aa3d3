"""Words put together by the marks of the reader's language: Chinese writes them in full width."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _


def with_aside(words: object, aside: object) -> str:
    return _("%(words)s (%(aside)s)") % {"words": words, "aside": aside}


def labelled(label: object, words: object) -> str:
    return _("%(label)s: %(words)s") % {"label": label, "words": words}


def listed(words: Iterable[object]) -> str:
    # Translators: between the items of a list.
    return _(", ").join(map(str, words))
