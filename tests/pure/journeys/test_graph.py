"""The grammar: what a journey may say, and how a mistake is named."""

from __future__ import annotations

from datetime import timedelta

import pytest

from guanxi.journeys.graph import AGAIN, ONCE_PER_OBJECT, read_graph
from guanxi.journeys.reading import GraphError, duration
from guanxi.journeys.steps.send import Send

SOUND = """\
key: try
title: A try
trigger: {event: order.placed}
entry: once
steps:
  - id: hello
    send: letter
    not_after: 3d
"""


def with_steps(steps: str) -> str:
    return SOUND.partition("steps:")[0] + "steps:\n" + steps


class TestASoundJourney:
    def test_begins_at_its_first_step(self) -> None:
        graph = read_graph(SOUND)

        assert (graph.first, graph.priority, graph.entry.rule) == ("hello", 40, "once")

    def test_goes_on_to_the_step_below(self) -> None:
        graph = read_graph(with_steps("  - {id: a, wait: 2d}\n  - {id: b, send: x, not_after: 1h}\n"))

        assert [step.frame.go for step in graph.steps.values()] == ["b", ""]

    def test_counts_from_the_trigger_when_asked(self) -> None:
        step = read_graph(with_steps("  - {id: a, send: x, from: trigger, not_before: 14d, not_after: 3w}\n")).steps[
            "a"
        ]

        assert isinstance(step, Send)
        assert step.frame.times.not_before == timedelta(days=14)
        assert step.frame.times.base == "trigger"

    def test_reads_words_that_yaml_takes_for_truth(self) -> None:
        graph = read_graph(SOUND.replace("{event: order.placed}", "{event: order.placed, where: {paid: [yes, on]}}"))

        assert graph.triggers[0].occasion.where.tests[0].values == ("yes", "on")

    def test_may_be_entered_again(self) -> None:
        graph = read_graph(SOUND.replace("entry: once", "entry: {again_after: 180d}"))

        assert (graph.entry.rule, graph.entry.after) == (AGAIN, timedelta(days=180))

    def test_may_be_about_an_order(self) -> None:
        graph = read_graph(SOUND.replace("entry: once", "entry: once per object\nabout: order"))

        assert (graph.entry.rule, graph.about) == (ONCE_PER_OBJECT, "order")


