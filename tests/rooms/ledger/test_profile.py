"""Traits, referrals and stock."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from guanxi.ledger import profile
from guanxi.ledger.models import Contact, Event, Referral, StockLevel
from tests import cast

pytestmark = pytest.mark.django_db
NOW = cast.NOW


class TestStock:
    """D-24, P-05: the stock level and the safety line, told once per fall."""

    def report(self, contact: Contact, quantity: int, *, hours: int = 0, **facts: Any) -> StockLevel:
        at = NOW + timedelta(hours=hours)
        return profile.record_stock_level(
            customer=contact.customer, product_code="L-1", quantity=Decimal(quantity), now=at, **facts
        )

    def falls(self) -> int:
        return Event.objects.filter(name="stock.below_safety").count()

    def test_below_the_line_is_told_once_per_fall(self, lena: Contact) -> None:
        told = []
        for hours, quantity in enumerate([100, 49, 30, 80, 50, 49]):
            self.report(lena, quantity, hours=hours, safety_quantity=Decimal(50))
            told.append(self.falls())

        assert told == [0, 1, 1, 1, 1, 2]
        event = Event.objects.filter(name="stock.below_safety").latest("id")
        assert (event.object_id, event.properties["quantity"]) == ("L-1", "49")

    def test_first_heard_of_below_the_line_is_a_fall(self, lena: Contact) -> None:
        self.report(lena, 5, safety_quantity=Decimal(50))

        assert self.falls() == 1

    def test_keeps_its_line_when_none_is_given(self, lena: Contact) -> None:
        self.report(lena, 100, safety_quantity=Decimal(50))

        assert (self.report(lena, 20, hours=1).safety_quantity, self.falls()) == (50, 1)

    def test_of_an_old_report_changes_nothing(self, lena: Contact) -> None:
        self.report(lena, 100, safety_quantity=Decimal(50))
        level = self.report(lena, 1, hours=1, as_of_at=NOW - timedelta(days=1))

        assert (level.quantity, self.falls()) == (100, 0)

    def test_cannot_be_less_than_nothing(self, lena: Contact) -> None:
        with pytest.raises(profile.OddStock):
            self.report(lena, -1)

    def test_of_history_is_told_to_nobody(self, lena: Contact) -> None:
        self.report(lena, 5, safety_quantity=Decimal(50), historical=True)

        assert not Event.objects.filter(is_unread=True).exists()


class TestReferrals:
    """D-30: who introduced whom."""

    def test_are_kept_once(self, lena: Contact, yuki: Contact) -> None:
        for note in ("", "At the fair"):
            profile.record_referral(
                referrer=lena.customer, referred=yuki.customer, introduced_on=date(2026, 5, 1), now=NOW, note=note
            )

        assert (Referral.objects.get().note, Event.objects.filter(name="referral.made").count()) == ("At the fair", 1)

    def test_of_oneself_or_by_two_are_refused(self, lena: Contact, yuki: Contact, diego: Contact) -> None:
        given = {"introduced_on": date(2026, 5, 1), "now": NOW}
        profile.record_referral(referrer=lena.customer, referred=yuki.customer, **given)

        for referrer, referred in ((lena, lena), (diego, yuki)):
            with pytest.raises(profile.OddReferral):
                profile.record_referral(referrer=referrer.customer, referred=referred.customer, **given)


class TestTraits:
    def test_said_again_are_not_written_again(self, lena: Contact) -> None:
        first = profile.set_trait(customer=lena.customer, name="named_vip", now=NOW, reason="Fair")
        again = profile.set_trait(customer=lena.customer, name="named_vip", now=NOW, reason="Fair")
        other = profile.set_trait(customer=lena.customer, name="named_vip", value=False, now=NOW)

        assert first
        assert other
        assert again is None
        assert Event.objects.filter(name="trait.set").count() == 2

    def test_outside_the_vocabulary_are_refused(self, lena: Contact) -> None:
        with pytest.raises(profile.UnknownTrait):
            profile.set_trait(customer=lena.customer, name="rich", now=NOW)
