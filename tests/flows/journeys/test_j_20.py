"""J-20: the yearly letter about a contact's data; its rows and letters live in the room of consent, its page on the
public door (tests/rooms/consent/test_yearly.py, tests/rooms/pipeline/test_asking.py, tests/doors/public).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from guanxi.consent import requests as consent_requests
from guanxi.consent import yearly
from guanxi.consent.statements import Proof
from guanxi.ledger.models import Contact
from tests import cast
from tests.flows.journeys import letters

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


def asked_by(days: float) -> list[str]:
    """The letters that have become due so many days after the contact's last word."""
    now = cast.NOW + timedelta(days=days)
    return [wish.template_key for wish in yearly.write_to_due(now=now)]


class TestTheYearlyLetter:
    """J-20.1: every twelve months from the last word, then after 14 and 30 days (CN-40)."""

    def test_keeps_to_its_days(self, lena: Contact) -> None:
        cast.permit(lena)
        yearly.schedule(now=cast.NOW)
        found = {days: asked_by(days) for days in (364.99, 365, 378.99, 379, 394.99, 395, 500)}

        assert {days: keys for days, keys in found.items() if keys} == {
            365: ["j-20.1"], 379: ["j-20.2"], 395: ["j-20.3"],
        }  # fmt: skip

    def test_needs_no_journey(self, flow: Callable[[str], Any], lena: Contact) -> None:
        """The ready journey only accompanies the answers: nobody gets a letter twice."""
        live = flow("j-20")
        cast.permit(lena)
        yearly.schedule(now=cast.NOW)
        live.turn()

        assert asked_by(365) == ["j-20.1"]
        assert live.letters() == []


class TestItsAnswers:
    @pytest.fixture
    def live(self, flow: Callable[[str], Any], lena: Contact) -> Any:
        live = flow("j-20")
        cast.permit(lena)
        yearly.schedule(now=cast.NOW)
        asked_by(365)
        live.now = cast.NOW + timedelta(days=366)
        return live

    def say(self, live: Any, contact: Contact, said: str) -> None:
        proof = Proof(method="form", source="j-20", wording="Yes", jurisdiction="DE")
        yearly.answer(check=contact.yearly_check, said=said, proof=proof, now=live.now)

    def test_of_an_update_leave_nothing_to_do(self, live: Any, lena: Contact) -> None:
        """J-20.2: the page has recorded the changes at once."""
        self.say(live, lena, yearly.UPDATE)
        live.turn()

        assert (live.tasks(), live.ended()) == ([], ["updated"])

    def test_of_a_confirmation_are_no_matter_of_a_journey(self, live: Any, lena: Contact) -> None:
        self.say(live, lena, yearly.CONFIRM)
        live.turn()

        assert live.entered() == 0

    @pytest.mark.parametrize(("days", "found"), [(0, ["data_erasure"]), (14, ["data_erasure"]), (14.01, [])])
    def test_of_a_deletion_become_a_task_of_three_days(
        self, live: Any, lena: Contact, days: float, found: list[str]
    ) -> None:
        """J-20.3: handled, and the proof kept."""
        self.say(live, lena, yearly.DELETE)
        consent_requests.open_request(contact=lena, kind=consent_requests.ERASE, via="yearly", now=live.now)
        live.hear()
        live.later(days=days)

        assert live.tasks() == found
        if found:
            assert live.task().due_at == live.now + timedelta(days=3)
            assert live.task().customer_id == lena.customer_id


@pytest.mark.parametrize("key", ["j-20.1", "j-20.2", "j-20.3"])
def test_the_letters_speak_six_languages(key: str) -> None:
    """CN-43: about the reader's data, so service."""
    assert letters.kind_of(key) == "service"
    letters.check(key)
