"""What the builder does to a text: small changes, comments kept, and never a text whose mistake nobody can find."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guanxi.journeys.editing import (
    History,
    Spot,
    change_head,
    change_step,
    delete_step,
    fresh_id,
    insert_step,
    move_step,
)
from guanxi.journeys.graph import read_graph
from guanxi.journeys.reading import GraphError, read_block
from guanxi.journeys.ready import library_texts
from guanxi.journeys.sheet import step_ids, tidy
from guanxi.journeys.splicing import plain

BRANCHED = """\
key: own
title: Own   # ours
trigger: {event: order.placed}
entry: once
steps:
  # The first word.
  - id: hello
    send: a   # the short one
    not_after: 3d

  - id: which
    branch:
      - when: {tier: vip}   # the best
        go: gift
      - {chance: 50, go: end}

  - {id: pause, wait: 7d, go: end}

  # For the best only.
  - id: gift
    task: gift
    title: Send a gift
    due: 24h
"""
FLOWING = (
    "{key: own, title: Own, trigger: {event: order.placed}, entry: once, "
    "steps: [{id: a, wait: 1d}, {id: b, end: done}]}"
)


class TestInsert:
    def test_puts_a_card_between_two(self) -> None:
        text = insert_step(BRANCHED, {"id": "new", "wait": "2d"}, Spot("hello"))

        assert step_ids(text) == ["hello", "new", "which", "pause", "gift"]
        assert "  # The first word.\n  - id: hello\n    send: a   # the short one\n" in text

    def test_puts_a_card_at_the_head_of_a_way(self) -> None:
        graph = read_graph(insert_step(BRANCHED, {"id": "new", "wait": "2d"}, Spot("which", 0)))

        assert graph.steps["which"].targets()[0] == "new"
        assert graph.steps["new"].targets() == ("gift",)
        assert graph.steps["pause"].targets() == ("",)

    def test_puts_a_card_into_a_way_that_led_to_the_end(self) -> None:
        graph = read_graph(insert_step(BRANCHED, {"id": "new", "wait": "2d"}, Spot("which", 1)))

        assert graph.steps["which"].targets() == ("gift", "new", "pause")
        assert graph.steps["gift"].targets() == graph.steps["new"].targets() == ("",)

    def test_puts_a_card_above_another_for_all_who_come_there(self) -> None:
        graph = read_graph(insert_step(BRANCHED, {"id": "new", "wait": "2d"}, Spot(before="gift")))

        assert graph.steps["which"].targets()[0] == "new"
        assert graph.steps["new"].targets() == ("gift",)

    def test_a_new_branch_leads_both_ways_to_what_comes_below(self) -> None:
        step = {"id": "half", "branch": [{"chance": 50, "go": "next"}]}

        assert read_graph(insert_step(BRANCHED, step, Spot("hello"))).steps["half"].targets() == ("which", "which")

    def test_nothing_comes_after_an_end(self) -> None:
        with pytest.raises(GraphError, match="nothing comes after an end"):
            insert_step(FLOWING, {"id": "c", "wait": "1d"}, Spot("b"))


class TestDelete:
    def test_leads_on_whoever_led_there(self) -> None:
        assert read_graph(delete_step(BRANCHED, "gift")).steps["which"].targets() == ("", "", "pause")

    def test_takes_with_a_branch_what_only_it_led_to(self) -> None:
        text = delete_step(BRANCHED, "which")

        assert step_ids(text) == ["hello", "pause"]
        assert "For the best only" not in text

    def test_keeps_the_last_one(self) -> None:
        with pytest.raises(GraphError, match="at least one step"):
            delete_step(delete_step(FLOWING, "b"), "a")


class TestMove:
    def test_takes_the_comment_along(self) -> None:
        text = move_step(BRANCHED, "hello", Spot("which", 0))

        assert step_ids(text) == ["which", "pause", "hello", "gift"]
        assert "  # The first word.\n  - id: hello\n" in text
        assert read_graph(text).steps["which"].targets() == ("hello", "", "pause")

    def test_to_where_it_stands_changes_nothing(self) -> None:
        assert move_step(BRANCHED, "which", Spot("hello")) == BRANCHED


class TestChange:
    def test_touches_only_what_it_was_asked_to(self) -> None:
        text = change_step(BRANCHED, "hello", {"send": "b", "not_after": "3d", "not_before": "1d"})

        assert text == BRANCHED.replace("send: a ", "send: b ").replace(
            "    not_after: 3d\n", "    not_after: 3d\n    not_before: 1d\n"
        )

    def test_tells_a_new_name_to_all_who_use_it(self) -> None:
        assert read_graph(change_step(BRANCHED, "gift", {"id": "present"})).steps["which"].targets()[0] == "present"

    def test_takes_a_key_away_and_writes_a_flowing_step_anew(self) -> None:
        assert read_graph(change_step(BRANCHED, "pause", {"go": None, "wait": "9d"})).steps["pause"].targets() == (
            "gift",
        )

    def test_of_the_head_stands_above_the_steps(self) -> None:
        text = change_head(BRANCHED, {"title": "Ours", "priority": 20})

        assert text == BRANCHED.replace("Own ", "Ours ").replace("entry: once\n", "entry: once\npriority: 20\n")


class TestTidy:
    def test_leaves_a_tidy_text_alone(self) -> None:
        assert tidy(BRANCHED) == BRANCHED

    def test_gives_each_step_its_lines(self) -> None:
        assert plain(read_block(tidy(FLOWING))) == plain(read_block(FLOWING))


class TestHistory:
    def test_goes_back_and_forth(self) -> None:
        history = History(("a",)).with_text("b").with_text("c").undone().undone()

        assert (history.text, history.can_undo, history.redone().text) == ("a", False, "b")

    def test_what_was_undone_is_gone_after_a_change(self) -> None:
        history = History(("a",)).with_text("b").undone().with_text("c")

        assert history.texts == ("a", "c")
        assert not history.can_redo


def test_a_fresh_name_is_nobodys() -> None:
    assert fresh_id(BRANCHED, "Hello!") == "hello-2"
    assert fresh_id(BRANCHED, "3 days") == "step-3-days"
    assert fresh_id(BRANCHED, "end") == "end-2"


TEXTS = [BRANCHED, FLOWING, min((text for text in library_texts() if "branch:" in text), key=len)]
NEW: list[dict[str, Any]] = [
    {"wait": "3d"},
    {"send": "x", "not_after": "2d"},
    {"branch": [{"chance": 50, "go": "next"}]},
    {"branch": [{"when": {"tier": "vip"}, "go": "next"}, {"when": {"tag": ["a: b", "# c"]}, "go": "end"}]},
    {"end": "done"},
    {"task": "call", "title": {"en": "Call: now", "zh-Hans": "打电话"}, "due": "2h"},
]
CHANGES: list[dict[str, Any]] = [
    {"not_after": "9d"}, {"not_after": None}, {"go": None}, {"when": {"tier": "vip"}}, {"id": "renamed"},
    {"wait": "1d"},
]  # fmt: skip
OPERATION = st.tuples(
    st.sampled_from(["insert", "delete", "move", "change"]), st.integers(0, 30), st.integers(0, 30), st.integers(-2, 3),
    st.integers(0, 30),
)  # fmt: skip


def _operated(text: str, operation: tuple[str, int, int, int, int]) -> str:
    what, one, other, way, which = operation
    ids = step_ids(text)
    step_id, after = ids[one % len(ids)], ["", *ids][other % (len(ids) + 1)]
    spot = Spot(before=after) if way == -1 else Spot(after, way if way >= 0 and after else None)
    if what == "insert":
        return insert_step(text, {"id": fresh_id(text, "new"), **NEW[which % len(NEW)]}, spot)
    if what == "delete":
        return delete_step(text, step_id)
    if what == "move":
        return move_step(text, step_id, spot)
    return change_step(text, step_id, CHANGES[which % len(CHANGES)])


@settings(max_examples=20, deadline=None)
@given(st.sampled_from(TEXTS), st.lists(OPERATION, min_size=1, max_size=4))
def test_any_operations_give_a_text_that_reads_or_names_the_line(
    text: str, operations: list[tuple[str, int, int, int, int]]
) -> None:
    lines = []
    for operation in operations:
        with suppress(GraphError):  # refused: the text stays as it was
            text = _operated(text, operation)
        try:
            read_graph(text)
        except GraphError as mistake:
            lines.append((mistake.line, text.count("\n") + 1))

    assert step_ids(text)
    assert all(1 <= line <= last for line, last in lines)
