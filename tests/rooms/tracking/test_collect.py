"""What shops and sites report becomes the ledger's own: orders, refunds, shipments, payments, permissions, visits."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from guanxi.consent import queries as consent_queries
from guanxi.firm import actions as firm_actions
from guanxi.journeys import actions as journeys_actions
from guanxi.journeys.models import Enrolment
from guanxi.kernel import signing
from guanxi.ledger import actions as ledger_actions
from guanxi.ledger import visitors
from guanxi.ledger.models import Contact, Customer, Event, Identity, Invoice, Order
from guanxi.tracking import collecting, links, sites
from guanxi.tracking.calls import Call, Sender, Taken
from tests import cast

ORIGINS = frozenset({"https://shop.example"})
pytestmark = pytest.mark.django_db
NOW = cast.NOW
SHOP = Sender(source="key:1", name="shop.example")
PAGE = Sender(source="key:2", name="shop.example", is_public=True)
LAMPS = [
    {"sku": "L-1", "name": "Oak lamp", "category": "lamps", "price": 40, "quantity": 2},
    {"product_id": "L-2", "name": "Ash lamp", "category": "lamps", "price": "20.00"},
]


def tell(
    name: str, *, who: str | Contact = "anon:a-1", at: datetime = NOW, now: datetime = NOW, sender: Sender = SHOP,
    type: str = "track", **facts: Any,
) -> Taken:  # fmt: skip
    """One call; `who` is a visitor's name, or a contact who tells his address."""
    properties = facts.pop("properties", {})
    traits = facts.pop("traits", {}) | ({"email": who.email} if isinstance(who, Contact) else {})
    keys = facts.pop("keys", (who,) if isinstance(who, str) else (f"user:{who.pk}",))
    call = Call(type, name, facts.pop("message_id", None), at, keys, properties, traits, **facts)
    return collecting.take(call=call, sender=sender, now=now)


def identify(who: Contact, *keys: str, at: datetime = NOW, **facts: Any) -> Taken:
    return tell("Identify", who=who, keys=keys, at=at, type="identify", **facts)


@pytest.fixture
def dollars(db: None) -> None:
    firm_actions.describe_firm(changes={"name": "Ningbo Haiyue", "postal_address": "Ningbo", "country": "CN"})


class TestOrderCompleted:
    """D-16: purchases are recorded on the customer without retyping."""

    ORDER = {"order_id": "50314", "currency": "USD", "products": LAMPS, "coupon": "AUTUMN"}

    def test_becomes_an_order_with_its_products(self, lena: Contact) -> None:
        tell("Order Completed", who=lena, properties=self.ORDER)

        order = Order.objects.get()
        assert (order.number, order.source, order.stage, order.contact) == (
            "50314", "shop:shop.example", "confirmed", lena,
        )  # fmt: skip
        assert (order.amount, order.currency, order.fields) == (Decimal(100), "USD", {"coupon": "AUTUMN"})
        assert [(line.product_code, line.quantity, line.amount) for line in order.lines.order_by("position")] == [
            ("L-1", 2, 80), ("L-2", 1, 20),
        ]  # fmt: skip

    def test_starts_the_order_journey_and_history_does_not(self, lena: Contact, dollars: None) -> None:
        """RD-13: live `Order Completed` starts J-04, a backfill does not."""
        journeys_actions.install_library(now=NOW, keys=["j-04"])
        tell("Order Completed", who=lena, properties=self.ORDER | {"order_id": "old"}, historical=True)
        journeys_actions.react_to(events=ledger_actions.claim_unread(limit=50), now=NOW)
        assert not Enrolment.objects.filter(journey__key="j-04").exists()

        tell("Order Completed", who=lena, properties=self.ORDER)
        journeys_actions.react_to(events=ledger_actions.claim_unread(limit=50), now=NOW)
        order = Order.objects.get(number="50314")
        assert Enrolment.objects.get(journey__key="j-04").object_id == str(order.pk)

    def test_told_twice_is_one_order(self, lena: Contact) -> None:
        tell("Order Completed", who=lena, properties=self.ORDER, message_id="m")
        tell("Order Completed", who=lena, properties=self.ORDER, message_id="m")
        taken = tell("Order Completed", who=lena, properties=self.ORDER, message_id="n")

        assert Order.objects.count() == 1
        assert "recorded before" in taken.warnings[0]

    def test_before_anybody_knows_whose_it_is_waits_for_him(self, lena: Contact) -> None:
        tell("Order Completed", properties=self.ORDER)
        assert not Order.objects.exists()

        identify(lena, "user:u", "anon:a-1", at=NOW + timedelta(seconds=5))
        assert Order.objects.get().contact == lena

    @pytest.mark.parametrize(
        ("changes", "amounts"),
        [
            ({"subtotal": 90}, [72, 18]),
            ({"revenue": "50"}, [40, 10]),
            ({"total": 130, "shipping": 20, "tax": 10}, [80, 20]),
            ({"products": [], "total": 25.5}, [Decimal("25.5")]),
        ],
    )
    def test_is_worth_what_the_shop_says(self, lena: Contact, changes: dict[str, Any], amounts: list[Any]) -> None:
        tell("Order Completed", who=lena, properties=self.ORDER | changes)

        assert [line.amount for line in Order.objects.get().lines.order_by("position")] == amounts

    @pytest.mark.parametrize("changes", [{"order_id": ""}, {"products": []}, {"products": "no"}])
    def test_that_says_too_little_stays_an_event(self, lena: Contact, changes: dict[str, Any]) -> None:
        taken = tell("Order Completed", who=lena, properties=self.ORDER | changes)

        assert (Order.objects.count(), len(taken.warnings), taken.recorded) == (0, 1, 1)

    def test_without_a_currency_is_in_that_of_the_firm(self, lena: Contact, dollars: None) -> None:
        taken = tell("Order Completed", who=lena, properties=self.ORDER | {"currency": "XYZ"})

        assert Order.objects.get().currency in taken.warnings[0]


