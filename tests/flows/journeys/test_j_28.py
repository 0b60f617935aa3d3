"""J-28: tips, invitations and visits for customers at VIP service."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from guanxi.ledger.models import Contact
from tests.flows.journeys import letters
from tests.flows.journeys.papers import a_document

pytestmark = pytest.mark.django_db


@pytest.fixture
def live(flow: Callable[[str], Any], lena: Contact) -> Any:
    """The journey, with Lena's firm at VIP service since before."""
    live = flow("j-28")
    live.stands(lena, "service-level", "vip")
    return live


class TestTips:
    """J-28.1, DP-15: one paper a month, a new one each time."""

    def test_come_on_the_first_of_each_month_and_never_twice(self, live: Any) -> None:
        a_document("article", now=live.now, title="Tightening in the right order")
        live.on("2026-05-31")
        assert live.letters() == []

        live.on("2026-06-01")
        assert live.letters() == ["j-28.1"]
        assert live.message().values["document"]["title"] == "Tightening in the right order"
        live.on("2026-07-01")
        assert (live.letters(), live.skipped()) == (["j-28.1"], {"tips": "no_document"})

    @pytest.mark.parametrize(("days", "found"), [(14, ["j-28.1"]), (14.1, [])], ids=["two weeks late", "later"])
    def test_may_be_two_weeks_late(self, live: Any, days: float, found: list[str]) -> None:
        """No worker took the steps in between."""
        a_document("article", now=live.now)
        live.look("2026-06-01")
        live.later(days=days)

        assert live.letters() == found

    def test_are_for_vips(self, flow: Callable[[str], Any], lena: Contact) -> None:
        live = flow("j-28")
        live.stands(lena, "service-level", "standard")
        live.on("2026-06-01")

        assert live.entered() == 0


class TestAnInvitation:
    """J-28.2: when a day for customers is planned, its programme goes to VIPs at the next Monday, once."""

    def test_goes_out_on_the_monday_after_it_was_planned(self, live: Any) -> None:
        live.on("2026-05-18")
        assert live.letters() == []
        a_document("invitation", now=live.now, title="Open house in Ningbo")

        live.on("2026-05-24")
        assert live.letters() == []
        live.on("2026-05-25")
        assert live.letters() == ["j-28.2"]
        assert live.message().expires_at - live.message().not_before == timedelta(days=7)
        live.on("2026-06-08")
        assert "j-28.2" not in live.letters()[1:]


class TestAReturnVisit:
    """J-28.3: every half year a task with the survey of needs, to be done within 30 days."""

    def test_falls_due_in_the_middle_of_january_and_july(self, live: Any) -> None:
        live.on("2026-07-14")
        assert live.tasks() == []

        live.on("2026-07-15")
        assert live.tasks() == ["return_visit"]
        assert live.task().due_at == live.now + timedelta(days=30)
        assert [line["text"] for line in live.task().checklist] == [
            "Ask what has changed in the business", "Ask what is needed next", "Write down the answers",
        ]  # fmt: skip
        live.on("2027-01-15")
        assert live.tasks() == ["return_visit"], "the earlier one still waits"
        assert live.skipped() == {"return-visit": "condition"}


@pytest.mark.parametrize("key", ["j-28.1", "j-28.2"])
def test_the_letters_speak_six_languages(key: str) -> None:
    assert letters.kind_of(key) == "marketing"
    letters.check(key)
