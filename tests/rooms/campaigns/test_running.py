"""From a scheduled campaign to messages in the outbox, each once."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from guanxi.campaigns import actions, drawing, running
from guanxi.campaigns.models import Campaign, Recipient
from guanxi.campaigns.queries import Progress
from guanxi.consent import actions as consent_actions
from guanxi.consent.statements import Proof
from guanxi.insights import holdouts
from guanxi.ledger.models import Contact, Event
from guanxi.outbox import actions as outbox_actions
from guanxi.outbox.models import Message, Verdict
from guanxi.segments.models import Segment
from guanxi.staff.models import User
from guanxi.tiering import actions as tiering_actions
from guanxi.tiering.models import Scheme, Standing
from tests import cast
from tests.rooms.campaigns import world

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("firm")]
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def utc(day: int, hour: int) -> datetime:
    return datetime(2026, 5, day, hour, tzinfo=UTC)


class TestFreezing:
    def test_writes_every_reader_down_once(self, ada: User, lena: Contact, yuki: Contact) -> None:
        """RD-01: one row per campaign and contact."""
        campaign = world.begin(world.a_campaign(), ada)

        assert (campaign.state, campaign.reader_count) == ("sending", 2)
        place = Recipient.objects.get(contact=yuki)
        assert (place.country, place.language, place.zone) == ("JP", "ja", "Asia/Tokyo")
        assert place.message is not None
        assert place.message.idempotency_key == f"campaign:{campaign.pk}:{yuki.pk}"

    def test_goes_on_batch_after_batch(self, ada: User, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(running, "READERS_AT_ONCE", 3)
        world.readers(10)

        campaign = world.begin(world.a_campaign(), ada)

        assert (campaign.reader_count, Recipient.objects.count(), Message.objects.count()) == (10, 10, 10)

    def test_writes_to_nobody_by_his_doings_who_refuses_that(self, ada: User, lena: Contact, yuki: Contact) -> None:
        """RL-03: his word stops a campaign to those who bought, whatever it rests on; a list kept by hand is none."""
        by_hand, buyers = world.a_list(lena, yuki), world.a_list(lena, yuki, title="Buyers")
        Segment.objects.filter(pk=buyers.pk).update(kind="rule", reads=["customers", "orders"])
        consent_actions.withdraw(contact=lena, purpose="profiling", proof=Proof(method="form"), now=cast.NOW)

        for segment, refused in ((buyers, {lena.pk: "profiling_refused"}), (by_hand, {})):
            campaign = world.begin(world.a_campaign(takes_everyone=False, includes=[segment.key]), ada)
            outbox_actions.judge_due(now=utc(20, 12))
            said = Verdict.objects.filter(message__origin_id=str(campaign.pk), gate="choices", outcome="drop")
            assert dict(said.values_list("message__contact", "reason")) == refused

    def test_gives_who_refuses_that_the_letter_of_everybody(self, ada: User, lena: Contact, yuki: Contact) -> None:
        """RL-03: an edition for buyers is chosen by his doings as well."""
        world.a_letter("autumn", now=cast.NOW)
        buyers = world.a_list(lena, yuki, title="Buyers")
        Segment.objects.filter(pk=buyers.pk).update(kind="rule", reads=["customers", "orders"])
        consent_actions.withdraw(contact=lena, purpose="profiling", proof=Proof(method="form"), now=cast.NOW)

        campaign = world.begin(world.a_campaign(letters=["spring", f"autumn@{buyers.key}"]), ada)

        letters = Recipient.objects.filter(campaign=campaign).values_list("contact", "variant__template__key")
        assert dict(letters) == {lena.pk: "spring", yuki.pk: "autumn"}

    def test_keeps_a_share_out_by_chance_and_writes_it_down(self, ada: User) -> None:
        """Whoever is held out gets nothing and can be compared; drawn again it is the same."""
        contacts = world.readers(60)

        campaign = world.begin(world.a_campaign(holdout_percent=20), ada)

        kept_out = set(campaign.held_out.values_list("contact_id", flat=True))
        assert kept_out == {each.pk for each in contacts if drawing.is_held_out(campaign.pk, each.pk, 20)}
        assert 3 <= len(kept_out) <= 24
        assert campaign.reader_count == Message.objects.count() == 60 - len(kept_out)
        assert not Message.objects.filter(contact__in=kept_out).exists()
        found = holdouts.of_campaign(campaign, days=7, now=cast.NOW + 10 * DAY)
        # They are all contacts of one customer, who is on both sides.
        assert (found.treated, found.held_out, found.mixed) == (0, 0, 1)

    def test_leaves_some_for_the_next_turn(self, ada: User, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
        """Order notices do not wait behind a million readers: a turn takes so many and no more."""
        monkeypatch.setattr(running, "READERS_AT_ONCE", 3)
        world.readers(10)
        campaign = world.a_campaign(timing="now")
        actions.schedule(campaign=campaign, by=ada, now=now)

        first = running.work_due(now=now, most=6)
        turns = 1
        while running.work_due(now=now, most=6):
            turns += 1

        assert first == Counter(frozen=6)
        assert (turns, Message.objects.count()) == (4, 10)

    def test_is_of_the_moment_it_began(self, ada: User, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
        """Who comes into the ledger while it runs is no reader of it."""
        monkeypatch.setattr(running, "READERS_AT_ONCE", 3)
        world.readers(4)
        campaign = world.a_campaign(timing="now")
        actions.schedule(campaign=campaign, by=ada, now=now)
        running.work_due(now=now, most=3)
        world.readers(2, now=now + HOUR, prefix="late")

        running.work_due(now=now + HOUR)

        assert Recipient.objects.count() == 4

    def test_keeps_the_tier_of_that_moment(self, ada: User, lena: Contact, now: datetime) -> None:
        tiering_actions.install_presets(now=now)
        scheme = Scheme.objects.get(is_default=True)
        Standing.objects.create(customer=lena.customer, scheme=scheme, tier="high", since_at=now, reason="test")

        world.begin(world.a_campaign(), ada)

        assert Recipient.objects.get().tier == "high"

    def test_tells_the_letter_the_tier_of_its_reader(self, ada: User, lena: Contact, now: datetime) -> None:
        """X-01: one letter may say different things by tier, stage and need."""
        tiering_actions.install_presets(now=now)
        scheme = Scheme.objects.get(is_default=True)
        Standing.objects.create(customer=lena.customer, scheme=scheme, tier="high", since_at=now, reason="test")
        html = world.HTML.replace("new</a>", "{% if customer.tier %}yours as {{ customer.tier }}{% endif %}</a>")
        world.a_letter("tiered", now=now, html=html)
        cast.permit(lena)

        world.begin(world.a_campaign(letters=["tiered"], timing="now"), ada)
        [envelope] = world.send(now).carried

        assert b"yours as " in envelope.message.replace(b"=\r\n", b"")
        assert Message.objects.get().values["customer"]["tier"]

    def test_asks_as_many_questions_for_fifty_as_for_five(self, ada: User, now: datetime) -> None:
        counts = []
        for size in (5, 50):
            world.readers(size, prefix=f"p{size}-")
            campaign = world.a_campaign()
            actions.schedule(campaign=campaign, by=ada, now=now)
            with CaptureQueriesContext(connection) as captured:
                running.work_due(now=now)
            counts.append(len(captured))

        assert counts[1] <= counts[0] + 3


class TestProposing:
    def test_gives_each_reader_his_own_morning(self, ada: User, lena: Contact, yuki: Contact) -> None:
        """C-01: the same campaign at nine on Wednesday in Osaka and in Hamburg."""
        world.begin(world.a_campaign(), ada)

        moments = dict(Message.objects.values_list("contact", "not_before"))
        assert moments == {yuki.pk: utc(20, 0), lena.pk: utc(20, 7)}
        assert all(each.expires_at == each.not_before + DAY for each in Message.objects.all())

    def test_waits_for_its_moment(self, ada: User, now: datetime, lena: Contact) -> None:
        campaign = world.a_campaign(timing="instant", starts_at=now + DAY)
        actions.schedule(campaign=campaign, by=ada, now=now)

        assert running.work_due(now=now) == Counter()
        running.work_due(now=now + DAY)

        assert Message.objects.get().not_before == now + DAY

    def test_hands_over_the_values_of_the_occasion(self, ada: User, now: datetime, lena: Contact) -> None:
        html = world.HTML.replace("new</a>", "{{ coupon.code }}</a>")
        world.a_letter("sale", now=now, html=html)

        world.begin(world.a_campaign(letters=["sale"], values={"coupon.code": "SPRING-5"}), ada)

        assert Message.objects.get().values == {"coupon": {"code": "SPRING-5"}}

    def test_spreads_when_asked(self, ada: User, now: datetime) -> None:
        world.readers(20)

        world.begin(world.a_campaign(timing="now", spread_minutes=60), ada)

        moments = set(Message.objects.values_list("not_before", flat=True))
        assert len(moments) == 20
        assert now <= min(moments) < max(moments) <= now + HOUR

    def test_tells_the_ledger(self, ada: User, lena: Contact, now: datetime) -> None:
        campaign = world.begin(world.a_campaign(), ada)

        event = Event.objects.get(name="campaign.started")
        assert (event.object_kind, event.object_id, event.is_unread) == ("campaign", str(campaign.pk), True)


class TestEditions:
    def test_give_a_segment_a_letter_of_its_own(self, ada: User, lena: Contact, yuki: Contact, now: datetime) -> None:
        """X-01, X-12: no one-size-fits-all sending; the best customers get a letter of their own."""
        world.a_letter("for-the-best", now=now)
        world.a_list(yuki, title="VIP", level="customer")

        world.begin(world.a_campaign(letters=["spring", "for-the-best@vip"]), ada)

        templates = dict(Message.objects.values_list("contact", "template__key"))
        assert templates == {lena.pk: "spring", yuki.pk: "for-the-best"}

    def test_differ_by_sex_age_and_style(self, ada: User, lena: Contact, diego: Contact, now: datetime) -> None:
        """X-10, X-13: gift lists for a segment each; the first that fits, everybody else the general one."""
        for key in ("gifts-her", "gifts-him"):
            world.a_letter(key, now=now)
        world.a_list(lena, title="Her")
        world.a_list(diego, lena, title="Him")

        world.begin(world.a_campaign(letters=["spring", "gifts-her@her", "gifts-him@him"]), ada)

        templates = dict(Message.objects.values_list("contact", "template__key"))
        assert templates == {lena.pk: "gifts-her", diego.pk: "gifts-him"}


class TestEnding:
    def test_finishes_when_nothing_waits_any_more(self, ada: User, lena: Contact, now: datetime) -> None:
        campaign = world.begin(world.a_campaign(timing="now"), ada)

        world.send(now)
        world.send(now + HOUR)

        campaign.refresh_from_db()
        assert (campaign.state, campaign.ended_at) == ("finished", now + HOUR)
        assert Event.objects.filter(name="campaign.finished").count() == 1

    def test_does_not_finish_while_mails_are_held(self, ada: User, diego: Contact, now: datetime) -> None:
        campaign = world.begin(world.a_campaign(timing="now"), ada)

        world.send(now)
        world.send(now + HOUR)

        campaign.refresh_from_db()
        assert campaign.state == "sending"
        assert Message.objects.get().state == "held"


class TestTwoWorkers:
    def test_do_nothing_twice(self, ada: User, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
        """A worker that acts on an old view of the campaign finds the row moved on."""
        monkeypatch.setattr(running, "READERS_AT_ONCE", 3)
        world.readers(7)
        campaign = world.a_campaign(timing="now")
        actions.schedule(campaign=campaign, by=ada, now=now)

        while any(running._step(campaign.pk, now) is not None for _ in ("first", "second")):
            pass

        assert Message.objects.count() == 7
        assert Campaign.objects.get().reader_count == 7

    def test_a_batch_that_breaks_leaves_nothing_half_done(
        self, ada: User, now: datetime, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        world.readers(5)
        campaign = world.a_campaign(timing="now")
        actions.schedule(campaign=campaign, by=ada, now=now)
        running.work_due(now=now, most=1)
        monkeypatch.setattr(running, "_link", lambda ids: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            running.work_due(now=now)
        monkeypatch.undo()

        assert Message.objects.count() == 0
        running.work_due(now=now)
        assert Message.objects.count() == 5


class TestProgress:
    def test_tells_mails_of_unknown_fate_from_those_left_out(self) -> None:
        """RD-06: a reader who may have his mail already is not "left out"."""
        states = Counter({"accepted": 5, "uncertain": 2, "suppressed": 1, "queued": 1, "expired": 1})
        progress = Progress(readers=12, states=states, not_proposed=2, next_at=None)

        assert (progress.delivered, progress.waiting, progress.uncertain, progress.ended) == (5, 3, 2, 2)
