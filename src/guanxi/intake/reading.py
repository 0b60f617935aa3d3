"""A file becomes tables of rows, whatever it is: text, workbook, JSON, Parquet, packed or not."""

from __future__ import annotations

import gzip
import secrets
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import BinaryIO, Protocol

from guanxi.intake.documents import JsonTable, ParquetTable
from guanxi.intake.encodings import beginning
from guanxi.intake.limits import ARCHIVES, DEFAULT, Limits, check_archive, check_size
from guanxi.intake.mapping import Options
from guanxi.intake.rows import Batch, EmptyFile, NoTable, UnusableFile
from guanxi.intake.shapes import shaped
from guanxi.intake.text_files import TextTable
from guanxi.intake.web_pages import STARTS as WEB_PAGES
from guanxi.intake.web_pages import unfolded
from guanxi.intake.workbooks import sheet_tables

OLD_WORKBOOK = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


class Table(Protocol):
    """Foreign rows under a heading; `batches` begins anew each time."""

    name: str
    headings: tuple[str, ...]

    def batches(self) -> Iterator[Batch]: ...


class Nothing:
    """An empty file beside tables."""

    headings: tuple[str, ...] = ()

    def __init__(self, name: str) -> None:
        self.name = name

    def batches(self) -> Iterator[Batch]:
        return iter(())


@contextmanager
def open_tables(
    path: Path, *, name: str = "", options: Options | None = None, limits: Limits = DEFAULT
) -> Iterator[list[Table]]:
    """The tables of a file: one for text and Parquet, one a sheet for a workbook and a record type for JSON, those of
    all members of a ZIP or of all files of a folder.

    Temporary files live as long as the context. Raises UnusableFile.
    """
    if not path.exists():
        raise UnusableFile(f"{path} is no file and no folder; check the path.")
    with tempfile.TemporaryDirectory(prefix="guanxi-") as folder:
        opener = _Opener(Path(folder), options or Options(), limits)
        yield shaped(opener.folder(path) if path.is_dir() else opener.tables(path, name or path.name, depth=0))


class _Opener:
    def __init__(self, folder: Path, options: Options, limits: Limits) -> None:
        self._folder, self._options, self._limits = folder, options, limits

    def folder(self, folder: Path) -> list[Table]:
        """The tables of all files in a folder, those in folders below it left aside; files that are none are passed."""
        files = sorted(each for each in folder.iterdir() if each.is_file() and not each.name.startswith("."))
        if len(files) > self._limits.members:
            raise UnusableFile(f"{folder} holds more than {self._limits.members:,} files; import them in parts.")
        tables: list[Table] = []
        for file in files:
            tables += self._one_of_several(file, file.name, depth=0)
        if not tables:
            raise UnusableFile(f"{folder} holds no tables; put CSV, Excel, JSON or Parquet files into it.")
        return tables

    def _one_of_several(self, path: Path, name: str, depth: int) -> list[Table]:
        """The tables of a file beside others: none of a picture; an empty file is told apart later."""
        try:
            return self.tables(path, name, depth)
        except NoTable:
            return []
        except EmptyFile:
            return [Nothing(name)]

    def tables(self, path: Path, name: str, depth: int) -> list[Table]:
        try:
            with path.open("rb") as file:
                head = file.read(8)
            return self._by_content(path, name, head, depth)
        except (OSError, EOFError, zlib.error, zipfile.BadZipFile, zipfile.LargeZipFile, LookupError) as error:
            raise UnusableFile(f"{name} cannot be read ({error}); save or export it again.") from None

    def _by_content(self, path: Path, name: str, head: bytes, depth: int) -> list[Table]:
        if not head:
            raise EmptyFile(f"{name} is empty; export it again.")
        if head.startswith(b"PK"):
            return self._zip(path, name, depth)
        if head == OLD_WORKBOOK:
            return self._workbook(path, name)
        if head.startswith(b"PAR1"):
            return [ParquetTable(path, name=name)]
        if head.startswith(b"\x1f\x8b"):
            return self._text(lambda: _gunzipped(path), name)
        if head.startswith((*ARCHIVES, b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"SQLite f")):
            raise NoTable(f"{name} is no table; give a CSV, Excel, JSON or Parquet file.")
        return self._text(partial(_bytes_of, path), name)

    def _text(self, open_file: Callable[[], BinaryIO], name: str) -> list[Table]:
        with open_file() as file:
            start = file.read(4096)
        if not start.strip(b"\0 \t\r\n"):
            raise EmptyFile(f"{name} is empty; export it again.")
        if start.startswith(ARCHIVES):
            raise UnusableFile(f"{name} holds an archive in an archive; unpack it first.")
        if beginning(start).startswith(("{", "[")):
            return [JsonTable(open_file, name=name)]
        if beginning(start).casefold().startswith(WEB_PAGES):
            return self._web_page(open_file, name)
        return [TextTable(open_file, name=name, options=self._options)]

    def _web_page(self, open_file: Callable[[], BinaryIO], name: str) -> list[Table]:
        options = replace(self._options, encoding="utf-8", delimiter=",")
        paths = unfolded(open_file, name=name, folder=self._new_folder())
        if not paths:
            raise NoTable(f"{name} is a web page or XML without a table; open it in Excel and save it as .xlsx.")
        return [TextTable(partial(_bytes_of, path), name=name, options=options) for path in paths]

    def _new_folder(self) -> Path:
        folder = self._folder / secrets.token_hex(8)
        folder.mkdir()
        return folder

    def _workbook(self, path: Path, name: str) -> list[Table]:
        folder = self._new_folder()
        return list(sheet_tables(path, name=name, folder=folder, options=self._options, limits=self._limits))

    def _zip(self, path: Path, name: str, depth: int) -> list[Table]:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
            if names & {"xl/workbook.xml", "xl/workbook.bin", "content.xml"}:
                return self._workbook(path, name)
            if depth:
                raise UnusableFile(f"{name} is an archive in an archive; unpack it first.")
            check_size(path, self._limits, name)
            check_archive(archive, self._limits, name)
            tables: list[Table] = []
            for member in archive.infolist():
                shown = Path(member.filename).name
                if member.is_dir() or shown.startswith(".") or member.filename.startswith("__MACOSX"):
                    continue
                tables += self._one_of_several(self._unpacked(archive, member), f"{name}: {shown}", depth + 1)
        if not tables:
            raise UnusableFile(f"{name} holds no tables; pack CSV, Excel, JSON or Parquet files into it.")
        return tables

    def _unpacked(self, archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Path:
        """The member under a random name: names in archives are never used as paths (RS-27)."""
        target = self._folder / secrets.token_hex(8)
        with archive.open(member) as source, target.open("wb") as out:
            shutil.copyfileobj(_Counted(source, member.file_size), out)
        return target


class _Counted:
    """Reads no more than the archive promised."""

    def __init__(self, source: object, promised: int) -> None:
        self._source, self._left = source, promised

    def read(self, size: int = -1) -> bytes:
        data: bytes = self._source.read(size)  # type: ignore[attr-defined]
        self._left -= len(data)
        if self._left < 0:
            raise UnusableFile("The archive unpacks to more than it promises; pack it again.")
        return data


def _bytes_of(path: Path) -> BinaryIO:
    return path.open("rb")


def _gunzipped(path: Path) -> BinaryIO:
    return gzip.open(path, "rb")  # type: ignore[return-value]
