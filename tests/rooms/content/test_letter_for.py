"""Which letter a reader gets, and what it needs."""

from __future__ import annotations

from datetime import datetime

import pytest

from guanxi.content import actions, queries
from guanxi.content.models import Letter, Template

pytestmark = pytest.mark.django_db


@pytest.fixture
def template(now: datetime) -> Template:
    actions.install_library(now=now, keys=["j-04.1", "j-04.2", "j-04.3", "j-17.3"])
    return queries.template("j-04.1")


class TestLetterFor:
    @pytest.mark.parametrize(
        ("languages", "language"),
        [
            (["de", "en"], "de"), (["de-AT"], "de"), (["fi", "en"], "en"), (["fi"], "en"), ([], "en"),
            (["zh-CN"], "zh-Hans"), (["zh-TW"], "zh-Hans"), (["zh-Hant", "en"], "zh-Hans"), (["zh"], "zh-Hans"),
            (["pl", "ja"], "ja"), (["ar-SA"], "ar"), ([""], "en"),
        ],
    )  # fmt: skip
    def test_takes_the_readers_best_language(self, template: Template, languages: list[str], language: str) -> None:
        assert queries.letter_for(template_id=template.pk, languages=languages).language == language

    def test_takes_no_unpublished_letter(self, template: Template) -> None:
        Letter.objects.filter(template=template, language="de").update(published_at=None)

        assert queries.letter_for(template_id=template.pk, languages=["de"]).language == "en"

    def test_says_when_there_is_none(self, template: Template) -> None:
        Letter.objects.filter(template=template).update(published_at=None)

        with pytest.raises(queries.NoLetter, match="de, en"):
            queries.letter_for(template_id=template.pk, languages=["de"])


class TestLists:
    def test_letters_come_with_english_first(self, template: Template) -> None:
        first, *others = [letter.language for letter in queries.letters_of(template.pk)]

        assert first == "en"
        assert others == sorted(others)
        assert {"ar", "de", "es", "ja", "zh-Hans"} == set(others)

    def test_templates_come_by_key_with_their_titles(self, template: Template) -> None:
        assert [each.key for each in queries.templates()] == list(queries.titles())
        assert queries.titles()["j-04.2"] == "Production news"
        assert str(template) == "Order confirmed: link to production progress"


class TestRequiredValues:
    def test_names_what_the_occasion_must_give(self, template: Template) -> None:
        assert queries.required_values("j-04.1") == [
            "order.amount", "order.currency", "order.number", "order.progress_url",
        ]  # fmt: skip
        assert queries.required_values("j-04.3") == ["order.number", "order.progress_url"]
        assert queries.required_values("j-17.3") == []
