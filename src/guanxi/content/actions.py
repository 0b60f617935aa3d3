"""Templates and their letters: written as drafts, submitted, approved, published, restored."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db import transaction

from guanxi.content import blocks as content_blocks
from guanxi.content import compiling, installing
from guanxi.content import queries as content_queries
from guanxi.content.compiling import Draft
from guanxi.content.dialect import BadLetter
from guanxi.content.installing import Unpublishable, install_library, publish_letter
from guanxi.content.models import Letter, LetterPolicy, Template
from guanxi.kernel import places
from guanxi.staff.models import User
from guanxi.staff.roles import Right

__all__ = ["Unpublishable", "install_library", "publish_letter"]

KINDS = ("transactional", "service", "marketing")
KEY = re.compile(r"[a-z0-9]+([.-][a-z0-9]+)*")
# What may stand in no header of a mail (RS-39), nor in the line that mail programs show beside it.
BREAKERS = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]")
LINE, SOURCE = 300, 400_000


class BadTemplate(ValueError):
    """A template cannot be called or kept so; the sentence names the field and the remedy."""


class BadText(ValueError):
    """A draft cannot be kept so; the sentence names the field and the remedy."""


class Stale(Exception):
    """Somebody has saved this letter meanwhile. Open it again, so that neither text is lost."""


class StaysSource(Exception):
    """This letter is written as source; it cannot go back to blocks. Begin a new one from an older version."""


class NoDraft(Exception):
    """There is nothing unpublished to do that with."""


class NeedsApproval(Exception):
    """The firm wants a second person to approve a letter before it is published."""


class NotYours(Exception):
    """A letter is approved by somebody with that right who has not written it."""


@dataclass(frozen=True, slots=True)
class Written:
    """What an author has in the editor: blocks, or the source of both parts."""

    subject: str
    preheader: str = ""
    blocks: Any = None
    body: str = ""
    body_text: str = ""


def create_template(*, title: str, kind: str, now: datetime, topic: str = "", key: str = "") -> Template:
    """An empty template; without `key` one is made of the title. Raises BadTemplate."""
    title, kind = _title(title), _kind(kind)
    key = key.strip() or _free_key(title)
    if len(key) > 60 or not KEY.fullmatch(key):
        raise BadTemplate("Key: write small letters, digits, dots and hyphens, such as spring-fair.")
    if Template.objects.filter(key=key).exists():
        raise BadTemplate(f"Key: {key} is taken; choose another.")
    return Template.objects.create(key=key, title=title, kind=kind, topic=topic.strip()[:60], created_at=now)


@transaction.atomic
def describe_template(*, template: Template, changes: Mapping[str, str], now: datetime) -> Template:
    """Change title, topic or kind. The kind of a published template stays: its letters were judged by it (CN-43).

    Drafts are composed anew for another kind, and an approval of theirs is void. Raises BadTemplate.
    """
    if unknown := sorted(set(changes) - {"title", "topic", "kind"}):
        raise BadTemplate(f"Not part of a template: {', '.join(unknown)}.")
    if "title" in changes and changes["title"].strip() != template.title:
        template.title, template.renamed_at = _title(changes["title"]), now
    if "topic" in changes:
        template.topic = changes["topic"].strip()[:60]
    is_other_kind = "kind" in changes and changes["kind"] != template.kind
    if is_other_kind:
        if template.letters.filter(published_at__isnull=False).exists():
            raise BadTemplate("Type: it is fixed once a letter is published; duplicate the template for another type.")
        template.kind = _kind(changes["kind"])
    template.save(update_fields=["title", "topic", "kind", "renamed_at"])
    for letter in template.letters.filter(is_library=False) if is_other_kind else ():
        _write(letter, _written_of(letter), None, now)
    return template


@transaction.atomic
def duplicate_template(
    *, template: Template, title: str, author: User | None, now: datetime, kind: str = ""
) -> Template:  # fmt: skip
    """A new template with the newest text of each language as drafts. Raises BadTemplate."""
    copy = create_template(title=title, kind=kind or template.kind, topic=template.topic, now=now)
    for letter in content_queries.newest_of_each_language(template.pk).values():
        _write(_fresh(copy, letter.language), _written_of(letter), author, now)
    return copy


def archive_template(*, template: Template, now: datetime) -> Template:
    """Out of the lists; what is under way with it is still sent. Whoever calls has looked that nothing uses it."""
    template.archived_at = template.archived_at or now
    template.save(update_fields=["archived_at"])
    return template


def bring_back_template(*, template: Template) -> Template:
    template.archived_at = None
    template.save(update_fields=["archived_at"])
    return template


@transaction.atomic
def save_draft(
    *, template: Template, language: str, written: Written, revision: int, author: User | None, now: datetime
) -> Letter:
    """Keep what an author has written; an approval is void with it. A text that cannot be read yet is kept too.

    `revision` is that of the draft he began with, 0 for none. Raises Stale, StaysSource, BadText, blocks.BadBlock.
    """
    _check(written, language)
    Template.objects.select_for_update().get(pk=template.pk)
    letter = content_queries.draft_of(template.pk, language)
    if (letter.revision if letter else 0) != revision:
        raise Stale
    if written.blocks is not None and letter is not None and letter.blocks is None:
        raise StaysSource
    return _write(letter or _fresh(template, language), written, author, now)


@transaction.atomic
def start_draft(
    *, template: Template, language: str, author: User | None, now: datetime, source: Letter | None = None
) -> Letter:
    """A draft with the text of `source`: an older version (that is restoring it), or another language to translate.

    Without it, an empty letter of blocks. A draft that is there already is written over. Raises BadText.
    """
    written = _written_of(source) if source else Written("", blocks=first_blocks(template.kind))
    _check(written, language)
    letter = content_queries.draft_of(template.pk, language) or _fresh(template, language)
    return _write(letter, written, author, now)


@transaction.atomic
def turn_into_source(*, letter: Letter, author: User | None, now: datetime) -> Letter:
    """From blocks to MJML and text, for good. Raises NoDraft."""
    draft = _locked(letter)
    if draft.blocks is None:
        return draft
    composed = _draft_of(draft)
    body, text = compiling.source_of(composed)
    return _write(draft, Written(draft.subject, draft.preheader, None, body, text), author, now)


@transaction.atomic
def discard_draft(*, letter: Letter) -> None:
    """Raises NoDraft for a letter that is published."""
    _locked(letter).delete()


@transaction.atomic
def submit(*, letter: Letter, actor: User, now: datetime) -> Letter:
    """Ask for approval. Raises NoDraft, or Unpublishable with what must be mended first."""
    draft = _locked(letter)
    _prove(draft)
    draft.submitted_at, draft.submitted_by, draft.returned_note = now, actor, ""
    draft.save(update_fields=["submitted_at", "submitted_by", "returned_note"])
    return draft


@transaction.atomic
def approve(*, letter: Letter, actor: User, now: datetime) -> Letter:
    """By a second person with the right to. Raises NoDraft, or NotYours for whoever wrote or submitted it."""
    draft = _locked(letter)
    if not draft.submitted_at:
        raise NoDraft
    _check_second(draft, actor)
    draft.approved_at, draft.approved_by = now, actor
    draft.save(update_fields=["approved_at", "approved_by"])
    return draft


@transaction.atomic
def send_back(*, letter: Letter, actor: User, note: str, now: datetime) -> Letter:
    """Not approved; the author reads why. Raises NoDraft or NotYours."""
    draft = _locked(letter)
    if not draft.submitted_at:
        raise NoDraft
    _check_second(draft, actor)
    _void_approval(draft)
    draft.returned_note = " ".join(note.split())[:500]
    draft.save(update_fields=["submitted_at", "submitted_by", "approved_at", "approved_by", "returned_note"])
    return draft


@transaction.atomic
def publish(*, letter: Letter, actor: User | None, now: datetime) -> Letter:
    """Make a draft the version that is sent. Raises NoDraft, NeedsApproval, Unpublishable."""
    draft = _locked(letter)
    if content_queries.policy().needs_approval and not draft.approved_at:
        raise NeedsApproval
    _compose(draft)
    _prove(draft)
    newest = Letter.objects.filter(template_id=draft.template_id, language=draft.language).order_by("-version")[0]
    if newest.pk != draft.pk:
        draft.version = newest.version + 1
    draft.published_at, draft.published_by = now, actor
    draft.save()
    return draft


def set_policy(*, needs_approval: bool) -> LetterPolicy:
    return LetterPolicy.objects.update_or_create(id=1, defaults={"needs_approval": needs_approval})[0]


def anchored(letter: Letter) -> Letter:
    """The same letter, unsaved, with marks at its blocks for the editor's preview. Raises BadLetter."""
    if letter.blocks is None:
        return letter
    copy = Letter(template=letter.template, language=letter.language, subject=letter.subject, blocks=letter.blocks,
                  preheader=letter.preheader, text=letter.text)  # fmt: skip
    copy.html = compiling.compile_mjml(compiling.compose_mjml(replace(_draft_of(copy), has_anchors=True)))
    return copy


