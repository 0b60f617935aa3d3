"""Files to import, and the import itself as one call."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from guanxi.intake import actions
from guanxi.intake.importing import Wishes

Run = Callable[..., dict[str, Any]]


@pytest.fixture
def run(tmp_path: Path, now: datetime) -> Run:
    """Import a text, or the file at a path, and give the answer."""

    def import_(file: str | Path, *, name: str = "file.csv", is_dry: bool = False, **wishes: Any) -> dict[str, Any]:
        path = file if isinstance(file, Path) else tmp_path / name
        if isinstance(file, str):
            path.write_text(file, encoding="utf-8")
        return actions.import_file(path=path, wishes=Wishes(**wishes), now=now, is_dry=is_dry)

    return import_
