"""Previews of letters: foreign HTML for the `src` of an iframe, without script, cookies or an origin (RS-10)."""

from __future__ import annotations

import re
from html import escape

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

POLICY = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; img-src https: data: {own}; "
    "style-src 'unsafe-inline'; font-src 'none'; form-action 'none'; base-uri 'none'; frame-ancestors 'self'"
)
HEAD = re.compile(r"<head[^>]*>", re.IGNORECASE)
DARK = re.compile(r"@media\s*\(prefers-color-scheme:\s*dark\)")
LIGHT_ONLY = "@media not all"
PAGE = (
    '<!doctype html><html lang="{language}"><head></head>'
    '<body style="font:15px/1.6 sans-serif;margin:0;padding:2rem;background:#fff;color:#3d4852">{text}</body></html>'
)
PLAIN = '<pre dir="auto" style="margin:0;white-space:pre-wrap;overflow-wrap:anywhere;font:14px/1.6 monospace">{}</pre>'


def framed(request: HttpRequest, html: str, *, is_dark: bool) -> HttpResponse:
    """The letter as mail programs show it by day, or by night; our own pictures come from wherever this page does."""
    folder = request.build_absolute_uri(reverse("public:picture", kwargs={"name": "x"}))[:-1]
    shown = html.replace(f"{settings.PUBLIC_URL}/p/i/", folder)
    shown = DARK.sub("@media all" if is_dark else LIGHT_ONLY, shown)
    found = HEAD.search(shown)
    cut = found.end() if found else 0
    answer = HttpResponse(f'{shown[:cut]}<base target="_blank">{shown[cut:]}')
    answer["Content-Security-Policy"] = POLICY.format(own=folder)
    answer["X-Frame-Options"] = "SAMEORIGIN"
    answer["Referrer-Policy"] = "no-referrer"
    answer["Cache-Control"] = "no-store"
    return answer


def said(request: HttpRequest, text: str, *, language: str = "en") -> HttpResponse:
    """A sentence in place of a letter that cannot be shown."""
    return framed(request, PAGE.format(text=escape(text), language=escape(language)), is_dark=False)


def plain(request: HttpRequest, text: str, *, language: str) -> HttpResponse:
    """The text part, as mail programs without HTML show it."""
    return framed(request, PAGE.format(text=PLAIN.format(escape(text)), language=escape(language)), is_dark=False)
