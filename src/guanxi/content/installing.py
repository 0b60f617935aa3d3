"""The letters that ship with the product, and publishing a text as it stands."""

from __future__ import annotations

from collections.abc import Sequence
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


def install_library(*, now: datetime) -> int:
    """Publish the letters that ship with the product where their text is new; returns how many. Idempotent.

    A letter that the firm has written over keeps the firm's text: the new one is added unpublished beneath it.
    """
    installed = 0
    for shipped in compiling.read_library():
        with transaction.atomic():
            template = _template_of(shipped, now)
            known = list(template.letters.only(*_TOLD).order_by("version"))
            texts = {(each.language, each.subject, each.preheader, each.mjml, each.text) for each in known}
            fresh = [
                _from_library(template, draft, [each for each in known if each.language == draft.language], now)
                for draft in shipped.drafts if (draft.language, *composed(draft)) not in texts
            ]  # fmt: skip
            Letter.objects.bulk_create(fresh)
            installed += len(fresh)
    return installed


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


def _template_of(shipped: LibraryTemplate, now: datetime) -> Template:
    template, _ = Template.objects.get_or_create(
        key=shipped.key,
        defaults={"title": shipped.title, "kind": shipped.kind, "occasion": shipped.occasion, "created_at": now},
    )
    title = template.title if template.renamed_at else shipped.title
    if (template.title, template.kind, template.occasion) != (title, shipped.kind, shipped.occasion):
        template.title, template.kind, template.occasion = title, shipped.kind, shipped.occasion
        template.save(update_fields=["title", "kind", "occasion"])
    return template


def _from_library(template: Template, draft: Draft, known: Sequence[Letter], now: datetime) -> Letter:
    """Without the proof, which costs a tenth of a second a letter: the tests have read what ships.

    `known` are the versions there are in this language, oldest first.
    """
    published = [each for each in known if each.published_at]
    letter = _composed_letter(template, draft, known[-1].version + 1 if known else 1)
    letter.is_library = True
    letter.published_at = now if not published or published[-1].is_library else None
    return letter
