"""The files in which hits are noted before they are answered."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from guanxi.tracking import notebook
from guanxi.tracking.notebook import Notebook

NOTING = """
import sys
from pathlib import Path
from guanxi.tracking.notebook import Notebook
book = Notebook(Path(sys.argv[1]))
for number in range(10_000):
    book.note(str(number))
    print(number, flush=True)
"""


def left(folder: Path) -> list[list[str]]:
    return [page.lines() for page in notebook.left_in(folder)]


def full(_: int) -> None:
    raise OSError("the disk is full")


class TestTheNotebook:
    def test_gives_its_pages_to_others_when_it_is_turned(self, tmp_path: Path) -> None:
        book = Notebook(tmp_path / "hits")
        book.note("one")
        book.note("two")
        assert left(tmp_path / "hits") == []

        book.turn()
        book.note("three")
        assert left(tmp_path / "hits") == [["one", "two"]]

    def test_begins_another_page_when_one_is_full(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(notebook, "FULL", 5)
        book = Notebook(tmp_path)
        for line in ("one", "two", "three"):
            book.note(line)
        book.turn()

        assert sorted(left(tmp_path)) == [["one", "two"], ["three"]]

    def test_keeps_nothing_of_a_line_that_was_not_written(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        book = Notebook(tmp_path)
        book.note("one")
        with monkeypatch.context() as patched:
            patched.setattr(notebook, "sync", full)
            with pytest.raises(OSError, match="full"):
                book.note("two")
        book.note("three")
        book.turn()

        assert left(tmp_path) == [["one", "three"]]

    def test_passes_over_a_line_that_breaks_off(self, tmp_path: Path) -> None:
        (tmp_path / "a.hits").write_bytes(b"whole\nbl\0\0nk\nbro")

        assert left(tmp_path) == [["whole"]]

    def test_loses_nothing_when_its_writer_is_killed(self, tmp_path: Path) -> None:
        """RT-11: by kill -9, in the midst of writing."""
        with subprocess.Popen([sys.executable, "-c", NOTING, str(tmp_path)], stdout=subprocess.PIPE) as writer:
            assert writer.stdout is not None
            told = [int(writer.stdout.readline()) for _ in range(20)]
            writer.kill()
            told += map(int, writer.stdout.read().split(b"\n")[:-1])
        [lines] = left(tmp_path)

        assert lines[: len(told)] == [str(number) for number in told]
        assert len(lines) - len(told) <= 1
