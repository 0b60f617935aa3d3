"""What the link in the mail about one's own data leads to: fetch them, or confirm that they are deleted (G-08, RL-08).

GET shows a button, POST acts. The link went to the address itself, seven days ago at most; that is the proof of who
asks.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods

from guanxi.consent import requests as consent_requests
from guanxi.consent.models import SubjectRequest
from guanxi.kernel import clock
from guanxi.kernel.signing import BadToken
from guanxi.ledger.identity import masked
from guanxi.ledger.models import Contact
from guanxi.outbox.addresses import REQUEST
from guanxi.privacy import answering, export
from guanxi.public.pages import firm_name, missing, page, payload_of, private, public_form, words_of


@public_form
@require_http_methods(["GET", "HEAD", "POST"])
def data_request(request: HttpRequest, token: str) -> HttpResponse:
    found = _request_of(token)
    if found is None or found.contact is None:
        return missing(request)
    is_posted = request.method == "POST"
    if found.kind == consent_requests.EXPORT:
        return _file(found, found.contact) if is_posted else _page(found.contact, "fetch")
    if is_posted:
        consent_requests.confirm_erasure(request=found, now=clock.utc_now())
        found.refresh_from_db(fields=["confirmed_at"])
    return _page(found.contact, "erasing" if found.confirmed_at else "erase_confirm")


def _request_of(token: str) -> SubjectRequest | None:
    try:
        (request_id,) = payload_of(REQUEST, token)
    except (BadToken, ValueError):
        return None
    return consent_requests.behind_link(request_id, now=clock.utc_now())


def _page(contact: Contact, part: str, *, status: int = 200) -> HttpResponse:
    words = words_of(contact)
    about = {"firm": firm_name(), "address": masked(contact.email)}
    waits = part.startswith("eras") and answering.orders_under_way(contact, now=clock.utc_now())
    return page(
        "data_request.html", words, status=status, part=part, title=words[f"{part}_title"],
        text=words.say(f"{part}_text", **about), waits=words["erasing_waits"] if waits else "",
    )  # fmt: skip


def _file(found: SubjectRequest, contact: Contact) -> HttpResponse:
    now = clock.utc_now()
    if not consent_requests.take_fetch(request=found, now=now):
        return _page(contact, "fetch_over", status=429)
    content = export.export_person(contact=contact, now=now, via="reader", language=words_of(contact).language)
    response = private(HttpResponse(content, content_type="application/zip"))
    response["Content-Disposition"] = 'attachment; filename="my-data.zip"'
    response["X-Content-Type-Options"] = "nosniff"
    return response
