"""J-01: a prospect is taught, not sold to, until he wants to talk."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from guanxi.ledger import actions as ledger_actions
from guanxi.ledger.models import Contact
from tests import cast
from tests.flows.journeys import letters
from tests.flows.journeys.papers import a_document

pytestmark = pytest.mark.django_db


@pytest.fixture
def nurturing(flow: Callable[[str], Any], lena: Contact) -> Any:
    """A guide, two articles, and Lena, who has just confirmed that she wants our mail."""
    live = flow("j-01")
    for kind in ("guide", "article", "article"):
        a_document(kind, now=cast.NOW)
    cast.permit(lena)
    live.happens(lena, "contact.registered")
    return live


class TestGuide:
    """J-01.1: the guide for his trade within 72 hours of the first touch."""

    @pytest.mark.parametrize(("hours", "found"), [(72, ["j-01.1"]), (72.1, [])], ids=["at the end", "too late"])
    def test_comes_within_72_hours(self, nurturing: Any, hours: float, found: list[str]) -> None:
        nurturing.hear()
        nurturing.later(hours=hours)

        assert nurturing.letters() == found
        if found:
            assert nurturing.message().expires_at == cast.NOW + timedelta(hours=72)
            assert nurturing.message().values["document"]["title"] == "A guide"

    @pytest.mark.parametrize("changes", [{"kind": "b2c"}, {"orders": 1}, {"permitted": False}], ids=str)
    def test_is_for_business_prospects_with_a_basis_to_mail(
        self, flow: Callable[[str], Any], lena: Contact, changes: dict[str, Any]
    ) -> None:
        """CN-18, G-12."""
        live = flow("j-01")
        a_document("guide", now=cast.NOW)
        if changes.get("permitted", True):
            cast.permit(lena)
        if "orders" in changes:
            live.order(lena)
        lena.customer.kind = changes.get("kind", "b2b")
        lena.customer.save()
        live.happens(lena, "contact.registered")
        live.turn()

        assert live.letters() == []

    def test_is_not_sent_where_there_is_none(self, flow: Callable[[str], Any], lena: Contact) -> None:
        live = flow("j-01")
        cast.permit(lena)
        live.happens(lena, "contact.registered")
        live.turn()

        assert live.skipped() == {"guide": "no_document"}


class TestArticles:
    """J-01.2: one technical article a week, never the same twice."""

    def test_come_once_a_week(self, nurturing: Any) -> None:
        nurturing.turn()
        nurturing.until(days=6.9, since=cast.NOW)
        assert nurturing.letters() == ["j-01.1"]
        nurturing.until(days=7, since=cast.NOW)
        nurturing.until(days=13.9, since=cast.NOW)
        assert nurturing.letters() == ["j-01.1", "j-01.2"]
        nurturing.until(days=14, since=cast.NOW)

        assert nurturing.letters() == ["j-01.1", "j-01.2", "j-01.2"]
        assert nurturing.message().expires_at == nurturing.now + timedelta(days=3)
        nurturing.later(days=7)
        assert nurturing.skipped() == {"article": "no_document"}

    def test_end_with_an_order(self, nurturing: Any, lena: Contact) -> None:
        nurturing.turn()
        nurturing.order(lena)
        nurturing.later(days=7)

        assert nurturing.letters() == ["j-01.1"]
        assert nurturing.ended() == ["ordered"]

    def test_sell_nothing(self) -> None:
        for key in ("j-01.1", "j-01.2", "j-01.3"):
            for draft in letters.templates()[key].drafts:
                assert "offer." not in draft.body + draft.text
                assert "recommended." not in draft.body + draft.text


class TestInvitation:
    """J-01.3: at once with the third mail opened, the link to book a consultation."""

    def test_comes_with_the_third_mail(self, nurturing: Any, lena: Contact) -> None:
        nurturing.turn()
        nurturing.later(days=2)
        nurturing.happens(lena, "mails.opened")
        nurturing.turn()

        assert nurturing.letters() == ["j-01.1", "j-01.3"]
        assert "/p/booking/" in nurturing.message().values["booking"]["url"]
        window = (nurturing.message().not_before, nurturing.message().expires_at)
        assert window == (nurturing.now, nurturing.now + timedelta(days=3))

    def test_stays_away_before_it(self, nurturing: Any) -> None:
        nurturing.turn()
        nurturing.later(days=2)

        assert nurturing.letters() == ["j-01.1"]


class TestConsultation:
    """J-01.4: booked, it stands on the desk for its moment."""

    def test_is_a_task_due_at_the_booked_time(self, nurturing: Any, lena: Contact) -> None:
        nurturing.turn()
        nurturing.happens(lena, "mails.opened")
        nurturing.turn()
        at = nurturing.now + timedelta(days=5)
        ledger_actions.update_contact(
            contact=lena, changes={"fields": {"consultation_at": at.isoformat()}}, now=nurturing.now
        )
        nurturing.happens(lena, "consultation.booked", at=at.isoformat())
        nurturing.turn()

        assert nurturing.tasks() == ["consultation"]
        assert nurturing.task().due_at == at
        assert nurturing.ended() == ["booked"]

    def test_that_nobody_booked_opens_no_task(self, nurturing: Any, lena: Contact) -> None:
        nurturing.turn()
        nurturing.happens(lena, "mails.opened")
        nurturing.turn()
        nurturing.later(days=30)

        assert nurturing.tasks() == []
        assert nurturing.ended() == ["finished"]


@pytest.mark.parametrize("key", ["j-01.1", "j-01.2", "j-01.3"])
def test_each_letter_is_whole_in_six_languages(key: str) -> None:
    letters.check(key)
    assert letters.kind_of(key) == "marketing"
