"""A document for its reader: a page that says what it is, and the file as an attachment (RS-13).

Both addresses carry a signed token of this reader and this document. Opening them changes nothing of his; that they
were opened is judged and told as the hits of mails are (tracking.page_visits).
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.template.defaultfilters import filesizeformat
from django.utils.translation import override
from django.views.decorators.http import require_safe

from guanxi.kernel import clock
from guanxi.kernel.signing import BadToken
from guanxi.ledger.models import Contact
from guanxi.papers import files
from guanxi.papers import queries as papers_queries
from guanxi.papers.models import Document
from guanxi.public.pages import missing, page, payload_of, private, words_of
from guanxi.public.visits import note_visit
from guanxi.tracking import page_visits


@require_safe
def document(request: HttpRequest, token: str) -> HttpResponse:
    """What it is, and the button that takes it."""
    found = _found(token)
    if found is None:
        return missing(request)
    wanted, contact = found
    words, is_offered = words_of(contact), _is_offered(wanted)
    if is_offered:
        _note(request, contact, wanted, page_visits.VIEW)
    with override(words.language):
        size = filesizeformat(wanted.weight)
    return page(
        "document.html", words, status=200 if is_offered else 410, document=wanted, token=token,
        is_offered=is_offered, form=f"{wanted.name.rpartition('.')[2].upper()}, {size}",
    )  # fmt: skip


@require_safe
def document_file(request: HttpRequest, token: str) -> HttpResponse:
    """The file itself, to be saved and never shown as a page of ours."""
    found = _found(token)
    if found is None:
        return missing(request)
    wanted, contact = found
    content = files.read(wanted.name) if _is_offered(wanted) else None
    if content is None:
        return missing(request)
    _note(request, contact, wanted, page_visits.DOWNLOAD)
    return attachment(content, wanted.name, wanted.title)


def attachment(content: bytes, name: str, title: str) -> HttpResponse:
    return private(HttpResponse(content, headers=files.headers(title, name)))


def _note(request: HttpRequest, contact: Contact, wanted: Document, kind: str) -> None:
    about = {"document": wanted.title, "name": wanted.kind.replace("_", " ")}
    note_visit(request, contact, page="document", object_id=wanted.pk, about=about, kind=kind)


def _is_offered(wanted: Document) -> bool:
    return papers_queries.offered(clock.utc_now().date()).filter(pk=wanted.pk).exists()


def _found(token: str) -> tuple[Document, Contact] | None:
    try:
        document_id, contact_id = payload_of(papers_queries.DOCUMENT, token)
    except (BadToken, ValueError):
        return None
    wanted = Document.objects.filter(pk=document_id).first()
    contact = Contact.objects.select_related("customer").filter(pk=contact_id).first()
    return (wanted, contact) if wanted and contact else None
