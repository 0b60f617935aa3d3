"""From draft to published: submitting, approving, publishing, trying out, and going back to an older version."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _

from guanxi.console import letter_reader, letter_words
from guanxi.console.access import act, member_of, page
from guanxi.console.letter_test import send_test
from guanxi.console.letters import template_of
from guanxi.content import actions as content_actions
from guanxi.content import diffing
from guanxi.content import queries as content_queries
from guanxi.content.actions import BadText, NeedsApproval, NoDraft, NotYours, Unpublishable
from guanxi.content.models import Letter, Template
from guanxi.kernel import clock
from guanxi.staff import actions as staff_actions
from guanxi.staff.roles import Right
from guanxi.transports.addresses import BadAddress
from guanxi.transports.base import ACCEPTED
from guanxi.transports.compose import BadHeader

REFUSALS = (NoDraft, NotYours, NeedsApproval, Unpublishable)


@act(right=Right.EDIT_LETTERS)
def letter_submit(request: HttpRequest, template_key: str, language: str) -> HttpResponse:
    return _move(request, template_key, language, "letter.submitted", content_actions.submit)


@act(right=Right.APPROVE_LETTERS)
def letter_approve(request: HttpRequest, template_key: str, language: str) -> HttpResponse:
    return _move(request, template_key, language, "letter.approved", content_actions.approve)


@act(right=Right.APPROVE_LETTERS)
def letter_send_back(request: HttpRequest, template_key: str, language: str) -> HttpResponse:
    note = request.POST.get("note", "")
    return _move(request, template_key, language, "letter.sent_back", content_actions.send_back, note=note)


@act(right=Right.EDIT_LETTERS)
def letter_publish(request: HttpRequest, template_key: str, language: str) -> HttpResponse:
    return _move(request, template_key, language, "letter.published", content_actions.publish)


def _move(
    request: HttpRequest, template_key: str, language: str, happened: str, action: Any, **more: Any
) -> HttpResponse:
    """One step of the draft, with its line in the audit trail; a refusal is said in words and changes nothing."""
    template, now = template_of(template_key), clock.utc_now()
    try:
        with transaction.atomic():
            letter = action(letter=_draft_of(template, language), actor=member_of(request), now=now, **more)
            _audit(request, happened, letter)
    except REFUSALS as refusal:
        messages.error(request, _refusal_words(refusal))
    else:
        messages.success(request, _DONE[happened]())
    return redirect("letter_editor", template_key=template.key, language=language)


_DONE = {
    "letter.submitted": lambda: _("Submitted: somebody who may approve letters has to look at it now."),
    "letter.approved": lambda: _("Approved; it can be published."),
    "letter.sent_back": lambda: _("Sent back to its author."),
    "letter.published": lambda: _("Published: from now on this version is sent."),
}


def _refusal_words(refusal: Exception) -> str:
    if isinstance(refusal, Unpublishable):
        told = letter_words.told(refusal.findings)
        return _("Not yet: %(place)s: %(what)s") % {"place": told[0].place, "what": told[0].sentence}
    return {
        NoDraft: _("There is nothing unpublished here."),
        NotYours: _("A letter is approved by somebody who has not written it."),
        NeedsApproval: _("Your firm wants a second person to approve a letter first; submit it."),
    }[type(refusal)]


def _draft_of(template: Template, language: str) -> Letter:
    draft = content_queries.draft_of(template.pk, language)
    if draft is None:
        raise NoDraft
    return draft


def _audit(request: HttpRequest, happened: str, letter: Letter) -> None:
    staff_actions.append_audit(
        actor=member_of(request), act=happened, now=clock.utc_now(), object_kind="template",
        object_id=letter.template_id,
        details={"letter": letter.template.key, "language": letter.language, "version": letter.version},
    )  # fmt: skip


@act(right=Right.EDIT_LETTERS)
def letter_discard(request: HttpRequest, template_key: str, language: str) -> HttpResponse:
    template = template_of(template_key)
    try:
        content_actions.discard_draft(letter=_draft_of(template, language))
    except NoDraft as refusal:
        messages.error(request, _refusal_words(refusal))
    else:
        messages.success(request, _("The draft is thrown away."))
    return redirect("letter_template", template_key=template.key)


@page(right=Right.SEE_ALL)
def letter_versions(request: HttpRequest, template_key: str, language: str) -> HttpResponse:
    """Every version, and what has changed between two of them."""
    template = template_of(template_key)
    draft = content_queries.draft_of(template.pk, language)
    versions = [*([draft] if draft else []), *content_queries.versions_of(template.pk, language)]
    if not versions:
        raise Http404
    after = _chosen(versions, request.GET.get("after", ""), 0)
    before = _chosen(versions, request.GET.get("before", ""), versions.index(after) + 1)
    context = {
        "template": template, "language": language, "versions": versions, "before": before, "after": after,
        "lines": diffing.in_words(before, after), "source": diffing.in_source(before, after),
        "may_edit": member_of(request).may(Right.EDIT_LETTERS),
    }  # fmt: skip
    return render(request, "console/letters/versions.html", context)


def _chosen(versions: list[Letter], asked: str, otherwise: int) -> Letter:
    found = next((each for each in versions if str(each.version) == asked), None)
    return found or versions[min(otherwise, len(versions) - 1)]


@act(right=Right.EDIT_LETTERS)
def letter_restore(request: HttpRequest, template_key: str, language: str) -> HttpResponse:
    """The text of an older version as the draft; it is published like any other."""
    template, asked = template_of(template_key), request.POST.get("version", "")
    versions = content_queries.versions_of(template.pk, language)
    source = next((each for each in versions if str(each.version) == asked), None)
    if source is None:
        messages.error(request, _("There is no such version."))
        return redirect("letter_versions", template_key=template.key, language=language)
    try:
        content_actions.start_draft(
            template=template, language=language, source=source, author=member_of(request), now=clock.utc_now()
        )
    except BadText as mistake:
        messages.error(request, letter_words.mistake_words(mistake))
    else:
        messages.success(request, _("Version %(number)s is the draft now.") % {"number": source.version})
    return redirect("letter_editor", template_key=template.key, language=language)


@act(right=Right.EDIT_LETTERS)
def letter_try(request: HttpRequest, template_key: str, language: str) -> HttpResponse:
    """A test mail to the account's own address; no other can be given."""
    template, user, now = template_of(template_key), member_of(request), clock.utc_now()
    letter = content_queries.newest_of_each_language(template.pk).get(language)
    if letter is None:
        raise Http404
    contact = letter_reader.reader_of(user, request.POST.get("contact", ""))
    try:
        rendered = letter_reader.as_read(letter, contact, now=now)
        reader = str(contact) if contact else _("a sample reader")
        receipt = send_test(rendered, language=language, to=user, reader=reader, now=now)
    except (*letter_reader.UNREADABLE, BadAddress, BadHeader) as mistake:
        messages.error(request, _("The test mail cannot be written: %(what)s") % {"what": mistake})
    else:
        if receipt.outcome == ACCEPTED:
            messages.success(request, _("A test mail is on its way to %(address)s.") % {"address": user.email})
        else:
            messages.error(request, _("The mail server did not take it: %(reply)s") % {"reply": receipt.reply})
    return redirect("letter_editor", template_key=template.key, language=language)


urlpatterns: list[URLPattern] = [
    path("letters/of/<str:template_key>/<str:language>/submit/", letter_submit, name="letter_submit"),
    path("letters/of/<str:template_key>/<str:language>/approve/", letter_approve, name="letter_approve"),
    path("letters/of/<str:template_key>/<str:language>/send-back/", letter_send_back, name="letter_send_back"),
    path("letters/of/<str:template_key>/<str:language>/publish/", letter_publish, name="letter_publish"),
    path("letters/of/<str:template_key>/<str:language>/discard/", letter_discard, name="letter_discard"),
    path("letters/of/<str:template_key>/<str:language>/versions/", letter_versions, name="letter_versions"),
    path("letters/of/<str:template_key>/<str:language>/restore/", letter_restore, name="letter_restore"),
    path("letters/of/<str:template_key>/<str:language>/test/", letter_try, name="letter_try"),
]
