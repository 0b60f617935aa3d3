"""J-12: birthdays, founding days and great holidays, one letter a day by level."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from guanxi.culture.holds import Calendar, rests
from guanxi.culture.profiles import profile_for
from guanxi.journeys.moments import notice_moments
from guanxi.ledger import profile
from guanxi.ledger.models import Contact
from tests import cast
from tests.flows.journeys import letters

pytestmark = pytest.mark.django_db


@pytest.fixture
def live(flow: Callable[[str], Any], lena: Contact) -> Any:
    """Lena was born on 20 May; the daily look is at 01:00 UTC, three in the night in Hamburg."""
    lena.birthday = date(1984, 5, 20)
    lena.save()
    return flow("j-12")


def greeted(live: Any, day: str) -> list[str]:
    """The day's look in the firm's night, then nine in the morning of the reader."""
    live.now = datetime.fromisoformat(f"{day}T01:00+00:00")
    notice_moments(now=live.now)
    live.turn()
    live.later(hours=12)
    return list(live.letters())


class TestThePrivilege:
    """J-12.1: on the day, with 1 % more for that month."""

    @pytest.mark.parametrize(
        ("day", "found"), [("2026-05-19", []), ("2026-05-20", ["j-12.1"]), ("2026-05-21", [])], ids=str
    )
    def test_comes_on_the_birthday(self, live: Any, day: str, found: list[str]) -> None:
        assert greeted(live, day) == found
        if found:
            assert live.message().values["offer"]["name"] == "birthday-month"
            assert live.message().values["offer"]["percent"] == "1"
            assert live.message().values["offer"]["valid_until"] == "2026-05-31"

    def test_comes_on_the_founding_day_of_the_company(self, live: Any, lena: Contact) -> None:
        lena.customer.founded_on = date(1998, 6, 2)
        lena.customer.save()

        assert greeted(live, "2026-06-02") == ["j-12.1"]

    def test_leaves_in_the_morning_of_the_reader(self, live: Any) -> None:
        live.now = datetime.fromisoformat("2026-05-20T01:00+00:00")
        notice_moments(now=live.now)
        live.turn()
        live.later(hours=5.9)
        assert live.letters() == []
        live.later(hours=0.1)

        assert live.letters() == ["j-12.1"]
        assert live.message().expires_at == live.now + timedelta(hours=12)

    def test_is_over_when_the_worker_stood_still_for_a_day(self, live: Any) -> None:
        live.now = datetime.fromisoformat("2026-05-20T01:00+00:00")
        notice_moments(now=live.now)
        live.turn()
        live.later(hours=24.1)

        assert (live.letters(), live.skipped()) == ([], {"who-is-it": "too_late"})

    def test_of_29_february_is_kept_on_the_28th(self, live: Any, lena: Contact) -> None:
        """CN-29."""
        lena.birthday = date(1984, 2, 29)
        lena.save()

        assert greeted(live, "2027-02-28") == ["j-12.1"]

    def test_comes_again_next_year(self, live: Any) -> None:
        greeted(live, "2026-05-20")

        assert greeted(live, "2027-05-20") == ["j-12.1", "j-12.1"]


class TestAMember:
    """J-12.2: a personal discount in place of the privilege."""

    def test_gets_his_own_discount(self, live: Any, lena: Contact) -> None:
        live.stands(lena, "loyalty", "gold")

        assert greeted(live, "2026-05-20") == ["j-12.2"]
        assert live.message().values["offer"]["name"] == "personal-anniversary"

    def test_may_be_marked_by_a_tag_and_gets_double_points_by_hand(self, live: Any, lena: Contact) -> None:
        """J-12.2, Y-04: whose level grants double points, somebody doubles them."""
        lena.customer.tags = ["double-points"]
        lena.customer.save()

        assert greeted(live, "2026-05-20") == ["j-12.2"]
        assert live.tasks() == ["double_points"]

    def test_is_not_greeted_a_day_late(self, live: Any, lena: Contact) -> None:
        live.stands(lena, "loyalty", "gold")

        assert greeted(live, "2026-05-21") == []


class TestAVip:
    """J-12.3: a letter and a small gift, which is a task."""

    @pytest.fixture
    def vip(self, live: Any, lena: Contact) -> Any:
        live.stands(lena, "service-level", "vip")
        return live

    def test_gets_a_gift_on_his_birthday(self, vip: Any) -> None:
        assert greeted(vip, "2026-05-20") == ["j-12.3a"]
        assert vip.tasks() == ["send_gift"]
        assert vip.task().due_at == vip.task().opened_at + timedelta(hours=24)

    @pytest.mark.parametrize(
        ("day", "found"), [("2026-12-23", []), ("2026-12-24", ["j-12.3b"]), ("2026-12-25", [])], ids=str
    )
    def test_gets_one_on_the_great_holidays_of_his_country(self, vip: Any, day: str, found: list[str]) -> None:
        assert greeted(vip, day) == found
        assert vip.tasks() == ["send_gift"] * len(found)

    def test_who_takes_no_gifts_gets_none(self, vip: Any, lena: Contact) -> None:
        """CN-46."""
        profile.set_trait(customer=lena.customer, name="gifts_refused", now=cast.NOW)

        assert greeted(vip, "2026-05-20") == []
        assert vip.tasks() == []

    def test_others_get_none_on_holidays(self, live: Any) -> None:
        assert greeted(live, "2026-12-24") == []

    def test_the_greeting_may_leave_on_the_feast(self) -> None:
        """C-11: all other marketing rests there."""
        assert letters.templates()["j-12.3b"].occasion == "any"
        feast = date(2026, 12, 24)
        assert rests(Calendar(profile_for("DE")), feast)
        assert rests(Calendar(profile_for("DE"), occasion="any"), feast) == ()


@pytest.mark.parametrize("key", ["j-12.1", "j-12.2", "j-12.3a", "j-12.3b"])
def test_each_letter_is_whole_in_six_languages(key: str) -> None:
    letters.check(key)
    assert letters.kind_of(key) == "marketing"
