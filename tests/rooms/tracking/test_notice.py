"""The signals as events: each told once, from what the pulse has claimed."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test.utils import CaptureQueriesContext

from guanxi.firm import actions as firm_actions
from guanxi.ledger import actions as ledger_actions
from guanxi.ledger.models import Contact, Event, ExchangeRate, Trait
from guanxi.pipeline.pulse import pulse
from guanxi.tracking import carts, market, noticing
from guanxi.tracking.models import Cart
from tests import cast
from tests.rooms.tracking.test_collect import NOW, identify, tell

pytestmark = pytest.mark.django_db


def notice(at: Any = NOW) -> list[str]:
    """What is noticed in the unread events."""
    before = set(Event.objects.values_list("pk", flat=True))
    noticing.notice(events=ledger_actions.claim_unread(limit=500), now=at)
    return sorted(Event.objects.exclude(pk__in=before).values_list("name", flat=True))


def look(who: Any, category: str, page: str, at: Any = NOW, **facts: Any) -> None:
    tell("Product Viewed", who=who, at=at, now=at, properties={"category": category, "sku": page}, **facts)


def event(contact: Contact, name: str, at: Any = NOW, **facts: Any) -> Event:
    found = ledger_actions.record_event(name=name, occurred_at=at, now=at, source="test", contact=contact, **facts)
    assert found is not None
    return found


class TestInterest:
    """B-02, CN-39, DP-11."""

    def test_in_a_category_is_told_once(self, lena: Contact) -> None:
        for page in "abc":
            look(lena, "lamps", page)
        assert notice() == ["category.interest"]
        assert Event.objects.get(name="category.interest").properties == {"category": "lamps", "views": 3}

        look(lena, "lamps", "d", NOW + timedelta(days=1))
        assert notice(NOW + timedelta(days=1)) == []
        for page in "xyz":
            look(lena, "lamps", page, NOW + timedelta(days=30))
        assert notice(NOW + timedelta(days=30)) == ["category.interest"]

    def test_of_a_visitor_is_told_when_he_says_who_he_is(self, lena: Contact) -> None:
        for page in "abc":
            look("anon:a-1", "lamps", page)
        assert notice() == []

        identify(lena, "anon:a-1", at=NOW + timedelta(minutes=5), now=NOW + timedelta(minutes=5))
        assert notice() == ["category.interest"]

    def test_of_history_is_not_told_but_counts(self, lena: Contact) -> None:
        for page in "abc":
            look(lena, "lamps", page, historical=True)
        assert notice() == []

        look(lena, "lamps", "d")
        assert notice() == ["category.interest"]

    def test_that_began_before_the_events_at_hand_is_found_in_their_midst(self, lena: Contact) -> None:
        for minute, (category, page) in enumerate([("lamps", "a"), ("lamps", "b"), ("lamps", "c"), ("chairs", "x")]):
            look(lena, category, page, NOW + timedelta(minutes=minute))

        assert notice() == ["category.interest"]


class TestVisits:
    """B-06, D-05, DP-03."""

    def test_on_three_days_without_an_order_are_told_once(self, lena: Contact) -> None:
        told = []
        for day in range(5):
            at = NOW + timedelta(days=day)
            tell("page.viewed", who=lena, type="page", at=at, now=at)
            told += notice(at)

        assert told == ["visits.without_order"]
        assert Event.objects.get(name="visits.without_order").properties == {"days": 3}

    def test_of_one_who_orders_are_not(self, lena: Contact) -> None:
        tell("Order Completed", who=lena, properties={"order_id": "1", "currency": "EUR", "total": 5})
        for day in range(4):
            at = NOW + timedelta(days=day)
            tell("page.viewed", who=lena, type="page", at=at, now=at)
            assert "visits.without_order" not in notice(at)


class TestMails:
    """B-01, B-05, CN-38: three different mails, machines not counted, other answers counted."""

    def mail(self, contact: Contact, number: int) -> None:
        event(contact, "email.sent", NOW + timedelta(days=number), object_kind="message", object_id=str(number))

    def opened(self, contact: Contact, number: int, verdict: str = "human") -> None:
        event(contact, "email.opened", NOW + timedelta(days=number, hours=1), object_kind="message",
              object_id=str(number), properties={"verdict": verdict})  # fmt: skip

    def test_opened_by_a_person_count(self, lena: Contact) -> None:
        cast.permit(lena, "tracking")
        for number in (1, 2, 3):
            self.mail(lena, number)
            self.opened(lena, number)
        assert notice() == ["mails.opened"]

        self.mail(lena, 4)
        self.opened(lena, 4)
        assert notice() == []

    def test_opened_by_machines_do_not(self, lena: Contact) -> None:
        for number in (1, 2, 3):
            self.mail(lena, number)
            self.opened(lena, number, "machine")

        assert notice() == []

    def test_answered_by_a_visit_or_an_order_count(self, lena: Contact) -> None:
        for number in (1, 20, 40):
            self.mail(lena, number)
        self.opened(lena, 1)
        event(lena, "page.viewed", NOW + timedelta(days=21))
        event(lena, "order.placed", NOW + timedelta(days=41))

        assert "mails.opened" in notice(NOW + timedelta(days=41))


class TestThePriceList:
    """B-03."""

    @pytest.mark.parametrize(
        ("name", "said"),
        [
            ("email.clicked", {"url": "https://x.example/price-list-2026.pdf", "verdict": "human"}),
            ("document.downloaded", {"name": "价格表 2026"}),
            ("page.viewed", {"path": "/preisliste"}),
        ],
    )
    def test_opened_is_told(self, lena: Contact, name: str, said: dict[str, Any]) -> None:
        cast.permit(lena, "tracking")
        event(lena, name, properties=said)
        assert "price_list.clicked" in notice()

        event(lena, name, NOW + timedelta(hours=2), properties=said)
        assert "price_list.clicked" not in notice(NOW + timedelta(hours=2))

    def test_clicked_in_a_mail_needs_the_permission_to_be_watched(self, lena: Contact) -> None:
        """RP-46: who does not permit tracking is judged by visits, downloads and replies alone."""
        event(lena, "email.clicked", properties={"url": "https://x.example/price-list", "verdict": "human"})
        assert notice() == []

        event(lena, "document.downloaded", NOW + timedelta(hours=2), properties={"name": "price list"})
        assert "price_list.clicked" in notice(NOW + timedelta(hours=2))

    def test_opened_by_a_scanner_is_not(self, lena: Contact) -> None:
        event(lena, "email.clicked", properties={"url": "https://x.example/price-list", "verdict": "machine"})

        assert notice() == []


class TestACustomWish:
    """B-16: an inquiry or a note that asks for his own specification sets the trait, with its reason."""

    def test_in_an_inquiry_sets_the_trait(self, lena: Contact) -> None:
        tell("Inquiry Received", who=lena, properties={"id": "Q-1", "custom": True})
        notice()

        trait = Trait.objects.get()
        assert (trait.name, trait.value, trait.reason) == ("wants_custom", True, "Inquiry Q-1")

    def test_in_a_note_sets_it_too(self, lena: Contact) -> None:
        for custom in (False, True):
            ledger_actions.write_note(
                customer=lena.customer, author=None, kind="call", text="Own colours", happened_at=NOW, now=NOW,
                asks_for_custom=custom,
            )  # fmt: skip
        notice()

        assert Trait.objects.get().name == "wants_custom"


class TestACart:
    """B-19, DP-20: 30 minutes without activity, once per cart, not after an order."""

    @pytest.fixture(autouse=True)
    def _filled(self, lena: Contact) -> None:
        self.at(0, lena, "Product Added", {"sku": "L-1", "name": "Oak lamp", "price": 40})

    def at(self, minutes: int, who: Any, name: str, said: dict[str, Any]) -> None:
        moment = NOW + timedelta(minutes=minutes)
        tell(name, who=who, at=moment, now=moment, properties=said)
        notice(moment)

    def told(self, minutes: int) -> int:
        return carts.notice_abandoned(now=NOW + timedelta(minutes=minutes))

    def test_is_told_after_half_an_hour_once(self, lena: Contact) -> None:
        assert [self.told(29), self.told(30), self.told(31)] == [0, 1, 0]
        signal = Event.objects.get(name="cart.abandoned")
        assert (signal.contact, signal.occurred_at) == (lena, NOW + timedelta(minutes=30))
        assert signal.properties["products"][0]["name"] == "Oak lamp"

    def test_waits_for_the_latest_activity(self, lena: Contact) -> None:
        self.at(20, lena, "Checkout Started", {})

        assert [self.told(49), self.told(50)] == [0, 1]

    def test_told_once_stays_told(self, lena: Contact) -> None:
        self.told(30)
        self.at(60, lena, "Product Added", {"sku": "L-2"})

        assert self.told(200) == 0

    def test_ordered_is_not_abandoned(self, lena: Contact) -> None:
        self.at(5, lena, "Order Completed", {"order_id": "1", "currency": "EUR", "total": 5})

        assert (self.told(60), Cart.objects.get().state) == (0, "ordered")

    def test_is_not_abandoned_when_he_orders_elsewhere(self, lena: Contact) -> None:
        event(lena, "note.written")
        tell("Order Completed", who=lena, at=NOW + timedelta(minutes=9), now=NOW + timedelta(minutes=9),
             properties={"order_id": "1", "currency": "EUR", "total": 5})  # fmt: skip
        assert self.told(60) == 0  # nobody has read that order yet, but it stands in the ledger

    def test_emptied_is_no_cart(self, lena: Contact) -> None:
        self.at(1, lena, "Product Removed", {"sku": "L-1"})

        assert self.told(60) == 0

    def test_is_told_by_the_pulse(self, lena: Contact) -> None:
        pulse(at=NOW + timedelta(minutes=31))

        assert Event.objects.filter(name="cart.abandoned", is_unread=False).exists()


class TestTheMarket:
    """B-20: rates and material prices that moved, with the customers they touch."""

    @pytest.fixture(autouse=True)
    def _firm(self, db: None) -> None:
        firm_actions.describe_firm(changes={"name": "Ningbo Haiyue", "postal_address": "x", "country": "CN"})

    def rates(self, *values: str) -> None:
        for number, value in enumerate(values):
            on = NOW.date() - timedelta(days=35 * (len(values) - 1 - number))
            ExchangeRate.objects.create(currency="EUR", into="USD", on=on, value=value)

    def test_a_rate_that_moved_is_told_once_a_month(self, lena: Contact) -> None:
        self.rates("1.00", "1.05")
        tell("Order Completed", who=lena, properties={"order_id": "1", "currency": "EUR", "total": 5})
        assert [market.notice_rates(now=NOW), market.notice_rates(now=NOW + timedelta(days=29))] == [1, 0]

        (move,) = market.recent_moves(now=NOW)
        assert (move.properties["subject"], move.properties["percent"]) == ("EUR", "5.0")
        assert list(market.customers_touched(move, now=NOW)) == [lena.customer]

    @pytest.mark.parametrize("values", [("1.00", "1.029"), ("1.05",), ()])
    def test_a_rate_that_did_not_is_not(self, values: tuple[str, ...]) -> None:
        self.rates(*values)

        assert market.notice_rates(now=NOW) == 0

    def test_a_dearer_material_touches_who_buys_its_goods(self, lena: Contact, yuki: Contact, ada: Any) -> None:
        line = {"sku": "L-1", "category": "lamps", "price": 5}
        tell("Order Completed", who=lena, properties={"order_id": "1", "currency": "USD", "products": [line]})
        tell("Order Completed", who=yuki, properties={"order_id": "2", "currency": "USD", "total": 5})
        enter = {"actor": ada, "material": "Oak", "currency": "CNY", "now": NOW}

        first = market.enter_material_price(amount=Decimal(100), on=date(2026, 4, 1), categories=["lamps"], **enter)
        second = market.enter_material_price(amount=Decimal(110), on=date(2026, 5, 1), **enter)

        assert first is None
        assert second is not None
        assert second.properties["percent"] == "10.0"
        assert list(market.customers_touched(second, now=NOW)) == [lena.customer]


class TestTheWork:
    def test_costs_the_same_for_one_contact_and_for_many(self, django_assert_max_num_queries: Any) -> None:
        """Set-wise over the claimed events."""
        from django.db import connection

        def cost(count: int, offset: int) -> int:
            for number in range(count):
                customer = cast.a_customer(name=f"Firm {offset + number}")
                contact = cast.a_contact(customer=customer, email=f"c{offset + number}@firm.example")
                for page in "abc":
                    event(contact, "Product Viewed", properties={"category": "lamps", "sku": page})
            events = ledger_actions.claim_unread(limit=500)
            with CaptureQueriesContext(
                connection,
            ) as queries:
                noticing.notice(events=events, now=NOW)
            return len(queries)

        one = cost(1, 0)
        notice()
        assert cost(20, 100) <= one

    def test_of_events_without_a_signal_asks_nothing(self, lena: Contact, django_assert_num_queries: Any) -> None:
        event(lena, "journey.entered")
        events = ledger_actions.claim_unread(limit=500)
        with django_assert_num_queries(2):  # the savepoint around it
            noticing.notice(events=events, now=NOW)
