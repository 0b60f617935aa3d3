"""Takes events in the Segment shape: a write key, `messageId` counted once (RD-12), pages of the firm's own sites only.

No cookie is read or set here, hence no CSRF token (RS-38). A key that belongs to sites stands in their pages and is
public; any other one is a secret of a server, and is not taken from a browser at all.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from django.conf import settings
from django.core.cache import cache as memory
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from guanxi.api.auth import live_key, write_key_named, write_key_of
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


@dataclass(frozen=True, slots=True)
class Way:
    """How the body of one path is read, and how much it may hold."""

    read: Read
    limits: Limits


@dataclass(frozen=True, slots=True)
class Heard:
    """The calls of one request that may be carried out."""

    calls: Sequence[Call]
    sender: Sender
    origin: str
    at: datetime


class Keys:
    """What is known of keys at one moment: requests that are heard together ask the database once."""

    def __init__(self) -> None:
        self.live = cache(live_key)
        self.origins_of = cache(tracking_queries.origins_of)


def view_of(way: Way) -> View:
    """Method, key, origin, rate and refusals, the same for every call."""

    def view(request: HttpRequest) -> HttpResponse:
        if request.method == "OPTIONS":
            origin = request.headers.get("Origin", "")
            return _let(_preflight(), origin, tracking_queries.is_site(origin))
        if request.method != "POST":
            response = refuse(405, "Send a POST.")
            response["Allow"] = "POST, OPTIONS"
            return response
        heard = hear(request, way, Keys())
        if isinstance(heard, HttpResponse):
            return heard
        with transaction.atomic():
            return carry_out(heard)

    return csrf_exempt(view)


def hear(request: HttpRequest, way: Way, keys: Keys) -> Heard | HttpResponse:
    """What this request asks to be carried out, or why it is refused."""
    origin = request.headers.get("Origin", "")
    try:
        return _heard(request, origin, way, keys)
    except BadPayload as error:
        field, _, rest = str(error).partition(": ")
        response = refuse(400, str(error), field if rest and " " not in field else "")
        return _let(response, origin, tracking_queries.is_site(origin))


def _heard(request: HttpRequest, origin: str, way: Way, keys: Keys) -> Heard | HttpResponse:
    key = write_key_of(request, keys.live)
    body = _body(request, way.limits) if key else _body_of_a_stranger(request, origin, way.limits)
    key = key or write_key_named(body.get("writeKey"), keys.live)
    if key is None:
        response = refuse(401, "Send the write key as user name of Basic authentication.")
        response["WWW-Authenticate"] = 'Basic realm="write key"'
        return _let(response, origin, False)
    origins = keys.origins_of(key.pk)
    if origin and origin not in origins:
        refusal = "This key is not taken from this page; name its address under Firm → Web shop."
        return _let(refuse(403, refusal), origin, False)
    if origins and _is_too_often(request, key):
        response = refuse(429, "Too many requests from this address; try again in a minute.")
        response["Retry-After"] = "60"
        return _let(response, origin, True)
    now = clock.utc_now()
    sender = Sender(source=f"key:{key.pk}", name=key.name[:50], is_public=bool(origins))
    return Heard(way.read(body, now), sender, origin, now)


def carry_out(heard: Heard) -> HttpResponse:
    """The answer, which holds once the transaction it is called in is committed."""
    taken = [collecting.take(call=call, sender=heard.sender, now=heard.at) for call in heard.calls]
    warnings = list(dict.fromkeys(each for one in taken for each in one.warnings))[:20]
    told: dict[str, Any] = {"warnings": warnings} if warnings else {}
    response = _answer(200, success=True, recorded=sum(one.recorded for one in taken), **told)
    return _let(response, heard.origin, True)


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
    memory.add(slot, 0, timeout=120)
    return memory.incr(slot) > REQUESTS_A_MINUTE


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
            head, colon, _ = str(error).partition(": ")
            mark = "." if colon and " " not in head else ": "  # whether it names a field of the call
            raise BadPayload(f"batch[{number}]{mark}{error}") from None
    return calls


def _answer(status: int, **content: Any) -> HttpResponse:
    return JsonResponse(content, status=status) if content else HttpResponse(status=status)


def refuse(status: int, message: str, field: str = "") -> HttpResponse:
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


CALLS = {
    **{kind: Way(_one(kind), CALL) for kind in TYPES},
    "batch": Way(_batch, BATCH),
    "klaviyo/events": Way(lambda body, now: [read_event(body, now=now)], CALL),
}
