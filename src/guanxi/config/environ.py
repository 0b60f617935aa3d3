"""Typed readers of the environment. An odd value stops the start with one sentence (house B9)."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit


class OddSetting(Exception):
    """An environment variable holds a value that cannot be used."""

    def __init__(self, name: str, remedy: str) -> None:
        self.name = name
        self.remedy = remedy
        super().__init__(f"{name}: {remedy}")


class Environ:
    """The environment as typed values; every name is looked up here and nowhere else."""

    def __init__(self, values: Mapping[str, str] | None = None) -> None:
        self.values = os.environ if values is None else values

    def text(self, name: str, default: str = "") -> str:
        return self.values.get(name, "").strip() or default

    def flag(self, name: str, *, default: bool = False) -> bool:
        """Exactly ``True``, ``False`` or nothing."""
        value = self.text(name)
        if value not in {"", "True", "False"}:
            raise OddSetting(name, f"is {value!r}; write True or False.")
        return default if value == "" else value == "True"

    def number(self, name: str, default: int, *, least: int = 0) -> int:
        value = self.text(name)
        if not value:
            return default
        if not value.isascii() or not value.isdigit() or int(value) < least:
            raise OddSetting(name, f"is {value!r}; write a whole number of at least {least}.")
        return int(value)

    def secret(self, name: str) -> str:
        """The value of NAME, or the content of the file that NAME_FILE points to; never both."""
        value, path = self.text(name), self.text(f"{name}_FILE")
        if value and path:
            raise OddSetting(name, f"is set, and {name}_FILE too; keep one of them.")
        if not path:
            return value
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise OddSetting(f"{name}_FILE", f"cannot be read ({error.strerror}); check the path.") from None

    def folder(self, name: str, default: str) -> Path:
        path = Path(self.text(name, default)).expanduser().absolute()
        if path.exists() and not path.is_dir():
            raise OddSetting(name, f"is {path}, which is a file; name a folder.")
        return path

    def public_url(self, name: str, default: str) -> str:
        value = self.secret(name) or default
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
            raise OddSetting(name, f"is {value!r}; write an address such as https://crm.example.com.")
        return value.rstrip("/")

    def database(self, name: str, *, folder: Path) -> dict[str, Any]:
        """A Django database entry for ``postgresql://…`` or ``sqlite:///path``; SQLite in `folder` by default."""
        url = self.secret(name)
        if not url:
            return sqlite_database(folder / "guanxi.sqlite3")
        parts = urlsplit(url)
        if parts.scheme == "sqlite":
            path = unquote(parts.path)
            if not path.lstrip("/"):
                raise OddSetting(name, "names no file; write sqlite:////absolute/path.sqlite3.")
            return sqlite_database(Path(path[1:] if path.startswith("//") else path.lstrip("/")))
        if parts.scheme not in {"postgres", "postgresql"}:
            raise OddSetting(name, f"begins with {parts.scheme!r}; write postgresql://user:password@host/name.")
        if not parts.path.lstrip("/"):
            raise OddSetting(name, "names no database; write postgresql://user:password@host/name.")
        return postgresql_database(parts.path, parts.hostname, parts.port, parts.username, parts.password, parts.query)


def sqlite_database(path: Path) -> dict[str, Any]:
    """Settings of reliability.md RD-16: write-ahead log, full sync, writers begin at once."""
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(path),
        # Opening takes as long as the questions of a page.
        "CONN_MAX_AGE": 60,
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            # Longer than an import of a million lines holds the one write lock.
            "timeout": 60,
            "init_command": (
                "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA busy_timeout=60000;"
                "PRAGMA secure_delete=ON; PRAGMA temp_store=MEMORY; PRAGMA cache_size=-64000;"
            ),
        },
    }


def postgresql_database(
    path: str, host: str | None, port: int | None, user: str | None, password: str | None, query: str
) -> dict[str, Any]:
    options: dict[str, Any] = {key: values[-1] for key, values in parse_qs(query).items()}
    host = options.pop("host", None) or (unquote(host) if host else "")
    options.setdefault("options", "-c synchronous_commit=on -c idle_in_transaction_session_timeout=120000")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(path.lstrip("/")),
        "HOST": host,
        "PORT": str(port or ""),
        "USER": unquote(user or ""),
        "PASSWORD": unquote(password or ""),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": options,
    }
