"""The letters that ship with the product, and publishing a text as it stands."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from django.conf import settings
from django.db import transaction

from guanxi.content import compiling, proof
from guanxi.content.compiling import Draft, LibraryTemplate
from guanxi.content.models import Letter, Template

PICTURE_FOLDER = "/p/i/"


class Unpublishable(Exception):
    """The letter has mistakes; `findings` lists them."""

    def __init__(self, findings: list[proof.Finding]) -> None:
        self.findings = findings
        super().__init__("; ".join(_told(finding) for finding in findings))


def _told(finding: proof.Finding) -> str:
    place = f" in {finding.place}" if finding.place else ""
    meant = f" (did you mean {finding.suggestion}?)" if finding.suggestion else ""
    return f"{finding.code}: {finding.detail}{place}{meant}"


def install_library(*, now: datetime, keys: Collection[str] = ()) -> int:
    """Publish the letters that ship with the product where their text is new; returns how many. Idempotent.

    With `keys` only those of these templates.
    A letter that the firm has written over keeps the firm's text: the new one is added unpublished beneath it.
    """
    shipped = [each for each in compiling.read_library() if not keys or each.key in keys]
    with transaction.atomic():
        templates = _templates_of(shipped, now)
        known: dict[int, list[Letter]] = {template.pk: [] for template in templates.values()}
        for letter in Letter.objects.filter(template__in=known).only("template_id", *_TOLD).order_by("version"):
            known[letter.template_id].append(letter)
        fresh: list[Letter] = []
        for each in shipped:
            template = templates[each.key]
            fresh += _fresh(each, template, known[template.pk], now)
        Letter.objects.bulk_create(fresh)
    return len(fresh)


def _fresh(shipped: LibraryTemplate, template: Template, known: Sequence[Letter], now: datetime) -> list[Letter]:
    """The letters of a template whose text is new; `known` are the versions there are, oldest first."""
    texts = {(each.language, each.subject, each.preheader, each.mjml, each.text) for each in known}
    return [
        _from_library(template, draft, [each for each in known if each.language == draft.language], now)
        for draft in shipped.drafts if (draft.language, *composed(draft)) not in texts
    ]  # fmt: skip


_TOLD = ("language", "version", "subject", "preheader", "mjml", "text", "is_library", "published_at")


def publish_letter(*, template: Template, draft: Draft, now: datetime) -> Letter:
    """Compile and proof a new version and make it the one that is sent. Raises BadLetter or Unpublishable."""
    letter = new_version(template, draft)
    letter.published_at = now
    found = proof.check(letter, template.kind, blocks=letter.blocks, body=letter.body)
    if mistakes := [finding for finding in found if not finding.is_warning]:
        raise Unpublishable(mistakes)
    letter.save()
    return letter


def picture_folder() -> str:
    """The public folder of the picture library, an absolute address."""
    return f"{settings.PUBLIC_URL}{PICTURE_FOLDER}"


def composed(draft: Draft) -> tuple[str, str, str, str]:
    return draft.subject, draft.preheader, compiling.compose_mjml(draft), compiling.compose_text(draft)


def new_version(template: Template, draft: Draft) -> Letter:
    """An unsaved letter, above every version there is."""
    return _composed_letter(template, draft, next_version(template.pk, draft.language))


def _composed_letter(template: Template, draft: Draft, version: int) -> Letter:
    subject, preheader, mjml, text = composed(draft)
    return Letter(
        template=template,
        language=draft.language,
        version=version,
        subject=subject,
        preheader=preheader,
        blocks=list(draft.blocks) if draft.blocks is not None else None,
        body=draft.body,
        body_text=draft.text,
        mjml=mjml,
        text=text,
        html=compiling.compile_mjml(mjml),
    )


def next_version(template_id: int, language: str) -> int:
    newest = Letter.objects.filter(template_id=template_id, language=language).order_by("-version").first()
    return newest.version + 1 if newest else 1


def _templates_of(shipped: Sequence[LibraryTemplate], now: datetime) -> dict[str, Template]:
    """By key, made where they are new; another process may be making them too."""
    found = Template.objects.in_bulk([each.key for each in shipped], field_name="key")
    new = [each for each in shipped if each.key not in found]
    if new:
        Template.objects.bulk_create(
            [
                Template(key=each.key, title=each.title, kind=each.kind, occasion=each.occasion, created_at=now)
                for each in new
            ],
            ignore_conflicts=True,
        )
        found |= Template.objects.in_bulk([each.key for each in new], field_name="key")
    for each in shipped:
        _follow(found[each.key], each)
    return found


def _follow(template: Template, shipped: LibraryTemplate) -> None:
    title = template.title if template.renamed_at else shipped.title
    if (template.title, template.kind, template.occasion) != (title, shipped.kind, shipped.occasion):
        template.title, template.kind, template.occasion = title, shipped.kind, shipped.occasion
        template.save(update_fields=["title", "kind", "occasion"])


def _from_library(template: Template, draft: Draft, known: Sequence[Letter], now: datetime) -> Letter:
    """Without the proof, which costs a tenth of a second a letter: the tests have read what ships.

    `known` are the versions there are in this language, oldest first.
    """
    published = [each for each in known if each.published_at]
    letter = _composed_letter(template, draft, known[-1].version + 1 if known else 1)
    letter.is_library = True
    letter.published_at = now if not published or published[-1].is_library else None
    return letter
