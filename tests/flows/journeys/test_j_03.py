"""J-03: a welcome in three letters."""

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
def series(flow: Callable[[str], Any], diego: Contact) -> Any:
    live = flow("j-03")
    live.happens(diego, "contact.registered")
    return live


class TestTheSeries:
    @pytest.mark.parametrize(
        ("days", "found"),
        [(0, ["j-03.1"]), (1.9, ["j-03.1"]), (2, ["j-03.1", "j-03.2"]), (3.9, ["j-03.1", "j-03.2"]),
         (4, ["j-03.1", "j-03.2", "j-03.3"])],
        ids=str,
    )  # fmt: skip
    def test_comes_on_day_0_2_and_4(self, series: Any, days: float, found: list[str]) -> None:
        """J-03.1, J-03.2, J-03.3, DP-01."""
        series.turn()
        for step in (2, 4, 9):
            if step <= days:
                series.until(days=step, since=cast.NOW)
        series.until(days=days, since=cast.NOW)

        assert series.letters() == found

    @pytest.mark.parametrize(
        ("step", "latest", "skipped"),
        [("j-03.1", 1, "who-we-are"), ("j-03.2", 4, "what-we-promise"), ("j-03.3", 7, "newcomer-offer")],
    )
    def test_never_comes_late(self, series: Any, step: str, latest: float, skipped: str) -> None:
        """J-03.1, J-03.2, J-03.3: the worker stood still until the end of the window, or a little longer."""
        series.hear()
        series.until(days=latest + 0.1, since=cast.NOW)

        assert step not in series.letters()
        assert series.skipped()[skipped] in {"too_late", "condition"}

    def test_leaves_within_its_window(self, series: Any) -> None:
        series.turn()
        ends = [series.message().expires_at]
        for days in (2, 4):
            series.until(days=days, since=cast.NOW)
            ends.append(series.message().expires_at)

        assert ends == [cast.NOW + timedelta(days=days) for days in (1, 4, 7)]

    def test_ends_with_an_order(self, series: Any, diego: Contact) -> None:
        """J-03.3: newcomers only."""
        series.turn()
        series.order(diego)
        series.until(days=4, since=cast.NOW)

        assert series.letters() == ["j-03.1"]
        assert series.ended() == ["ordered"]

    def test_offers_what_holds_on_a_first_order(self, series: Any) -> None:
        series.turn()
        series.until(days=4, since=cast.NOW)

        assert series.message().values["offer"]["name"] == "first-order"

    def test_does_not_double_the_welcome_of_j_02(self, series: Any, publish_too: Any) -> None:
        """CN-54: both are on, one writes."""
        publish_too("j-02")
        series.turn()

        assert series.entered() == 1


@pytest.mark.parametrize("key", ["j-03.1", "j-03.2", "j-03.3"])
def test_each_letter_is_whole_in_six_languages(key: str) -> None:
    letters.check(key)
    assert letters.kind_of(key) == "marketing"
