"""What people do with a campaign."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from guanxi.campaigns import actions, running
from guanxi.campaigns.actions import CampaignMistake, Choice, NotConfirmed, NotReady
from guanxi.campaigns.models import Campaign, Safeguards
from guanxi.campaigns.states import IllegalMove
from guanxi.content.models import Template
from guanxi.ledger.models import Contact, Event
from guanxi.outbox import actions as outbox_actions
from guanxi.outbox.models import Message, Verdict
from guanxi.staff.actions import NotAllowed
from guanxi.staff.models import AuditEntry, User
from guanxi.webhooks import delivering
from guanxi.webhooks.models import Delivery, Endpoint
from tests import cast
from tests.rooms.campaigns import world

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("firm")]
HOUR = timedelta(hours=1)


class TestDraft:
    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"title": " "}, "title"),
            ({"timing": "soon"}, "timing"),
            ({"alive_hours": 0}, "alive_hours"),
            ({"local_on": None}, "local_on"),
            ({"timing": "instant"}, "starts_at"),
            ({"test_percent": 20}, "test_percent"),
            ({"colour": "red"}, "colour"),
        ],
    )
    def test_names_the_field_and_the_remedy(self, changes: dict[str, Any], field: str) -> None:
        with pytest.raises(CampaignMistake) as caught:
            world.a_campaign(**changes)

        assert caught.value.field == field
        assert not Campaign.objects.exists()

    def test_compares_different_letters_only(self, now: datetime) -> None:
        with pytest.raises(CampaignMistake, match="have to differ"):
            world.a_campaign(letters=["spring", "spring"], test_percent=20)
        for key in "bcde":
            world.a_letter(key, now=now)
        with pytest.raises(CampaignMistake, match="at most 4"):
            world.a_campaign(letters=["spring", *"bcde"], test_percent=20)
        with pytest.raises(CampaignMistake, match="how many of a hundred"):
            world.a_campaign(letters=["spring", "b"])

    def test_can_be_changed_and_copied_and_deleted(self, ada: User, now: datetime) -> None:
        campaign = world.a_campaign(excludes=["fair"])
        actions.change(campaign=campaign, changes={"title": "Summer"}, now=now)
        copied = actions.copy(campaign=campaign, title="Again", by=ada, now=now)
        actions.delete_draft(campaign=campaign)

        assert (copied.title, copied.excludes, copied.variants.count()) == ("Again", ["fair"], 1)
        assert Campaign.objects.get() == copied


class TestSchedule:
    def test_sends_nothing_while_errors_remain(self, ada: User, now: datetime) -> None:
        """T-64, G-12: nobody in the audience, or nobody who permits it, is an error."""
        with pytest.raises(NotReady) as caught:
            actions.schedule(campaign=world.a_campaign(takes_everyone=False), by=ada, now=now)

        assert [each.code for each in caught.value.findings] == ["no_audience"]
        assert Campaign.objects.get().state == "draft"

    def test_asks_for_the_number_of_a_large_send(self, ada: User, lena: Contact, yuki: Contact, now: datetime) -> None:
        """RE-20: more than 1,000 readers are confirmed by their number; here the threshold is lowered to one."""
        assert (actions.safeguards().confirm_above, actions.safeguards().second_person_above) == (1_000, 5_000)
        Safeguards.objects.create(id=1, confirm_above=1)
        campaign = world.a_campaign()

        for wrong in (None, 3):
            with pytest.raises(NotConfirmed):
                actions.schedule(campaign=campaign, by=ada, now=now, confirmed=wrong)
        actions.schedule(campaign=campaign, by=ada, now=now, confirmed=2)

        entry = AuditEntry.objects.get(act="campaign.scheduled")
        assert (entry.actor, entry.details["readers"]) == (ada, 2)

    def test_asks_a_second_person_where_the_firm_wants_it(
        self, ada: User, lena: Contact, yuki: Contact, now: datetime
    ) -> None:
        """RE-20: above the second threshold somebody else than its author has to agree; until then nothing begins."""
        Safeguards.objects.create(id=1, second_person_above=1)
        actions.set_safeguards(asks_second_person=True, by=ada, now=now)
        author = cast.a_member_of_staff("marketer")
        campaign = actions.schedule(campaign=world.a_campaign(timing="now", by=author), by=ada, now=now)

        assert campaign.state == "unapproved"
        running.work_due(now=now)
        assert not Message.objects.exists()
        for person in (author, ada):
            with pytest.raises(CampaignMistake, match="Somebody else"):
                actions.approve(campaign=campaign, by=person, now=now)
        manager = cast.a_member_of_staff("manager")
        assert actions.approve(campaign=campaign, by=manager, now=now).state == "scheduled"
        running.work_due(now=now)
        assert Message.objects.count() == 2

    def test_notices_a_change_that_came_between(self, ada: User, lena: Contact, now: datetime) -> None:
        """What was checked is what is let go."""
        campaign = world.a_campaign()
        Campaign.objects.update(updated_at=now + HOUR, takes_everyone=False)

        with pytest.raises(CampaignMistake, match="changed it meanwhile"):
            actions.schedule(campaign=campaign, by=ada, now=now)

    def test_is_refused_to_whoever_may_not_send(self, bo: User, lena: Contact, now: datetime) -> None:
        with pytest.raises(NotAllowed):
            actions.schedule(campaign=world.a_campaign(), by=bo, now=now)

    def test_can_be_taken_back_until_it_begins(self, ada: User, lena: Contact, now: datetime) -> None:
        campaign = actions.schedule(campaign=world.a_campaign(), by=ada, now=now)
        taken_back = actions.take_back(campaign=campaign, by=ada, now=now)
        assert taken_back.state == "draft"

        begun = world.begin(taken_back, ada)
        with pytest.raises(IllegalMove):
            actions.take_back(campaign=begun, by=ada, now=now)
        with pytest.raises(CampaignMistake, match="Only a draft"):
            actions.change(campaign=begun, changes={"title": "x"}, now=now)
        with pytest.raises(CampaignMistake, match="Only a draft"):
            actions.delete_draft(campaign=begun)


class TestPauseAndStop:
    def test_pausing_holds_what_is_judged_already(self, ada: User, lena: Contact, now: datetime) -> None:
        """Effective at the next hand-over, far below two seconds: what was judged ready is held too (RD-04)."""
        campaign = world.begin(world.a_campaign(timing="now"), ada)
        outbox_actions.judge_due(now=now)
        assert Message.objects.get().state == "queued"

        actions.pause(campaign=campaign, by=ada, now=now, reason="wrong price")

        assert world.send(now + timedelta(seconds=2)).carried == []
        assert Verdict.objects.filter(reason="origin_paused").exists()

    def test_pausing_stops_the_work_on_it(self, ada: User, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(running, "READERS_AT_ONCE", 3)
        world.readers(7)
        campaign = actions.schedule(campaign=world.a_campaign(timing="now"), by=ada, now=now)
        running.work_due(now=now, most=3)
        actions.pause(campaign=campaign, by=ada, now=now)

        assert not running.work_due(now=now + HOUR)
        actions.resume(campaign=campaign, by=ada, now=now + HOUR)
        running.work_due(now=now + HOUR)
        assert Message.objects.count() == 7
        assert len(world.send(now + HOUR).carried) == 7

    def test_resuming_sends_what_is_still_worth_it(self, ada: User, lena: Contact, now: datetime) -> None:
        campaign = world.begin(world.a_campaign(timing="now", alive_hours=24), ada)
        actions.pause(campaign=campaign, by=ada, now=now)
        world.send(now)
        actions.resume(campaign=campaign, by=ada, now=now + 25 * HOUR)

        assert world.send(now + 25 * HOUR).carried == []
        assert Message.objects.get().state == "expired"

    def test_stopping_takes_back_what_waits_and_says_so(
        self, ada: User, lena: Contact, diego: Contact, now: datetime
    ) -> None:
        campaign = world.begin(world.a_campaign(timing="now"), ada)
        world.send(now)  # to Hamburg; Monterrey is asleep

        stopped = actions.stop(campaign=campaign, by=ada, now=now)
        running.work_due(now=now)

        stopped.refresh_from_db()
        assert stopped.state == "stopped"
        assert sorted(Message.objects.values_list("state", flat=True)) == ["accepted", "suppressed"]
        verdict = Verdict.objects.get(reason="recalled")
        assert (verdict.gate, verdict.detail) == ("campaign", {"because": "stopped"})
        assert world.send(now + 9 * HOUR).carried == []

    def test_stopping_between_two_batches_leaves_the_rest_out(
        self, ada: User, now: datetime, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(running, "READERS_AT_ONCE", 3)
        world.readers(7)
        campaign = actions.schedule(campaign=world.a_campaign(timing="now"), by=ada, now=now)
        running.work_due(now=now, most=10)
        actions.stop(campaign=campaign, by=ada, now=now)

        running.work_due(now=now)

        assert world.send(now).carried == []
        assert set(Message.objects.values_list("state", flat=True)) == {"suppressed"}

    def test_each_is_told_and_kept(self, ada: User, lena: Contact, now: datetime) -> None:
        """Programs hear of it by the same webhooks as of everything else."""
        endpoint = Endpoint.objects.create(
            name="ERP", url="https://erp.example/", created_at=now, history_after=0, created_by=ada
        )
        campaign = world.begin(world.a_campaign(timing="now"), ada)
        actions.pause(campaign=campaign, by=ada, now=now)
        actions.resume(campaign=campaign, by=ada, now=now)
        actions.stop(campaign=campaign, by=ada, now=now)

        names = ["campaign.started", "campaign.paused", "campaign.resumed", "campaign.stopped"]
        events = Event.objects.filter(name__startswith="campaign.").order_by("id")
        assert list(events.values_list("name", flat=True)) == names
        acts = AuditEntry.objects.filter(act__startswith="campaign.").order_by("id").values_list("act", flat=True)
        assert list(acts) == ["campaign.scheduled", *names[1:]]
        delivering.enqueue(events=list(events), now=now)
        assert Delivery.objects.filter(endpoint=endpoint).count() == 4


class TestGates:
    def test_read_permission_again_at_the_last_moment(self, ada: User, lena: Contact, now: datetime) -> None:
        """G-11, G-18: consent is read before every mail, not when the audience was frozen."""
        world.begin(world.a_campaign(timing="now"), ada)
        outbox_actions.judge_due(now=now)
        cast.permit(lena, state="withdrawn", at=now)

        assert world.send(now + timedelta(seconds=1)).carried == []
        assert Message.objects.get().state == "suppressed"

    def test_keep_marketing_and_service_apart(self, ada: User, fatima: Contact, lena: Contact) -> None:
        """CN-43, C-06, J-21.2: in Ramadan and at Eid a greeting of the service kind goes, advertising waits."""
        eid_noon = datetime.fromisoformat("2027-03-09T08:00:00+00:00")
        html, text = "<html><body>{{ reader.greeting }}</body></html>", "{{ reader.greeting }}"
        world.a_letter("eid-greeting", now=eid_noon, kind="service", html=html, text=text)
        world.begin(world.a_campaign(letters=["eid-greeting"], timing="now", contact_choice="main"), ada, eid_noon)
        world.begin(world.a_campaign(timing="now"), ada, eid_noon)

        world.send(eid_noon)

        fates = {
            (each.template.key, each.contact_id): each.state for each in Message.objects.select_related("template")
        }
        assert fates["eid-greeting", fatima.pk] == "accepted"
        assert fates["spring", fatima.pk] in ("held", "expired")
        assert fates["spring", lena.pk] == "accepted"

    def test_of_an_order_letter_are_not_borrowed(self, ada: User, lena: Contact, now: datetime) -> None:
        """CN-43: a campaign cannot get round permission by calling itself an order notice."""
        with pytest.raises(NotReady) as caught:
            actions.schedule(campaign=world.a_campaign(letters=["j-04.1"]), by=ada, now=now)

        assert "transactional_letter" in {each.code for each in caught.value.findings}
        assert Choice(Template.objects.get(key="j-04.1")).segment_key == ""
