"""A test of letters: who sees it, when it is decided, what the rest gets."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from guanxi.campaigns import actions, answers, running
from guanxi.campaigns.models import Campaign, Recipient
from guanxi.ledger import actions as ledger_actions
from guanxi.ledger.facts import LineFacts
from guanxi.ledger.models import Contact, Event
from guanxi.outbox.models import Message
from guanxi.staff.models import User
from guanxi.tracking.models import Hit
from tests import cast
from tests.rooms.campaigns import world

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("firm")]
HOUR = timedelta(hours=1)


@pytest.fixture
def campaign(ada: User, now: datetime) -> Campaign:
    """Sixty readers in Hamburg, all in the test, both letters sent at once."""
    world.a_letter("summer", now=now)
    world.readers(60)
    made = world.begin(
        world.a_campaign(letters=["spring", "summer"], timing="now", test_percent=100, least_sample=20), ada
    )
    world.send(now)
    return made


def click(label: str, share: float, at: datetime, verdict: str = "human") -> None:
    """So many of a letter's readers click at a moment."""
    places = list(Recipient.objects.filter(is_test=True, variant__template__key=label).order_by("id"))
    for place in places[: round(share * len(places))]:
        Hit.objects.create(
            message_id=place.message_id, kind="click", link_index=0, at=at, verdict=verdict, rule="reader"
        )  # fmt: skip


def decide(campaign: Campaign, at: datetime) -> dict[str, object]:
    running.work_due(now=at)
    campaign.refresh_from_db()
    return dict(campaign.decision)


class TestDeciding:
    def test_waits_until_the_last_mail_was_watched(self, campaign: Campaign, now: datetime) -> None:
        """RP-43: the settle window of ten minutes is part of the watch."""
        click("summer", 0.9, now + HOUR)

        assert decide(campaign, now + 24 * HOUR + timedelta(minutes=9)) == {}
        assert decide(campaign, now + 24 * HOUR + timedelta(minutes=10))["winner"] == "B"

    def test_counts_people_only(self, campaign: Campaign, now: datetime) -> None:
        """RP-42, CN-38: the clicks of machines decide nothing."""
        click("summer", 1.0, now + HOUR, verdict="machine")

        assert decide(campaign, now + 25 * HOUR)["reason"] == "no_difference"

    def test_counts_what_came_in_time(self, campaign: Campaign, now: datetime) -> None:
        click("summer", 1.0, now + 24 * HOUR + timedelta(minutes=1))

        assert decide(campaign, now + 25 * HOUR)["reason"] == "no_difference"

    def test_keeps_every_figure(self, campaign: Campaign, now: datetime) -> None:
        click("summer", 0.9, now + HOUR)

        decision = decide(campaign, now + 25 * HOUR)

        assert {arm["label"] for arm in decision["arms"]} == {"A", "B"}  # type: ignore[attr-defined]
        [comparison] = decision["comparisons"]  # type: ignore[misc]
        assert comparison["high"] < 0
        assert Event.objects.get(name="campaign.decided").properties["winner"] == "B"

    def test_waits_for_mails_that_are_still_held(self, ada: User, diego: Contact, now: datetime) -> None:
        world.a_letter("summer", now=now)
        world.readers(30)
        campaign = world.begin(
            world.a_campaign(letters=["spring", "summer"], timing="now", test_percent=100, alive_hours=72), ada
        )
        world.send(now)
        Message.objects.filter(contact=diego).update(due_at=now + 40 * HOUR)

        assert decide(campaign, now + 25 * HOUR) == {}

    def test_can_be_done_by_a_person_with_his_name(self, campaign: Campaign, ada: User, now: datetime) -> None:
        with pytest.raises(actions.CampaignMistake, match="no letter 'Z'"):
            actions.decide_winner(campaign=campaign, label="Z", by=ada, now=now)
        actions.decide_winner(campaign=campaign, label="B", by=ada, now=now)

        campaign.refresh_from_db()
        assert (campaign.decision["reason"], campaign.decision["by"]) == ("person", "Ada Lin")


