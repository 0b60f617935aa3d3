"""Files of the drawer for staff: taken from forms, saved under their title, never shown as a page (RS-13)."""

from __future__ import annotations

from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.forms import ValidationError
from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _

from guanxi.papers import checking, files


def file_answer(name: str, title: str) -> HttpResponse:
    """A kept file as an attachment; 404 when it is gone."""
    content = files.read(name)
    if content is None:
        raise Http404
    return HttpResponse(content, headers=files.headers(title, name))


def uploaded(file: UploadedFile[Any] | None) -> bytes | None:
    """What a form's file holds; None without one. Raises ValidationError for too much."""
    if file is None:
        return None
    if (file.size or 0) > checking.MOST_BYTES:
        raise ValidationError(_("The file is larger than 20 MB; save it smaller."))
    return bytes(file.read())
