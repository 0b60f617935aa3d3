"""Installing and publishing letters."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from guanxi.content import compiling, proof
from guanxi.content.compiling import Draft, LibraryTemplate
from guanxi.content.models import Letter, Template


class Unpublishable(Exception):
    """The letter has mistakes; `findings` lists them."""

    def __init__(self, findings: list[proof.Finding]) -> None:
        self.findings = findings
        super().__init__("; ".join(f"{finding.code}: {finding.detail}" for finding in findings))


def install_library(*, now: datetime) -> int:
    """Publish the letters that ship with the product where their text is new; returns how many. Idempotent.

    A letter that the firm has written over keeps the firm's text: the new one is added unpublished beneath it.
    """
    installed = 0
    for shipped in compiling.read_library():
        with transaction.atomic():
            template = _template_of(shipped, now)
            known = _texts_of(template)
            for draft in shipped.drafts:
                if (draft.language, *_composed(draft)) not in known:
                    _add_from_library(template, draft, now)
                    installed += 1
    return installed


def publish_letter(*, template: Template, draft: Draft, now: datetime) -> Letter:
    """Compile and proof a new version and make it the one that is sent. Raises BadLetter or Unpublishable."""
    letter = _new_version(template, draft)
    letter.published_at = now
    if mistakes := [finding for finding in proof.check(letter, template.kind) if not finding.is_warning]:
        raise Unpublishable(mistakes)
    letter.save()
    return letter


def _template_of(shipped: LibraryTemplate, now: datetime) -> Template:
    template, _ = Template.objects.get_or_create(
        key=shipped.key, defaults={"title": shipped.title, "kind": shipped.kind, "created_at": now}
    )
    if (template.title, template.kind) != (shipped.title, shipped.kind):
        template.title, template.kind = shipped.title, shipped.kind
        template.save(update_fields=["title", "kind"])
    return template


def _texts_of(template: Template) -> set[tuple[str, ...]]:
    return set(template.letters.values_list("language", "subject", "preheader", "mjml", "text"))


def _composed(draft: Draft) -> tuple[str, str, str, str]:
    return draft.subject, draft.preheader, compiling.compose_mjml(draft), compiling.compose_text(draft)


def _add_from_library(template: Template, draft: Draft, now: datetime) -> None:
    """Without the proof, which costs a tenth of a second a letter: the tests have read what ships."""
    newest = template.letters.filter(language=draft.language, published_at__isnull=False).order_by("-version").first()
    letter = _new_version(template, draft)
    letter.is_library = True
    letter.published_at = now if newest is None or newest.is_library else None
    letter.save()


def _new_version(template: Template, draft: Draft) -> Letter:
    subject, preheader, mjml, text = _composed(draft)
    newest = template.letters.filter(language=draft.language).order_by("-version").first()
    return Letter(
        template=template,
        language=draft.language,
        version=newest.version + 1 if newest else 1,
        subject=subject,
        preheader=preheader,
        mjml=mjml,
        text=text,
        html=compiling.compile_mjml(mjml),
    )
