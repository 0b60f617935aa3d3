"""Whose moment comes: dates of the record, silence, the calendar, festivals; once each, and never by an import."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from guanxi.catalogue.models import Product
from guanxi.content.models import Template
from guanxi.firm import actions as firm_actions
from guanxi.journeys.models import Enrolment
from guanxi.journeys.moments import notice_moments
from guanxi.ledger.models import Contact, Event, Order
from tests import cast

pytestmark = pytest.mark.django_db

JOURNEY = """\
key: try
title: A try
per: contact
trigger: {%s}
entry: {again_after: 30d}
steps:
  - {id: letter, send: hello, not_after: 1d}
"""


@pytest.fixture
def live(firm: Any, publish: Callable[[str], Any], now: datetime) -> Callable[[str], None]:
    """Make a journey with this trigger live."""
    Template.objects.create(key="hello", title="Hello", kind="marketing", created_at=now)
    return lambda trigger: publish(JOURNEY % trigger)


def whom(now: datetime) -> list[str]:
    """Who is noticed now, by given name, in order."""
    notice_moments(now=now)
    events = Event.objects.filter(name="moment.came").order_by("id")
    return [(event.contact or event.customer.contacts.get()).given_name for event in events if event.customer]


class TestADate:
    def test_brings_its_contact_in_on_the_day_and_once(
        self, firm: Any, live: Callable[[str], None], lena: Contact, diego: Contact
    ) -> None:
        """J-12.1: on the birthday; noticed again on the same day, nobody enters twice."""
        live("date: birthday")
        Contact.objects.filter(pk=lena.pk).update(birthday=date(1980, 5, 13))
        Contact.objects.filter(pk=diego.pk).update(birthday=date(1980, 5, 14))

        assert whom(firm.now) == ["Lena"]
        firm.turn()
        assert whom(firm.now) == ["Lena"]
        firm.turn()
        assert Enrolment.objects.get().contact == lena
        assert firm.letters() == ["hello"]

    @pytest.mark.parametrize(
        ("country", "due"), [("MX", "2026-05-13T06:00+00:00"), ("DE", "2026-05-12T22:00+00:00"), ("JP", "")]
    )
    def test_begins_where_the_reader_lives(
        self, firm: Any, live: Callable[[str], None], lena: Contact, country: str, due: str
    ) -> None:
        """CN-29: noticed in the night of a firm in Shanghai, where the day begins before it does elsewhere."""
        live("date: birthday")
        firm_actions.describe_firm(changes={"time_zone": "Asia/Shanghai"})
        Contact.objects.filter(pk=lena.pk).update(birthday=date(1980, 5, 13), country=country, time_zone="", city="")
        firm.now = datetime.fromisoformat("2026-05-12T19:30+00:00")
        notice_moments(now=firm.now)
        Event.objects.update(recorded_at=firm.now)
        firm.turn()

        assert (firm.letters() == ["hello"]) is not bool(due)
        assert not due or Enrolment.objects.get().due_at == datetime.fromisoformat(due)

    def test_29_february_is_kept_on_the_28th(self, live: Callable[[str], None], lena: Contact) -> None:
        """CN-29."""
        live("date: birthday, within: 0d")
        Contact.objects.filter(pk=lena.pk).update(birthday=date(1980, 2, 29))

        assert whom(datetime.fromisoformat("2027-02-27T08:00+00:00")) == []
        assert whom(datetime.fromisoformat("2027-02-28T08:00+00:00")) == ["Lena"]

    def test_may_have_a_lead(self, live: Callable[[str], None], lena: Contact, now: datetime) -> None:
        live("date: founded_on, lead: 14d, within: 0d")
        type(lena.customer).objects.filter(pk=lena.customer_id).update(founded_on=date(1999, 5, 27))

        assert whom(now) == ["Lena"]

    def test_of_the_first_order_comes_round_after_a_year(
        self, firm: Any, live: Callable[[str], None], lena: Contact
    ) -> None:
        """J-13.1."""
        live("date: first_order, within: 0d")
        firm.order(lena)
        firm.now += timedelta(days=100)
        firm.order(lena, "PO-2")

        assert whom(firm.now) == []
        assert whom(cast.NOW + timedelta(days=365)) == ["Lena"]

    def test_missed_while_nobody_worked_is_made_up_for(
        self, live: Callable[[str], None], lena: Contact, now: datetime
    ) -> None:
        live("date: birthday, within: 2d")
        Contact.objects.filter(pk=lena.pk).update(birthday=date(1980, 5, 11))

        assert whom(now) == ["Lena"]
        assert whom(now + timedelta(days=1)) == ["Lena"]

    def test_written_down_as_a_field(self, live: Callable[[str], None], lena: Contact, now: datetime) -> None:
        live("date: field.contract_ends_on, repeat: once, lead: 30d, within: 0d")
        type(lena.customer).objects.filter(pk=lena.customer_id).update(fields={"contract_ends_on": "2026-06-12"})

        assert whom(now) == ["Lena"]


class TestSilence:
    def test_counts_from_the_latest_order(self, firm: Any, live: Callable[[str], None], lena: Contact) -> None:
        live("silence: 60d, within: 0d")
        firm.order(lena)
        firm.now += timedelta(days=10)
        firm.order(lena, "PO-2")

        assert whom(cast.NOW + timedelta(days=60)) == []
        assert whom(cast.NOW + timedelta(days=70)) == ["Lena"]

    def test_in_a_file_imported_today_is_none(self, firm: Any, live: Callable[[str], None], lena: Contact) -> None:
        """RD-13: a history that ends sixty days ago has not just fallen silent."""
        live("silence: 60d, within: 0d")
        firm.order(lena)
        today = cast.NOW + timedelta(days=60)
        type(lena.customer).objects.filter(pk=lena.customer_id).update(created_at=today)

        assert Order.objects.count() == 1
        assert whom(today) == []


class TestALaunch:
    def test_is_told_to_everybody_who_has_ordered_so_long_before_it(
        self, firm: Any, live: Callable[[str], None], lena: Contact, diego: Contact
    ) -> None:
        """J-14.1: one moment for all articles of an edition and a day; who never ordered hears nothing."""
        live("launch: any, lead: 7d, within: 0d")
        firm.order(lena)
        on = (cast.NOW + timedelta(days=20)).date()
        for code, edition in (("A", ""), ("B", ""), ("C", "limited")):
            Product.objects.create(code=code, name=f"Drill {code}", launches_on=on, edition=edition)

        assert whom(firm.now + timedelta(days=12)) == []
        assert whom(firm.now + timedelta(days=13)) == ["Lena", "Lena"]
        told = Event.objects.filter(name="moment.came").order_by("id").values_list("properties__products", flat=True)
        assert list(told) == ["Drill A\nDrill B", "Drill C"]
        assert diego.customer.orders.count() == 0


class TestTheCalendar:
    def test_strikes_for_whom_it_concerns(
        self, firm: Any, live: Callable[[str], None], lena: Contact, diego: Contact
    ) -> None:
        """J-23.1: regularly to class C; the first of June is the next one."""
        live("schedule: month, within: 0d, when: {tier: general}")
        firm.tier(lena.customer, "general")
        firm.tier(diego.customer, "high")

        assert whom(firm.now) == []
        assert whom(datetime.fromisoformat("2026-06-01T08:00+00:00")) == ["Lena"]

    def test_of_festivals_goes_by_the_readers_country(
        self, firm: Any, live: Callable[[str], None], lena: Contact, fatima: Contact
    ) -> None:
        """J-21.2, CN-25: Eid al-Fitr 2027 begins on 9 March by the Umm al-Qura calendar."""
        live("festival: eid_al_fitr, within: 0d, when: {tier: [general, high]}")
        firm.tier(lena.customer, "general")
        firm.tier(fatima.customer, "high")

        eid = [day for day in range(1, 29) if whom(datetime(2027, 3, day, 8, tzinfo=cast.NOW.tzinfo))]

        assert eid[0] == 9
        assert whom(datetime(2027, 3, 28, 8, tzinfo=cast.NOW.tzinfo)) == [fatima.given_name]


class TestTheDoor:
    def test_asks_the_facts_of_the_customer(
        self, firm: Any, publish: Callable[[str], Any], lena: Contact, diego: Contact, now: datetime
    ) -> None:
        """A trigger with `when`: only whoever has ordered before enters."""
        Template.objects.create(key="hello", title="Hello", kind="marketing", created_at=now)
        firm.order(lena)
        firm.turn()
        publish(JOURNEY % "event: order.placed, when: {order_count: {at_least: 2}}")
        firm.order(lena, "PO-2")
        firm.order(diego, "PO-3")
        firm.turn()

        assert [each.contact for each in Enrolment.objects.filter(journey__key="try")] == [lena]
