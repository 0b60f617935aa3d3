"""The culture check: what a reader would stumble over, and what it leaves in peace."""

from __future__ import annotations

import time

import pytest

from guanxi.content import blocks as content_blocks
from guanxi.content.checks import engine
from guanxi.content.checks.engine import Remark, Written

FRAME = "\n{{ reader.greeting }}\n{{ reader.closing }}"


def remarks(text: str, language: str = "en", *, key: str = "j-17.1", **changes: object) -> list[Remark]:
    letter = Written(language, "", "", text + FRAME, **changes)  # type: ignore[arg-type]
    return engine.remarks(letter, kind="marketing", key=key, promotions=(*content_blocks.PROMOTIONS, "coupon."))


def codes(text: str, language: str = "en", **changes: object) -> list[str]:
    return [each.rule.code for each in remarks(text, language, **changes)]  # type: ignore[arg-type]


class TestGerman:
    """C-02: exact figures; vague wording is flagged before sending."""

    @pytest.mark.parametrize(
        "text",
        [
            "Die Lieferung erfolgt in Kürze.",
            "Lieferzeit ca. 3 Wochen.",
            "Wir melden uns zeitnah.",
            "In einigen … etwa 20 Stück.",
            "Die Ware geht in wenigen Tagen hinaus.",
            "Wir antworten umgehend.",
            "Wir liefern sobald wie möglich, ggf. früher.",
            "Es dauert mehrere Wochen.",
            "Lieferzeit rund 3 Wochen.",
        ],
    )
    def test_finds_vague_words(self, text: str) -> None:
        assert codes(text, "de") == ["vague_wording"]

    @pytest.mark.parametrize(
        "text",
        [
            "Unsere hochpräzisen Lager.",
            "Kurze Lieferzeiten und enge Toleranzen.",
            "Wir fertigen in hoher Qualität.",
            "Die Toleranz ist gering.",
            "Wir liefern schnell und pünktlich.",
            "Viele Kunden sind zufrieden.",
        ],
    )
    def test_finds_a_claim_without_its_figure(self, text: str) -> None:
        assert codes(text, "de") == ["claim_without_figure"]

    @pytest.mark.parametrize(
        "text",
        [
            "Hochpräzise Lager, Fehler ≤0,02 mm.",
            "Kurze Lieferzeit: 15 Tage.",
            "Attraktive Preise: {{ coupon.percent | percent }} Nachlass.",
            "Lieferung am {{ order.ship_by | date }}.",
        ],
    )
    def test_is_content_with_a_figure(self, text: str) -> None:
        assert codes(text, "de") == []

    def test_leaves_other_languages_alone(self) -> None:
        assert codes("ca. 3 weeks, precise and robust") == []

    def test_names_the_place_and_the_sentence(self) -> None:
        (found,) = remarks("Guten Tag.\nDer Preis ist gut. Wir liefern zeitnah.", "de")

        assert (found.place, found.excerpt, found.language) == ("text 2", "Wir liefern zeitnah.", "de")
        assert "German readers" in found.rule.reason_in("en")
        assert "德国读者" in found.rule.reason_in("zh-hans")


class TestJapanese:
    """C-03, C-04: position in the salutation, a modest closing."""

    def test_misses_title_and_closing(self) -> None:
        for text in ("田中さん、こんにちは。", "お客様へ、新しい仕様です。"):
            found = engine.remarks(Written("ja", "", "", text), kind="marketing")

            assert [each.rule.code for each in found] == ["no_japanese_title", "no_japanese_closing"]

    @pytest.mark.parametrize(
        "text",
        [
            "{{ reader.greeting }}\n{{ reader.closing }}",
            "田中課長\n\nお手数をおかけいたします。",
            "田中様\nよろしくお願いいたします。",
        ],
    )
    def test_is_content_with_both(self, text: str) -> None:
        assert engine.remarks(Written("ja", "", "", text), kind="marketing") == []


