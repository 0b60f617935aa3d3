"""Mappings as people write them."""

from typing import Any

import pytest

from guanxi.intake.mapping import BadMapping, mapping_from


class TestMappingFrom:
    def test_takes_one_heading_or_several(self) -> None:
        mapping = mapping_from(
            {"kind": "orders", "columns": {"customer": "Kunde", "country": ["Land", "Staat"], "city": ""}}
        )

        assert mapping.columns == {"customer": ("Kunde",), "country": ("Land", "Staat")}
        assert mapping.heading_of("country") == "Land / Staat"
        assert mapping.heading_of("city") == "city"
        assert (mapping.has("customer", "country"), mapping.has("city"), mapping.has_any("city", "country")) == (
            True, False, True,
        )  # fmt: skip

    @pytest.mark.parametrize(
        ("document", "sentence"),
        [
            (None, "needs `columns:`"),
            ({"columns": []}, "needs `columns:`"),
            ({"kind": "cars", "columns": {}}, "'cars' is unknown"),
            ({"columns": {"colour": "x"}}, "'colour' is no field"),
            ({"columns": {}, "options": {"colour": 1}}, "colour is unknown"),
            ({"columns": {}, "options": {"heading": "no"}}, "heading is 'no'"),
            ({"columns": {}, "options": ["x"]}, "options"),
            ({"columns": {}, "options": {"stages": "x"}}, "stages is 'x'"),
        ],
    )
    def test_refuses_what_it_does_not_know(self, document: Any, sentence: str) -> None:
        with pytest.raises(BadMapping, match=sentence):
            mapping_from(document)
