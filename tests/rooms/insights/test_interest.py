"""What a customer does, as facts one can ask for."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection

from guanxi.content.models import Template
from guanxi.insights import interest, interest_lists, mail_answers
from guanxi.ledger import actions as ledger_actions
from guanxi.ledger import profile
from guanxi.ledger.models import Contact, Event
from guanxi.outbox.models import Message
from guanxi.tracking import noticing
from guanxi.tracking.models import Hit
from tests import cast
from tests.rooms.tracking.test_collect import NOW, tell

pytestmark = pytest.mark.django_db


def seen(who: Any, deed: str, minutes: float = 0, **said: Any) -> None:
    at = NOW + timedelta(minutes=minutes)
    kind = "page" if deed == "page.viewed" else "track"
    tell(deed, who=who, type=kind, at=at, now=NOW, properties=said)


DAY = 1440


class TestBehaviour:
    def test_holds_the_way_through_the_pages_and_how_long(self, lena: Contact) -> None:
        """D-03: visit path, pages viewed, dwell time, cart, purchases."""
        seen(lena, "page.viewed", -200, path="/")
        seen(lena, "Page Left", -199, path="/", dwell_seconds=30)
        seen(lena, "page.viewed", -199, path="/lamps")
        seen(lena, "Product Viewed", -198, sku="L-1", name="Oak lamp", category="lamps")
        seen(lena, "Page Left", -190, path="/lamps", dwell_seconds=95)
        seen(lena, "Product Added", -189, sku="L-1", name="Oak lamp", category="lamps")
        seen(lena, "page.viewed", -10, path="/chairs")
        noticing.notice(events=ledger_actions.claim_unread(limit=99), now=NOW)

        found = interest.behaviour_of(lena.customer_id, now=NOW)

        assert (found.visit_count, found.seconds, found.added_to_cart) == (2, 125, 1)
        assert [visit.pages for visit in found.visits] == [["/chairs"], ["/", "/lamps"]]
        assert [(each["state"], each["products"][0]["name"]) for each in found.carts] == [("open", "Oak lamp")]
        assert [(each.name, each.count) for each in found.products] == [("Oak lamp", 1)]

    def test_ranks_interests_the_newer_the_heavier(self, lena: Contact) -> None:
        """D-05: which categories are of interest."""
        for number in range(3):
            seen(lena, "Product Viewed", -60 * DAY + number, category="chairs", sku=str(number))
        seen(lena, "Product Viewed", 0, category="lamps", sku="x")

        ranked = interest.behaviour_of(lena.customer_id, now=NOW).categories

        assert [(each.category, each.sights) for each in ranked] == [("lamps", 1), ("chairs", 3)]
        assert ranked[0].percent == Decimal("57.1")  # 1 against 3 × ¼

    def test_knows_what_he_searched_for(self, lena: Contact) -> None:
        """B-12: site-search terms of known contacts."""
        for minutes in (-3, -2):
            seen(lena, "Products Searched", minutes, query="oak lamp")

        searches = interest.behaviour_of(lena.customer_id, now=NOW).searches
        assert [(each.name, each.count) for each in searches] == [("oak lamp", 2)]

    def test_counts_visits_without_an_order(self, lena: Contact) -> None:
        """D-05, B-06."""
        for day in (0, 5, 20):
            seen(lena, "page.viewed", -day * DAY, path="/")

        assert interest.behaviour_of(lena.customer_id, now=NOW).days_without_order == 3
        assert interest_lists.coming_without_order(now=NOW) == [(lena.customer_id, 3)]

    def test_tells_people_from_machines(self, lena: Contact) -> None:
        """D-04, D-06, B-01, B-15, CN-38: open and click rates, and how long ago anybody answered."""
        cast.permit(lena)
        for mail, (name, verdict) in enumerate(
            [("email.opened", "human"), ("email.clicked", "human"), ("email.opened", "machine"), ("email.sent", "")]
        ):
            for each in {"email.sent", name}:
                ledger_actions.record_event(
                    name=each, occurred_at=NOW - timedelta(days=9 - mail), now=NOW, source="t", contact=lena,
                    object_kind="message", object_id=str(mail), properties={"verdict": verdict},
                )  # fmt: skip

        mails = interest.behaviour_of(lena.customer_id, now=NOW).mail
        assert (mails.takes_part, mails.sent, mails.opened, mails.opened_by_machines, mails.clicked) == (
            True, 4, 2, 1, 1,
        )  # fmt: skip
        assert (mails.open_rate, mails.click_rate, mails.days_since_answer) == (Decimal(50), Decimal(25), 8)

    def test_counts_talks_and_social_media(self, lena: Contact) -> None:
        """D-04, D-06: support conversations and social media."""
        for kind in ("call", "chat", "social", "social"):
            ledger_actions.write_note(
                customer=lena.customer, author=None, kind=kind, text="x", happened_at=NOW, now=NOW
            )
        tell("Complaint Opened", who=lena, properties={"id": "C-1"})

        found = interest.behaviour_of(lena.customer_id, now=NOW)
        assert found.talks == {"call": 1, "chat": 1, "social": 2, "complaint": 1}
        assert found.takes_part_in_social_media

        profile.set_trait(customer=lena.customer, name="social_media", value=False, now=NOW, reason="Has left")
        assert not interest.behaviour_of(lena.customer_id, now=NOW).takes_part_in_social_media

    def test_knows_satisfaction_and_returns(self, lena: Contact) -> None:
        """D-07: satisfaction score, return rate."""
        for score in (5, "4", 9, "fine"):
            tell("Feedback Given", who=lena, properties={"score": score})
        tell("Order Completed", who=lena, properties={"order_id": "1", "currency": "USD", "total": 200})
        tell("Order Refunded", who=lena, properties={"order_id": "1", "total": 30})

        found = interest.behaviour_of(lena.customer_id, now=NOW).satisfaction
        assert (found.score, found.scored, found.returns) == (Decimal("4.5"), 2, 1)

    def test_of_one_who_did_nothing_is_empty(self, lena: Contact) -> None:
        assert interest.behaviour_of(lena.customer_id, now=NOW).is_empty

    def test_costs_the_same_however_much_he_did(self, lena: Contact, django_assert_max_num_queries: Any) -> None:
        for number in range(30):
            seen(lena, "Product Viewed", -number, category=f"c{number}", sku=str(number))
        with django_assert_max_num_queries(25):
            interest.behaviour_of(lena.customer_id, now=NOW)

    def test_reads_by_the_index(self, lena: Contact) -> None:
        """Fifty million events must not be walked through for one customer."""
        rows = Event.objects.filter(customer_id=1, occurred_at__gte=NOW, name__in=["a"]).order_by("-occurred_at", "-id")
        if connection.vendor == "sqlite":
            assert "USING INDEX event_of_customer" in rows[:10].explain()


class TestWho:
    def test_is_interested_in_a_category(self, lena: Contact, yuki: Contact) -> None:
        """D-05: set-wise from the frames."""
        seen(lena, "Product Viewed", -30 * DAY, category="lamps", sku="a")
        seen(yuki, "Product Added", 0, category="lamps", sku="a")
        seen(yuki, "Product Viewed", 0, category="chairs", sku="b")

        found = interest_lists.interested_in("lamps", now=NOW)
        assert [(each.customer_id, each.weight) for each in found] == [
            (yuki.customer_id, Decimal(3)), (lena.customer_id, Decimal("0.5")),
        ]  # fmt: skip

    def test_opened_the_price_list_and_asked_nothing(self, lena: Contact, yuki: Contact) -> None:
        """B-03: no inquiry after three days."""
        for who in (lena, yuki):
            tell("Price List Viewed", who=who, at=NOW - timedelta(days=4))
        tell("Price List Viewed", who=lena, at=NOW - timedelta(days=2))
        tell("Inquiry Received", who=yuki, at=NOW - timedelta(days=1))

        assert [each.contact for each in interest_lists.price_list_without_inquiry(now=NOW)] == [lena]


class TestTheAnswersToALetter:
    """B-13, B-14, B-21: coupon used, opened or not opened; gift claimed or not; what each one did."""

    @pytest.fixture
    def mail(self, db: None) -> Any:
        template = Template.objects.create(key="welcome", title="Welcome", kind="marketing", created_at=NOW)

        def write(contact: Contact) -> Message:
            return Message.objects.create(
                idempotency_key=f"m:{contact.pk}", contact=contact, customer=contact.customer, template=template,
                kind="marketing", origin_kind="person", origin_id="1", state="accepted", due_at=NOW, not_before=NOW,
                expires_at=NOW, proposed_at=NOW, handed_at=NOW, accepted_at=NOW,
                values={"coupon": {"code": "WELCOME5"}},
            )  # fmt: skip

        return write

    def test_are_told_apart(
        self, mail: Any, lena: Contact, yuki: Contact, fatima: Contact, diego: Contact
    ) -> None:  # fmt: skip
        mails = {contact: mail(contact) for contact in (lena, yuki, fatima, diego)}
        later = NOW + timedelta(hours=1)
        tell("Order Completed", who=lena, at=later, now=later,
             properties={"order_id": "1", "currency": "EUR", "total": 5, "coupon": "welcome5"})  # fmt: skip
        Hit.objects.create(message=mails[yuki], kind="open", at=later, verdict="human", rule="reader")
        Hit.objects.create(message=mails[fatima], kind="open", at=later, verdict="machine", rule="privacy_proxy")
        tell("Gift Claimed", who=yuki, at=later, now=later)
        tell("Inquiry Received", who=diego, at=later, now=later)

        found = {each.contact_id: each for each in mail_answers.answers_to("welcome", since=NOW)}
        told = {who: (found[who.pk].coupon, found[who.pk].gift, found[who.pk].did) for who in mails}
        assert told == {
            lena: ("used", "not_claimed", "ordered"),
            yuki: ("opened", "claimed", "opened"),
            fatima: ("not_opened", "not_claimed", "nothing"),
            diego: ("opened", "not_claimed", "replied"),
        }
