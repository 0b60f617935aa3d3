"""What a reader chose, asked before each marketing mail."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from guanxi.consent.rules import Choices, Stand
from guanxi.outbox.gates import choices
from guanxi.outbox.gates.base import Facts

NOW = datetime(2026, 5, 13, 8, tzinfo=UTC)
LATER = NOW + timedelta(weeks=4)
FACTS = Facts(now=NOW, kind="marketing", topic="news")
REFUSED = Stand("withdrawn")


class TestChoices:
    @pytest.mark.parametrize(
        ("changes", "outcome", "reason"),
        [
            ({}, "pass", "topic_wanted"),
            ({"topic": ""}, "pass", "no_topic"),
            ({"choices": Choices(frozenset({"news"}))}, "drop", "topic_declined"),
            ({"choices": Choices(frozenset({"fairs"}))}, "pass", "topic_wanted"),
            ({"choices": Choices(paused_until=LATER)}, "hold", "paused_by_reader"),
            ({"choices": Choices(paused_until=NOW)}, "pass", "topic_wanted"),
            ({"choices": Choices(frozenset({"news"}), LATER), "kind": "service"}, "pass", "not_asked"),
            ({"profiling": REFUSED, "rests_on_profile": True}, "drop", "profiling_refused"),
            ({"profiling": REFUSED}, "pass", "topic_wanted"),
            ({"profiling": Stand("granted"), "rests_on_profile": True}, "pass", "topic_wanted"),
        ],
    )
    def test_are_kept(self, changes: dict[str, object], outcome: str, reason: str) -> None:
        """G-11, RL-03: a declined topic drops, a pause holds, a refusal of profiling stops tier-driven mail."""
        opinion = choices.judge(replace(FACTS, **changes))  # type: ignore[arg-type]

        assert (opinion.outcome, opinion.reason) == (outcome, reason)
        assert opinion.until == (LATER if outcome == "hold" else None)