class TestAMistake:
    @pytest.mark.parametrize(
        ("text", "line", "says"),
        [
            (SOUND.replace("key: try", "key: Try It"), 1, "small letters"),
            (SOUND.replace("key: try\n", ""), 1, "`key` is missing"),
            (SOUND.replace("title: A try", "title: [1]"), 2, "put it in quotes"),
            (SOUND + "color: red\n", 9, "`color` is not known here"),
            (SOUND + "key: again\n", 9, "written twice"),
            (SOUND + "priority: 0\n", 9, "from 1 to 99"),
            (SOUND + "priority: true\n", 9, "from 1 to 99"),
            (SOUND + "lifecycle: 1\n", 9, "write true or false"),
            (SOUND + "about: ship\n", 9, "one of order"),
            (SOUND.replace("order.placed", "order.eaten"), 3, "is no event"),
            (SOUND.replace("{event: order.placed}", "[]"), 3, "`trigger` is missing"),
            (SOUND.replace("{event: order.placed}", "[now]"), 3, "list of mappings"),
            (SOUND.replace("order.placed", "[1]"), 3, "list of words"),
            (SOUND.replace("order.placed}", "order.placed, within: soon}"), 3, "30m, 24h, 7d or 2w"),
            (SOUND.replace("order.placed}", "order.placed, of: you}"), 3, "object, customer"),
            (SOUND.replace("order.placed}", "order.placed, where: here}"), 3, "must be a mapping"),
            (SOUND.replace("order.placed}", "order.placed, where: {a: [[1]]}}"), 3, "a value or a list"),
            (SOUND.replace("order.placed}", "order.placed, where: {a: {}}}"), 3, "wants nothing"),
            (SOUND.replace("order.placed}", "order.placed, where: {a: {at_least: much}}}"), 3, "must be a number"),
            (SOUND.replace("entry: once", "entry: twice"), 4, "once, once per object"),
            (SOUND.replace("entry: once", "entry: once per object"), 4, "add `about: order`"),
            (SOUND.replace("entry: once", "entry: {again_after: 0d}"), 4, "shorter than a day"),
            (SOUND + "exits: {reason: Gone away, when: {tier: x}}\n", 9, "one word such as"),
            (SOUND + "exits: {reason: gone}\n", 9, "either `event` or `when`"),
            (SOUND + "exits: {reason: gone, when: {mood: bad}}\n", 9, "`mood` cannot be asked for"),
            (SOUND.partition("steps:")[0] + "steps: []\n", 5, "at least one step"),
            (with_steps("  - {id: end, wait: 1d}\n"), 6, "not `end`"),
            (with_steps("  - {id: a, wait: 0d}\n"), 6, "longer than nothing"),
            (with_steps("  - {id: a, wait: 1d, send: x}\n"), 6, "exactly one thing"),
            (with_steps("  - {id: a}\n"), 6, "exactly one thing"),
            (with_steps("  - {id: a, send: x}\n"), 6, "`not_after` is missing"),
            (with_steps("  - {id: a, send: x, not_before: 2d, not_after: 1d}\n"), 6, "never be taken"),
            (with_steps("  - {id: a, send: x, not_after: 2d, expires: 1d}\n"), 6, "before the end of the window"),
            (with_steps("  - {id: a, send: x, not_after: 2d, when: {x: 1}}\n"), 6, "step a: `x` cannot be asked for"),
            (with_steps("  - {id: a, wait: 1d}\n  - {id: a, wait: 1d}\n"), 7, "rename one"),
            (with_steps("  - {id: a, wait: 1d, go: c}\n"), 6, "there is no step `c`"),
            (with_steps("  - {id: a, wait: 1d}\n  - {id: b, wait: 1d, go: a}\n"), 7, "only `repeat` goes back"),
            (with_steps("  - {id: a, wait: 1d, go: end}\n  - {id: b, wait: 1d}\n"), 7, "no way leads here"),
            (with_steps("  - {id: a, branch: []}\n"), 6, "has no way"),
            (with_steps("  - {id: a, branch: [{when: {tier: x}}]}\n"), 6, "`go` is missing"),
            (with_steps("  - {id: a, repeat: a, at_most: 2}\n"), 6, "name a step further up"),
            (with_steps("  - {id: a, wait: 1d}\n  - {id: b, repeat: a, at_most: 0}\n"), 7, "from 1 to 1000"),
            (
                with_steps("  - {id: a, send: x, not_after: 1d}\n  - {id: b, repeat: a, at_most: 2}\n"),
                7,
                "a way without a wait",
            ),
            (
                with_steps("  - {id: a, wait: 1d, when: {tier: x}}\n  - {id: b, repeat: a, at_most: 2}\n"),
                7,
                "a way without a wait",
            ),
            ("- a\n", 1, "a journey is a mapping"),
            ("key: {a\n", 2, "indentation"),
            ("a: &x 1\nb: *x\n", 2, "aliases"),
            ("[" * 3000, 1, "nested too deeply"),
            ("a" * 70_000, 1, "64 KB"),
        ],
    )
    def test_is_named_with_its_line_and_the_remedy(self, text: str, line: int, says: str) -> None:
        with pytest.raises(GraphError) as caught:
            read_graph(text)

        assert says in str(caught.value)
        assert caught.value.line == line


class TestDuration:
    @pytest.mark.parametrize(
        ("text", "span"),
        [
            ("30m", timedelta(minutes=30)), ("24h", timedelta(hours=24)), ("7 d", timedelta(days=7)),
            ("2w", timedelta(weeks=2)), ("0h", timedelta()), ("7", None), ("1.5h", None), (7, None), ("-1d", None),
        ],
    )  # fmt: skip
    def test_reads_what_people_write(self, text: object, span: timedelta | None) -> None:
        assert duration(text) == span


def test_a_folded_chinese_description_has_no_gaps() -> None:
    described = "description:\n  en: Both\n  zh-Hans: >\n    先写一半，\n    再写 CE 一半\n"
    text = SOUND.replace("title:", f"{described}title:", 1)

    assert read_graph(text).shelf.descriptions["zh-Hans"].strip() == "先写一半，再写 CE 一半"
