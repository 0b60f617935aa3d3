"""Whose mail goes first under the cap (CN-19)."""

from types import SimpleNamespace

import pytest

from guanxi.journeys.graph import FOR_ALL, Graph, read_graph
from guanxi.journeys.ready import library_texts
from guanxi.outbox import places

# Their letters are of service, or they write none.
WITHOUT_MARKETING = frozenset({"j-24", "j-25", "j-37", "j-38", "j-39"})

TEXT = """
key: x
title: X
{more}
trigger: {{{trigger}}}
entry: once
steps: [{{id: wait, wait: 3d}}]
"""


def graph(trigger: str, more: str = "") -> Graph:
    return read_graph(TEXT.format(trigger=trigger, more=more))


class TestPlaces:
    """CN-19: reply by hand > behaviour trigger > lifecycle > newsletter."""

    def test_go_by_number_then_by_age(self) -> None:
        found = sorted(
            (SimpleNamespace(id=number, priority=each) for number, each in enumerate((90, 40, 40, 1))), key=places.turn
        )

        assert [each.id for each in found] == [3, 1, 2, 0]

    @pytest.mark.parametrize(
        ("trigger", "more", "place"),
        [
            ("event: cart.abandoned", "", 40),
            ("date: birthday", "", 40),
            ("event: order.placed", "lifecycle: true", 60),
            ("schedule: month, when: {tier: high}", "", 80),
            ("event: order.placed", "priority: 7", 7),
        ],
    )
    def test_of_a_journey_follow_its_nature(self, trigger: str, more: str, place: int) -> None:
        assert graph(trigger, more).priority == place

    def test_of_campaigns_come_last(self) -> None:
        assert (
            places.of_origin("person")
            < places.TRIGGER
            < places.LIFECYCLE
            < places.NEWSLETTER
            < places.of_origin("campaign")
        )

    def test_of_the_library_keep_to_the_order(self) -> None:
        """J-01 is the prospects' flow; every other lifecycle flow says so itself."""
        for each in map(read_graph, library_texts()):
            from_calendar = all(isinstance(one.clockwork, FOR_ALL) for one in each.triggers)
            if each.is_lifecycle or each.key == "j-01":
                assert 50 <= each.priority < 70, each.key
            elif each.key in WITHOUT_MARKETING:
                continue
            elif from_calendar or each.priority >= 70:
                assert each.priority >= 70, each.key
            else:
                assert each.priority < 50, each.key
