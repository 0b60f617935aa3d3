"""A file as everything that can be read out of it: its bytes, what lies packed in it, the parts of a mail, the texts of
a Parquet file.
"""

from __future__ import annotations

import gzip
import io
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import suppress
from email import message_from_bytes, policy
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from guanxi.privacy.shapes import Sought

ZIP, GZIP, PARQUET = b"PK\x03\x04", b"\x1f\x8b", b"PAR1"
DEEPEST = 3
PIECE = 32 * 2**20
LARGEST_MEMBER = 512 * 2**20
KEYS = {"secret", "master-key", "keys"}


def holds(path: Path, wanted: Sought) -> bool:
    return any(count for _, count in hits_in(path, wanted))


def hits_in(path: Path, wanted: Sought) -> Iterator[tuple[str, int]]:
    """How often something wanted stands in each layer of a file; layers without a hit are left out."""
    try:
        with path.open("rb") as file:
            head = file.read(4)
        count = sum(map(wanted.count, _pieces(path, wanted.longest)))
    except OSError:  # it is gone meanwhile
        return
    if count:
        yield "", count
    if head == PARQUET:
        yield from _found(wanted, _texts_of_parquet(path))
    elif head == ZIP:
        yield from _found(wanted, _members(path, DEEPEST))
    elif path.suffix.lower() == ".eml" or head.startswith(GZIP):
        yield from _found(wanted, inside(path.read_bytes(), path.suffix.lower(), DEEPEST))


def _pieces(path: Path, overlap: int) -> Iterator[bytes]:
    """The bytes of a file, piece by piece; each begins with the end of the one before."""
    tail = b""
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            yield tail + piece
            tail = piece[-overlap:] if overlap else b""


def _found(wanted: Sought, layers: Iterator[tuple[str, bytes]]) -> Iterator[tuple[str, int]]:
    for name, content in layers:
        if count := wanted.count(content):
            yield name, count


def inside(content: bytes, suffix: str, depth: int) -> Iterator[tuple[str, bytes]]:
    """What can be unpacked or decoded from these bytes."""
    if depth and content.startswith(GZIP):
        with suppress(OSError, EOFError, zlib.error), gzip.open(io.BytesIO(content)) as file:
            yield "gzip", file.read(LARGEST_MEMBER)
    elif depth and content.startswith(ZIP):
        yield from _members(io.BytesIO(content), depth)
    elif suffix == ".eml":
        yield from _parts(content, depth)


def _members(source: Path | io.BytesIO, depth: int) -> Iterator[tuple[str, bytes]]:
    with suppress(zipfile.BadZipFile, OSError, NotImplementedError, RuntimeError), zipfile.ZipFile(source) as archive:
        for member in archive.infolist():
            with suppress(zipfile.BadZipFile, OSError, NotImplementedError, RuntimeError, zlib.error):
                with archive.open(member) as file:
                    content = file.read(LARGEST_MEMBER)
                yield member.filename, content
                for name, inner in inside(content, Path(member.filename).suffix.lower(), depth - 1):
                    yield f"{member.filename}/{name}", inner


def _parts(content: bytes, depth: int) -> Iterator[tuple[str, bytes]]:
    """Headers and bodies of a mail, decoded."""
    mail = message_from_bytes(content, policy=policy.default)
    yield "headers", "\n".join(f"{name}: {value}" for name, value in mail.items()).encode("utf-8", "replace")
    for number, part in enumerate(mail.walk()):
        if not part.is_multipart():
            raw = part.get_payload(decode=True)
            if isinstance(raw, bytes):
                yield f"part {number}", raw
                yield from inside(raw, "", depth - 1)


def _texts_of_parquet(path: Path) -> Iterator[tuple[str, bytes]]:
    """The distinct texts of each text column."""
    with suppress(pa.ArrowInvalid, OSError), pq.ParquetFile(path) as file:
        names = [field.name for field in file.schema_arrow if _is_text(field.type)]
        for batch in file.iter_batches(columns=names, batch_size=65_536) if names else ():
            for name in names:
                texts = batch.column(name).unique().to_pylist()
                yield name, "\n".join(str(text) for text in texts if text).encode("utf-8", "replace")


def _is_text(kind: pa.DataType) -> bool:
    kind = kind.value_type if pa.types.is_dictionary(kind) else kind
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))
