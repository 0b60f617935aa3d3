"""J-18: lost customers get two letters in half a year and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from guanxi.consent import queries as consent_queries
from guanxi.desk.models import Task
from guanxi.ledger.models import Contact
from tests import cast
from tests.flows.journeys import letters

pytestmark = pytest.mark.django_db


@pytest.fixture
def lost(flow: Callable[[str], Any], lena: Contact) -> Any:
    """The monthly run has just marked Lena's firm as lost (M-03), and nobody has taken a step."""
    live = flow("j-18")
    live.moves(lena, "lifecycle", "lost")
    live.hear()
    return live


class TestLowCostWakeUp:
    """J-18.1: no people, no offers; two mails in six months, then marketing ends (CN-48, DP-12)."""

    @pytest.mark.parametrize(
        ("turns", "days", "found"),
        [
            pytest.param([], 0, ["j-18.1"], id="at once"),
            pytest.param([], 14, ["j-18.1"], id="two weeks later at most"),
            pytest.param([], 14.01, [], id="not later"),
            pytest.param([0], 89.99, ["j-18.1"], id="the second not before day 90"),
            pytest.param([0], 90, ["j-18.1", "j-18.2"], id="the second on day 90"),
            pytest.param([0], 120, ["j-18.1", "j-18.2"], id="the second until day 120"),
            pytest.param([0], 120.01, ["j-18.1"], id="the second not later"),
        ],
    )
    def test_writes_twice(self, lost: Any, turns: list[float], days: float, found: list[str]) -> None:
        for day in [*turns, days]:
            lost.until(day, since=cast.NOW)

        assert lost.letters() == found

    @pytest.mark.parametrize(("days", "is_over"), [(181.99, False), (182, True)])
    def test_gives_up_after_half_a_year(self, lost: Any, lena: Contact, days: float, is_over: bool) -> None:
        for day in (0, 90, days):
            lost.until(day, since=cast.NOW)

        assert consent_queries.is_suppressed(lena.email_key or "") is is_over
        assert lost.ended() == (["finished"] if is_over else [])

    def test_costs_neither_offers_nor_work(self, lost: Any) -> None:
        for day in (0, 90, 182):
            lost.until(day, since=cast.NOW)

        assert not Task.objects.exists()
        assert not {"offer", "coupon"} & set(lost.message().values)

    @pytest.mark.parametrize(
        ("name", "properties"),
        [
            ("email.clicked", {"verdict": "human"}),
            ("email.replied", {}),
            ("page.viewed", {}),
            ("note.written", {"kind": "call"}),
            ("webinar.attended", {}),
        ],
    )
    def test_ends_with_any_interaction(self, lost: Any, lena: Contact, name: str, properties: dict[str, Any]) -> None:
        """CN-44: he is back, and his tier will say so."""
        lost.turn()
        lost.happens(lena, name, **properties)
        lost.until(182, since=cast.NOW)

        assert (lost.letters(), lost.ended()) == (["j-18.1"], ["reacted"])
        assert not consent_queries.is_suppressed(lena.email_key or "")

    def test_ends_when_the_tier_says_so(self, lost: Any, lena: Contact) -> None:
        """CN-49."""
        lost.turn()
        lost.stands(lena, "lifecycle", "growing")
        lost.until(90, since=cast.NOW)

        assert lost.ended() == ["no_longer_lost"]


@pytest.mark.parametrize("key", ["j-18.1", "j-18.2"])
def test_the_letters_speak_six_languages(key: str) -> None:
    assert letters.kind_of(key) == "marketing"
    letters.check(key)
