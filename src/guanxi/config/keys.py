"""The master key, which opens the data keys that seal secrets in the database (RE-03). It is not the SECRET_KEY."""

from __future__ import annotations

from pathlib import Path

from guanxi.config.environ import Environ, OddSetting
from guanxi.config.secret import LEAST_LENGTH, kept_or_made


def master_key(environ: Environ, folder: Path) -> str:
    """The value of GUANXI_MASTER_KEY (or GUANXI_MASTER_KEY_FILE), else the content of `folder`/master-key.

    Raises OddSetting when a given key is shorter than 32 characters.
    """
    given = environ.secret("GUANXI_MASTER_KEY")
    if given and len(given) < LEAST_LENGTH:
        raise OddSetting("GUANXI_MASTER_KEY", f"is shorter than {LEAST_LENGTH} characters; choose a longer one.")
    return given or kept_or_made(folder / "master-key", "GUANXI_MASTER_KEY")
