"""J-24: the rhythm of contacts with class A, as tasks with their clocks."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from guanxi.desk.models import Task
from guanxi.ledger.models import Contact
from tests.flows.journeys import letters

pytestmark = pytest.mark.django_db


@pytest.fixture
def core(flow: Callable[[str], Any], lena: Contact) -> Any:
    """Lena's firm stands in class A."""
    live = flow("j-24")
    live.stands(lena, "abc-cumulative", "A")
    return live


class TestTheCalendar:
    @pytest.mark.parametrize(
        ("before", "on", "kind", "due", "latest"),
        [
            pytest.param("2026-05-17", "2026-05-18", "weekly_contact", 6, 2, id="J-24.1 each Monday"),
            pytest.param("2026-04-30", "2026-05-01", "monthly_review", 21, 7, id="J-24.2 each month"),
            pytest.param("2026-03-31", "2026-04-01", "quarterly_market_analysis", 45, 14, id="J-24.3 each quarter"),
            pytest.param("2026-06-30", "2026-07-01", "visit_or_fair", 150, 30, id="J-24.4 twice a year (DP-15)"),
            pytest.param("2026-12-02", "2026-12-03", "holiday_gift", 14, 7, id="J-24.5 three weeks before Christmas"),
        ],
    )
    def test_brings_a_task_with_its_clock(
        self, core: Any, before: str, on: str, kind: str, due: int, latest: int
    ) -> None:
        """J-24.1, J-24.2, J-24.3, J-24.4, J-24.5: not before its day, due in time, not opened late."""
        core.look(before)
        core.turn()
        assert kind not in core.tasks()

        core.look(on)
        core.later(days=latest)

        task = Task.objects.get(kind=kind)
        assert (task.customer.contacts.get().given_name, task.due_at) == ("Lena", core.now + timedelta(days=due))

    @pytest.mark.parametrize(
        ("on", "kind", "latest"),
        [
            ("2026-05-18", "weekly_contact", 2),
            ("2026-05-01", "monthly_review", 7),
            ("2026-04-01", "quarterly_market_analysis", 14),
            ("2026-07-01", "visit_or_fair", 30),
            ("2026-12-03", "holiday_gift", 7),
        ],
    )
    def test_brings_none_too_late(self, core: Any, on: str, kind: str, latest: int) -> None:
        core.look(on)
        core.later(days=latest, minutes=1)

        assert kind not in core.tasks()

    def test_has_the_review_pack_on_its_list(self, core: Any) -> None:
        """J-24.2: task and pack."""
        core.on("2026-06-01")

        assert "Prepare the figures of the month" in [line["text"] for line in Task.objects.get(
            kind="monthly_review").checklist]  # fmt: skip

    def test_goes_by_the_feasts_of_the_country(self, core: Any, lena: Contact, fatima: Contact) -> None:
        """J-24.5: Eid al-Fitr of 2027 is on 9 March, in Riyadh and not in Hamburg."""
        core.stands(fatima, "abc-cumulative", "A")
        core.on("2027-02-16")

        gift = Task.objects.get(kind="holiday_gift")
        assert gift.customer_id == fatima.customer_id


class TestADesk:
    def test_never_holds_two_of_a_kind(self, core: Any) -> None:
        """Be it from here or from the room of care, whose contacts have the same kinds."""
        core.on("2026-05-18")
        core.on("2026-05-25")
        assert core.tasks() == ["weekly_contact"]

        Task.objects.update(ended_at=core.now, state="done")
        core.on("2026-06-08")

        assert core.tasks().count("weekly_contact") == 2

    def test_holds_nothing_for_class_b(self, core: Any, lena: Contact) -> None:
        core.look("2026-05-18")
        core.stands(lena, "abc-cumulative", "B")
        core.turn()

        assert (core.tasks(), core.ended()) == ([], ["no_longer_a"])

    def test_holds_no_visit_to_who_sleeps(self, core: Any, lena: Contact) -> None:
        """M-14."""
        core.stands(lena, "rfm-firm", "dormant")
        core.on("2026-07-01")

        assert "visit_or_fair" not in core.tasks()


def test_every_step_is_work_for_people() -> None:
    assert "send:" not in letters.journey_text("j-24")
