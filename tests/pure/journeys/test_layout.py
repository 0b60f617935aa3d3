"""Where the cards of a journey stand."""

from __future__ import annotations

import pytest

from guanxi.journeys.graph import read_graph
from guanxi.journeys.layout import Jump, Lane, Place, lay_out, placed_in, steps_ahead
from guanxi.journeys.ready import library_texts

HEAD = "key: own\ntitle: Own\ntrigger: {event: order.placed}\nentry: once\nsteps:\n"


def _drawn(steps: str) -> list[object]:
    return [_words(row) for row in lay_out(read_graph(HEAD + steps))]


def _words(row: Place | Jump) -> object:
    if isinstance(row, Jump):
        return f"-> {row.to or 'end'}"
    return [row.step.frame.id, *(_of_lane(lane) for lane in row.lanes)] if row.lanes else row.step.frame.id


def _of_lane(lane: Lane) -> list[object]:
    return [_words(row) for row in lane.rows]


class TestLayOut:
    def test_stands_ways_side_by_side_until_they_meet(self) -> None:
        steps = """\
  - {id: which, branch: [{when: {tier: vip}, go: gift}, {chance: 50, go: card}], go: join}
  - {id: gift, wait: 1d, go: join}
  - {id: card, wait: 2d}
  - {id: join, wait: 3d}
"""
        assert _drawn(steps) == [["which", ["gift"], ["card"], []], "join"]

    def test_does_not_wait_for_a_way_that_ends(self) -> None:
        steps = """\
  - {id: which, branch: [{when: {tier: lost}, go: bye}, {chance: 50, go: end}]}
  - {id: on, wait: 1d, go: end}
  - {id: bye, end: gone}
"""
        assert _drawn(steps) == [["which", ["bye"], ["-> end"], []], "on"]

    def test_draws_a_card_once_and_points_to_it_from_elsewhere(self) -> None:
        steps = """\
  - {id: one, branch: [{chance: 30, go: deep}], go: two}
  - {id: two, branch: [{chance: 30, go: deep}], go: flat}
  - {id: deep, wait: 1d, go: end}
  - {id: flat, wait: 2d}
"""
        drawn = _drawn(steps)

        assert drawn == [["one", ["deep"], [["two", ["-> deep"], ["flat"]]]]]

    @pytest.mark.parametrize("text", library_texts(), ids=lambda text: text.split("\n")[0])
    def test_places_every_step_of_a_ready_journey_once(self, text: str) -> None:
        graph = read_graph(text)

        assert sorted(placed_in(lay_out(graph))) == sorted(graph.steps)


def test_steps_ahead_begin_no_round() -> None:
    graph = read_graph(HEAD + "  - {id: a, wait: 1d}\n  - {id: b, wait: 1d}\n  - {id: c, repeat: a, at_most: 2}\n")

    assert steps_ahead(graph.steps, "b") == {"b", "c"}
