"""Takes the reports of mail providers: raw body, proof by the provider's own way, sizes bounded (RS-23, RS-24).

Whoever cannot prove himself gets the same answer as whoever names a provider that is not in use.
"""

from __future__ import annotations

import zlib

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from guanxi.api.strict_json import BadPayload, Limits, read_json
from guanxi.inbox import reports
from guanxi.inbox.providers.base import Request, Unproven
from guanxi.kernel import clock
from guanxi.webhooks import caller

COMPRESSED = 256 * 1024
INFLATED = 1024 * 1024
REPORT = Limits(octets=INFLATED, depth=6, keys=100, items=1000, characters=4096)
# SNS wraps the report as a text within its own envelope.
ENVELOPE = Limits(octets=INFLATED, depth=3, keys=30, items=10, characters=COMPRESSED)
CERTIFICATE_KEPT = 24 * 3600


@csrf_exempt
@require_POST
def take_report(request: HttpRequest, provider: str) -> HttpResponse:
    """204 once everything is kept, also for what was known; 403 without proof, 400 for what cannot be read."""
    try:
        body = body_of(request)
        payload = read_json(body, ENVELOPE if provider == "ses" else REPORT)
        reports.check(
            provider=provider,
            request=Request(
                body, {name.lower(): value for name, value in request.headers.items()}, clock.utc_now(), certificate
            ),
            payload=payload,
        )
        reports.take_all(provider=provider, payload=payload, now=clock.utc_now())
    except Unproven:
        return _refuse(403, "Not proved; see the page of the providers' keys.")
    except BadPayload as error:
        return _refuse(400, str(error))
    return HttpResponse(status=204)


def body_of(request: HttpRequest) -> bytes:
    """The body, inflated within bounds. Raises BadPayload."""
    raw = request.read(INFLATED + 1)
    if len(raw) > INFLATED:
        raise BadPayload("The body is too long; send less at a time.")
    coding = request.headers.get("Content-Encoding", "").strip().lower()
    if coding in ("", "identity"):
        return raw
    if coding not in ("gzip", "deflate") or len(raw) > COMPRESSED:
        raise BadPayload("The body is compressed in a way that is not taken; send it plain.")
    try:
        inflating = zlib.decompressobj(wbits=47)
        inflated = inflating.decompress(raw, INFLATED + 1)
    except zlib.error:
        raise BadPayload("The body cannot be inflated.") from None
    if len(inflated) > INFLATED or inflating.unconsumed_tail:
        raise BadPayload("The body is too long when inflated; send less at a time.")
    return inflated


def certificate(url: str) -> bytes:
    """Amazon's certificate at an address that was checked; fetched through the guarded client and kept for a day."""
    key = f"sns-certificate:{url}"
    known = cache.get(key)
    if known is None:
        known = caller.fetch(url=url)
        if known:
            cache.set(key, known, CERTIFICATE_KEPT)
    return bytes(known or b"")


def _refuse(status: int, sentence: str) -> HttpResponse:
    return JsonResponse({"errors": [{"message": sentence}]}, status=status)
