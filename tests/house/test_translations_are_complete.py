"""Every text of our pages has a Simplified Chinese translation with the same placeholders."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from tests.house.source import PACKAGE
from tests.house.tool import tool

messages = tool("messages")
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}")


@pytest.fixture(scope="module")
def collected() -> Catalog:
    catalog: Catalog = messages.collect()
    return catalog


@pytest.fixture(scope="module")
def translated() -> Catalog:
    path = PACKAGE / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"
    with path.open("rb") as file:
        return read_po(file, locale="zh_Hans")


def untranslated(collected: Catalog, translated: Catalog) -> Iterator[str]:
    """Each text whose translation is absent, empty, unsure, or has other placeholders."""
    for text in collected:
        if not text.id:
            continue
        known = translated.get(text.id, text.context)
        label = f"{text.id!r} ({', '.join(place for place, _ in text.locations[:1])})"
        if known is None or not all(forms(known.string)):
            yield f"{label}: no translation; run `make messages`"
        elif known.fuzzy:
            yield f"{label}: marked as unsure"
        elif any(not placeholders(form) <= placeholders(*forms(text.id)) for form in forms(known.string)):
            yield f"{label}: the translation has other placeholders"
        elif placeholders(*forms(known.string)) < placeholders(forms(text.id)[-1]):
            yield f"{label}: the translation lacks a placeholder"


def forms(text: str | tuple[str, ...]) -> tuple[str, ...]:
    return text if isinstance(text, tuple) else (text,)


def placeholders(*texts: str) -> set[str]:
    return {match for text in texts for match in PLACEHOLDER.findall(text)}


class TestTranslations:
    def test_are_complete(self, collected: Catalog, translated: Catalog) -> None:
        assert list(untranslated(collected, translated)) == []

    def test_hold_nothing_that_no_page_says(self, collected: Catalog, translated: Catalog) -> None:
        asked = {(text.id, text.context) for text in collected}

        assert [text.id for text in translated if text.id and (text.id, text.context) not in asked] == []


class TestTheChecker:
    @pytest.mark.parametrize(
        ("translation", "complaint"),
        [
            ("", "no translation"),
            ("有 %(number)s 个客户", "other placeholders"),
            ("有客户", "lacks a placeholder"),
        ],
    )
    def test_finds_a_planted_flaw(self, translation: str, complaint: str) -> None:
        page, file = Catalog(), Catalog(locale="zh_Hans")
        page.add("%(count)s customers", locations=[("page.html", 1)])
        file.add("%(count)s customers", translation)

        assert complaint in next(untranslated(page, file))

    def test_finds_a_text_nobody_translated(self) -> None:
        page = Catalog()
        page.add("Customers", locations=[("page.html", 1)])

        assert "no translation" in next(untranslated(page, Catalog(locale="zh_Hans")))

    def test_lets_a_good_one_pass(self) -> None:
        page, file = Catalog(), Catalog(locale="zh_Hans")
        page.add("%(count)s customers", locations=[("page.html", 1)])
        file.add("%(count)s customers", "%(count)s 个客户")

        assert not list(untranslated(page, file))


class TestCollecting:
    def test_reads_templates_of_any_indentation(self, tmp_path: Path) -> None:
        page = tmp_path / "page.html"
        page.write_text(
            "{% load i18n %}<p>\n"
            '        {% translate "Owner" %}\n'
            "  {% if name %}\n"
            "    {% blocktranslate %}Hi {{ name }}{% endblocktranslate %}{% endif %}"
        )

        assert [text for _, text, _, _ in messages.texts_of(page)] == ["Owner", "Hi %(name)s"]
