"""Takes events in the Segment shape: Basic authentication with a write key, `messageId` counted once (RD-12).

No cookie is read or set here, hence no CSRF token (RS-38); browsers of other sites may call it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from guanxi.api.auth import write_key_of
from guanxi.api.segment import BATCH, CALL, TYPES, Call, alias_keys, read_call
from guanxi.api.strict_json import BadPayload, check_value, read_json
from guanxi.api.visitors import contact_of_visitor, identify, join
from guanxi.kernel import clock
from guanxi.ledger import actions as ledger_actions
from guanxi.staff.models import ApiToken


def _answer(status: int, **content: Any) -> HttpResponse:
    response = JsonResponse(content, status=status) if content else HttpResponse(status=status)
    response["Access-Control-Allow-Origin"] = "*"
    return response


def _refuse(status: int, message: str, field: str = "") -> HttpResponse:
    return _answer(status, success=False, errors=[{"field": field, "message": message}])


def _door(take: Callable[[HttpRequest, ApiToken, datetime], int]) -> Callable[[HttpRequest], HttpResponse]:
    """Key, method and refusals, the same for every call."""

    def view(request: HttpRequest) -> HttpResponse:
        if request.method == "OPTIONS":
            return _preflight()
        if request.method != "POST":
            response = _refuse(405, "Send a POST.")
            response["Allow"] = "POST, OPTIONS"
            return response
        key = write_key_of(request)
        if key is None:
            response = _refuse(401, "Send the write key as user name of Basic authentication.")
            response["WWW-Authenticate"] = 'Basic realm="write key"'
            return response
        try:
            recorded = take(request, key, clock.utc_now())
        except BadPayload as error:
            field, _, rest = str(error).partition(": ")
            return _refuse(400, str(error), field if rest and " " not in field else "")
        return _answer(200, success=True, recorded=recorded)

    return csrf_exempt(view)


def _preflight() -> HttpResponse:
    response = _answer(204)
    response["Access-Control-Allow-Methods"] = "POST"
    response["Access-Control-Allow-Headers"] = "Authorization, Content-Type"
    response["Access-Control-Max-Age"] = "86400"
    return response


def _body(request: HttpRequest, limits: Any) -> dict[str, Any]:
    if request.headers.get("Content-Encoding", "identity") != "identity":
        raise BadPayload("Compressed bodies are not read; send plain JSON.")
    length = request.headers.get("Content-Length", "")
    if length.isascii() and length.isdigit() and int(length) > limits.octets:
        raise BadPayload(f"The body is longer than {limits.octets // 1024} KB; send less at a time.")
    body = read_json(request.body, limits)
    if not isinstance(body, dict):
        raise BadPayload("A call must be a JSON object.")
    return body


def _one(kind: str) -> Callable[[HttpRequest], HttpResponse]:
    def take(request: HttpRequest, key: ApiToken, now: datetime) -> int:
        body = _body(request, CALL)
        call = read_call(body, kind=kind, now=now)
        with transaction.atomic():
            return _record(call, body, key, now)

    return _door(take)


def _take_batch(request: HttpRequest, key: ApiToken, now: datetime) -> int:
    """All or nothing: a mistake in one call refuses the batch before anything is written, so it may be sent again."""
    body = _body(request, BATCH)
    parts = body.get("batch")
    if not isinstance(parts, list):
        raise BadPayload("batch: must be a list of calls.")
    calls = []
    for number, part in enumerate(parts):
        try:
            check_value(part, CALL)
            kind = part.get("type", "") if isinstance(part, dict) else ""
            calls.append((read_call(part, kind=str(kind), now=now, sent_at=body.get("sentAt")), part))
        except BadPayload as error:
            raise BadPayload(f"batch[{number}].{error}") from None
    with transaction.atomic():
        return sum(_record(call, part, key, now) for call, part in calls)


def _record(call: Call, body: Mapping[str, Any], key: ApiToken, now: datetime) -> int:
    """Write one call; 1 when it is new, 0 when its messageId was known."""
    contact = contact_of_visitor(call.visitor_keys)
    source = f"key:{key.pk}"
    event = ledger_actions.record_event(
        name=call.name, occurred_at=call.occurred_at, now=now, source=source, contact=contact,
        anonymous_id=call.visitor_keys[-1], properties=call.properties, message_id=call.message_id,
        historical=call.historical,
    )  # fmt: skip
    if event is None:
        return 0
    if call.type == "identify":
        identify(call=call, source=source, now=now)
    elif call.type == "alias":
        join(names=alias_keys(body), source=source, now=now)
    elif len(call.visitor_keys) > 1 and contact is not None:
        identify(call=call, source=source, now=now, contact=contact)
    return 1


CALLS: dict[str, Callable[[HttpRequest], HttpResponse]] = {
    **{kind: _one(kind) for kind in TYPES},
    "batch": _door(_take_batch),
}
