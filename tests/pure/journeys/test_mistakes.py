"""Every mistake of a journey with its line."""

from __future__ import annotations

import pytest

from guanxi.journeys.mistakes import mistakes_of

GOOD = "key: x\ntitle: X\ntrigger: {event: order.placed}\nentry: once\nsteps:\n  - {id: a, wait: 3d}\n"
SEVERAL = """\
key: X y
title: 5
trigger:
  - event: order.plcaed
  - event: order.placed
    within: soon
entry: once
exits: [{reason: gone}]
steps:
  - id: a
    send: hello
  - {id: b, wait: 3x}
  - {id: b, end: done}
  - {id: d, branch: [{when: {tier: high}, go: nowhere}]}
"""


class TestMistakesOf:
    def test_are_none_of_a_sound_journey(self) -> None:
        assert mistakes_of(GOOD) == []

    def test_are_all_told_with_their_lines(self) -> None:
        assert [each.line for each in mistakes_of(SEVERAL)] == [1, 2, 4, 6, 8, 10, 12, 13, 14]

    @pytest.mark.parametrize(
        ("text", "line"),
        [
            ("key: x\n  title: [\n", 2),
            ("just words", 1),
            (GOOD + "  - {id: a, wait: 1d}\n", 7),
            (GOOD + "more: 1\n", 7),
        ],
    )
    def test_is_one_where_nothing_else_can_be_read(self, text: str, line: int) -> None:
        assert [each.line for each in mistakes_of(text)] == [line]
