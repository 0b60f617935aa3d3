"""Time is handed in: only kernel.clock asks the machine, and only the doors ask kernel.clock (house B2)."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from tests.house.source import DOORS, Module, breaches, chain_of, planted

MACHINE_CLOCKS = {
    ("datetime", "now"), ("datetime", "utcnow"), ("datetime", "today"), ("date", "today"), ("timezone", "now"),
    ("timezone", "localtime"), ("timezone", "localdate"), ("time", "time"), ("time", "time_ns"),
    ("time", "localtime"), ("time", "gmtime"),
}  # fmt: skip
OUR_CLOCK = {"utc_now", "today_utc"}


def clock_questions(module: Module) -> Iterator[str]:
    """Every place that asks for the time and may not."""
    if module.name == "kernel.clock":
        return
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Attribute) and tuple(chain_of(node)[-2:]) in MACHINE_CLOCKS:
            yield f"{node.lineno} asks {ast.unparse(node)}"
        elif isinstance(node, ast.ImportFrom) and node.module == "time":
            yield from (
                f"{node.lineno} imports time.{each.name}"
                for each in node.names
                if ("time", each.name) in MACHINE_CLOCKS
            )
        elif module.room not in DOORS and asks_our_clock(node):
            yield f"{node.lineno} asks kernel.clock; take `now` as a parameter"


def asks_our_clock(node: ast.AST) -> bool:
    return isinstance(node, ast.Name | ast.Attribute) and (
        (node.id if isinstance(node, ast.Name) else node.attr) in OUR_CLOCK
    )


class TestTheClock:
    def test_is_asked_by_the_doors_only(self) -> None:
        assert breaches(clock_questions) == []

    @pytest.mark.parametrize(
        "line",
        [
            "import datetime\nx = datetime.datetime.now()",
            "from datetime import date\nx = date.today()",
            "from django.utils import timezone\nfield(default=timezone.now)",
            "from time import time",
            "from guanxi.kernel.clock import utc_now\nx = utc_now()",
            "from guanxi.kernel import clock\ndef f(now=clock.utc_now): ...",
        ],
    )
    def test_a_planted_question_in_a_room_is_found(self, line: str) -> None:
        assert list(clock_questions(planted("outbox.planted", line)))

    def test_a_door_asks_our_clock_and_not_the_machine(self) -> None:
        assert not list(clock_questions(planted("console.planted", "x = clock.utc_now()")))
        assert list(clock_questions(planted("console.planted", "x = timezone.now()")))
