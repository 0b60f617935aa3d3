"""A POST or PATCH with an `Idempotency-Key` is carried out once; sent again, it gets the first answer (RD-14)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI

from guanxi.api.auth import api_token_of
from guanxi.api.mistakes import FieldMistake
from guanxi.api.strict_json import is_clean
from guanxi.kernel import clock
from guanxi.pipeline import requests
from guanxi.pipeline.models import KeptAnswer
from guanxi.staff.models import ApiToken

LONGEST_KEY = 255
METHODS = ("POST", "PATCH")

Run = Callable[..., HttpResponse]


def once(api: NinjaAPI) -> Callable[[Run], Run]:
    """A decorator for every operation of `api`, outermost, so that refusals are repeated too."""

    def decorate(run: Run) -> Run:
        @wraps(run)
        def wrapped(request: HttpRequest, **path: Any) -> HttpResponse:
            key = request.headers.get("Idempotency-Key", "").strip()
            token = api_token_of(request) if key and request.method in METHODS else None
            if token is None:
                return run(request, **path)
            try:
                return _answer_once(request, token, key, lambda: run(request, **path))
            except FieldMistake as error:
                return api.on_exception(request, error)

        return wrapped

    return decorate


def _answer_once(
    request: HttpRequest, token: ApiToken, key: str, carry_out: Callable[[], HttpResponse]
) -> HttpResponse:  # fmt: skip
    """The answer of `carry_out`, or the one kept for this key; an answer of 500 or more is not kept.

    Raises FieldMistake: 422 for the same key with another request, 409 while the first is under way.
    """
    if len(key) > LONGEST_KEY or not is_clean(key):
        raise FieldMistake("Idempotency-Key", f"It is longer than {LONGEST_KEY} characters or holds odd ones.")
    fingerprint = _fingerprint(request)
    kept, is_new = requests.begin(token=token, key=key, fingerprint=fingerprint, now=clock.utc_now())
    if not is_new:
        return _again(kept, fingerprint)
    try:
        response = carry_out()
    except BaseException:
        requests.forget(kept)
        raise
    if response.status_code >= 500:
        requests.forget(kept)
    else:
        requests.keep(kept, status=response.status_code, content=response.content.decode())
    return response


def _again(kept: KeptAnswer, fingerprint: str) -> HttpResponse:
    if kept.fingerprint != fingerprint:
        raise FieldMistake("Idempotency-Key", "This key belongs to another request; choose a new one.")
    if kept.status is None:
        raise FieldMistake("Idempotency-Key", "The first request is still under way; try again.", status=409)
    response = HttpResponse(kept.content, status=kept.status, content_type="application/json; charset=utf-8")
    response["Idempotency-Replayed"] = "true"
    return response


def _fingerprint(request: HttpRequest) -> str:
    line = f"{request.method} {request.get_full_path()}\n".encode()
    return hashlib.sha256(line + request.body).hexdigest()
