"""Commands run in the process of the tests, over the test's own database."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest


@dataclass(frozen=True)
class Answer:
    """What a command left behind, named as `subprocess` names it."""

    returncode: int
    stdout: str
    stderr: str


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> None:
    """The workspace of every command is the test's: its tables are there, and nothing ready-made is put into it."""
    monkeypatch.setattr("guanxi.cli.workspace.open_workspace", lambda: None)


@pytest.fixture
def guanxi(
    opened: None, db: None, data_folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Answer]:
    """`guanxi …` as the console script runs it, without the seconds that a process of its own takes to begin."""
    from guanxi.cli.app import main

    def run(*arguments: str) -> Answer:
        monkeypatch.setattr(sys, "argv", ["guanxi", *arguments])
        with pytest.raises(SystemExit) as end:
            main()
        told: Any = capsys.readouterr()
        return Answer(int(end.value.code or 0), told.out, told.err)

    return run
