"""What became of a campaign, counted."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from guanxi.campaigns.models import Campaign, Recipient
from guanxi.consent import actions as consent_actions
from guanxi.consent.statements import Proof
from guanxi.insights import campaign_readers, campaign_results
from guanxi.ledger import actions as ledger_actions
from guanxi.ledger.facts import LineFacts
from guanxi.ledger.models import Contact
from guanxi.outbox.models import Message
from guanxi.staff.models import User
from guanxi.tracking.models import Hit
from guanxi.transports.base import FAILED, Receipt
from tests import cast
from tests.rooms.campaigns import world
from tests.rooms.outbox.world import Answering

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def campaign(ada: User, lena: Contact, yuki: Contact, diego: Contact, now: datetime) -> Campaign:
    """To Lena it has left at once, to Yuki in her next morning, to Diego, who permits nothing, not at all."""
    world.set_up(now)
    cast.permit(lena)
    cast.permit(yuki)
    cast.permit(lena, "tracking")
    campaign = world.begin(world.a_campaign(timing="now"), ada)
    world.send(now)
    world.send(now + 16 * HOUR)
    campaign.refresh_from_db()
    return campaign


def mail_to(contact: Contact) -> Message:
    return Message.objects.get(contact=contact)


def hit(contact: Contact, kind: str, at: datetime, verdict: str = "human", link: int | None = None) -> None:
    Hit.objects.create(message=mail_to(contact), kind=kind, at=at, verdict=verdict, rule="reader", link_index=link)


def order(contact: Contact, number: str, at: datetime, price: int = 100) -> None:
    ledger_actions.record_order(
        customer=contact.customer, number=number, placed_at=at, currency="USD", now=at,
        lines=[LineFacts(quantity=Decimal(1), unit_price=Decimal(price))],
    )  # fmt: skip


class TestFigures:
    def test_count_the_fates(self, campaign: Campaign) -> None:
        figures = campaign_results.figures_of(campaign)

        assert (figures.readers, figures.delivered, figures.states["suppressed"]) == (3, 2, 1)

    def test_keep_people_and_machines_apart(
        self, campaign: Campaign, lena: Contact, yuki: Contact, now: datetime
    ) -> None:
        """CN-38, RP-42: machine clicks and opens stand beside those of people and never among them."""
        for _ in range(3):
            hit(lena, "click", now + HOUR, link=0)
        hit(yuki, "click", now + HOUR, verdict="machine", link=1)
        hit(lena, "open", now + HOUR)
        hit(lena, "open", now + HOUR, verdict="machine")

        figures = campaign_results.figures_of(campaign)

        assert (figures.clicks, figures.machine_clicks) == (1, 1)
        assert (figures.opens, figures.machine_opens, figures.tracked) == (1, 1, 1)
        assert figures.open_share == 1

    def test_count_opens_of_those_who_permit_tracking_only(self, campaign: Campaign, yuki: Contact) -> None:
        """RL-05: the number of opens stands with the number it rests on."""
        figures = campaign_results.figures_of(campaign)

        assert (figures.tracked, figures.opens, figures.open_share) == (1, 0, 0)

    def test_count_orders_after_the_mail_with_their_money(
        self, campaign: Campaign, lena: Contact, diego: Contact, now: datetime
    ) -> None:
        order(lena, "before", now - DAY)
        order(lena, "after", now + DAY, 120)
        order(lena, "too late", now + 15 * DAY)
        order(diego, "never had the mail", now + DAY)

        figures = campaign_results.figures_of(campaign)

        assert (figures.orders, figures.revenue) == (1, Decimal("120.0000"))

    def test_count_an_order_once_for_colleagues(self, ada: User, lena: Contact, now: datetime) -> None:
        world.set_up(now)
        colleague = cast.a_contact(customer=lena.customer, email="jan@alsterkontor.example", language="de")
        for contact in (lena, colleague):
            cast.permit(contact)
        campaign = world.begin(world.a_campaign(timing="now"), ada)
        world.send(now)
        order(lena, "one", now + DAY)

        assert campaign_results.figures_of(campaign).orders == 1

    def test_count_what_the_mail_itself_brought(
        self, campaign: Campaign, lena: Contact, yuki: Contact, now: datetime
    ) -> None:
        later = now + HOUR
        proof = Proof(method="one_click", source="mail", evidence={"message": mail_to(lena).pk})
        consent_actions.unsubscribe(contact=lena, proof=proof, now=later)
        elsewhere = Proof(method="preferences", source="page")
        consent_actions.unsubscribe(contact=yuki, proof=elsewhere, now=later)
        for name in ("email.replied", "email.complained", "email.bounced"):
            ledger_actions.record_event(
                name=name, occurred_at=later, now=later, source="inbox", contact=yuki, object_kind="message",
                object_id=str(mail_to(yuki).pk),
            )  # fmt: skip

        figures = campaign_results.figures_of(campaign)

        assert (figures.unsubscribes, figures.replies, figures.complaints) == (1, 1, 1)
        assert (figures.delivered, figures.bounces, figures.arrived) == (2, 1, 1)

    @pytest.mark.parametrize(
        ("cut", "expected"),
        [("country", {"DE": 1, "JP": 1, "MX": 0}), ("language", {"de": 1, "ja": 1, "en": 0}), ("tier", {"": 2})],
    )
    def test_are_cut_by(self, campaign: Campaign, cut: str, expected: dict[str, int]) -> None:
        found = {key: figures.delivered for key, figures in campaign_results.figures_by(campaign, cut)}

        assert found == expected

    def test_of_orders_are_cut_too(self, campaign: Campaign, lena: Contact, now: datetime) -> None:
        order(lena, "after", now + DAY, 120)

        found = {key: figures.orders for key, figures in campaign_results.figures_by(campaign, "country")}

        assert found == {"DE": 1, "JP": 0, "MX": 0}

    def test_ask_the_same_number_of_questions_whatever_the_size(
        self, campaign: Campaign, ada: User, now: datetime
    ) -> None:
        world.readers(30)
        larger = world.begin(world.a_campaign(timing="now"), ada)
        counts = []
        for each in (campaign, larger):
            with CaptureQueriesContext(connection) as captured:
                campaign_results.results_of(each)
            counts.append(len(captured))

        assert counts[0] == counts[1] < 80


class TestReasons:
    def test_name_the_hold_behind_an_expiry(self, campaign: Campaign, ada: User, diego: Contact, now: datetime) -> None:
        """CN-24: left out, and on record why."""
        cast.permit(diego)
        second = world.begin(world.a_campaign(timing="now", alive_hours=1), ada)
        world.send(now)

        found = {(each.state, each.reason, each.behind): each.readers for each in campaign_results.reasons_of(second)}

        assert [key for key in found if key[:2] == ("expired", "hold_outlasts_expiry")]
        assert {("suppressed", "no_permission", "")} == {
            (each.state, each.reason, each.behind) for each in campaign_results.reasons_of(campaign)
        }

    def test_name_what_the_mail_server_answered(self, ada: User, lena: Contact, now: datetime) -> None:
        world.set_up(now)
        cast.permit(lena)
        campaign = world.begin(world.a_campaign(timing="now"), ada)
        world.send(now, Answering([Receipt(FAILED, "rcpt", 550, "5.1.1", "No such user")]))

        [reason] = campaign_results.reasons_of(campaign)

        assert (reason.state, reason.reason, reason.readers) == ("failed", "smtp_550", 1)


class TestLinks:
    def test_are_counted_per_target(self, campaign: Campaign, lena: Contact, yuki: Contact, now: datetime) -> None:
        hit(lena, "click", now + HOUR, link=1)
        hit(yuki, "click", now + HOUR, link=1)
        hit(yuki, "click", now + HOUR, verdict="machine", link=0)

        found = {link.url: (link.people, link.machines) for link in campaign_results.links_of(campaign)}

        assert found == {
            "https://www.ningbo-firm.example/prices": (2, 0), "https://www.ningbo-firm.example/spring": (0, 1),
        }  # fmt: skip


class TestReaders:
    def test_are_answered_for_one_by_one(
        self, campaign: Campaign, ada: User, lena: Contact, diego: Contact, now: datetime
    ) -> None:
        """Why, when, on whose permission."""
        rows = {row.email: row for row in campaign_readers.all_rows(campaign_readers.readers_of(campaign, user=ada))}

        sent, kept = rows[lena.email], rows[diego.email]
        assert (sent.state, sent.at, sent.why) == ("accepted", now, "")
        assert sent.basis is not None
        assert (sent.basis.basis, sent.basis.method, sent.basis.obtained_at) == ("consent", "double_opt_in", now)
        assert (kept.state, kept.at, kept.why) == ("suppressed", None, "no_permission")

    def test_rest_on_the_permission_of_that_moment(
        self, campaign: Campaign, ada: User, lena: Contact, now: datetime
    ) -> None:
        cast.permit(lena, state="withdrawn", at=now + DAY)

        [row] = campaign_readers.all_rows(campaign_readers.readers_of(campaign, user=ada, search="lena"))
        assert row.basis is not None
        assert row.basis.obtained_at == now

    def test_are_those_of_ones_own_customers(self, campaign: Campaign) -> None:
        """RS-15."""
        salesman = cast.a_member_of_staff("sales")

        assert not campaign_readers.readers_of(campaign, user=salesman).exists()

    def test_can_be_narrowed(self, campaign: Campaign, ada: User) -> None:
        assert campaign_readers.readers_of(campaign, user=ada, state="suppressed").count() == 1
        assert campaign_readers.readers_of(campaign, user=ada, country="JP").count() == 1
        assert campaign_readers.readers_of(campaign, user=ada, state="not_proposed").count() == 0
        assert Recipient.objects.count() == 3
