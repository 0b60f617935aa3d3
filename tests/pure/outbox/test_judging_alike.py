"""One judgement for all of whom the gates are told the same."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from guanxi.consent.rules import Choices, Stand
from guanxi.outbox.gates.base import Facts
from guanxi.outbox.judgement import Judge

NOW = datetime(2026, 5, 13, 8, 0, tzinfo=UTC)
LATER = NOW + timedelta(days=1)
SAID = Stand("granted", permission_id=1)
FACTS = Facts(now=NOW, kind="marketing", permission=SAID, country="DE", zone="Europe/Berlin")
# Another value for some fields of each type.
OTHER = {
    "permission": Stand("withdrawn"), "suppressions": frozenset({"all"}), "kind": "service", "missing": ("no_letter",),
    "choices": Choices(fewer=True), "recent_marketing": (NOW,), "origin_pause": "stopped", "now": NOW + timedelta(1),
}  # fmt: skip


class TestJudge:
    def test_asks_once_for_equal_facts_whichever_statement_they_rest_on(self) -> None:
        judge, another = Judge(), replace(FACTS, permission=Stand("granted", permission_id=2))

        assert judge.judge(FACTS, expires_at=LATER) is judge.judge(another, expires_at=LATER)

    @pytest.mark.parametrize("name", OTHER)
    def test_asks_again_where_anything_is_different(self, name: str) -> None:
        judge, changed = Judge(), replace(FACTS)
        setattr(changed, name, OTHER[name])

        first = judge.judge(FACTS, expires_at=LATER)

        assert judge.judge(changed, expires_at=LATER) is not first
        assert judge.judge(FACTS, expires_at=LATER + timedelta(1)) is not first
        assert judge.judge(FACTS, expires_at=LATER) is first
