"""J-11: a mail is passed on to a colleague, who signs up himself."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from guanxi.journeys.models import Enrolment
from guanxi.ledger import actions as ledger_actions
from guanxi.ledger.models import Contact
from guanxi.outbox.models import Message
from tests import cast
from tests.flows.journeys import letters
from tests.flows.journeys.papers import a_document

pytestmark = pytest.mark.django_db


@pytest.fixture
def live(flow: Callable[[str], Any]) -> Any:
    live = flow("j-11")
    a_document("plan", now=cast.NOW, title="Buying together")
    return live


@pytest.fixture
def max_(live: Any, lena: Contact) -> Contact:
    """A colleague of Lena's, linked to her company by his confirmed sign-up (tests/doors/public/test_share.py)."""
    return ledger_actions.create_contact(customer=lena.customer, email="max@alsterkontor.example", now=cast.NOW)


class TestThePlanToPassOn:
    """J-11.1: at once, to the reader himself; nothing goes to his colleague (CN-26)."""

    @pytest.mark.parametrize(("hours", "found"), [(0, ["j-11.1"]), (24, ["j-11.1"]), (24.1, [])], ids=str)
    def test_comes_at_once(self, live: Any, lena: Contact, hours: float, found: list[str]) -> None:
        live.happens(lena, "mail.shared", about=("message", "1"))
        live.hear()
        live.later(hours=hours)

        assert live.letters() == found
        assert {message.contact for message in Message.objects.all()} <= {lena}
        if found:
            assert live.message().values["document"]["title"] == "Buying together"
            assert live.message().expires_at == cast.NOW + timedelta(days=3)

    def test_comes_once_in_thirty_days(self, live: Any, lena: Contact) -> None:
        for days in (0, 29.9, 30):
            live.now = cast.NOW + timedelta(days=days)
            live.happens(lena, "mail.shared", about=("message", str(days)))
            live.turn()

        assert live.letters() == ["j-11.1", "j-11.1"]


class TestTheColleague:
    """J-11.2: once he has confirmed himself, he gets the plan at once and goes on to J-01."""

    def test_gets_the_plan_and_is_nurtured(self, live: Any, lena: Contact, max_: Contact, publish_too: Any) -> None:
        publish_too("j-01")
        live.happens(max_, "contact.registered", shared_by=lena.pk)
        live.turn()

        assert live.letters()[0] == "j-11.2"
        assert {message.contact for message in Message.objects.all()} == {max_}
        assert live.message().customer == lena.customer
        keys = Enrolment.objects.filter(contact=max_).values_list("journey__key", flat=True)
        assert set(keys) == {"j-11", "j-01"}

    @pytest.mark.parametrize("hours", [24, 24.1])
    def test_gets_it_within_a_day(self, live: Any, lena: Contact, max_: Contact, hours: float) -> None:
        live.happens(max_, "contact.registered", shared_by=lena.pk)
        live.hear()
        live.later(hours=hours)

        assert live.letters() == (["j-11.2"] if hours == 24 else [])

    def test_who_registered_by_himself_is_none(self, live: Any, lena: Contact) -> None:
        live.happens(lena, "contact.registered", topics=[])
        live.turn()

        assert live.entered() == 0


@pytest.mark.parametrize("key", ["j-11.1", "j-11.2"])
def test_each_letter_is_whole_in_six_languages(key: str) -> None:
    letters.check(key)
    assert letters.kind_of(key) == "marketing"