class TestWhatFollowsAnOrder:
    @pytest.fixture(autouse=True)
    def _ordered(self, lena: Contact) -> None:
        tell("Order Completed", who=lena, properties=TestOrderCompleted.ORDER)

    @pytest.mark.parametrize(
        ("said", "amount"),
        [({}, -100), ({"total": 30}, -30), ({"products": [{"sku": "L-2", "price": 20, "quantity": 1}]}, -20)],
    )
    def test_a_refund_is_a_credit(self, lena: Contact, said: dict[str, Any], amount: int) -> None:
        tell("Order Refunded", who=lena, properties={"order_id": "50314"} | said)

        credit = Order.objects.get(kind="credit")
        assert (credit.amount, credit.number) == (amount, "50314/R1")

    @pytest.mark.parametrize(
        ("name", "said", "stage"),
        [
            ("Order Cancelled", {}, "cancelled"),
            ("Shipment Dispatched", {"carrier": "DHL", "tracking_number": "JJD01"}, "shipped"),
            ("Goods Arrived", {}, "arrived"),
            ("Production Updated", {"stage": "In production"}, "in_production"),
        ],
    )
    def test_moves_it(self, lena: Contact, name: str, said: dict[str, Any], stage: str) -> None:
        tell(name, who=lena, properties={"order_id": "50314"} | said)

        order = Order.objects.get()
        assert (order.stage, order.carrier, order.tracking_number) == (
            stage, said.get("carrier", ""), said.get("tracking_number", ""),
        )  # fmt: skip

    def test_production_news_change_no_stage(self, lena: Contact) -> None:
        tell("Production Updated", who=lena, properties={"order_id": "50314", "text": "Glued and sanded."})

        news = Event.objects.get(name="order.news")
        assert (news.object_id, news.properties["text"]) == (str(Order.objects.get().pk), "Glued and sanded.")

    def test_of_nobody_s_order_is_said(self, lena: Contact, yuki: Contact) -> None:
        taken = tell("Order Cancelled", who=yuki, properties={"order_id": "50314"})

        assert "no order of this customer" in taken.warnings[0]
        assert Order.objects.get().stage == "confirmed"


class TestOurOwnNames:
    @pytest.mark.parametrize(
        ("told", "name", "object_id"),
        [
            ("Inquiry Received", "inquiry.received", "Q-1"), ("Quotation Sent", "quotation.sent", "Q-1"),
            ("Sample Shipped", "sample.shipped", "m-1"), ("Complaint Opened", "complaint.opened", "Q-1"),
            ("Signed Up", "contact.registered", ""), ("Document Downloaded", "document.downloaded", "m-1"),
            ("Feedback Given", "feedback.given", "m-1"), ("Payment Overdue", "payment.overdue", "m-1"),
        ],
    )  # fmt: skip
    def test_are_what_the_ledger_calls_it(self, lena: Contact, told: str, name: str, object_id: str) -> None:
        tell(told, who=lena, message_id="m-1", properties={"id": "Q-1"})

        event = Event.objects.get(message_id="m-1")
        assert (event.name, event.object_id, event.contact) == (name, object_id, lena)

    def test_a_payment_settles_the_invoice(self, lena: Contact) -> None:
        Invoice.objects.create(
            customer=lena.customer, source="x", number="R-7", issued_on=date(2026, 4, 1), currency="EUR", amount=100
        )
        tell("Payment Received", who=lena, properties={"invoice_number": "R-7", "amount": 60, "payment_id": "1"})
        assert Invoice.objects.get().paid_on is None

        tell("Payment Received", who=lena, properties={"invoice_number": "R-7", "amount": 40, "payment_id": "2"})
        assert (Invoice.objects.get().paid_on, Event.objects.filter(name="invoice.paid").count()) == (NOW.date(), 1)

    def test_a_permission_keeps_its_evidence(self, lena: Contact) -> None:
        tell("Consent Confirmed", who=lena, properties={"wording": "Yes, write to me."})

        permission = consent_queries.permission_of(lena.pk, "marketing")
        assert permission
        assert (permission.state, permission.wording) == ("granted", "Yes, write to me.")
        assert "event" in permission.evidence


