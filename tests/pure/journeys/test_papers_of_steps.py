"""`document` and `survey` of a step that sends, and checklists by language."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from guanxi.journeys.graph import read_graph
from guanxi.journeys.reading import GraphError
from guanxi.journeys.steps.base import Outcome, Situation, TaskWish, Wish, look_at

THEN = datetime(2026, 5, 13, 8, tzinfo=UTC)
JOURNEY = """
key: x
title: X
trigger: {event: contact.registered}
entry: once
steps:
  - {id: a, STEP}
"""


def outcome(step: str, **facts: Any) -> Outcome:
    found = read_graph(JOURNEY.replace("STEP", step)).steps["a"]
    return look_at(found, Situation(now=THEN, anchor_at=THEN, since_at=THEN, facts=facts))


class TestSend:
    def test_hands_over_a_document_where_one_fits(self) -> None:
        step = "send: letter, not_after: 3d, document: price_list, survey: usage"

        found = outcome(step, **{"document.price_list": True}).wish

        assert isinstance(found, Wish)
        assert (found.document, found.survey) == ("price_list", "usage")

    @pytest.mark.parametrize("facts", [{}, {"document.guide": False}])
    def test_is_left_out_where_none_fits(self, facts: dict[str, bool]) -> None:
        found = outcome("send: letter, not_after: 3d, document: guide", **facts)

        assert (found.verdict, found.reason, found.wish) == ("skipped", "no_document", None)

    def test_asks_whether_one_fits(self) -> None:
        graph = read_graph(JOURNEY.replace("STEP", "send: letter, not_after: 3d, document: guide"))

        assert graph.asked == {"document.guide"}

    @pytest.mark.parametrize("step", ["document: leaflet", "survey: opinion", "document: [guide, case]"])
    def test_names_an_unknown_kind(self, step: str) -> None:
        with pytest.raises(GraphError, match="write one of"):
            outcome(f"send: letter, not_after: 3d, {step}")


class TestTask:
    def test_has_a_checklist_by_language(self) -> None:
        found = outcome("task: call, title: Call, due: 24h, checklist: [one, {en: Two, zh-Hans: 二}]").wish

        assert isinstance(found, TaskWish)
        assert found.checklist == ("one", {"en": "Two", "zh-Hans": "二"})

    @pytest.mark.parametrize("lines", ["[{zh-Hans: 二}]", "[1]", '[""]', "[[a]]"])
    def test_names_a_line_it_cannot_read(self, lines: str) -> None:
        with pytest.raises(GraphError, match="checklist"):
            outcome(f"task: call, title: Call, due: 24h, checklist: {lines}")
