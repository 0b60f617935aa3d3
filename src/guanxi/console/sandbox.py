"""Foreign HTML in a frame without script, cookies, forms or an origin of its own (RS-10)."""

from __future__ import annotations

import re

from django.http import HttpResponse

# Links may open in a window of their own, so that a tracked link can be tried out; pictures from outside stay
# unloaded, so that a look from inside is no opening by the reader.
POLICY = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; img-src data:; font-src data:; "
    "style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'; frame-ancestors 'self'"
)
HEAD = re.compile(r"<head[^>]*>", re.IGNORECASE)
OPENS_OUTSIDE = '<base target="_blank">'


def sandboxed(html: str) -> HttpResponse:
    """An answer for the `src` of an iframe."""
    found = HEAD.search(html)
    cut = found.end() if found else 0
    answer = HttpResponse(html[:cut] + OPENS_OUTSIDE + html[cut:])
    answer["Content-Security-Policy"] = POLICY
    answer["X-Frame-Options"] = "SAMEORIGIN"
    answer["Referrer-Policy"] = "no-referrer"
    return answer
