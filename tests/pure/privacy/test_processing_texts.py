"""The record of processing and the notes on laws say everything in both languages (RL-12, RL-17, RL-18)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

import guanxi

FILE = Path(guanxi.__file__).parent / "privacy" / "processing.yaml"


def texts(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict) and "en" in value:
        yield value
    elif isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from texts(each)


class TestTheTexts:
    def test_are_whole_in_both_languages(self) -> None:
        written = yaml.safe_load(FILE.read_text(encoding="utf-8"))

        assert [each for each in texts(written) if set(each) != {"en", "zh-Hans"} or not all(each.values())] == []

    def test_speak_of_the_laws_that_ask_for_more(self) -> None:
        """RL-17, RL-18: data, not code."""
        written = yaml.safe_load(FILE.read_text(encoding="utf-8"))

        assert {"CN", "AU", "KR", "JP", "BR"} <= {each["country"] for each in written["laws"]}
