"""J-32: the clock of goods made to a customer's own specification."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from guanxi.care import actions as care_actions
from guanxi.desk.models import Task
from guanxi.ledger.models import Contact
from guanxi.supply import actions as supply_actions
from guanxi.supply.models import Project
from tests import cast
from tests.flows.journeys import letters

pytestmark = pytest.mark.django_db


@pytest.fixture
def live(flow: Callable[[str], Any], lena: Contact) -> Any:
    """The journey; Lena's request has just been accepted."""
    live = flow("j-32")
    supply_actions.accept_project(customer=lena.customer, title="Blue bracket", now=live.now)
    live.turn()
    return live


def project() -> Project:
    return Project.objects.get()


class TestTheDrawing:
    """J-32.1, CN-45: within three calendar days of the acceptance; late goes to the manager."""

    def test_is_promised_to_the_customer_and_put_on_a_desk(self, live: Any) -> None:
        assert live.letters() == ["j-32.1"]
        assert live.message().values["project"] == {
            "title": "Blue bracket", "drawing_by": "2026-05-16", "sample_by": "2026-05-23",
        }  # fmt: skip
        assert live.message().expires_at == cast.NOW + timedelta(hours=24)
        assert live.tasks() == ["drawing", "sample"]

    def test_has_three_days(self, live: Any) -> None:
        assert Task.objects.get(kind="drawing").due_at == cast.NOW + timedelta(days=3)

        live.until(3, since=cast.NOW)
        assert "project_late" not in live.tasks()
        live.until(3, 12, since=cast.NOW)
        assert live.tasks()[-1] == "project_late"
        assert live.task().due_at == live.now + timedelta(hours=24)

    def test_in_time_is_not_late(self, live: Any) -> None:
        live.later(days=3)
        supply_actions.finish_drawing(project=project(), now=live.now)
        live.turn()
        live.later(days=2)

        assert "project_late" not in live.tasks()

    def test_is_not_late_while_the_customer_has_to_answer(self, live: Any) -> None:
        """The clock stands, and runs on when he has answered."""
        live.later(days=1)
        supply_actions.wait_for_customer(project=project(), now=live.now)
        for _ in range(8):
            live.later(hours=12)
        assert "project_late" not in live.tasks()

        supply_actions.go_on(project=project(), now=live.now)
        for _ in range(5):
            live.later(hours=12)
        assert "project_late" in live.tasks()

    def test_lies_on_one_desk(self, flow: Callable[[str], Any], lena: Contact) -> None:
        """The page where requests are accepted opens both tasks too."""
        live = flow("j-32")
        care_actions.accept_project(customer=lena.customer, title="Blue bracket", now=live.now)
        live.turn()

        assert live.tasks() == ["drawing", "sample"]


class TestTheSample:
    """J-32.2, CN-45: within ten calendar days of the acceptance, whenever the drawing came."""

    @pytest.fixture
    def drawn(self, live: Any) -> Any:
        live.later(days=1)
        supply_actions.finish_drawing(project=project(), now=live.now)
        live.turn()
        return live

    def test_has_ten_days(self, drawn: Any) -> None:
        assert Task.objects.get(kind="sample").due_at == cast.NOW + timedelta(days=10)

        for day in (8, 8.5, 9, 9.5, 10):
            drawn.until(day, since=cast.NOW)
        assert "project_late" not in drawn.tasks()
        drawn.until(10.5, since=cast.NOW)
        assert drawn.tasks().count("project_late") == 1

    def test_in_time_goes_on_to_the_checks(self, drawn: Any) -> None:
        drawn.later(days=9)
        supply_actions.finish_sample(project=project(), now=drawn.now)
        drawn.turn()

        assert drawn.tasks() == ["drawing", "sample", "quality_checks"]


class TestTheChecks:
    """J-32.3: three points, a record of each; a failed one stops production and the customer is told."""

    @pytest.fixture
    def made(self, live: Any) -> Any:
        live.later(days=1)
        supply_actions.finish_drawing(project=project(), now=live.now)
        supply_actions.finish_sample(project=project(), now=live.now)
        live.turn()
        return live

    def test_are_a_task_with_three_lines(self, made: Any) -> None:
        assert made.task().kind == "quality_checks"
        assert [line["text"] for line in made.task().checklist] == [
            "Raw material", "Trial assembly, half-finished goods", "Final acceptance, finished goods",
        ]  # fmt: skip
        assert made.task().due_at == made.now + timedelta(days=60)

    @pytest.mark.parametrize(("passed", "found"), [(True, 0), (False, 1)], ids=["passed", "failed"])
    def test_stop_production_when_one_fails(self, made: Any, passed: bool, found: int) -> None:
        supply_actions.record_check(project=project(), point="raw_material", is_passed=passed, now=made.now)
        made.turn()

        assert made.tasks().count("quality_failed") == found
        if found:
            assert made.task().due_at == made.now + timedelta(hours=24)

    @pytest.mark.parametrize(("days", "found"), [(60, 1), (60.1, 0)], ids=["within sixty days", "after them"])
    def test_are_watched_for_sixty_days(self, made: Any, days: float, found: int) -> None:
        begun = made.now
        if found == 0:
            made.until(60, since=begun)
        made.now = begun + timedelta(days=days)
        supply_actions.record_check(project=project(), point="final_acceptance", is_passed=False, now=made.now)
        made.turn()

        assert made.tasks().count("quality_failed") == found


def test_the_letter_speaks_six_languages() -> None:
    """CN-43: it tells the dates of what was ordered."""
    assert letters.kind_of("j-32.1") == "transactional"
    letters.check("j-32.1")
