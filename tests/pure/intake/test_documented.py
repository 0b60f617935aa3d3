"""docs/reference/import-formats.md names every format, field and option."""

from dataclasses import fields
from pathlib import Path

import pytest

from guanxi.intake.fields import FIELDS
from guanxi.intake.mapping import Options
from guanxi.intake.recognise import known_formats

PAGE = Path(__file__).resolve().parents[3] / "docs" / "reference" / "import-formats.md"


@pytest.mark.parametrize("name", [*known_formats(), *FIELDS, *(each.name for each in fields(Options))])
def test_is_documented(name: str) -> None:
    assert f"\n| `{name}` |" in PAGE.read_text(encoding="utf-8")
