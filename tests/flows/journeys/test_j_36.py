"""J-36: the buyer show."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from guanxi.ledger.models import Contact, Customer
from guanxi.segments import membership
from guanxi.segments.models import Segment
from tests import cast
from tests.flows.journeys import letters

pytestmark = pytest.mark.django_db


@pytest.fixture
def live(flow: Callable[[str], Any], lena: Contact) -> Any:
    """The journey; Lena, who has ordered, has just been put on the list."""
    live = flow("j-36")
    live.order(lena)
    live.turn()
    segment = Segment.objects.create(
        key="buyer-show", title="Buyer show", kind="list", level="customer", created_at=live.now, updated_at=live.now
    )
    membership.write_joined(segment, [(lena.customer_id, None)], now=live.now, source="person")
    return live


class TestTheCall:
    """J-36.1: photos and videos with @ our name, from whoever is put on the list."""

    @pytest.mark.parametrize(("days", "found"), [(0, ["j-36.1"]), (14, ["j-36.1"]), (14.1, [])])
    def test_goes_out_within_two_weeks(self, live: Any, days: float, found: list[str]) -> None:
        live.until(days, since=cast.NOW)

        assert live.letters() == found

    def test_asks_to_name_the_firm(self) -> None:
        for draft in letters.templates()["j-36.1"].drafts:
            assert "@{{ firm.name" in draft.text

    def test_is_for_customers(self, flow: Callable[[str], Any], lena: Contact) -> None:
        live = flow("j-36")
        live.happens(lena, "segment.joined", about=("segment", "buyer-show"), key="buyer-show")
        live.turn()

        assert live.entered() == 0


class TestAnEntry:
    """J-36.2: chosen by a person, with the author's written permission; then rewarded."""

    def test_comes_to_a_desk(self, live: Any, lena: Contact) -> None:
        live.turn()
        live.later(days=60)
        live.now = cast.NOW + timedelta(days=59)
        assert live.tasks() == []

    @pytest.mark.parametrize(("days", "found"), [(59.9, ["buyer_show_entry"]), (60, [])])
    def test_is_waited_for_sixty_days(self, live: Any, lena: Contact, days: float, found: list[str]) -> None:
        live.turn()
        live.until(min(days, 60), since=cast.NOW)
        live.happens(lena, "email.replied", text="Here is our photo.")
        live.turn()

        assert live.tasks() == found
        if found:
            assert live.task().due_at == live.now + timedelta(days=7)

    @pytest.mark.parametrize(
        ("tags", "fields", "found"),
        [
            (["buyer-show-chosen"], {"picture_permitted_on": "2026-05-20"}, ["j-36.2"]),
            (["buyer-show-chosen"], {}, []),
            (["buyer-show-chosen"], {"picture_permitted_on": ""}, []),
            ([], {"picture_permitted_on": "2026-05-20"}, []),
        ],
        ids=["chosen and permitted", "not permitted", "permission empty", "not chosen"],
    )
    def test_is_rewarded_when_chosen_and_permitted(
        self, live: Any, lena: Contact, tags: list[str], fields: dict[str, str], found: list[str]
    ) -> None:
        live.turn()
        live.happens(lena, "email.replied", text="Here is our photo.")
        live.later(days=1)
        Customer.objects.filter(pk=lena.customer_id).update(tags=tags, fields=fields)
        live.end_tasks()
        live.later(days=1)

        assert live.letters() == ["j-36.1", *found]
        if found:
            assert live.message().values["offer"]["code"].startswith("SHOW-")
            assert live.message().expires_at == live.now + timedelta(days=14)


@pytest.mark.parametrize("key", ["j-36.1", "j-36.2"])
def test_the_letters_speak_six_languages(key: str) -> None:
    assert letters.kind_of(key) == "marketing"
    letters.check(key)
