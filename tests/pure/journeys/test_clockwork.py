"""Triggers that no event pulls: how they are written, and on which days they strike."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from guanxi.journeys.clockwork import DateOf, Festival, Launch, Schedule, Silence, days_back, is_anniversary
from guanxi.journeys.graph import Graph, read_graph
from guanxi.journeys.reading import GraphError

JOURNEY = """\
key: try
title: A try
trigger: {%s}
entry: {again_after: 30d}
steps:
  - {id: letter, send: hello, not_after: 1d}
"""


def clockwork_of(text: str) -> object:
    return read_graph(JOURNEY % text).triggers[0].clockwork


class TestReading:
    @pytest.mark.parametrize(
        ("text", "found"),
        [
            ("date: birthday", DateOf("birthday")),
            ("date: founded_on, lead: 7d", DateOf("founded_on", lead=timedelta(days=7))),
            ("date: first_order, after: 2d", DateOf("first_order", after=timedelta(days=2))),
            ("date: field.contract_ends_on, repeat: once", DateOf("field.contract_ends_on", is_yearly=False)),
            ("silence: 60d", Silence(timedelta(days=60), ("order.placed",))),
            ("silence: 2w, since: [inquiry.received]", Silence(timedelta(days=14), ("inquiry.received",))),
            ("schedule: week, on: friday, when: {tier: high}", Schedule("week", weekday=4)),
            ("schedule: month, on: 31, when: {tag: vip}", Schedule("month", day=31)),
            ("schedule: year, on: 12-01, when: {standing.abc: A}", Schedule("year", month=12, day=1)),
            ("festival: eid_al_fitr, when: {segment: gulf}", Festival("eid_al_fitr")),
            ("launch: any", Launch("any")),
            ("launch: season, lead: 14d", Launch("season", lead=timedelta(days=14))),
            ("event: order.placed", None),
        ],
    )
    def test_takes_what_stands_there(self, text: str, found: object) -> None:
        assert clockwork_of(text) == found

    @pytest.mark.parametrize(
        ("text", "told"),
        [
            ("date: name_day", "`date` is 'name_day'; write one of birthday"),
            ("date: birthday, lead: 12h", "`lead` counts whole days"),
            ("date: birthday, lead: 2d, after: 1d", "exclude each other"),
            ("date: birthday, event: order.placed", "pulled by one thing"),
            ("silence: 5h", "shorter than a day"),
            ("schedule: week, on: someday, when: {tag: x}", "`on` is 'someday'"),
            ("schedule: year, on: 13-01, when: {tag: x}", "write month and day"),
            ("schedule: month", "a calendar concerns everybody"),
            ("schedule: month, when: {tier: {not: lost}}", "a calendar concerns everybody"),
            ("schedule: fortnight, when: {tag: x}", "`schedule` is 'fortnight'"),
            ("festival: new_moon, when: {tag: x}", "`festival` is 'new_moon'"),
        ],
    )
    def test_names_the_mistake(self, text: str, told: str) -> None:
        with pytest.raises(GraphError, match=told.replace("(", r"\(")):
            clockwork_of(text)

    def test_is_about_no_object(self) -> None:
        with pytest.raises(GraphError, match="not about one order"):
            read_graph(JOURNEY.replace("entry", "about: order\nentry") % "date: birthday")


class TestAnniversary:
    @pytest.mark.parametrize(
        ("of", "on", "is_one"),
        [
            (date(1980, 5, 13), date(2026, 5, 13), True),
            (date(1980, 5, 13), date(2026, 5, 14), False),
            (date(2000, 2, 29), date(2028, 2, 29), True),
            (date(2000, 2, 29), date(2027, 2, 28), True),
            (date(2000, 2, 29), date(2028, 2, 28), False),
            (date(2000, 2, 28), date(2027, 2, 28), True),
        ],
    )
    def test_keeps_29_february_on_the_28th(self, of: date, on: date, *, is_one: bool) -> None:
        """CN-29."""
        assert is_anniversary(of, on) is is_one


class TestSchedule:
    @pytest.mark.parametrize(
        ("schedule", "on", "strikes"),
        [
            (Schedule("week", weekday=0), date(2026, 5, 11), True),
            (Schedule("week", weekday=0), date(2026, 5, 12), False),
            (Schedule("month", day=31), date(2026, 4, 30), True),
            (Schedule("month", day=1), date(2026, 4, 1), True),
            (Schedule("quarter", day=1), date(2026, 4, 1), True),
            (Schedule("quarter", day=1), date(2026, 5, 1), False),
            (Schedule("half year", day=1), date(2026, 7, 1), True),
            (Schedule("half year", day=1), date(2026, 4, 1), False),
            (Schedule("year", month=12, day=1), date(2026, 12, 1), True),
            (Schedule("year", month=12, day=1), date(2026, 11, 1), False),
        ],
    )
    def test_strikes(self, schedule: Schedule, on: date, *, strikes: bool) -> None:
        assert schedule.strikes_on(on) is strikes


def test_days_back_end_today() -> None:
    assert list(days_back(date(2026, 3, 1), timedelta(days=2))) == [
        date(2026, 2, 27), date(2026, 2, 28), date(2026, 3, 1),
    ]  # fmt: skip


def test_a_graph_tells_what_it_asks() -> None:
    graph: Graph = read_graph(
        JOURNEY % "event: order.placed, when: {order_count: {at_least: 2}}"
        + "  - {id: rest, wait: until field.back_on}\n"
        + "  - {id: task, task: call, title: Call, due: 1d, when: {tag: vip}}\n"
        + "exits:\n  - {reason: lost, when: {standing.abc: C}}\n"
    )

    assert graph.asked_at_the_door == {"order_count"}
    assert graph.asked == {"field.back_on", "tag", "standing.abc"}