class TestGroups:
    def test_are_customers_with_their_traits(self) -> None:
        traits = {"name": "Fjordlys AS", "website": "https://www.fjordlys.example/no", "industry": "Lighting",
                  "employees": 12, "address": {"country": "Norway", "city": "Oslo"}}  # fmt: skip
        tell("Group", who="user:u-9", type="group", group_id="g-1", traits=traits)

        customer = Customer.objects.get()
        assert (customer.name, customer.domain, customer.trade, customer.country, customer.city) == (
            "Fjordlys AS", "fjordlys.example", "Lighting", "NO", "Oslo",
        )  # fmt: skip
        assert customer.fields == {"employees": 12}

    def test_take_in_whom_they_were_told_of_before(self) -> None:
        tell("Group", who="user:u-9", type="group", group_id="g-1", traits={"name": "Fjordlys AS"})
        tell("Identify", who="user:u-9", type="identify", traits={"email": "nina@gmail.com"})

        assert Contact.objects.get().customer.name == "Fjordlys AS"

    def test_fill_what_is_empty_and_overwrite_nothing(self, lena: Contact) -> None:
        identify(lena, "user:u-1")
        tell("Group", who="user:u-1", type="group", group_id="g", traits={"name": "Other", "industry": "Trade"})

        lena.customer.refresh_from_db()
        assert (lena.customer.name, lena.customer.trade) == ("Alsterkontor Handels GmbH", "Trade")


class TestVisitors:
    """Anonymous visits join the contact when he identifies himself; two people on one device stay apart."""

    def test_become_identities_of_the_contact(self, lena: Contact) -> None:
        tell("page.viewed", type="page")
        identify(lena, "user:u-1", "anon:a-1")

        held = Identity.objects.filter(kind="anonymous")
        assert {(each.value, each.contact_id) for each in held} == {("user:u-1", lena.pk), ("anon:a-1", lena.pk)}
        assert Event.objects.get(name="page.viewed").contact == lena

    def test_two_people_on_one_device_stay_apart(self, lena: Contact, yuki: Contact) -> None:
        moments = [NOW + timedelta(minutes=minute) for minute in range(5)]
        tell("Product Viewed", at=moments[0])
        identify(lena, "anon:a-1", at=moments[1])
        tell("Product Viewed", at=moments[2])
        identify(yuki, "anon:a-1", at=moments[3])
        tell("Product Viewed", at=moments[4])

        views = Event.objects.filter(name="Product Viewed").order_by("occurred_at")
        assert [view.contact for view in views] == [lena, lena, yuki]

    def test_an_old_event_that_arrives_late_goes_to_who_held_the_name_then(self, lena: Contact, yuki: Contact) -> None:
        identify(lena, "anon:a-1", at=NOW)
        identify(yuki, "anon:a-1", at=NOW + timedelta(hours=1), now=NOW + timedelta(hours=1))
        later = NOW + timedelta(hours=2)
        for minutes in (-30, 30, 90):
            tell("Product Viewed", at=NOW + timedelta(minutes=minutes), now=later)

        views = Event.objects.filter(name="Product Viewed").order_by("occurred_at")
        assert [view.contact for view in views] == [lena, lena, yuki]

    def test_an_old_identification_that_arrives_late_changes_nothing_of_today(
        self, lena: Contact, yuki: Contact
    ) -> None:
        identify(yuki, "anon:a-1", at=NOW)
        identify(lena, "anon:a-1", at=NOW - timedelta(hours=1))

        assert visitors.holder_of(["anon:a-1"], at=NOW, now=NOW) == yuki

    def test_are_no_persons_until_then(self) -> None:
        """No personal data stands in an anonymous event."""
        told = {
            "email": "lena@alsterkontor.example", "phone": "+49 40 1", "url": "https://s.example/?e=a%40b.example",
            "name": "Oak lamp", "products": [{"name": "x", "recipient": "Lena"}], "note": "ask lena@b.example",
        }  # fmt: skip
        tell("Product Viewed", properties=told)

        assert Event.objects.get().properties == {
            "url": "https://s.example/?e=…", "name": "Oak lamp", "products": [{"name": "x"}], "note": "ask …",
        }  # fmt: skip

    def test_a_timezone_that_is_none_is_said_and_costs_nobody(self) -> None:
        taken = tell("Identify", type="identify", traits={"email": "n@f.example", "timezone": "Mars/Olympus"})

        assert (taken.recorded, Contact.objects.get().time_zone) == (1, "")
        assert "Mars/Olympus" in taken.warnings[0]

    def test_who_register_are_prospects_by_that(self) -> None:
        """D-19, L-07, L-08: a visitor who downloaded and registered is a prospect, with that event as source."""
        tell("page.viewed", type="page")
        tell("Document Downloaded", properties={"name": "Manual"}, at=NOW + timedelta(seconds=1))
        tell("Signed Up", at=NOW + timedelta(seconds=2), traits={"email": "nina@fjordlys.example"})

        customer = Customer.objects.get()
        assert (customer.source, customer.orders.count()) == ("document.downloaded", 0)
        registered = Event.objects.get(name="contact.registered")
        assert registered.is_unread
        assert set(customer.events.values_list("name", flat=True)) >= {"page.viewed", "document.downloaded"}

    def test_registration_starts_a_journey(self, dollars: None) -> None:
        """L-08: registration is the event that starts the e-mail process."""
        journeys_actions.install_library(now=NOW, keys=["j-04"])
        journeys_actions.publish(now=NOW, text=WELCOME)
        tell("Signed Up", traits={"email": "nina@fjordlys.example"})
        journeys_actions.react_to(events=ledger_actions.claim_unread(limit=50), now=NOW)

        assert Enrolment.objects.filter(journey__key="x-welcome").count() == 1


