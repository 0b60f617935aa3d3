"""The titles of what comes with the product are all known to the translators."""

from __future__ import annotations

import yaml
from django.utils import translation

from guanxi.console.letter_words import placeholder_groups
from guanxi.console.placeholder_words import DESCRIPTIONS, GROUPS
from guanxi.console.shipped_words import TITLES, title_words
from guanxi.content.placeholders import PLACEHOLDERS
from guanxi.journeys.graph import read_graph
from guanxi.journeys.ready import library_texts
from tests.house.source import PACKAGE


def test_every_shipped_title_has_words() -> None:
    paths = PACKAGE.glob("content/library/*/template.yaml")
    shipped = {yaml.safe_load(path.read_text(encoding="utf-8"))["title"] for path in paths}

    assert shipped == TITLES


def test_every_placeholder_is_explained_and_has_its_group() -> None:
    assert {each.description for each in PLACEHOLDERS.values()} == DESCRIPTIONS
    assert {name.partition(".")[0] for name in PLACEHOLDERS} == GROUPS.keys()
    with translation.override("zh-hans"):
        shown = [each["description"] for group in placeholder_groups() for each in group["items"]]
    assert [each for each in shown if each.isascii()] == []


def test_every_ready_journey_says_its_title_and_purpose_in_both_languages() -> None:
    for text in library_texts():
        shelf = read_graph(text).shelf

        assert {"en", "zh-Hans"} <= shelf.titles.keys() & shelf.descriptions.keys(), shelf.titles
        assert shelf.purpose, shelf.titles


def test_a_title_is_said_in_the_language_of_the_page_and_a_firms_own_letter_as_it_is() -> None:
    with translation.override("zh-hans"):
        assert title_words({"en": "Thank-you call", "zh-Hans": "致谢电话"}) == "致谢电话"
        assert title_words({"en": "Thank-you call"}) == "Thank-you call"
        assert title_words("Customer") == "Customer"
