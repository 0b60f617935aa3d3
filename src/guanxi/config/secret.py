"""The installation's one secret: given by the environment, or made once and kept in the data folder."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from guanxi.config.environ import Environ, OddSetting

LEAST_LENGTH = 32


def installation_secret(environ: Environ, folder: Path) -> str:
    """The value of GUANXI_SECRET (or GUANXI_SECRET_FILE), else the content of `folder`/secret.

    Raises OddSetting when a given secret is shorter than 32 characters.
    """
    given = environ.secret("GUANXI_SECRET")
    if given:
        if len(given) < LEAST_LENGTH:
            raise OddSetting("GUANXI_SECRET", f"is shorter than {LEAST_LENGTH} characters; choose a longer one.")
        return given
    return kept_or_made(folder / "secret", "GUANXI_SECRET")


def kept_or_made(path: Path, name: str) -> str:
    """The content of `path`, which is made when it is not there. Raises OddSetting under `name` when it is damaged."""
    try:
        kept = path.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return _make(path)
    if len(kept) < LEAST_LENGTH:
        raise OddSetting(name, f"{path} is damaged; restore it from a backup.")
    return kept


def _make(path: Path) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    value = secrets.token_urlsafe(48)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400)
    except FileExistsError:  # another process of this installation was first
        return path.read_text(encoding="ascii").strip()
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(value + "\n")
        file.flush()
        os.fsync(file.fileno())
    return value
