"""How large a workbook or archive may be before it is refused (RS-28). Text files stream and have no limit. Pure."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from pathlib import Path

from guanxi.intake.rows import UnusableFile

MB = 1 << 20
SMALL = 1 * MB  # what a ratio is not asked of
ARCHIVES = (b"PK\x03\x04", b"\x1f\x8b", b"7z\xbc\xaf", b"Rar!", b"BZh", b"\xfd7zXZ")


@dataclass(frozen=True, slots=True)
class Limits:
    file_bytes: int = 64 * MB
    unpacked_bytes: int = 800 * MB
    ratio: int = 100
    members: int = 1_000
    child_memory_bytes: int = 1_500 * MB
    child_seconds: int = 60


DEFAULT = Limits()


def check_size(path: Path, limits: Limits, name: str) -> None:
    """Raises UnusableFile when a file that must be read whole is too large."""
    if path.stat().st_size > limits.file_bytes:
        raise UnusableFile(f"{name} is larger than {limits.file_bytes // MB} MB; save it as CSV, which has no limit.")


def check_archive(archive: zipfile.ZipFile, limits: Limits, name: str) -> None:
    """Raises UnusableFile for an archive that promises too much."""
    members = archive.infolist()
    if len(members) > limits.members:
        raise UnusableFile(f"{name} holds {len(members):,} files, more than {limits.members:,}; import them in parts.")
    if sum(member.file_size for member in members) > limits.unpacked_bytes:
        raise UnusableFile(f"{name} unpacks to more than {limits.unpacked_bytes // MB} MB; save it as CSV.")
    for member in members:
        if member.file_size > SMALL and member.file_size > limits.ratio * max(member.compress_size, 1):
            raise UnusableFile(f"{name} holds a part packed more than {limits.ratio}:1, as a bomb is; save it as CSV.")
        if member.flag_bits & 1:
            raise UnusableFile(f"{name} is locked with a password; save it without one.")
