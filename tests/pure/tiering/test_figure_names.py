"""Every figure has a name in both languages and stands in the reference."""

from __future__ import annotations

from pathlib import Path

import pytest

from guanxi.scoring.measures import FIGURES
from guanxi.tiering.documents import preset_names, preset_text
from guanxi.tiering.figure_names import name_of

SCHEMES = (Path(__file__).parents[3] / "docs" / "reference" / "schemes.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("figure", FIGURES)
def test_is_named_in_english_and_chinese(figure: str) -> None:
    assert {"en", "zh-Hans"} <= set(name_of(figure).title)


@pytest.mark.parametrize("figure", [figure for figure in FIGURES if not figure[-1].isdigit()])
def test_stands_in_the_reference(figure: str) -> None:
    assert f"| `{figure}` |" in SCHEMES


@pytest.mark.parametrize("name", preset_names())
def test_every_preset_stands_in_the_reference(name: str) -> None:
    assert f"| `{name}` |" in SCHEMES
    assert preset_text(name).startswith("# ")  # says what it is from
