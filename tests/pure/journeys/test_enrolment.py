"""Who may enter, and who has to leave."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from guanxi.journeys.enrolment import Admission, Applicant, Earlier, admit, occasion_of, reason_to_leave, trigger_for
from guanxi.journeys.graph import Graph, read_graph
from guanxi.journeys.occasions import Happening
from guanxi.journeys.reading import GraphError

NOW = datetime(2026, 5, 1, 9, tzinfo=UTC)
ENTRIES = {"once": "once", "again": "{again_after: 180d}", "object": "once per object\nabout: order"}
PLACED = Happening("order.placed", "order", "7", {"stage": "confirmed"})


def journey(entry: str, extra: str = "") -> Graph:
    return read_graph(
        f"key: try\ntitle: A try\ntrigger: {{event: order.placed, within: 2d}}\nentry: {ENTRIES[entry]}\n{extra}"
        "steps:\n  - {id: a, wait: 1d}\n"
    )


def earlier(entry_key: str = "customer:1:1", days_ago: int = 10, **changes: Any) -> Earlier:
    facts: dict[str, Any] = {"journey_key": "try", "is_active": False, "is_lifecycle": False} | changes
    return Earlier(entry_key=entry_key, entered_at=NOW - timedelta(days=days_ago), **facts)


def knock(graph: Graph, *before: Earlier, age_days: float = 0, **changes: Any) -> Admission:
    facts: dict[str, Any] = {"is_blocked": False, "has_address": True} | changes
    who = Applicant(customer_id=1, earlier=before, **facts)
    return admit(graph, graph.triggers[0], PLACED, who, age=timedelta(days=age_days), now=NOW)


class TestAdmit:
    def test_lets_one_in_per_order(self) -> None:
        graph = journey("object")

        assert knock(graph) == Admission("order:7")
        assert knock(graph, earlier("order:6")) == Admission("order:7")
        assert knock(graph, earlier("order:7")) == Admission()

    def test_lets_a_customer_in_once(self) -> None:
        assert knock(journey("once")) == Admission("customer:1")
        assert knock(journey("once"), earlier("customer:1", 900)) == Admission()

    def test_lets_him_in_again_after_a_while(self) -> None:
        graph = journey("again")

        assert knock(graph, earlier(days_ago=180)) == Admission("customer:1:2")
        assert knock(graph, earlier(days_ago=179)) == Admission(refusal="too_soon")
        assert knock(graph, earlier(days_ago=300, is_active=True)) == Admission(refusal="under_way")
        assert knock(graph, earlier(journey_key="other", days_ago=1)) == Admission("customer:1:1")

    def test_names_the_reason_of_a_refusal(self) -> None:
        graph = journey("once")

        assert knock(graph, age_days=2.1).refusal == "too_old"
        assert knock(graph, is_blocked=True).refusal == "blocked"
        assert knock(graph, has_address=False).refusal == "no_address"

    def test_keeps_to_one_lifecycle_flow_at_a_time(self) -> None:
        graph = journey("once", "lifecycle: true\n")
        other = earlier(journey_key="other", is_active=True, is_lifecycle=True)

        assert knock(graph, other).refusal == "lifecycle"
        assert knock(journey("once"), other).refusal == ""


class TestTrigger:
    def test_needs_the_kind_of_object_the_journey_is_about(self) -> None:
        assert trigger_for(journey("object"), PLACED, {}) is not None
        assert trigger_for(journey("object"), Happening("order.placed"), {}) is None
        assert trigger_for(journey("once"), Happening("order.news"), {}) is None


EXITS = """\
exits:
  - {reason: reacted, event: email.clicked, where: {verdict: human}}
  - {reason: risen, when: {tier: {not: dormant}}}
"""


class TestReasonToLeave:
    @pytest.mark.parametrize(
        ("changes", "reason"),
        [
            ({}, ""),
            ({"is_blocked": True}, "blocked"),
            ({"has_address": False}, "no_address"),
            ({"facts": {"tier": "general"}}, "risen"),
            ({"unread": [Happening("email.clicked", properties={"verdict": "human"})]}, "reacted"),
            ({"unread": [Happening("email.clicked", properties={"verdict": "machine"})]}, ""),
        ],
    )
    def test_is_looked_for_before_each_step(self, changes: dict[str, Any], reason: str) -> None:
        facts: dict[str, Any] = {
            "facts": {"tier": "dormant"}, "unread": [], "object_kind": "", "object_id": "", "is_blocked": False,
            "has_address": True,
        } | changes  # fmt: skip

        assert reason_to_leave(journey("once", EXITS), **facts) == reason


class TestEachTime:
    """A trigger that returns, such as every week, lets in whoever is still under way from the time before."""

    TEXT = (
        "key: try\ntitle: A try\nentry: each time\n"
        "trigger:\n  - {event: order.placed, as: bought}\n  - {event: %s}\n"
        "steps:\n  - {id: a, wait: 1d}\n"
    )

    def test_lets_in_whoever_is_under_way(self) -> None:
        graph = read_graph(self.TEXT % "inquiry.received")

        assert knock(graph, earlier(days_ago=0, is_active=True)) == Admission("customer:1:2")

    def test_is_refused_where_steps_could_start_their_own_journey(self) -> None:
        with pytest.raises(GraphError, match="without end"):
            read_graph(self.TEXT % "task.opened")

    def test_keeps_the_name_of_the_trigger_and_what_its_event_told(self) -> None:
        graph = read_graph(self.TEXT % "inquiry.received")
        event = Happening("order.placed", properties={"number": "7", "rows": [1], "text": "x" * 501})

        assert occasion_of(graph.triggers[0], event) == {"by": "bought", "told": {"number": "7"}}
        assert occasion_of(graph.triggers[1], Happening("inquiry.received"))["by"] == "inquiry.received"
