"""J-21: marketing waits through Ramadan; at Eid al-Fitr a greeting, after the feast an offer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from guanxi.ledger.models import Contact
from guanxi.outbox.gates import window
from tests.flows.journeys import letters
from tests.pure.outbox.test_gates import FATIMA

pytestmark = pytest.mark.django_db
# 20 March 2026 by the Umm al-Qura calendar.
EID = "2026-03-20"


def opinion_on(day: str, **changes: Any) -> tuple[str, str]:
    """What the culture gate says at ten o'clock in Riyadh."""
    moment = datetime.fromisoformat(f"{day}T07:00").replace(tzinfo=UTC)
    opinion = window.judge(replace(FATIMA, now=moment, **changes))
    return opinion.outcome, opinion.reason


class TestRamadan:
    """J-21.1, CN-25: held through the month by country and calendar, resumed after."""

    @pytest.mark.parametrize(
        ("day", "found"),
        [
            ("2026-02-17", ("pass", "fitting_moment")),
            ("2026-02-18", ("hold", "ramadan")),
            ("2026-03-19", ("hold", "ramadan")),
            ("2026-03-22", ("hold", "eid_al_fitr")),
            # The public holidays of Eid last until the 24th.
            ("2026-03-25", ("pass", "fitting_moment")),
            ("2027-02-07", ("pass", "fitting_moment")),
            ("2027-02-08", ("hold", "ramadan")),
            ("2027-03-08", ("hold", "ramadan")),
        ],
    )
    def test_holds_marketing_from_its_first_day_to_its_last(self, day: str, found: tuple[str, str]) -> None:
        assert opinion_on(day) == found

    @pytest.mark.parametrize("kind", ["transactional", "service"])
    def test_lets_orders_and_service_go_on(self, kind: str) -> None:
        assert opinion_on("2026-03-02", kind=kind)[0] == "pass"

    def test_is_nothing_to_a_reader_elsewhere(self) -> None:
        assert opinion_on("2026-03-02", country="GB", zone="Europe/London")[1] != "ramadan"


class TestEid:
    """J-21.2: the greeting at the feast, the promotion after it."""

    @pytest.fixture
    def feast(self, flow: Callable[[str], Any], fatima: Contact) -> Any:
        live = flow("j-21")
        live.stands(fatima, "rfm-firm", "high")
        return live

    def test_is_greeted_on_its_first_day(self, feast: Any) -> None:
        feast.on("2026-03-19")
        assert feast.letters() == []

        feast.on(EID)

        assert feast.letters() == ["j-21.1"]
        assert opinion_on(EID, occasion="eid_al_fitr")[0] == "pass"

    @pytest.mark.parametrize(
        ("walked", "days", "found"),
        [
            pytest.param([], 2, ["j-21.1"], id="the greeting within the feast"),
            pytest.param([], 2.01, [], id="the greeting not after it"),
            pytest.param([0], 3.99, ["j-21.1"], id="the offer not during it"),
            pytest.param([0], 4, ["j-21.1", "j-21.2"], id="the offer after it"),
            pytest.param([0], 14, ["j-21.1", "j-21.2"], id="the offer within two weeks"),
            pytest.param([0], 14.01, ["j-21.1"], id="the offer not later"),
        ],
    )
    def test_keeps_to_its_windows(self, feast: Any, walked: list[float], days: float, found: list[str]) -> None:
        feast.look(EID)
        began = feast.now
        for each in [*walked, days]:
            feast.until(each, since=began)

        assert feast.letters() == found

    def test_is_kept_where_the_country_keeps_it(self, flow: Callable[[str], Any], lena: Contact) -> None:
        live = flow("j-21")
        live.stands(lena, "rfm-firm", "high")
        live.on(EID)

        assert live.entered() == 0


@pytest.mark.parametrize("key", ["j-21.1", "j-21.2"])
def test_the_letters_speak_six_languages(key: str) -> None:
    assert letters.kind_of(key) == "marketing"
    letters.check(key)
