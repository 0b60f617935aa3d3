"""The letter that a shipped order sends: L-23, the tracking and what customs will ask for, before anybody asks."""

from __future__ import annotations

from pathlib import Path

import pytest

import guanxi.content

LETTER = Path(guanxi.content.__file__).parent / "library" / "j-04.3"
CUSTOMS = {"en": "customs", "de": "Zoll", "es": "aduan", "ja": "通関", "zh-Hans": "清关", "ar": "جمرك"}


@pytest.mark.parametrize("form", ["txt", "mjml"])
@pytest.mark.parametrize("language", CUSTOMS)
def test_carries_tracking_and_customs_papers_in_every_language(language: str, form: str) -> None:
    """L-23: tracking information and customs notes are sent proactively after shipping."""
    text = (LETTER / f"{language}.{form}").read_text(encoding="utf-8")

    assert "order.tracking_number" in text
    assert "order.documents" in text
    assert CUSTOMS[language].casefold() in text.casefold()
