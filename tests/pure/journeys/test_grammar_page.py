"""docs/reference/journey-grammar.md says what the grammar knows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from guanxi.journeys.conditions import FACTS
from guanxi.journeys.graph import read_graph
from guanxi.journeys.shelf import PURPOSES
from guanxi.journeys.steps import STEP_KINDS

PAGE = (Path(__file__).resolve().parents[3] / "docs/reference/journey-grammar.md").read_text(encoding="utf-8")


class TestTheGrammarPage:
    @pytest.mark.parametrize("name", sorted(FACTS))
    def test_tells_every_fact_in_the_words_of_the_code(self, name: str) -> None:
        assert f"| `{name}` | {FACTS[name]} |" in PAGE

    @pytest.mark.parametrize("kind", [kind.kind for kind in STEP_KINDS])
    def test_tells_every_kind_of_step(self, kind: str) -> None:
        assert f"| `{kind}:" in PAGE

    @pytest.mark.parametrize("purpose", sorted(PURPOSES))
    def test_tells_every_shelf_of_the_gallery(self, purpose: str) -> None:
        assert f"| `{purpose}` | {PURPOSES[purpose]} |" in PAGE

    @pytest.mark.parametrize("field", ["from", "not_before", "not_after", "expires", "when"])
    def test_tells_every_field_of_a_window(self, field: str) -> None:
        assert f"| `{field}` |" in PAGE

    def test_shows_a_journey_that_can_be_published(self) -> None:
        example = re.search(r"```yaml\n(.*?)```", PAGE, re.DOTALL)

        assert example is not None
        assert read_graph(example[1].replace("about: order", "# about: order")).first == "coupon"