def first_blocks(kind: str) -> list[dict[str, Any]]:
    """What a new letter begins with."""
    names = ["greeting", "text", *(["order_status"] if kind == "transactional" else []), "signature", "footer"]
    return [{"type": name, "id": f"b{number}"} for number, name in enumerate(names, 1)]


def _locked(letter: Letter) -> Letter:
    found = (
        Letter.objects.select_for_update(of=("self",)).select_related("template")
        .filter(pk=letter.pk, published_at__isnull=True, is_library=False).first()
    )  # fmt: skip
    if found is None:
        raise NoDraft
    return found


def _check(written: Written, language: str) -> None:
    if not places.is_language(language):
        raise BadText(f"Language: {language[:30]} is no language; write a tag such as de or zh-Hans.")
    for name, line in (("Subject", written.subject), ("Preview line", written.preheader)):
        if len(line) > LINE:
            raise BadText(f"{name}: it is longer than {LINE} characters; shorten it.")
        if BREAKERS.search(line):
            raise BadText(f"{name}: it holds a line break or a control character; write it on one line.")
    if len(written.body) + len(written.body_text) > SOURCE:
        raise BadText("Source: it is too long for a mail.")


def _fresh(template: Template, language: str) -> Letter:
    return Letter(template=template, language=language, version=installing.next_version(template.pk, language))


