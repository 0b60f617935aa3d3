"""What the rooms ask about templates and letters."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.db.models import Q, QuerySet

from guanxi.content import placeholders, proof, render
from guanxi.content.checks import engine
from guanxi.content.models import Letter, LetterPolicy, Picture, Template
from guanxi.content.render import Rendered
from guanxi.firm import queries as firm_queries
from guanxi.kernel.questions import Search

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
    found = nearest(published(template_id), languages)
    if found is None:
        raise NoLetter(f"Template {template_id} has no published letter in {', '.join(_chain(languages))}.")
    return found


def nearest(letters: Mapping[str, Letter], languages: Sequence[str]) -> Letter | None:
    """The one for a reader of these languages among the letters of a template."""
    return next((letters[language] for language in _chain(languages) if language in letters), None)


def letters_of(template_id: int) -> list[Letter]:
    """The newest published letter of each language, English first."""
    return sorted(published(template_id).values(), key=lambda letter: (letter.language != _FALLBACK, letter.language))


def newest_of_each_language(template_id: int) -> dict[str, Letter]:
    """What an author would go on with: his draft, else what is published, by language."""
    rows = Letter.objects.filter(template_id=template_id).exclude(is_library=True, published_at__isnull=True)
    return {letter.language: letter for letter in rows.select_related("template").order_by("version")}


def draft_of(template_id: int, language: str) -> Letter | None:
    """The one draft of a language that the firm is writing."""
    drafts = Letter.objects.filter(template_id=template_id, language=language, published_at__isnull=True)
    return drafts.filter(is_library=False).select_related("template").order_by("-version").first()


def versions_of(template_id: int, language: str) -> list[Letter]:
    """Every published version, and what the product brought beneath them; newest first."""
    rows = Letter.objects.filter(template_id=template_id, language=language)
    kept = rows.exclude(published_at__isnull=True, is_library=False)
    return list(kept.select_related("published_by", "approved_by").order_by("-version"))


def findings_of(letter: Letter) -> list[proof.Finding]:
    """What is wrong with a letter or might be; mistakes before warnings."""
    template = letter.template
    found = proof.check(
        letter, template.kind, blocks=letter.blocks, body=letter.body, body_text=letter.body_text, key=template.key,
        rules=wording_rules(),
    )  # fmt: skip
    if not letter.html and not any(each.code == "unreadable" for each in found):
        found = [proof.Finding("unreadable", "The MJML cannot be compiled.", place="letter"), *found]
    return sorted(found, key=lambda each: each.is_warning)


def wording_rules() -> list[engine.Rule]:
    """The firm's own rules of wording, beside those that ship (content/checks/rules.yaml)."""
    return [
        engine.own_rule(
            code=f"house-{rule.pk}", phrases=rule.phrases, reason=rule.reason, language=rule.language,
            needs_figure=rule.needs_figure,
        )
        for rule in firm_queries.house_rules()
    ]  # fmt: skip


def sampled(letter: Letter, *, sender: str = "") -> Rendered:
    """A letter with samples for every value but the firm's own. Raises what `render.render` raises."""
    told = placeholders.sample_values(letter.language)
    firm = firm_queries.the_firm()
    told["firm"] = {
        "name": firm.name or told["firm"]["name"], "postal_address": firm.postal_address, "website": firm.website
    }  # fmt: skip
    if sender:
        told["sender"]["name"] = sender
    return render.render(letter=letter, values=told)


def policy() -> LetterPolicy:
    """What the firm asks before a letter is published, or the default."""
    return LetterPolicy.objects.filter(id=1).first() or LetterPolicy(id=1)


def pictures() -> QuerySet[Picture]:
    """The picture library, newest first."""
    return Picture.objects.order_by("-uploaded_at", "-id")


def letters_that_show(picture: Picture) -> QuerySet[Letter]:
    """The published letters of any version that show a picture: whoever has got one still opens it."""
    return Letter.objects.filter(published_at__isnull=False, html__contains=picture.name).select_related("template")


def fallback_chain(languages: Sequence[str]) -> list[str]:
    """The languages tried for a reader, best first; the last one is English."""
    return _chain(languages)


def letter_sent(*, template_id: int, language: str, version: int | None, at: datetime) -> Letter | None:
    """What a mail of that moment said: its version, or where none is on record the newest there was."""
    rows = Letter.objects.filter(template_id=template_id, language=language, published_at__isnull=False)
    rows = rows.filter(published_at__lte=at) if version is None else rows.filter(version=version)
    return rows.order_by("-version").first()


def required_values(template_key: str) -> list[str]:
    """The dotted names that whoever proposes a mail must give, over all languages; sorted."""
    names: set[str] = set()
    for letter in published(template(template_key).pk).values():
        names |= render.required_names(letter)
    return list(occasion_names(frozenset(names)))


def published_among(template_keys: Iterable[str]) -> frozenset[str]:
    """Those of the keys whose template has a published letter in some language."""
    found = Template.objects.filter(key__in=list(template_keys), letters__published_at__isnull=False)
    return frozenset(found.values_list("key", flat=True))


def asking_for(template_keys: Collection[str], names: Iterable[str]) -> frozenset[str]:
    """Those of the templates whose published letters use one of these placeholders."""
    uses = Q()
    for name in names:
        uses |= Q(html__contains=name) | Q(text__contains=name) | Q(subject__contains=name)
    letters = Letter.objects.filter(uses, template__key__in=template_keys, published_at__isnull=False)
    return frozenset(letters.values_list("template__key", flat=True))


@lru_cache(maxsize=1024)
def occasion_names(names: frozenset[str]) -> tuple[str, ...]:
    """Those of `names` that the outbox does not fill by itself, sorted."""
    filled = ((name, placeholders.PLACEHOLDERS[name].filled_by) for name in names)
    return tuple(sorted(name for name, filled_by in filled if filled_by == placeholders.OCCASION))


def published(template_id: int) -> dict[str, Letter]:
    """The newest published letter of each language."""
    return {letter.language: letter for letter in _versions(template_id)}


@Search
def _versions(template_id: Any) -> QuerySet[Letter]:
    return Letter.objects.filter(template_id=template_id, published_at__isnull=False).order_by("version")


def _chain(languages: Sequence[str]) -> list[str]:
    chain: list[str] = []
    for tag in languages:
        base = tag.partition("-")[0]
        chain += [tag, _NEAREST.get(tag, ""), base]
        if base == "zh":
            chain += ["zh-Hans", "zh-Hant"]
    return list(dict.fromkeys([tag for tag in chain if tag] + [_FALLBACK]))
