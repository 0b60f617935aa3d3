"""The script for the pages of a web shop, as small as it can be served without changing what it does."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.views.decorators.http import require_safe

SOURCE = Path(__file__).parent / "shop.js"
KEPT_SECONDS = 3600


@cache
def lean_script() -> tuple[bytes, str]:
    """The script without the lines that only explain it, without indentation; and its tag."""
    lines = (line.strip() for line in SOURCE.read_text(encoding="utf-8").splitlines())
    script = "\n".join(line for line in lines if line and not line.startswith("//")).encode()
    return script, f'"{hashlib.sha256(script).hexdigest()[:20]}"'


@require_safe
def shop_script(request: HttpRequest) -> HttpResponse:
    """For everybody; a browser keeps it for an hour and then asks whether it has changed."""
    script, tag = lean_script()
    if request.headers.get("If-None-Match") == tag:
        response: HttpResponse = HttpResponseNotModified()
    else:
        response = HttpResponse(script, content_type="text/javascript; charset=utf-8")
    response["ETag"] = tag
    response["Cache-Control"] = f"public, max-age={KEPT_SECONDS}, stale-while-revalidate=86400"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response
