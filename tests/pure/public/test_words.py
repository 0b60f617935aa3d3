"""The public pages say everything in every language."""

from __future__ import annotations

import string

import pytest

from guanxi.public.words import all_words, words_for

ENGLISH = all_words()["en"]


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


class TestEveryLanguage:
    @pytest.mark.parametrize("language", list(all_words()))
    def test_is_complete(self, language: str) -> None:
        texts = all_words()[language].texts

        assert list(texts) == list(ENGLISH.texts)
        assert all(text.strip() for text in texts.values())

    @pytest.mark.parametrize("language", list(all_words()))
    def test_names_the_same_values(self, language: str) -> None:
        texts = all_words()[language].texts

        assert {key: fields(text) for key, text in texts.items()} == {
            key: fields(text) for key, text in ENGLISH.texts.items()
        }

    @pytest.mark.parametrize("language", [each for each in all_words() if each != "en"])
    def test_is_translated(self, language: str) -> None:
        same = [key for key, text in all_words()[language].texts.items() if text == ENGLISH.texts[key]]

        assert same == []

    def test_is_there_for_every_reader_of_the_letters(self) -> None:
        assert {"en", "de", "ja", "ar", "es", "zh-Hans"} <= set(all_words())

    def test_is_written_in_its_direction(self) -> None:
        assert {words.language for words in all_words().values() if words.direction == "rtl"} == {"ar"}


class TestWordsFor:
    @pytest.mark.parametrize(
        ("wanted", "language"),
        [
            (["de"], "de"), (["de-AT"], "de"), (["zh-CN"], "zh-Hans"), (["zh_Hant"], "zh-Hans"), (["fr", "ja"], "ja"),
            (["fr"], "en"), ([""], "en"), ([], "en"), (["AR"], "ar"), (["*"], "en"),
        ],
    )  # fmt: skip
    def test_takes_the_first_language_it_knows(self, wanted: list[str], language: str) -> None:
        assert words_for(wanted).language == language

    def test_fills_in_values(self) -> None:
        assert words_for(["de"]).say("progress_title", number="PO-1") == "Ihre Bestellung PO-1"

    def test_keeps_latin_names_together_in_right_to_left_text(self) -> None:
        assert "\u2068PO-1\u2069" in words_for(["ar"]).say("progress_title", number="PO-1")