class TestEveryLanguage:
    @pytest.mark.parametrize(
        "text",
        [
            "on 03/04",
            "by 3/4/2026.",
            "13/04",
            "(05/06/26)",
            "on 03-04-2026",
            "Meet us on 3/4.",
            "until 03.04.",
            "on 3.4.2026",
            "{{ order.ship_by | date: 'short' }}",
        ],
    )
    def test_finds_a_day_that_reads_two_ways(self, text: str) -> None:
        assert codes(text) == ["ambiguous_date"]

    @pytest.mark.parametrize(
        "text",
        [
            "24/7 service",
            "1/2 of it",
            "2026-04-03",
            "2026-04-03-2027",
            "https://firm.example/03/04/x",
            "3 April 2026",
            "ISO 9001/14001",
            "KN-03/04-A",
        ],
    )
    def test_leaves_other_strokes_alone(self, text: str) -> None:
        assert codes(text) == []

    @pytest.mark.parametrize(
        ("text", "language"),
        [
            ("a 3 inch pipe", "en"),
            ("two feet long", "en"),
            ("5 sq ft", "en"),
            ('Rohr 1/2"', "de"),
            ("20 ft container", "en"),
            ("6 Zoll", "de"),
            ("5磅", "zh-Hans"),
            ("12 pulgadas", "es"),
            ("10 بوصة", "ar"),
            ("3インチ", "ja"),
        ],
    )
    def test_finds_imperial_units(self, text: str, language: str) -> None:
        assert codes(text, language) == ["imperial_units"]

    def test_leaves_a_german_day_alone(self) -> None:
        assert codes("Termin: 03.04.2026, spätestens 03.04.", "de") == []

    def test_leaves_three_quarters_alone(self) -> None:
        assert codes("about 3/4 of our customers, version 1.2.3") == []

    @pytest.mark.parametrize("text", ["76 mm (3 in.)", "500 pounds sterling", "5 items in stock", "a foot of the page"])
    def test_is_content_with_metric_beside(self, text: str) -> None:
        assert codes(text) == []


class TestNurturing:
    """CN-18, J-01: promotional blocks have no place in a letter that teaches."""

    @pytest.mark.parametrize("key", ["j-01.2", "nurture-bearings"])
    def test_finds_promotions(self, key: str) -> None:
        assert codes("Special offer this week", key=key) == ["promotion_in_nurturing"]
        assert codes("现在有折扣", "zh-Hans", key=key) == ["promotion_in_nurturing"]
        assert codes("Read on", key=key, block_types=("text", "products")) == ["promotion_in_nurturing"]
        assert codes("Read on", key=key, names=frozenset({"coupon.code"})) == ["promotion_in_nurturing"]

    def test_lets_other_letters_sell(self) -> None:
        assert codes("Special offer this week", names=frozenset({"coupon.code"})) == []


class TestOwnRule:
    def test_finds_the_firms_phrases(self) -> None:
        rule = engine.own_rule(code="house-1", phrases="cheap\nlow price", reason="We never say cheap.")

        (found,) = engine.remarks(Written("en", "Cheap bearings", "", ""), kind="marketing", rules=[rule])

        assert (found.rule.reason_in("zh-hans"), found.place) == ("We never say cheap.", "subject")
        assert engine.remarks(Written("en", "Cheaper by the dozen", "", ""), kind="marketing", rules=[rule]) == []

    def test_takes_no_pattern(self) -> None:
        rule = engine.own_rule(code="house-1", phrases="(a+)+$\n.*", reason="no", language="en")
        letter = Written("en", "", "", "a" * 5000 + "!")

        began = time.thread_time()
        assert engine.remarks(letter, kind="marketing", rules=[rule]) == []
        assert time.thread_time() - began < 10, "as a pattern it would take hours"

    def test_looks_at_its_language_only(self) -> None:
        rule = engine.own_rule(code="house-1", phrases="billig", reason="no", language="de", needs_figure=True)

        assert engine.remarks(Written("en", "billig", "", ""), kind="service", rules=[rule]) == []
        assert engine.remarks(Written("de-AT", "billig", "", ""), kind="service", rules=[rule])
        assert not engine.remarks(Written("de", "billig: 3 €", "", ""), kind="service", rules=[rule])


class TestFoot:
    def test_is_ours_and_not_looked_at(self) -> None:
        assert codes("Hello" + FRAME + "\n--------------------------------\nSuite 03/04, 20 ft Road") == []


class TestChineseWithoutGaps:
    """C-01: dates and units are found, and metric ones left in peace, where no space stands beside them."""

    @pytest.mark.parametrize(
        ("text", "wanted"),
        [
            ("请于03/04前回复。", ["ambiguous_date"]),
            ("长12英寸的箱子", ["imperial_units"]),
            ("长12英寸（30厘米的箱子）", []),
        ],
    )
    def test_is_read(self, text: str, wanted: list[str]) -> None:
        assert codes(text, "zh-Hans") == wanted
