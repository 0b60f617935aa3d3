"""The contract of names, and its page in the docs."""

from __future__ import annotations

from pathlib import Path

import pytest

from guanxi.content import compiling, placeholders, render
from tests.pure.content.test_library import TEMPLATES, compiled

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "placeholders.md"


def required_by_key() -> dict[str, list[str]]:
    known = placeholders.PLACEHOLDERS
    return {
        key: sorted(
            name
            for name in frozenset().union(*(render.required_names(compiled(draft)) for draft in template.drafts))
            if known[name].filled_by == placeholders.OCCASION
        )
        for key, template in TEMPLATES.items()
    }


class TestPlaceholders:
    def test_every_one_is_used_by_a_letter(self) -> None:
        used = frozenset().union(*(render.used_names(compiled(d)) for t in TEMPLATES.values() for d in t.drafts))

        # For letters of the firm's own, and for the blocks of the editor.
        for_the_firm = {
            "links.share", "reader.country", "reader.gender", "customer.name", "customer.trade", "customer.tier",
            "customer.stage", "customer.need", "manager.name", "manager.email", "manager.phone",
            "recommended.products", "offer.name", "offer.percent",
        }  # fmt: skip
        assert used | for_the_firm == placeholders.PLACEHOLDERS.keys()

    def test_every_sample_is_usable_and_plain(self) -> None:
        for name, placeholder in placeholders.PLACEHOLDERS.items():
            placeholders.check_plain(placeholder.sample)
            assert placeholders.is_usable(name, placeholder.sample)

    def test_samples_speak_the_language(self) -> None:
        assert placeholders.sample_values("ja")["reader"]["greeting"] == "田中課長"
        assert placeholders.sample_values("tlh")["reader"]["greeting"] == "Dear Ms. Hall,"

    def test_the_least_sample_has_no_optional_values(self) -> None:
        assert "website" not in placeholders.sample_values("en", only_required=True)["firm"]

    @pytest.mark.parametrize(
        ("values", "found"), [({"a": {"b": 1}}, 1), ({"a": 1}, None), ({}, None), ({"a": {}}, None)]
    )
    def test_finds_a_value_by_its_dotted_name(self, values: dict[str, object], found: object) -> None:
        assert placeholders.value_of(values, "a.b") == found


class TestReferencePage:
    def test_says_what_the_code_says(self) -> None:
        assert PAGE.read_text("utf-8") == placeholders.reference_page(required_by_key())

    def test_names_what_each_letter_needs(self) -> None:
        assert required_by_key()["j-17.2"] == ["coupon.code", "coupon.percent", "coupon.valid_until"]
        assert compiling.read_library()[0].key in PAGE.read_text("utf-8")
