"""Is anything left of a person? Searches the whole database and every file for texts, in all shapes they may have.

On SQLite the files of the database are searched byte by byte as well, its log included; on PostgreSQL every table is
searched through the server, since its files belong to it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import connection

from guanxi.kernel.resealing import sealed_columns
from guanxi.kernel.sealed_field import Unreadable
from guanxi.privacy import columns
from guanxi.privacy.layers import KEYS, hits_in
from guanxi.privacy.shapes import sought, spellings, texts_of

SHORTEST = 3


@dataclass(frozen=True, slots=True)
class Finding:
    """Where a text was found, how often. `where` is a table and column, or a file and what lies in it."""

    kind: str
    where: str
    count: int


class TooShort(ValueError):
    """A text to be searched for needs at least three characters, or two Chinese ones."""


def search(texts: Sequence[str], *, with_files: bool = True) -> list[Finding]:
    """Every place in which one of the texts stands. Raises TooShort."""
    wanted = [text.strip() for text in texts if text.strip()]
    if not wanted or not all(map(is_long_enough, wanted)):
        raise TooShort
    found = list(_in_tables(wanted)) + list(_in_sealed(wanted)) + list(_in_sessions(wanted))
    if with_files:
        found += _in_files(wanted)
    return found


def is_long_enough(text: str) -> bool:
    return len(text) >= (SHORTEST if text.isascii() else 2)


def _in_tables(texts: Sequence[str]) -> Iterator[Finding]:
    """Every column of every table, whoever made it, as text."""
    shapes = columns.essential(shape for text in texts for shape in texts_of(text))
    tables = {table: columns.names(table) for table in columns.tables()}
    for table, names in tables.items():
        if names and columns.count(table, names, shapes):
            for name in names:
                if count := columns.count(table, [name], shapes):
                    yield Finding("table", f"{table}.{name}", count)


def _in_sealed(texts: Sequence[str]) -> Iterator[Finding]:
    """Sealed columns, opened."""
    pattern = _words(texts)
    for model, field in sealed_columns():
        rows = model._base_manager.exclude(**{field.name: ""}).only("pk", "uid", field.name)
        opened = (getattr(row, field.attname) for row in rows.iterator(chunk_size=500))
        if count := sum(1 for text in opened if text and not isinstance(text, Unreadable) and pattern.search(text)):
            yield Finding("sealed", f"{model._meta.db_table}.{field.column}", count)


def _in_sessions(texts: Sequence[str]) -> Iterator[Finding]:
    from django.contrib.sessions.models import Session

    pattern = _words(texts)
    opened = (json.dumps(row.get_decoded(), ensure_ascii=False, default=str) for row in Session.objects.all())
    if count := sum(1 for text in opened if pattern.search(text)):
        yield Finding("sealed", "django_session.session_data", count)


def _words(texts: Iterable[str]) -> re.Pattern[str]:
    spelled = {spelling for text in texts for spelling in spellings(text)}
    shapes = spelled | {json.dumps(each)[1:-1] for each in spelled}
    return re.compile("|".join(map(re.escape, sorted(shapes, key=len, reverse=True))), re.IGNORECASE)


def _in_files(texts: Sequence[str]) -> Iterator[Finding]:
    wanted, folder = sought(texts), Path(settings.GUANXI_DATA)
    for path in sorted(every_file()):
        name = path.relative_to(folder).as_posix() if path.is_relative_to(folder) else str(path)
        told = name.encode("utf-8", "surrogateescape")
        if wanted.is_in(told):
            yield Finding("file name", name, 1)
        for layer, count in hits_in(path, wanted):
            yield Finding("file", f"{name}: {layer}" if layer else name, count)


def every_file() -> set[Path]:
    """Everything in the data folder but the keys, and the database's files wherever they lie."""
    folder = Path(settings.GUANXI_DATA)
    found = {path for path in folder.rglob("*") if path.is_file() and path.name not in KEYS}
    if connection.vendor == "sqlite" and not connection.is_in_memory_db():  # type: ignore[attr-defined]
        database = Path(str(connection.settings_dict["NAME"]))
        found |= {path for end in ("", "-wal", "-journal") if (path := Path(f"{database}{end}")).exists()}
    return found