class TestMetrics:
    def test_orders(self, campaign: Campaign, now: datetime) -> None:
        campaign.metric = "orders"
        place = Recipient.objects.select_related("customer").first()
        assert place is not None
        ledger_actions.record_order(
            customer=place.customer, number="X-1", placed_at=now + HOUR, currency="USD", now=now + HOUR,
            lines=[LineFacts(quantity=Decimal(1), unit_price=Decimal(5))],
        )  # fmt: skip

        # All sixty work for that customer: each of them counts as one whose firm has ordered.
        assert [arm.answered for arm in answers.arms_of(campaign)] == [arm.sent for arm in answers.arms_of(campaign)]

    def test_replies(self, campaign: Campaign, now: datetime) -> None:
        campaign.metric = "replies"
        place = Recipient.objects.filter(variant__template__key="summer").first()
        assert place is not None
        ledger_actions.record_event(
            name="email.replied", occurred_at=now + HOUR, now=now + HOUR, source="inbox", contact=place.contact,
            object_kind="message", object_id=str(place.message_id),
        )  # fmt: skip

        assert [arm.answered for arm in answers.arms_of(campaign)] == [0, 1]

    def test_opens_of_those_who_permit_tracking(self, campaign: Campaign, now: datetime) -> None:
        """RL-05: opens are counted of readers with a tracking permission, and of no others."""
        campaign.metric = "opens"
        places = list(Recipient.objects.select_related("contact"))
        cast.permit(places[0].contact, "tracking", at=now - HOUR)
        for place in places[:2]:
            Hit.objects.create(message_id=place.message_id, kind="open", at=now + HOUR, verdict="human", rule="reader")

        arms = answers.arms_of(campaign)

        assert sum(arm.sent for arm in arms) == 1
        assert sum(arm.answered for arm in arms) == 1


class TestTheRest:
    def begun(self, ada: User, now: datetime, **changes: object) -> Campaign:
        world.a_letter("summer", now=now)
        world.readers(90)
        fields = {"test_percent": 80, "least_sample": 20} | changes
        return world.begin(world.a_campaign(letters=["spring", "summer"], **fields), ada)

    def test_waits_for_the_decision_and_gets_the_better_letter(self, ada: User, now: datetime) -> None:
        campaign = self.begun(ada, now, timing="now")
        tested = Message.objects.count()
        assert 60 <= tested <= 85
        world.send(now)
        click("summer", 0.9, now + HOUR)

        decide(campaign, now + 25 * HOUR)

        rest = Recipient.objects.filter(is_test=False).select_related("message__template")
        assert rest.count() == 90 - tested
        assert {place.message.template.key for place in rest if place.message} == {"summer"}
        assert Message.objects.count() == 90

    def test_gets_its_own_morning_after_the_decision(self, ada: User, now: datetime) -> None:
        """Local time and a test at once: the rest's mornings come after the decision, not at the moment of it."""
        campaign = self.begun(ada, now)
        morning = datetime(2026, 5, 20, 7, 0, tzinfo=UTC)
        world.send(morning)
        running.work_due(now=morning + 24 * HOUR)
        campaign.refresh_from_db()
        assert campaign.state == "observing"

        running.work_due(now=morning + 25 * HOUR)

        rest = Recipient.objects.filter(is_test=False).values_list("not_before", flat=True)
        assert set(rest) == {datetime(2026, 5, 22, 7, 0, tzinfo=UTC)}

    @pytest.mark.parametrize(("without_winner", "keys"), [("first", {"spring"}), ("split", {"spring", "summer"})])
    def test_gets_what_was_chosen_for_no_difference(
        self, ada: User, now: datetime, without_winner: str, keys: set[str]
    ) -> None:
        campaign = self.begun(ada, now, timing="now", without_winner=without_winner)
        world.send(now)

        decide(campaign, now + 25 * HOUR)

        rest = Recipient.objects.filter(is_test=False)
        assert set(rest.values_list("message__template__key", flat=True)) == keys

    def test_is_drawn_evenly_and_the_same_for_every_worker(self, ada: User, now: datetime) -> None:
        self.begun(ada, now, timing="now")

        drawn = Counter(Recipient.objects.filter(is_test=True).values_list("variant__template__key", flat=True))
        assert set(drawn) == {"spring", "summer"}
