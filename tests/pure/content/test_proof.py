"""What stops a letter from being published."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from guanxi.content import proof


@dataclass(frozen=True)
class Note:
    language: str = "en"
    subject: str = "Order {{ order.number }}"
    preheader: str = ""
    html: str = '<p>{{ order.number }}</p><a href="{{ links.unsubscribe }}">end</a>'
    text: str = "{{ order.number }} {{ links.unsubscribe }}"


def codes(note: Note, kind: str = "marketing") -> list[str]:
    return [finding.code for finding in proof.check(note, kind)]


class TestCheck:
    def test_a_sound_letter_has_no_findings(self) -> None:
        assert codes(Note()) == []

    @pytest.mark.parametrize(
        ("code", "changes"),
        [
            ("unreadable", {"text": "{{ order.number"}),
            ("unreadable", {"subject": "{% include 'x' %}"}),
            ("dead_placeholder", {"subject": "{{ order.nummer }}"}),
            ("dead_placeholder", {"html": "{{ x.__class__ }}"}),
            ("dead_placeholder", {"preheader": "{{ order }}"}),
            ("no_text", {"text": " \n"}),
            ("no_subject", {"subject": ""}),
            ("no_unsubscribe", {"html": "<p></p>"}),
            ("no_unsubscribe", {"text": "x"}),
            ("unguarded_optional", {"subject": "{{ order.news }}"}),
            ("unsafe_html", {"html": "<script></script>{{ links.unsubscribe }}"}),
            ("unsafe_html", {"html": "<p onclick='x'>{{ links.unsubscribe }}</p>"}),
            ("unsafe_html", {"html": "<form action='x'>{{ links.unsubscribe }}</form>"}),
            ("bad_link", {"html": "<a href='javascript:x'>{{ links.unsubscribe }}</a>"}),
            ("bad_link", {"html": "<a href='{{ order.number }}'>{{ links.unsubscribe }}</a>"}),
            ("bad_link", {"html": "<a href='//x.example'>{{ links.unsubscribe }}</a>"}),
            ("too_heavy", {"html": "x" * 100_001 + "{{ links.unsubscribe }}"}),
            ("unreadable", {"html": "{% for a in (1..20000) %}.{% endfor %}{{ links.unsubscribe }}"}),
        ],
    )  # fmt: skip
    def test_finds(self, code: str, changes: dict[str, str]) -> None:
        assert code in codes(replace(Note(), **changes))

    def test_misses_the_words_for_readers_without_html(self) -> None:
        """C-01, CN-43: greeting and foot alone are no plain text; a warning with its place."""
        found = proof.check(Note(), "marketing", body="<mj-text>Hello</mj-text>", body_text=" ")

        assert [(each.code, each.place, each.is_warning) for each in found] == [("no_text", "text", True)]
        assert proof.check(Note(), "marketing", body="<mj-text>Hello</mj-text>", body_text="Hello") == []

    def test_order_mail_needs_no_unsubscribe(self) -> None:
        assert codes(replace(Note(), html="<p></p>", text="x"), "transactional") == []

    @pytest.mark.parametrize(
        "target", ["https://x.example/", "mailto:a@x.example", "tel:+4940", "{{ order.progress_url }}"]
    )
    def test_allows_absolute_addresses(self, target: str) -> None:
        assert codes(replace(Note(), html=f'<a href="{target}">{{{{ links.unsubscribe }}}}</a>')) == []

    def test_warns_of_vague_words_in_german(self) -> None:
        note = replace(Note(), language="de", text="Die Lieferung erfolgt in Kürze. {{ links.unsubscribe }}")

        finding = proof.check(note, "marketing")[0]

        assert (finding.code, finding.is_warning, finding.place) == ("vague_wording", True, "text 1")
        assert finding.detail == "Die Lieferung erfolgt in Kürze."
        assert codes(replace(note, language="en")) == []


class TestMissingTranslations:
    def test_names_the_languages_of_the_library(self) -> None:
        assert proof.missing_translations(["en", "de"]) == ["ja", "ar", "zh-Hans", "es"]
        assert proof.missing_translations(["en", "de", "ja", "ar", "zh-Hans", "es"]) == []
