"""Files of the drawer for staff: saved under their title, never shown as a page (RS-13)."""

from __future__ import annotations

from django.http import Http404, HttpResponse

from guanxi.papers import files


def file_answer(name: str, title: str) -> HttpResponse:
    """A kept file as an attachment; 404 when it is gone."""
    content = files.read(name)
    if content is None:
        raise Http404
    response = HttpResponse(content, content_type=files.media_type(name))
    response["Content-Disposition"] = files.disposition(title, name)
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response
