"""Answers to a page of a shop: any origin may read them, they hold nothing about a person."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse

from guanxi.api.auth import write_key_named, write_key_of


def answer(status: int, **content: Any) -> HttpResponse:
    response = JsonResponse(content, status=status) if content else HttpResponse(status=status)
    response["Access-Control-Allow-Origin"] = "*"
    response["Cache-Control"] = "private, max-age=60" if status == 200 else "no-store"
    return response


def refuse(status: int, message: str) -> HttpResponse:
    """With the field that the sentence begins with."""
    field, _, rest = message.partition(": ")
    known = field if rest and " " not in field else ""
    return answer(status, errors=[{"field": known, "message": message}])


def at_the_door(request: HttpRequest) -> HttpResponse | None:
    """What a page gets that may not ask, or only asks whether it may; None lets it in."""
    if request.method == "OPTIONS":
        return _preflight()
    if request.method not in {"GET", "HEAD"}:
        return refuse(405, "Send a GET.")
    if write_key_of(request) is None and write_key_named(request.GET.get("writeKey")) is None:
        return refuse(401, "Send the write key as user name of Basic authentication or as writeKey.")
    return None


def _preflight() -> HttpResponse:
    response = answer(204)
    response["Access-Control-Allow-Methods"] = "GET"
    response["Access-Control-Allow-Headers"] = "Authorization"
    response["Access-Control-Max-Age"] = "86400"
    return response
