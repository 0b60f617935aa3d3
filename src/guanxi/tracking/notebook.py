"""The notebook: files in the data folder in which the server notes hits before it answers them (decision 20).

A page is written by one process, which holds a lock on it as long as it lives. It is brought into the database whole
and torn out; a page whose writer was killed is free for whoever looks next.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from pathlib import Path
from threading import Lock
from uuid import uuid4

ENDING = ".hits"
# A page is read whole when it is brought in.
FULL = 16 * 1024 * 1024
# Not on every system; it leaves out what need not be known to read the file again.
sync = getattr(os, "fdatasync", os.fsync)


class Page:
    """An open file whose lock this process holds."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self.path = path
        self.size = os.fstat(descriptor).st_size
        self._descriptor = descriptor

    @property
    def name(self) -> str:
        return self.path.stem

    def note(self, line: str) -> None:
        """The line is on disk when this returns; of one that could not be written whole nothing stays."""
        written = f"{line}\n".encode()
        try:
            if os.write(self._descriptor, written) < len(written):
                raise OSError("the disk is full")
            sync(self._descriptor)
        except OSError:
            os.ftruncate(self._descriptor, self.size)
            raise
        self.size += len(written)

    def lines(self) -> list[str]:
        """Whole lines only: one that breaks off, or that a power cut left blank, was never answered."""
        written = self.path.read_text(encoding="utf-8", errors="replace").split("\n")[:-1]
        return [line for line in written if "\0" not in line]

    def tear_out(self) -> None:
        self.path.unlink(missing_ok=True)

    def let_go(self) -> None:
        """Whoever looks next may bring it in."""
        os.close(self._descriptor)


class Notebook:
    """The pages this process writes: one thread notes, another turns."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._pages: list[Page] = []
        self._lock = Lock()

    def note(self, line: str) -> None:
        """The line is on disk when this returns. Raises OSError when it cannot be."""
        with self._lock:
            if not self._pages or self._pages[-1].size > FULL:
                self._pages.append(_begin(self._folder))
            self._pages[-1].note(line)

    def turn(self) -> None:
        """Let everything go that was noted so far; what comes from now on stands on a new page."""
        with self._lock:
            pages, self._pages = self._pages, []
        for page in pages:
            page.let_go()


def _begin(folder: Path) -> Page:
    folder.mkdir(parents=True, exist_ok=True)
    while True:
        path = folder / f"{uuid4().hex}{ENDING}"
        page = _open(path, os.O_CREAT | os.O_EXCL | os.O_APPEND, wait=True)
        if page is not None:
            _sync_folder(folder)
            return page


def left_in(folder: Path) -> Iterator[Page]:
    """Pages nobody writes any more, each locked until the next one is asked for."""
    for path in sorted(folder.glob(f"*{ENDING}")):
        if (page := _open(path, 0, wait=False)) is not None:
            try:
                yield page
            finally:
                page.let_go()


def _open(path: Path, flags: int, *, wait: bool) -> Page | None:
    """The page with its lock; None when it is another's, or was torn out before it was locked."""
    try:
        descriptor = os.open(path, os.O_RDWR | flags, 0o600)
    except (FileNotFoundError, PermissionError):
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        os.close(descriptor)
        return None
    if os.fstat(descriptor).st_nlink == 0:
        os.close(descriptor)
        return None
    return Page(path, descriptor)


def _sync_folder(folder: Path) -> None:
    """So that the name of a new file outlasts a power cut too."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
