"""The drawer: mails as .eml files in a folder, for a look before anything leaves the house."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from datetime import UTC
from pathlib import Path
from uuid import uuid4

from guanxi.transports.base import ACCEPTED, DEFERRED, Envelope, Receipt

NAME = re.compile(r"[0-9T]+Z-[A-Za-z0-9._@+-]+\.eml")


class Drawer:
    """A transport that accepts everything; a file appears whole or not at all, and survives a power cut."""

    lanes = 20

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def carry(self, envelopes: Sequence[Envelope]) -> list[Receipt]:
        receipts = []
        for envelope in envelopes:
            try:
                self._put(envelope)
                receipts.append(Receipt(ACCEPTED, "done", 250, "2.0.0", "Lies in the drawer."))
            except OSError as error:
                receipts.append(Receipt(DEFERRED, "data", text=str(error.strerror), reason="local"))
        if receipts:
            _sync_folder(self.folder)
        return receipts

    def close(self) -> None:
        return None

    def _put(self, envelope: Envelope) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        draft = self.folder / f".{uuid4().hex}.draft"
        try:
            with draft.open("xb") as file:
                file.write(envelope.message)
                file.flush()
                os.fsync(file.fileno())
            draft.rename(self.folder / file_name(envelope))
        finally:
            draft.unlink(missing_ok=True)


def file_name(envelope: Envelope) -> str:
    """Sorts by time; the Message-ID, less what a file system dislikes, tells mails of one moment apart."""
    moment = envelope.at.astimezone(UTC)
    safe_id = re.sub(r"[^A-Za-z0-9.@_+-]", "", envelope.message_id)[:120]
    return f"{moment:%Y%m%dT%H%M%S%f}Z-{safe_id}.eml"


def letters(folder: Path, *, limit: int = 200) -> list[str]:
    """The file names in the drawer, newest first."""
    if not folder.is_dir():
        return []
    names = (entry.name for entry in os.scandir(folder) if NAME.fullmatch(entry.name))
    return sorted(names, reverse=True)[:limit]


def read_letter(folder: Path, name: str) -> bytes:
    """The bytes of one mail; raises FileNotFoundError for anything that is not a name of letters()."""
    if not NAME.fullmatch(name):
        raise FileNotFoundError(name)
    return (folder / name).read_bytes()


def _sync_folder(folder: Path) -> None:
    if os.name != "posix" or not folder.is_dir():
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
