"""J-17: three letters to a dormant customer; signs of life and re-entry are tested in tests/rooms/journeys."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from guanxi.ledger.models import Contact
from tests import cast
from tests.flows.journeys import letters

pytestmark = pytest.mark.django_db


@pytest.fixture
def asleep(flow: Callable[[str], Any], lena: Contact) -> Any:
    """Lena's firm has just become dormant, and nobody has taken a step."""
    live = flow("j-17")
    live.moves(lena, "rfm-firm", "dormant")
    live.hear()
    return live


class TestWakingUp:
    """DP-16: on day 0, 14 and 30; each letter has its window, and none is sent late."""

    @pytest.mark.parametrize(
        ("turns", "days", "found"),
        [
            pytest.param([], 0, ["j-17.1"], id="J-17.1 on entry"),
            pytest.param([], 7, ["j-17.1"], id="J-17.1 a week later at most"),
            pytest.param([], 7.01, [], id="J-17.1 not after a week"),
            pytest.param([0], 13.99, ["j-17.1"], id="J-17.2 not before day 14"),
            pytest.param([0], 14, ["j-17.1", "j-17.2"], id="J-17.2 on day 14"),
            pytest.param([0], 21, ["j-17.1", "j-17.2"], id="J-17.2 until day 21"),
            pytest.param([0], 21.01, ["j-17.1"], id="J-17.2 not after day 21"),
            pytest.param([0, 14], 29.99, ["j-17.1", "j-17.2"], id="J-17.3 not before day 30"),
            pytest.param([0, 14], 30, ["j-17.1", "j-17.2", "j-17.3"], id="J-17.3 on day 30"),
            pytest.param([0, 14], 44, ["j-17.1", "j-17.2", "j-17.3"], id="J-17.3 until day 44"),
            pytest.param([0, 14], 44.01, ["j-17.1", "j-17.2"], id="J-17.3 not after day 44"),
        ],
    )
    def test_keeps_to_its_windows(self, asleep: Any, turns: list[float], days: float, found: list[str]) -> None:
        """J-17.1, J-17.2, J-17.3."""
        for day in [*turns, days]:
            asleep.until(day, since=cast.NOW)

        assert asleep.letters() == found

    def test_carries_one_coupon_for_existing_customers_in_both_letters(self, asleep: Any) -> None:
        """J-17.1, J-17.2."""
        asleep.turn()
        first = asleep.message().values["coupon"]
        asleep.later(days=14)

        assert asleep.message().values["coupon"] == first
        assert first["percent"] == 5

    def test_asks_why_with_a_questionnaire(self, asleep: Any) -> None:
        """J-17.3: the answers are R-06."""
        for days in (0, 14, 16):
            asleep.later(days=days)

        assert "/p/survey/" in asleep.message().values["survey"]["url"]
        assert asleep.message().expires_at == cast.NOW + timedelta(days=44)

    def test_is_over_with_a_reaction(self, asleep: Any, lena: Contact) -> None:
        """J-17.2 and J-17.3 need that there was none."""
        asleep.turn()
        asleep.happens(lena, "inquiry.received")
        asleep.later(days=14)

        assert (asleep.letters(), asleep.ended()) == (["j-17.1"], ["reacted"])


@pytest.mark.parametrize("key", ["j-17.1", "j-17.2", "j-17.3"])
def test_the_letters_speak_six_languages(key: str) -> None:
    assert letters.kind_of(key) == "marketing"
    letters.check(key)
