"""The keyring of this installation: its key file, opened with the master key and read again when it changes.

`GUANXI_KEYS` (the content) comes from the environment, or the file GUANXI_KEYS_PATH is made once and kept.
"""

from __future__ import annotations

import contextlib
import os
from functools import lru_cache
from pathlib import Path
from tempfile import NamedTemporaryFile

from django.conf import settings

from guanxi.kernel import sealing
from guanxi.kernel.sealing import Keyring


class KeysAreGiven(Exception):
    """The data keys come from GUANXI_KEYS; add the new line there and start again."""


def ring() -> Keyring:
    """Raises sealing.WrongMasterKey."""
    if settings.GUANXI_KEYS:
        return _opened(settings.GUANXI_MASTER_KEY, settings.GUANXI_KEYS)
    path = Path(settings.GUANXI_KEYS_PATH)
    try:
        found = path.stat()
    except FileNotFoundError:
        make(path, settings.GUANXI_MASTER_KEY, pepper=settings.SECRET_KEY)
        found = path.stat()
    return _read(str(path), settings.GUANXI_MASTER_KEY, found.st_mtime_ns, found.st_ino)


def make(path: Path, master: str, *, pepper: str) -> None:
    """Write the first key file; another process of this installation may be first."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = _part(path, sealing.new_key_file(master, pepper))
    try:
        with contextlib.suppress(FileExistsError):
            os.link(part, path)
    finally:
        part.unlink()


def add_key() -> str:
    """A further data key, which seals from now on; returns its id. Raises KeysAreGiven."""
    if settings.GUANXI_KEYS:
        raise KeysAreGiven
    path = Path(settings.GUANXI_KEYS_PATH)
    ring()
    text = path.read_text(encoding="ascii") + sealing.new_key_line(settings.GUANXI_MASTER_KEY)
    _part(path, text).replace(path)
    return ring().current


def drop_keys(kids: set[str]) -> None:
    """Destroy data keys for good; the caller has seen that nothing is sealed with them. Raises KeysAreGiven."""
    if settings.GUANXI_KEYS:
        raise KeysAreGiven
    path = Path(settings.GUANXI_KEYS_PATH)
    kids = kids - {ring().current, sealing.PEPPER}
    lines = path.read_text(encoding="ascii").splitlines(keepends=True)
    _part(path, "".join(line for line in lines if line.partition(" ")[0] not in kids)).replace(path)


@lru_cache(maxsize=8)
def _read(path: str, master: str, _changed: int, _inode: int) -> Keyring:
    return _opened(master, Path(path).read_text(encoding="ascii"))


@lru_cache(maxsize=8)
def _opened(master: str, text: str) -> Keyring:
    return sealing.open_key_file(master, text)


def _part(path: Path, text: str) -> Path:
    """A complete file beside `path` that only this user can read."""
    with NamedTemporaryFile("w", encoding="ascii", dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    part = Path(file.name)
    part.chmod(0o400)
    return part
