"""Tasks, records, signals, other journeys, chance and the waits for an hour or a date."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from guanxi.journeys.graph import read_graph
from guanxi.journeys.reading import GraphError
from guanxi.journeys.steps.base import (
    ChangeWish,
    GiveUpWish,
    Outcome,
    SignalWish,
    Situation,
    StartWish,
    TaskWish,
    look_at,
)

THEN = datetime(2026, 5, 1, 9, tzinfo=UTC)
HEAD = "key: try\ntitle: A try\ntrigger: {event: order.placed}\nentry: once\nsteps:\n"
LAST = "  - {id: last, wait: 1d}\n"


def outcome(step: str, *, days: float = 0, **changes: Any) -> Outcome:
    """What becomes of a step so many days after it came up."""
    graph = read_graph(HEAD + f"  - {{id: it, {step}}}\n" + LAST)
    situation = Situation(now=THEN + timedelta(days=days), anchor_at=THEN, since_at=THEN, **changes)
    return look_at(graph.steps["it"], situation)


def mistake(step: str) -> str:
    with pytest.raises(GraphError) as told:
        read_graph(HEAD + f"  - {{id: it, {step}}}\n" + LAST)
    return str(told.value)


class TestTask:
    def test_is_due_after_the_step_is_taken(self) -> None:
        found = outcome("task: call, title: Call him, due: 24h, expires: 7d, checklist: [look, call]", days=1)

        assert found.wish == TaskWish(
            "call", {"en": "Call him"}, THEN + timedelta(days=2), THEN + timedelta(days=7), ("look", "call")
        )

    def test_has_titles_by_language(self) -> None:
        wish = outcome("task: call, title: {en: Call, zh-Hans: 打电话}, due: 24h").wish

        assert isinstance(wish, TaskWish)
        assert wish.titles == {"en": "Call", "zh-Hans": "打电话"}

    @pytest.mark.parametrize(
        ("step", "told"),
        [
            ("task: Call Him, title: x, due: 1d", "`task` is 'Call Him'"),
            ("task: call, title: x, due: 0d", "`due` must be longer than nothing"),
            ("task: call, title: {de: Anruf}, due: 1d", "`title` must be a sentence"),
            ("task: call, due: 1d", "`title` is missing"),
        ],
    )
    def test_names_the_mistake(self, step: str, told: str) -> None:
        assert told in mistake(step)

    def test_is_due_at_a_moment_of_the_record(self) -> None:
        step = "task: talk, title: Talk, due: until field.meeting_at"

        wish = outcome(step, facts={"field.meeting_at": "2026-05-06T10:00:00+02:00"}).wish
        assert isinstance(wish, TaskWish)
        assert wish.due_at == datetime(2026, 5, 6, 8, tzinfo=UTC)
        assert outcome(step).reason == "no_date"


class TestChange:
    def test_wishes_a_tag_and_fields(self) -> None:
        wish = outcome("set: {tag: warm, untag: cold, fields: {ready_for: next}}").wish

        assert wish == ChangeWish("warm", "cold", {"ready_for": "next"})

    @pytest.mark.parametrize(
        ("step", "told"),
        [
            ("set: {}", "`set` changes nothing"),
            ("set: {colour: red}", "`colour` is not known"),
            ("set: {fields: {Ready For: x}}", "a field is called 'Ready For'"),
            ("set: {fields: {ready: 5}}", "must be a text"),
        ],
    )
    def test_names_the_mistake(self, step: str, told: str) -> None:
        assert told in mistake(step)


class TestSignalStartAndEnd:
    def test_wish_for_what_they_name(self) -> None:
        assert outcome("webhook: sample-wanted").wish == SignalWish("sample-wanted")
        assert outcome("start: j-05").wish == StartWish("j-05")

    def test_the_end_ends_with_its_reason(self) -> None:
        graph = read_graph(HEAD + "  - {id: it, end: satisfied, when: {tag: happy}}\n" + LAST)
        situation = Situation(now=THEN, anchor_at=THEN, since_at=THEN, facts={"tag": ("happy",)})

        found = look_at(graph.steps["it"], situation)

        assert (found.verdict, found.reason, found.go, found.ends_with_reason) == ("done", "satisfied", "", True)

    @pytest.mark.parametrize(
        ("step", "told"),
        [
            ("webhook: A B", "`webhook` is 'A B'"),
            ("end: Very Happy", "`end` is 'Very Happy'"),
            ("end: happy, go: last", "goes nowhere"),
        ],
    )
    def test_names_the_mistake(self, step: str, told: str) -> None:
        assert told in mistake(step)


class TestChance:
    def test_falls_evenly_and_always_the_same(self) -> None:
        """A branch by chance: the share of readers is about what was asked for, and nobody is drawn twice."""
        step = "branch: [{chance: 30, go: end}, {chance: 20, go: last}]"
        graph = read_graph(HEAD + f"  - {{id: it, {step}}}\n  - {{id: rest, wait: 1d, go: end}}\n" + LAST)
        ways: dict[str, int] = {}
        for seed in range(4_000):
            situation = Situation(now=THEN, anchor_at=THEN, since_at=THEN, seed=str(seed))
            reason = look_at(graph.steps["it"], situation).reason
            assert reason == look_at(graph.steps["it"], situation).reason
            ways[reason] = ways.get(reason, 0) + 1

        assert ways["way_1"] == pytest.approx(1200, abs=120)
        assert ways["way_2"] == pytest.approx(800, abs=110)

    def test_cannot_exceed_everybody(self) -> None:
        assert "more than 100 percent" in mistake("branch: [{chance: 60, go: end}, {chance: 60, go: last}]")


class TestWaits:
    @pytest.mark.parametrize(
        ("since", "zone", "until"),
        [
            (datetime(2026, 5, 1, 9, tzinfo=UTC), "Asia/Tokyo", datetime(2026, 5, 2, 0, tzinfo=UTC)),
            (datetime(2026, 5, 1, 6, tzinfo=UTC), "Europe/Berlin", datetime(2026, 5, 1, 7, tzinfo=UTC)),
            (datetime(2026, 5, 1, 7, tzinfo=UTC), "Europe/Berlin", datetime(2026, 5, 2, 7, tzinfo=UTC)),
            # The clock goes forward in the night: nine o'clock is 23 hours after nine o'clock.
            (datetime(2026, 3, 28, 8, tzinfo=UTC), "Europe/Berlin", datetime(2026, 3, 29, 7, tzinfo=UTC)),
        ],
    )
    def test_for_an_hour_go_by_the_readers_clock(self, since: datetime, zone: str, until: datetime) -> None:
        """RT-17."""
        graph = read_graph(HEAD + "  - {id: it, wait: until 09:00}\n" + LAST)

        found = look_at(graph.steps["it"], Situation(now=since, anchor_at=since, since_at=since, zone=zone))

        assert found.until == until

    def test_take_their_own_way_when_the_event_came(self) -> None:
        """CN-23: the clock tells only when nothing else did."""
        text = HEAD + (
            "  - {id: it, wait: 7d, until: {event: order.news}, heard: last}\n"
            "  - {id: clock, set: {tag: told}}\n" + LAST
        )
        step = read_graph(text).steps["it"]
        situation = Situation(now=THEN + timedelta(days=7), anchor_at=THEN, since_at=THEN)

        assert step.targets() == ("last", "clock")
        assert look_at(step, situation).go == "clock"
        assert look_at(step, situation._replace(heard=frozenset({"it"}))).go == "last"
        assert "`heard` needs an event" in mistake("wait: 7d, heard: last")

    def test_for_a_date_of_the_record(self) -> None:
        facts = {"field.back_on": "2026-05-04"}

        assert outcome("wait: until field.back_on", facts=facts).until == datetime(2026, 5, 4, tzinfo=UTC)
        assert outcome("wait: until field.back_on", facts=facts, days=4).reason == "elapsed"

    def test_for_a_day_end_when_it_begins_where_the_reader_lives(self) -> None:
        step = read_graph(HEAD + "  - {id: it, wait: until 2026-05-04}\n" + LAST).steps["it"]
        situation = Situation(now=THEN, anchor_at=THEN, since_at=THEN, zone="Asia/Tokyo")

        assert look_at(step, situation).until == datetime(2026, 5, 3, 15, tzinfo=UTC)
        assert "which no calendar has" in mistake("wait: until 2026-02-30")

    @pytest.mark.parametrize("value", [None, "", "soon", 5])
    def test_without_a_date_are_skipped(self, value: object) -> None:
        found = outcome("wait: until field.back_on", facts={"field.back_on": value})

        assert (found.verdict, found.reason) == ("skipped", "no_date")

    @pytest.mark.parametrize("text", ["until 25:00", "until nonsense", "soon"])
    def test_name_the_mistake(self, text: str) -> None:
        assert "`wait`" in mistake(f"wait: {text}")


def test_a_set_meets_a_wish_with_one_of_its_members() -> None:
    graph = read_graph(HEAD + "  - {id: it, branch: [{when: {tag: [vip, gold]}, go: end}]}\n" + LAST)
    facts = {"tag": ("gold", "slow")}

    found = look_at(graph.steps["it"], Situation(now=THEN, anchor_at=THEN, since_at=THEN, facts=facts))

    assert found.reason == "way_1"


class TestGivingUp:
    def test_wishes_for_no_more_marketing(self) -> None:
        """J-19.6: beyond hope."""
        assert outcome("give_up: lost").wish == GiveUpWish("lost")

    def test_needs_one_word(self) -> None:
        assert "`give_up` is 'No more!'" in mistake("give_up: No more!")
