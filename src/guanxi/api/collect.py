"""Takes events in the Segment shape: a write key, `messageId` counted once (RD-12), pages of the firm's own sites only.

No cookie is read or set here, hence no CSRF token (RS-38). A key that belongs to sites stands in their pages and is
public; any other one is a secret of a server, and is not taken from a browser at all.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from guanxi.api.auth import write_key_named, write_key_of
from guanxi.api.klaviyo import read_event
from guanxi.api.segment import BATCH, CALL, TYPES, is_history, read_call
from guanxi.api.strict_json import BadPayload, Limits, check_value, read_json
from guanxi.kernel import clock
from guanxi.kernel.hops import client_address
from guanxi.staff.models import ApiToken
from guanxi.tracking import collecting
from guanxi.tracking import queries as tracking_queries
from guanxi.tracking.calls import Call, Sender

REQUESTS_A_MINUTE = 600  # of one address with a public key
View = Callable[[HttpRequest], HttpResponse]
Read = Callable[[dict[str, Any], datetime], list[Call]]


def _door(read: Read, limits: Limits) -> View:
    """Method, key, origin, rate and refusals, the same for every call."""

    def view(request: HttpRequest) -> HttpResponse:
        origin = request.headers.get("Origin", "")
        if request.method == "OPTIONS":
            return _let(_preflight(), origin, tracking_queries.is_site(origin))
        if request.method != "POST":
            response = _refuse(405, "Send a POST.")
            response["Allow"] = "POST, OPTIONS"
            return response
        try:
            response, is_known = _take(request, origin, read, limits)
        except BadPayload as error:
            field, _, rest = str(error).partition(": ")
            response = _refuse(400, str(error), field if rest and " " not in field else "")
            is_known = tracking_queries.is_site(origin)
        return _let(response, origin, is_known)

    return csrf_exempt(view)


def _take(request: HttpRequest, origin: str, read: Read, limits: Limits) -> tuple[HttpResponse, bool]:
    """The answer, and whether the page that asks may read it."""
    key = write_key_of(request)
    body = _body(request, limits) if key else _body_of_a_stranger(request, origin, limits)
    key = key or write_key_named(body.get("writeKey"))
    if key is None:
        response = _refuse(401, "Send the write key as user name of Basic authentication.")
        response["WWW-Authenticate"] = 'Basic realm="write key"'
        return response, False
    origins = tracking_queries.origins_of(key.pk)
    if origin and origin not in origins:
        return _refuse(403, "This key is not taken from this page; name its address under Firm → Web shop."), False
    if origins and _is_too_often(request, key):
        response = _refuse(429, "Too many requests from this address; try again in a minute.")
        response["Retry-After"] = "60"
        return response, True
    now = clock.utc_now()
    calls = read(body, now)
    sender = Sender(source=f"key:{key.pk}", name=key.name[:50], is_public=bool(origins))
    with transaction.atomic():
        taken = [collecting.take(call=call, sender=sender, now=now) for call in calls]
    warnings = list(dict.fromkeys(each for one in taken for each in one.warnings))[:20]
    told: dict[str, Any] = {"warnings": warnings} if warnings else {}
    return _answer(200, success=True, recorded=sum(one.recorded for one in taken), **told), True


def _body_of_a_stranger(request: HttpRequest, origin: str, limits: Limits) -> dict[str, Any]:
    """What may hold the key of a page's script; whoever shows no key is not told what is wrong with his text."""
    if request.headers.get("Authorization") and not origin:
        return {}
    try:
        return _body(request, limits)
    except BadPayload:
        return {}


def _is_too_often(request: HttpRequest, key: ApiToken) -> bool:
    """Counted per address and minute, in the memory of this process."""
    address = client_address(request.META, behind_proxy=bool(settings.SECURE_PROXY_SSL_HEADER))
    slot = f"collect:{key.pk}:{address}:{int(clock.utc_now().timestamp()) // 60}"
    cache.add(slot, 0, timeout=120)
    return cache.incr(slot) > REQUESTS_A_MINUTE


def _body(request: HttpRequest, limits: Limits) -> dict[str, Any]:
    if request.headers.get("Content-Encoding", "identity") != "identity":
        raise BadPayload("Compressed bodies are not read; send plain JSON.")
    length = request.headers.get("Content-Length", "")
    if length.isascii() and length.isdigit() and int(length) > limits.octets:
        raise BadPayload(f"The body is longer than {limits.octets // 1024} KB; send less at a time.")
    body = read_json(request.body, limits)
    if not isinstance(body, dict):
        raise BadPayload("A call must be a JSON object.")
    return body


def _one(kind: str) -> Read:
    return lambda body, now: [read_call(body, kind=kind, now=now)]


def _batch(body: dict[str, Any], now: datetime) -> list[Call]:
    """All or nothing: a mistake in one call refuses the batch before anything is written, so it may be sent again."""
    parts = body.get("batch")
    if not isinstance(parts, list):
        raise BadPayload("batch: must be a list of calls.")
    history, calls = is_history(body), []
    for number, part in enumerate(parts):
        try:
            check_value(part, CALL)
            kind = str(part.get("type", "")) if isinstance(part, dict) else ""
            calls.append(read_call(part, kind=kind, now=now, sent_at=body.get("sentAt"), backfill=history))
        except BadPayload as error:
            raise BadPayload(f"batch[{number}].{error}") from None
    return calls


def _answer(status: int, **content: Any) -> HttpResponse:
    return JsonResponse(content, status=status) if content else HttpResponse(status=status)


def _refuse(status: int, message: str, field: str = "") -> HttpResponse:
    return _answer(status, success=False, errors=[{"field": field, "message": message}])


def _preflight() -> HttpResponse:
    response = _answer(204)
    response["Access-Control-Allow-Methods"] = "POST"
    response["Access-Control-Allow-Headers"] = "Authorization, Content-Type"
    response["Access-Control-Max-Age"] = "86400"
    return response


def _let(response: HttpResponse, origin: str, is_known: bool) -> HttpResponse:
    """Let the page read the answer when it is one of ours; a script of any other site learns nothing."""
    response["Vary"] = "Origin"
    if origin and is_known:
        response["Access-Control-Allow-Origin"] = origin
    return response


CALLS: dict[str, View] = {
    **{kind: _door(_one(kind), CALL) for kind in TYPES},
    "batch": _door(_batch, BATCH),
    "klaviyo/events": _door(lambda body, now: [read_event(body, now=now)], CALL),
}
