"""The editor of one letter: what an author writes is kept as it is written; the frame beside it shows it."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _

from guanxi.console import letter_frames, letter_reader, letter_words
from guanxi.console.access import act, member_of, page
from guanxi.console.letters import template_of
from guanxi.console.parts import number_in
from guanxi.console.price_table import with_price_breaks
from guanxi.content import actions as content_actions
from guanxi.content import proof
from guanxi.content import queries as content_queries
from guanxi.content.actions import BadText, NoDraft, Stale, StaysSource, Written
from guanxi.content.blocks import BadBlock
from guanxi.content.conditions import ASKED
from guanxi.content.models import Letter, Template
from guanxi.content.words import is_right_to_left
from guanxi.kernel import clock, places
from guanxi.staff.roles import Right


@page(right=Right.SEE_ALL)
def letter_editor(request: HttpRequest, template_key: str, language: str) -> HttpResponse:
    """The draft, or what is published, to be written on; for a language without a letter, how to begin."""
    template = template_of(template_key)
    newest = content_queries.newest_of_each_language(template.pk)
    letter = newest.get(language)
    may_edit = member_of(request).may(Right.EDIT_LETTERS)
    if letter is None:
        if not places.is_language(language) or len(language) > 16:
            raise Http404
        context = {"template": template, "language": language, "others": list(newest.values()), "may_edit": may_edit}
        return render(request, "console/letters/begin.html", context)
    context = {
        "tongues": sorted(newest),
        "kind": letter_words.KINDS[template.kind], "consequences": letter_words.CONSEQUENCES[template.kind],
        "is_draft": letter.published_at is None,
        "is_rtl": is_right_to_left(language),
        "document": _document(template, letter), "groups": letter_words.placeholder_groups(),
        "blocks": letter_words.BLOCKS.items(),
        "own_address": member_of(request).email,
    } | _standing(request, template, letter) | _proof(letter)  # fmt: skip
    return render(request, "console/letters/editor.html", context)


def _standing(request: HttpRequest, template: Template, letter: Letter) -> dict[str, Any]:
    """How far the letter has come, and what this member of staff may do next."""
    return {
        "template": template, "letter": letter, "language": letter.language,
        "state": letter_words.STATES[letter.state], "may_edit": member_of(request).may(Right.EDIT_LETTERS),
        "may_approve": _may_approve(request, letter), "needs_approval": content_queries.policy().needs_approval,
    }  # fmt: skip


def _may_approve(request: HttpRequest, letter: Letter) -> bool:
    user = member_of(request)
    is_author = user.pk in letter.edited_by or user.pk == letter.submitted_by_id
    return letter.state == "submitted" and user.may(Right.APPROVE_LETTERS) and not is_author


def _document(template: Template, letter: Letter) -> dict[str, Any]:
    """What the island needs: the text, the kinds of blocks, the words it shows, the addresses it calls."""
    where = {"template_key": template.key, "language": letter.language}
    return {
        "revision": letter.revision if letter.published_at is None else 0,
        "blocks": letter.blocks, "dir": "rtl" if is_right_to_left(letter.language) else "ltr",
        "language": letter.language,
        "kinds": {name: {"title": str(told.title)} for name, told in letter_words.BLOCKS.items()},
        "asked": {name: str(words) for name, words in _asked().items()},
        "pictures": reverse("public:picture", kwargs={"name": "x"})[:-1],
        "save": reverse("letter_save", kwargs=where), "frame": reverse("letter_frame", kwargs=where),
        "choose": reverse("pictures_to_choose"), "words": _words(),
    }  # fmt: skip


def _asked() -> dict[str, str]:
    titles = {
        "reader.country": _("country"), "reader.gender": _("gender"), "customer.tier": _("tier"),
        "customer.stage": _("stage"), "customer.need": _("need"), "customer.trade": _("trade"),
    }  # fmt: skip
    return {name: titles[name] for name in ASKED}


def _words() -> dict[str, str]:
    return {
        "up": _("Move up"), "down": _("Move down"), "copy": _("Duplicate"), "remove": _("Remove"), "add": _("Add here"),
        "drag": _("Drag"), "only": _("Who sees it"), "everybody": _("everybody"), "is": _("is"), "is_not": _("is not"),
        "answers": _("such as DE, AT"), "placeholder": _("Placeholder"), "bold": _("Bold"), "italic": _("Italic"),
        "link": _("Link"), "bullets": _("List"), "numbers": _("Numbered list"), "unlink": _("No link"),
        "target": _("Address, beginning with https://"), "heading_hint": _("Heading"),
        "text_hint": _("Write here."), "label_hint": _("Words on the button"), "href_hint": "https://",
        "alt_hint": _("What the picture shows, for those who do not see it"), "choose_picture": _("Choose a picture"),
        "other_picture": _("Another picture"), "width": _("Width"), "full": _("as wide as the letter"),
        "half": _("half"), "small": _("small"), "align": _("Stands"), "start": _("at the start"),
        "center": _("in the middle"), "size": _("Size"), "normal": _("normal"), "large": _("large"),
        "title_hint": _("Heading above it, if any"), "count": _("How many"), "show_price": _("Prices"),
        "show_reason": _("Why each is recommended"),
        "fallback_hint": _("What stands here when there is nothing to recommend; empty leaves the block out."),
        "products_note": _("Chosen for each reader when the mail is written."), "currency": _("Currency"),
        "article": _("Article"), "article_hint": _("an article fills the rows"),
        "from": _("From quantity"), "price": _("Unit price"), "note": _("Note"), "add_row": _("Add a row"),
        "remove_row": _("Remove the row"), "under_hint": _("Small print under the table, such as FOB Ningbo"),
        "facts": _("Shows"), "order_note": _("Needs an order: for letters a journey sends about one."),
        "order_button_hint": _("Words on the button to the order's page; empty for none"),
        "number": _("Order number"), "placed_on": _("Day of the order"), "amount": _("Goods value"),
        "stage": _("Stage"), "ship_by": _("Planned shipment"), "carrier": _("Carrier"),
        "tracking_number": _("Tracking number"),
        "greeting_note": _("The salutation fitting this reader, by language, title and formality."),
        "signature_note": _("Closing and name of the account manager; without one, of the sender."),
        "with_contact": _("With address and telephone"),
        "footer_note": _("Your address, why the reader gets this mail, and the links; always the last."),
        "extra_hint": _("Words of your own above it, if any"), "saving": _("Saving …"), "saved": _("Saved"),
        "unsaved": _("Not saved"), "lost": _("The connection is lost; your text stays here."),
        "default": _("What stands there when the value is missing?"), "block": _("Block"),
        "moved": _("moved to place"), "removed": _("removed; Ctrl+Z brings it back"),
    }  # fmt: skip


def _proof(letter: Letter) -> dict[str, Any]:
    findings = letter_words.told(content_queries.findings_of(letter))
    weight = proof.weight_of(letter)
    return {
        "findings": findings, "mistakes": sum(not each.is_warning for each in findings),
        "weight": weight, "weight_share": min(100, round(100 * weight / proof.HEAVIEST_HTML_BYTES)),
    }  # fmt: skip


@act(right=Right.EDIT_LETTERS)
def letter_save(request: HttpRequest, template_key: str, language: str) -> HttpResponse:
    """Keep what is in the editor; the answer says what is wrong with it. 409 when somebody else was quicker."""
    template = template_of(template_key)
    try:
        told = _told(request.body)
        written = Written(
            subject=_text(told, "subject"), preheader=_text(told, "preheader"),
            blocks=with_price_breaks(told.get("blocks")), body=_text(told, "body"), body_text=_text(told, "body_text"),
        )  # fmt: skip
        letter = content_actions.save_draft(
            template=template, language=language, written=written, revision=int(told["revision"]),
            author=member_of(request), now=clock.utc_now(),
        )  # fmt: skip
    except (Stale, StaysSource) as refusal:
        sentence = _STALE if isinstance(refusal, Stale) else _STAYS
        return JsonResponse({"error": str(_(sentence))}, status=409)
    except (BadText, BadBlock) as mistake:
        return JsonResponse({"error": letter_words.mistake_words(mistake)}, status=400)
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError):
        return JsonResponse({"error": _("What was sent is no letter.")}, status=400)
    shown = _proof(letter) | _standing(request, template, letter)
    parts = {
        part: render_to_string(f"console/letters/_{part}.html", shown, request=request)
        for part in ("proof", "steps", "state")
    }
    return JsonResponse({
        "revision": letter.revision, "mistakes": shown["mistakes"], "state": letter.state,
        "proof": parts["proof"], "steps": parts["steps"], "standing": parts["state"],
    })  # fmt: skip


def _told(raw: bytes) -> dict[str, Any]:
    """What the editor sent, when a database can keep it. Raises ValueError (RS-24)."""
    try:
        told: dict[str, Any] = json.loads(raw)
        whole = json.dumps(told, ensure_ascii=False)
    except RecursionError:
        raise ValueError from None
    whole.encode()  # no lone surrogates
    if "\\u0000" in whole:
        raise ValueError
    return told


def _text(told: dict[str, Any], field: str) -> str:
    """Raises TypeError for what is no text."""
    value = told.get(field, "")
    if not isinstance(value, str):
        raise TypeError
    return value


_STALE = "Somebody else has saved this letter meanwhile. Open it again, so that neither text is lost."
_STAYS = "This letter is written as source now; open it again."


@page(right=Right.SEE_ALL)
def letter_frame(request: HttpRequest, template_key: str, language: str) -> HttpResponse:
    """The letter as the chosen reader gets it: draft, or the version asked for; by day or by night."""
    template = template_of(template_key)
    letter = _asked_version(request, template, language)
    contact = letter_reader.reader_of(member_of(request), request.GET.get("contact", ""))
    if not letter.html:
        return letter_frames.said(request, _("The source cannot be compiled yet; what is wrong stands beside it."))
    try:
        shown = content_actions.anchored(letter) if request.GET.get("r") else letter
        rendered = letter_reader.as_read(shown, contact, now=clock.utc_now())
    except letter_reader.UNREADABLE as mistake:
        return letter_frames.said(request, _("It cannot be shown yet: %(what)s") % {"what": mistake})
    if request.GET.get("part") == "text":
        return letter_frames.plain(request, rendered.text, language=language)
    return letter_frames.framed(request, rendered.html, is_dark=request.GET.get("dark") == "1")


def _asked_version(request: HttpRequest, template: Template, language: str) -> Letter:
    asked = request.GET.get("version", "")
    letters = Letter.objects.filter(template=template, language=language).select_related("template")
    if asked.isascii() and asked.isdigit() and len(asked) < 9:
        letter = letters.filter(version=int(asked)).first()
    else:
        letter = content_queries.newest_of_each_language(template.pk).get(language)
    if letter is None:
        raise Http404
    return letter


@page(right=Right.SEE_ALL)
def letter_readers(request: HttpRequest, template_key: str, language: str) -> HttpResponse:
    """Contacts to look through: a part for the search field above the preview."""
    found = letter_reader.readers_found(member_of(request), request.GET.get("q", "").strip()[:100])
    return render(request, "console/letters/_readers.html", {"readers": found})


@page(right=Right.SEE_ALL)
def letter_leaves(request: HttpRequest, template_key: str, language: str) -> HttpResponse:
    """When the letter would leave for the chosen reader if it were proposed now, and why then."""
    template, now = template_of(template_key), clock.utc_now()
    contact = letter_reader.reader_of(member_of(request), request.GET.get("contact", ""))
    letter = content_queries.newest_of_each_language(template.pk).get(language)
    leaving = letter_reader.leaving_of(template, letter, contact, now=now) if contact and letter else None
    return render(request, "console/letters/_leaves.html", {"leaving": leaving, "contact": contact})


@act(right=Right.EDIT_LETTERS)
def letter_start(request: HttpRequest, template_key: str, language: str) -> HttpResponse:
    """Begin a letter in this language: empty, or with the text of another language or version."""
    template = template_of(template_key)
    told = request.POST.get("source", "")
    source = template.letters.filter(pk=number_in(told)).first()
    if told and source is None:
        raise Http404
    try:
        content_actions.start_draft(
            template=template, language=language, source=source, author=member_of(request), now=clock.utc_now()
        )
    except BadText as mistake:
        messages.error(request, letter_words.mistake_words(mistake))
        return redirect("letter_template", template_key=template.key)
    return redirect("letter_editor", template_key=template.key, language=language)


@act(right=Right.EDIT_LETTERS)
def letter_source(request: HttpRequest, template_key: str, language: str) -> HttpResponse:
    """From blocks to source, for good."""
    template = template_of(template_key)
    letter = content_queries.newest_of_each_language(template.pk).get(language)
    if letter is None:
        raise Http404
    now, author = clock.utc_now(), member_of(request)
    if letter.published_at:
        letter = content_actions.start_draft(
            template=template, language=language, source=letter, author=author, now=now
        )
    try:
        content_actions.turn_into_source(letter=letter, author=author, now=now)
    except NoDraft:
        messages.error(request, _("There is nothing unpublished to do that with."))
    return redirect("letter_editor", template_key=template.key, language=language)


urlpatterns: list[URLPattern] = [
    path("letters/of/<str:template_key>/<str:language>/", letter_editor, name="letter_editor"),
    path("letters/of/<str:template_key>/<str:language>/save/", letter_save, name="letter_save"),
    path("letters/of/<str:template_key>/<str:language>/frame/", letter_frame, name="letter_frame"),
    path("letters/of/<str:template_key>/<str:language>/readers/", letter_readers, name="letter_readers"),
    path("letters/of/<str:template_key>/<str:language>/leaves/", letter_leaves, name="letter_leaves"),
    path("letters/of/<str:template_key>/<str:language>/start/", letter_start, name="letter_start"),
    path("letters/of/<str:template_key>/<str:language>/source/", letter_source, name="letter_source"),
]
