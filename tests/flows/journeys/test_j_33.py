"""J-33: what a prospect gets with the first communication and after it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from guanxi.ledger.models import Contact, Customer
from tests import cast
from tests.flows.journeys import letters
from tests.flows.journeys.papers import a_document

pytestmark = pytest.mark.django_db


@pytest.fixture
def live(flow: Callable[[str], Any]) -> Any:
    """The journey, with papers for everybody."""
    live = flow("j-33")
    for kind in ("certificate", "case", "process"):
        a_document(kind, now=live.now, markets=["DE"] if kind == "case" else [])
    return live


class TestTheFirstCommunication:
    """J-33.1: the qualification documents with it, within a day."""

    @pytest.mark.parametrize("name", ["inquiry.received", "contact.registered", "email.replied"])
    def test_brings_the_qualification_documents(self, live: Any, lena: Contact, name: str) -> None:
        live.happens(lena, name)
        live.turn()

        assert live.letters() == ["j-33.1"]
        assert live.message().values["document"]["title"] == "A certificate"
        assert live.message().not_before == cast.NOW

    @pytest.mark.parametrize(("hours", "found"), [(24, ["j-33.1"]), (24.1, [])], ids=["a day", "later"])
    def test_brings_them_within_a_day(self, live: Any, lena: Contact, hours: float, found: list[str]) -> None:
        live.happens(lena, "inquiry.received")
        live.until(hours=hours, since=cast.NOW)

        assert live.letters() == found

    def test_of_a_customer_or_a_consumer_brings_nothing(self, live: Any, lena: Contact, diego: Contact) -> None:
        """CN-54: consumers have J-02."""
        live.order(lena)
        live.happens(lena, "inquiry.received")
        live.happens(diego, "inquiry.received")
        live.turn()

        assert live.entered() == 0

    def test_may_be_a_call(self, live: Any, lena: Contact) -> None:
        live.happens(lena, "note.written", kind="note")
        live.turn()
        assert live.entered() == 0

        live.happens(lena, "note.written", kind="call")
        live.turn()
        assert live.entered() == 1


class TestTheLettersAfterIt:
    """J-33.2: a case of his market, in three to seven days; J-33.3: process and guarantees, in one to two weeks."""

    @pytest.mark.parametrize(
        ("days", "found"),
        [(2.9, []), (3, ["j-33.2"]), (7, ["j-33.2", "j-33.3"]), (7.1, ["j-33.3"]), (14, ["j-33.3"]), (14.1, [])],
        ids=["before", "three days", "a week", "after it", "two weeks", "later"],
    )
    def test_have_their_windows(self, live: Any, lena: Contact, days: float, found: list[str]) -> None:
        live.happens(lena, "inquiry.received")
        live.turn()
        live.until(days, since=cast.NOW)

        assert live.letters() == ["j-33.1", *found]

    def test_tell_a_case_of_his_market_alone(self, live: Any, yuki: Contact) -> None:
        live.happens(yuki, "inquiry.received")
        live.turn()
        live.until(3, since=cast.NOW)

        assert live.letters() == ["j-33.1"]
        assert live.skipped() == {"success-case": "no_document"}

    def test_stop_at_his_first_order(self, live: Any, lena: Contact) -> None:
        live.happens(lena, "inquiry.received")
        live.turn()
        live.order(lena)
        live.until(3, since=cast.NOW)

        assert (live.letters(), live.ended()) == (["j-33.1"], ["ordered"])

    def test_sell_nothing(self) -> None:
        """CN-18: a prospect is taught, not sold to."""
        for key in ("j-33.1", "j-33.2", "j-33.3"):
            for draft in letters.templates()[key].drafts:
                assert not any(word in draft.body for word in ("offer.", "coupon.", "recommended.", "firm.website"))


class TestIndustryNews:
    """J-33.4, CN-55: a task each month, where he permits the channel; mail permits no other."""

    @pytest.mark.parametrize(("channel", "found"), [("whatsapp", 1), ("linkedin", 1), ("email", 0)])
    def test_are_shared_where_he_permits(self, live: Any, lena: Contact, channel: str, found: int) -> None:
        cast.permit(lena, channel=channel)
        live.happens(lena, "inquiry.received")
        live.turn()
        live.until(7, since=cast.NOW)
        live.until(36.9, since=cast.NOW)
        assert live.tasks() == []

        live.until(37, since=cast.NOW)
        assert live.tasks() == ["industry_news"] * found
        if found:
            assert live.task().due_at == live.now + timedelta(days=7)

    def test_are_shared_again_a_month_later_when_the_last_task_is_gone(self, live: Any, lena: Contact) -> None:
        cast.permit(lena, channel="whatsapp")
        Customer.objects.filter(pk=lena.customer_id).update(trade="wholesale")
        live.happens(lena, "inquiry.received")
        live.turn()
        for day in (7, 37):
            live.until(day, since=cast.NOW)
        live.end_tasks()
        live.until(67, since=cast.NOW)

        assert live.tasks() == ["industry_news", "industry_news"]


@pytest.mark.parametrize(("key", "kind"), [("j-33.1", "service"), ("j-33.2", "marketing"), ("j-33.3", "marketing")])
def test_the_letters_speak_six_languages(key: str, kind: str) -> None:
    """CN-43: the first one answers him; the others come by themselves."""
    assert letters.kind_of(key) == kind
    letters.check(key)
