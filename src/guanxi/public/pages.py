"""What every public page shares: whom a token names, his words, the frame, headers that keep the token private."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.core.exceptions import BadRequest, SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.template.loader import render_to_string
from django.views.decorators.csrf import csrf_exempt

from guanxi.consent.signing_up import Visitor
from guanxi.culture.profiles import profile_of
from guanxi.firm.queries import the_firm
from guanxi.kernel import hops, signing
from guanxi.ledger.models import Contact
from guanxi.public.words import Words, words_for

# Far above what the longest of the public forms holds; none takes a file.
MOST_OCTETS = 64 * 1024

View = Callable[..., HttpResponse]


def public_form(view: View) -> View:
    """For forms that strangers send: no cookie, hence no token against forgery (RS-38), and a small body (RS-24)."""

    @wraps(view)
    def small(request: HttpRequest, *arguments: Any, **named: Any) -> HttpResponse:
        length = str(request.META.get("CONTENT_LENGTH") or "0")
        if not length.isdecimal() or int(length) > MOST_OCTETS:
            return private(HttpResponse(status=413, content_type="text/plain; charset=utf-8"))
        return view(request, *arguments, **named)

    return csrf_exempt(small)


def payload_of(purpose: str, token: str) -> list[int]:
    """The numbers a token carries. Raises kernel.signing.BadToken."""
    return [int(part) for part in signing.unsign(settings.SECRET_KEY, purpose, token).split(":")]


def words_of(contact: Contact) -> Words:
    """In the contact's language, else his country's."""
    country = contact.country or contact.customer.country
    return words_for([contact.language] if contact.language else profile_of(country, the_firm().culture).languages)


def firm_name() -> str:
    return the_firm().name or settings.PUBLIC_URL.partition("://")[2]


def page(template: str, words: Words, *, status: int = 200, **context: Any) -> HttpResponse:
    """Rendered without the request: no cookie is read, none is set."""
    content = render_to_string(f"public/{template}", {"words": words, "firm": the_firm(), **context})
    response = HttpResponse(content, status=status)
    response["Content-Language"] = words.language
    return private(response)


def private(response: HttpResponse) -> HttpResponse:
    """The address holds a token: no cache keeps it, no other site sees it, no search engine lists it."""
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response


def missing(request: HttpRequest) -> HttpResponse:
    """The same page for every link that does not work, in a language the browser asks for."""
    return page("missing.html", words_for(accepted_languages(request)), status=404)


def accepted_languages(request: HttpRequest) -> list[str]:
    """What the browser asks for, in its order."""
    accepted = request.headers.get("Accept-Language", "")[:200]
    return [part.partition(";")[0].strip() for part in accepted.split(",")]


def asked(request: HttpRequest, name: str) -> str:
    """A field of the form as one line without control characters; empty for a body that nobody can read."""
    try:
        value = request.POST.get(name, "")
    except (BadRequest, MultiPartParserError, SuspiciousOperation, OSError, LookupError, ValueError):
        return ""
    return "".join(char for char in value if char.isprintable()).strip()


def visitor_of(request: HttpRequest, *, page: str = "") -> Visitor:
    """Who fills in or confirms, as evidence of his word (RL-01)."""
    return Visitor(client_address(request), request.headers.get("User-Agent", "")[:300], page)


def client_address(request: HttpRequest) -> str:
    """The address of the visitor: the hop that our own proxy saw, or whoever connects (RP-45); empty when odd."""
    return hops.client_address(request.META, behind_proxy=bool(settings.SECURE_PROXY_SSL_HEADER))
