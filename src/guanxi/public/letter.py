"""What belongs to a letter on the customers' door: its pictures, and the page behind "view in browser".

Neither reads nor sets a cookie, and neither changes anything (RS-31).
"""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from guanxi.content import pictures
from guanxi.kernel import clock
from guanxi.outbox import reading
from guanxi.public.pages import missing, private

# Foreign words without script, forms or an origin of their own (RS-10); a link may lead away.
POLICY = (
    "sandbox allow-popups allow-popups-to-escape-sandbox allow-top-navigation-by-user-activation; "
    "default-src 'none'; img-src https: data: {origin}; style-src 'unsafe-inline'; font-src 'none'; "
    "form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)
YEAR = 365 * 24 * 60 * 60


@require_safe
def letter(request: HttpRequest, token: str) -> HttpResponse:
    """The very letter the reader got, with plain links: opening it counts as nothing."""
    found = reading.letter_as_sent(token, now=clock.utc_now())
    if found is None:
        return missing(request)
    message, rendered = found
    response = private(HttpResponse(rendered.html))
    response["Content-Security-Policy"] = POLICY.format(origin=settings.PUBLIC_URL)
    response["Content-Language"] = message.language
    return response


@require_safe
def picture(request: HttpRequest, name: str) -> HttpResponse:
    """A picture of the library; its random name never means another one, so it may be kept for a year."""
    content = pictures.read_picture(name)
    if content is None:
        return HttpResponse(status=404, content_type="text/plain; charset=utf-8")
    response = HttpResponse(content, content_type=pictures.TYPES[name.rpartition(".")[2]])
    response["Cache-Control"] = f"public, max-age={YEAR}, immutable"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    response["X-Content-Type-Options"] = "nosniff"
    return response
