"""CN-49: when a customer's class changes in mid-flow the journey is tested again before its next step."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from guanxi.content import actions as content_actions
from guanxi.journeys import actions, advancing
from guanxi.journeys.models import Enrolment
from guanxi.ledger import actions as ledger_actions
from guanxi.ledger.models import Contact
from guanxi.offers import actions as offers_actions
from guanxi.tiering import actions as tiering_actions
from guanxi.tiering.models import Scheme
from guanxi.tiering.writing import Step, write_steps
from tests import cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def house(now: datetime, lena: Contact) -> Contact:
    tiering_actions.install_presets(now=now)
    content_actions.install_library(now=now, keys=["j-17.1", "j-17.2", "j-17.3"])
    offers_actions.install_library(now=now)
    actions.install_library(now=now, keys=["j-17"])
    cast.permit(lena)
    move(lena, "rfm-firm", None, "general", "otherwise", now - timedelta(days=60))
    move(lena, "abc-cumulative", None, "C", "C", now - timedelta(days=60))
    actions.react_to(events=ledger_actions.claim_unread(limit=500), now=now - timedelta(days=60))
    return lena


def move(contact: Contact, scheme: str, before: str | None, after: str, rule: str, at: datetime) -> None:
    step = Step(contact.customer_id, before, after, "time", rule, "because")
    assert write_steps([step], scheme=Scheme.objects.get(name=scheme), at=at, now=at)


def turn(at: datetime) -> None:
    actions.react_to(events=ledger_actions.claim_unread(limit=500), now=at)
    while advancing.advance_due(now=at):
        pass


def wake_up(contact: Contact) -> Enrolment:
    return Enrolment.objects.get(journey__key="j-17", customer=contact.customer)


class TestAClassChange:
    def test_lets_a_woken_customer_out_before_the_next_letter(self, house: Contact, now: datetime) -> None:
        """CN-49, M-15: standing.changed starts J-17 and ends it."""
        move(house, "rfm-firm", "general", "dormant", "dormant", now)
        turn(now)
        assert wake_up(house).state == "active"

        move(house, "rfm-firm", "dormant", "general", "otherwise", now + timedelta(days=3))
        turn(now + timedelta(days=15))

        assert (wake_up(house).state, wake_up(house).end_reason) == ("left", "no_longer_dormant")

    def test_a_mark_of_the_half_yearly_screen_begins_the_wake_up(self, house: Contact, now: datetime) -> None:
        """J-38.1, M-08, M-14: although his activity tier is another one."""
        move(house, "abc-cumulative", "C", "dormant", "M-08-talks", now)
        turn(now)
        turn(now + timedelta(days=1))
        assert wake_up(house).state == "active"

        move(house, "abc-cumulative", "dormant", "C", "M-12", now + timedelta(days=3))
        turn(now + timedelta(days=15))

        assert (wake_up(house).state, wake_up(house).end_reason) == ("left", "no_longer_dormant")

    def test_another_change_starts_nothing(self, house: Contact, now: datetime) -> None:
        move(house, "abc-cumulative", "C", "B", "M-05", now)
        turn(now)

        assert not Enrolment.objects.filter(journey__key="j-17").exists()
