"""What the rooms ask about templates and letters."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.db.models import QuerySet

from guanxi.content import placeholders, render
from guanxi.content.models import Letter, Template

# Chinese is written in two scripts; a reader of either understands the other better than English.
_NEAREST = {"zh-TW": "zh-Hant", "zh-HK": "zh-Hant", "zh-MO": "zh-Hant", "zh-CN": "zh-Hans", "zh-SG": "zh-Hans"}
_FALLBACK = "en"


class NoLetter(Exception):
    """The template has no published letter in any language that would do."""


def template(key: str) -> Template:
    """The template of a key such as j-04.1. Raises Template.DoesNotExist."""
    return Template.objects.get(key=key)


def templates() -> QuerySet[Template]:
    """All templates, by key."""
    return Template.objects.order_by("key")


def titles() -> dict[str, str]:
    """Title by key."""
    return dict(Template.objects.values_list("key", "title"))


def letter_for(*, template_id: int, languages: Sequence[str]) -> Letter:
    """The newest published letter in the first of `languages` (BCP 47, best first) that there is, else in English.

    de-AT is served by de, zh-TW by zh-Hant or zh-Hans. Raises NoLetter.
    """
    published = _published(template_id)
    for language in _chain(languages):
        if language in published:
            return published[language]
    raise NoLetter(f"Template {template_id} has no published letter in {', '.join(_chain(languages))}.")


def letters_of(template_id: int) -> list[Letter]:
    """The newest published letter of each language, English first."""
    return sorted(_published(template_id).values(), key=lambda letter: (letter.language != _FALLBACK, letter.language))


def required_values(template_key: str) -> list[str]:
    """The dotted names that whoever proposes a mail must give, over all languages; sorted."""
    names: set[str] = set()
    for letter in _published(template(template_key).pk).values():
        names |= render.required_names(letter)
    return occasion_names(names)


def occasion_names(names: Iterable[str]) -> list[str]:
    """Those of `names` that the outbox does not fill by itself, sorted."""
    return sorted(name for name in names if placeholders.PLACEHOLDERS[name].filled_by == placeholders.OCCASION)


def _published(template_id: int) -> dict[str, Letter]:
    rows = Letter.objects.filter(template_id=template_id, published_at__isnull=False).order_by("version")
    return {letter.language: letter for letter in rows}


def _chain(languages: Sequence[str]) -> list[str]:
    chain: list[str] = []
    for tag in languages:
        base = tag.partition("-")[0]
        chain += [tag, _NEAREST.get(tag, ""), base]
        if base == "zh":
            chain += ["zh-Hans", "zh-Hant"]
    return list(dict.fromkeys([tag for tag in chain if tag] + [_FALLBACK]))