def _write(letter: Letter, written: Written, author: User | None, now: datetime) -> Letter:
    """The author's words and what is made of them; a text that cannot be compiled yet has no HTML."""
    letter.blocks = None if written.blocks is None else content_blocks.read_blocks(written.blocks)
    letter.subject, letter.preheader = written.subject.strip(), written.preheader.strip()
    letter.body = _plain(written.body) if letter.blocks is None else ""
    letter.body_text = _plain(written.body_text) if letter.blocks is None else ""
    try:
        _compose(letter)
    except BadLetter:
        letter.html = ""
    letter.revision, letter.saved_at = letter.revision + 1, now
    letter.edited_by = sorted({*letter.edited_by, *([author.pk] if author else [])})
    _void_approval(letter)
    letter.save()
    return letter


def _plain(source: str) -> str:
    return source.replace("\r\n", "\n").replace("\x00", "")


def _compose(letter: Letter) -> None:
    """Raises BadLetter."""
    _, _, letter.mjml, letter.text = installing.composed(_draft_of(letter))
    letter.html = compiling.compile_mjml(letter.mjml)


def _draft_of(letter: Letter) -> Draft:
    return Draft(
        kind=letter.template.kind, language=letter.language, subject=letter.subject, preheader=letter.preheader,
        body=letter.body, text=letter.body_text, blocks=letter.blocks, pictures=installing.picture_folder(),
    )  # fmt: skip


def _written_of(letter: Letter) -> Written:
    return Written(letter.subject, letter.preheader, letter.blocks, letter.body, letter.body_text)


def _prove(letter: Letter) -> None:
    if mistakes := [finding for finding in content_queries.findings_of(letter) if not finding.is_warning]:
        raise Unpublishable(mistakes)


def _void_approval(letter: Letter) -> None:
    letter.submitted_at = letter.approved_at = None
    letter.submitted_by = letter.approved_by = None


def _check_second(letter: Letter, actor: User) -> None:
    is_author = actor.pk in letter.edited_by or actor.pk == letter.submitted_by_id
    if is_author or not actor.may(Right.APPROVE_LETTERS):
        raise NotYours


def _title(title: str) -> str:
    title = " ".join(title.split())
    if not title or len(title) > 160:
        raise BadTemplate("Title: write one to 160 characters.")
    return title


def _kind(kind: str) -> str:
    if kind not in KINDS:
        raise BadTemplate(f"Type: choose {', '.join(KINDS)}.")
    return kind


def _free_key(title: str) -> str:
    stem = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:50].strip("-") or "letter"
    taken = set(Template.objects.filter(key__startswith=stem).values_list("key", flat=True))
    return next(key for key in (stem, *(f"{stem}-{number}" for number in range(2, 10_000))) if key not in taken)