WELCOME = """
key: x-welcome
title: Welcome
source: test
priority: 50
trigger:
  - event: contact.registered
    within: 7d
entry: once
steps:
  - id: hold
    wait: 1d
"""


class TestTheLinkOfAMail:
    """A signed link of a mail joins the visit in the shop to its reader, weaker than an address."""

    @pytest.fixture
    def mark(self, ada: Any, lena: Contact) -> Callable[..., str]:
        sites.add_site(actor=ada, address="https://shop.example", now=NOW)
        cast.permit(lena, "tracking")

        def make(target: str = "https://shop.example/lamps?a=1") -> str:
            return links.with_mark(target, contact_id=lena.pk, now=NOW).partition("gx=")[2]

        return make

    def visit(self, mark: str, *, at: datetime = NOW) -> Taken:
        return tell("Identify", type="identify", link=mark, at=at, now=at, sender=PAGE)

    def test_makes_the_visit_his(self, mark: Callable[..., str], lena: Contact) -> None:
        tell("page.viewed", type="page", sender=PAGE)
        self.visit(mark())

        assert Event.objects.get(name="page.viewed").contact == lena

    def test_takes_no_browser_from_anybody(self, mark: Callable[..., str], yuki: Contact) -> None:
        identify(yuki, "anon:a-1")
        self.visit(mark())

        assert visitors.holder_of(["anon:a-1"], at=NOW, now=NOW) == yuki

    def test_counts_for_an_hour(self, mark: Callable[..., str]) -> None:
        self.visit(mark(), at=NOW + timedelta(minutes=61))

        assert not Identity.objects.exists()

    @pytest.mark.parametrize("forged", ["", "x", "x.y", signing.sign("other", links.VISIT, "1:1")])
    def test_that_was_not_made_here_is_nobody(self, forged: str, lena: Contact) -> None:
        assert links.contact_of_link(forged, now=NOW) is None

    @pytest.mark.parametrize("target", ["https://elsewhere.example/", "https://shop.example.evil.example/", "https:/x"])
    def test_leads_home_to_the_own_shop_only(self, target: str) -> None:
        assert not links.leads_home(target, ORIGINS)
        assert not links.leads_home(target, frozenset())

    def test_dies_with_the_permission(self, mark: Callable[..., str], lena: Contact) -> None:
        made = mark()
        cast.permit(lena, "tracking", at=NOW + timedelta(seconds=1), state="withdrawn")

        assert links.contact_of_link(made, now=NOW + timedelta(seconds=2)) is None
