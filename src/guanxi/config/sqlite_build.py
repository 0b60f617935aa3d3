"""Puts the fixed SQLite build in the place of the standard library's, before Django loads it (RD-16).

Debian 12's SQLite 3.40.1 can corrupt a write-ahead log with two connections; the wheel `pysqlite3` carries a
later one. Where no wheel exists the standard build stays and `guanxi doctor` warns.
"""

from __future__ import annotations

import importlib
import sys

FIXED_FROM = (3, 51, 3)
ALSO_FIXED = {(3, 50): 7, (3, 44): 6}


def is_fixed(version: tuple[int, int, int]) -> bool:
    """Whether a SQLite of this version is free of the WAL-reset bug."""
    patch = ALSO_FIXED.get(version[:2])
    return version >= FIXED_FROM or (patch is not None and version[2] >= patch)


def use_fixed_build() -> None:
    """Replace `sqlite3` by `pysqlite3` when that is installed and `sqlite3` is not loaded yet by a database."""
    try:
        build = importlib.import_module("pysqlite3")
        dbapi2 = importlib.import_module("pysqlite3.dbapi2")
    except ImportError:
        return
    sys.modules["sqlite3"] = build
    sys.modules["sqlite3.dbapi2"] = dbapi2
