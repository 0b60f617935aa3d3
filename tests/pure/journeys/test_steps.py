"""What becomes of a step in a situation."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from guanxi.journeys.graph import read_graph
from guanxi.journeys.steps.base import Outcome, Situation, look_at

THEN = datetime(2026, 5, 1, 9, tzinfo=UTC)
JOURNEY = """\
key: try
title: A try
about: order
trigger: {event: order.placed}
entry: once per object
steps:
  - id: letter
    send: hello
    from: trigger
    not_before: 2d
    not_after: 4d
    expires: 6d
    when: {tier: gold}
    values: {colour: red}
  - id: listen
    wait: 7d
    until: {event: order.stage_changed}
  - id: where
    branch:
      - {when: {stage: shipped}, go: end}
      - {when: {stage: packed}, go: round}
  - id: news
    send: news
    not_after: 1d
  - id: round
    repeat: listen
    at_most: 2
"""


def after(days: float, step: str, **changes: Any) -> Outcome:
    """What becomes of `step` so many days after the trigger; it came up one day after it."""
    facts: dict[str, Any] = {"facts": {"tier": "gold"}, "since_at": THEN + timedelta(days=1)} | changes
    situation = Situation(now=THEN + timedelta(days=days), anchor_at=THEN, **facts)
    return look_at(read_graph(JOURNEY).steps[step], situation)


class TestSend:
    def test_waits_for_its_window(self) -> None:
        assert after(1, "letter") == Outcome("waiting", until=THEN + timedelta(days=2))

    def test_wishes_a_message_within_its_window(self) -> None:
        wish = after(3, "letter").wish

        assert wish is not None
        assert (wish.template_key, wish.values) == ("hello", {"colour": "red"})
        assert (wish.not_before, wish.expires_at) == (THEN + timedelta(days=2), THEN + timedelta(days=6))

    def test_is_skipped_after_its_window(self) -> None:
        outcome = after(4.1, "letter")

        assert (outcome.verdict, outcome.reason, outcome.go, outcome.wish) == ("skipped", "too_late", "listen", None)

    def test_is_skipped_without_its_condition(self) -> None:
        assert after(3, "letter", facts={"tier": "tin"}).reason == "condition"

    def test_counts_from_the_moment_it_came_up_by_default(self) -> None:
        wish = after(1.5, "news").wish

        assert wish is not None
        assert wish.expires_at == THEN + timedelta(days=2)


class TestWait:
    def test_lasts_its_time(self) -> None:
        assert after(2, "listen") == Outcome("waiting", until=THEN + timedelta(days=8))

    def test_ends_when_the_time_has_passed(self) -> None:
        assert after(8, "listen") == Outcome("done", reason="elapsed", go="where")

    def test_ends_at_once_when_its_event_was_heard(self) -> None:
        assert after(1, "listen", heard=frozenset({"listen"})) == Outcome("done", reason="heard", go="where")


class TestBranch:
    @pytest.mark.parametrize(
        ("stage", "go", "reason"), [("shipped", "", "way_1"), ("packed", "round", "way_2"), ("x", "news", "otherwise")]
    )
    def test_takes_the_first_way_that_holds(self, stage: str, go: str, reason: str) -> None:
        assert after(1, "where", facts={"stage": stage}) == Outcome("done", reason=reason, go=go)


class TestRepeat:
    def test_begins_the_next_round(self) -> None:
        assert after(1, "round", occurrence=2) == Outcome("done", go="listen", next_round=True)

    def test_ends_after_so_many_rounds(self) -> None:
        assert after(1, "round", occurrence=3) == Outcome("done", reason="rounds_used_up", go="")
