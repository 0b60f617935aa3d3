"""Answers to a page of a shop: any origin may read them, they hold nothing about a person."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, JsonResponse


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


def preflight() -> HttpResponse:
    response = answer(204)
    response["Access-Control-Allow-Methods"] = "GET"
    response["Access-Control-Allow-Headers"] = "Authorization"
    response["Access-Control-Max-Age"] = "86400"
    return response
