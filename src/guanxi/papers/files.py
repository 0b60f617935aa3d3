"""The drawer of files: under GUANXI_DATA/papers, named at random, written whole or not at all."""

from __future__ import annotations

import os
import re
import secrets
from pathlib import Path

from django.conf import settings
from django.utils.http import content_disposition_header

from guanxi.papers.checking import TYPES, ending_of

FILE_NAME = re.compile(r"[A-Za-z0-9_-]{22}\.(pdf|docx|xlsx|pptx|odt|ods|odp)")


def folder() -> Path:
    path: Path = settings.GUANXI_DATA / "papers"
    return path


def keep(raw: bytes) -> str:
    """The name under which the file is kept. Raises checking.BadFile."""
    name = f"{secrets.token_urlsafe(16)}.{ending_of(raw)}"
    folder().mkdir(parents=True, exist_ok=True, mode=0o700)
    beside = (folder() / name).with_suffix(".part")
    with beside.open("wb") as file:
        file.write(raw)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(folder() / name)
    return name


def read(name: str) -> bytes | None:
    """The bytes of a file that is kept here, or None for any other name."""
    if not FILE_NAME.fullmatch(name):
        return None
    try:
        return (folder() / name).read_bytes()
    except OSError:
        return None


def drop(name: str) -> None:
    if FILE_NAME.fullmatch(name):
        (folder() / name).unlink(missing_ok=True)


def headers(title: str, name: str) -> dict[str, str]:
    """What makes a browser save it under its title and take it for no page, whatever is in it (RS-13)."""
    shown = content_disposition_header(as_attachment=True, filename=shown_name(title, name))
    return {
        "Content-Type": TYPES[name.rpartition(".")[2]],
        "Content-Disposition": shown or "attachment",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-store",
    }


def shown_name(title: str, name: str) -> str:
    """The name a reader saves it by: its title, without what file systems take amiss."""
    plain = re.sub(r'[\\/:*?"<>|\x00-\x1f]+', " ", title)
    return f"{' '.join(plain.split())[:80].strip('. ') or 'document'}.{name.rpartition('.')[2]}"
