"""The picture library: taking in, describing, removing; files under GUANXI_DATA/pictures, named at random (RS-13)."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import transaction

from guanxi.content import imaging
from guanxi.content import queries as content_queries
from guanxi.content.imaging import BadPicture
from guanxi.content.models import Picture
from guanxi.staff.models import User

__all__ = ["BadPicture"]

FILE_NAME = re.compile(r"[A-Za-z0-9_-]{16,32}(-s)?\.(png|jpg)")
TYPES = {"png": "image/png", "jpg": "image/jpeg"}


class StillShown(Exception):
    """A published letter shows this picture, and whoever got it still opens it."""


def folder() -> Path:
    path: Path = settings.GUANXI_DATA / "pictures"
    return path


def small_name(name: str) -> str:
    """The file of mail width beside the full one."""
    stem, _, ending = name.rpartition(".")
    return f"{stem}-s.{ending}"


def add_picture(*, raw: bytes, alt: str, uploaded_by: User | None, now: datetime) -> Picture:
    """Re-encoded and kept; the same file again is the picture that is there. Raises BadPicture."""
    alt = _alt(alt)
    digest = hashlib.sha256(raw).hexdigest()
    if known := Picture.objects.filter(sha256=digest).first():
        return known
    encoded = imaging.encode(raw)
    name = f"{secrets.token_urlsafe(16)}.{encoded.ending}"
    _keep(name, encoded.full)
    _keep(small_name(name), encoded.small)
    return Picture.objects.create(
        name=name, sha256=digest, alt=alt, width=encoded.width, height=encoded.height, weight=len(encoded.full),
        uploaded_by=uploaded_by, uploaded_at=now,
    )  # fmt: skip


def describe_picture(*, picture: Picture, alt: str) -> Picture:
    """Raises BadPicture."""
    picture.alt = _alt(alt)
    picture.save(update_fields=["alt"])
    return picture


@transaction.atomic
def remove_picture(*, picture: Picture) -> None:
    """Row and files. Raises StillShown."""
    if content_queries.letters_that_show(picture).exists():
        raise StillShown
    name = picture.name
    picture.delete()
    transaction.on_commit(lambda: _drop_files(name))


def read_picture(name: str) -> bytes | None:
    """The bytes of a file of the library, or None for any other name."""
    if not FILE_NAME.fullmatch(name):
        return None
    try:
        return (folder() / name).read_bytes()
    except OSError:
        return None


def _alt(alt: str) -> str:
    alt = " ".join(alt.replace("\x00", "").split())
    if not alt or len(alt) > 300:
        raise BadPicture("Description: say in one to 300 characters what the picture shows.")
    return alt


def _drop_files(name: str) -> None:
    for each in (name, small_name(name)):
        (folder() / each).unlink(missing_ok=True)


def _keep(name: str, content: bytes) -> None:
    """Whole or not at all: a reader never gets half a file."""
    folder().mkdir(parents=True, exist_ok=True)
    path = folder() / name
    beside = path.with_suffix(".part")
    with beside.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
