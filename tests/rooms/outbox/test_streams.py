"""Pauses of campaigns and streams, limits, rests of domains: who may send what now."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection

from guanxi.consent import actions as consent_actions
from guanxi.consent.statements import Proof
from guanxi.ledger.models import Contact, Event
from guanxi.outbox import actions, last_look, queries, senders, streams, tallies
from guanxi.outbox.models import Attempt, Message, Rest, Sender, Tally
from guanxi.outbox.proposals import Proposal
from guanxi.transports.base import Receipt
from tests import cast
from tests.rooms.outbox.world import VALUES, Answering, send

Propose = Callable[..., Message]
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def fresh(message: Message) -> Message:
    return Message.objects.get(pk=message.pk)


class TestProposeMany:
    def test_takes_each_occasion_once(self, firm: None, lena: Contact, yuki: Contact, now: datetime) -> None:
        """RD-01: the same key again, in one batch or the next, is the same message."""
        proposals = [
            Proposal(
                contact=contact, template_key="j-04.1", values=VALUES, origin_kind="campaign", origin_id="7",
                idempotency_key=f"7/{contact.pk}", not_before=now, expires_at=now + DAY,
            )
            for contact in (lena, yuki, lena)
        ]  # fmt: skip

        assert actions.propose_many(proposals=proposals, now=now) == 2
        assert actions.propose_many(proposals=proposals, now=now) == 0
        assert set(Message.objects.values_list("domain", flat=True)) == {
            each.email.partition("@")[2] for each in (lena, yuki)
        }


class TestPausedOrigin:
    def test_holds_from_the_next_hand_over_on_and_goes_on(self, propose: Propose, lena: Contact, now: datetime) -> None:
        """RD-04, RT-10: read in the transaction of handing_off."""
        message = propose(lena, "j-04.1", origin_kind="campaign", origin_id="7")
        actions.judge_due(now=now)
        actions.pause_origin(origin_kind="campaign", origin_id="7", reason="wrong price", now=now)
        transport = Answering()

        assert actions.send_due(clock=lambda: now, worker="test", transport=transport) == 0
        assert (fresh(message).state, queries.why_not(message.pk).deciding[0].reason) == ("held", "origin_paused")
        assert send(now + HOUR, transport) == 0

        assert actions.resume_origin(origin_kind="campaign", origin_id="7", now=now + HOUR) == 1
        assert send(now + HOUR, transport) == 1

    def test_expires_when_nobody_lets_it_go_on(self, propose: Propose, lena: Contact, now: datetime) -> None:
        message = propose(lena, "j-04.1", origin_kind="campaign", origin_id="7")
        actions.pause_origin(origin_kind="campaign", origin_id="7", reason="", now=now)

        actions.judge_due(now=now)
        actions.judge_due(now=now + 3 * DAY)

        assert fresh(message).state == "expired"


class TestStreams:
    @pytest.fixture
    def an_hour(self, firm: None, now: datetime) -> Sender:
        """Four hundred marketing mails within the hour."""
        sender = Sender.objects.get()
        Tally.objects.create(
            sender=sender, kind="marketing", mailboxes="gmail", slot_at=now - 10 * MINUTE, handed=400, accepted=400
        )
        return sender

    def tell(self, messages: list[Message], name: str, now: datetime, **properties: Any) -> None:
        Event.objects.bulk_create(
            Event(
                name=name, customer_id=each.customer_id, contact_id=each.contact_id, object_kind="message",
                object_id=str(each.pk), properties=properties, occurred_at=now, recorded_at=now, source="test",
            )
            for each in messages
        )  # fmt: skip

    def test_stops_at_one_complaint_of_five_hundred(
        self, an_hour: Sender, propose: Propose, lena: Contact, now: datetime, caplog: Any
    ) -> None:
        """RP-31: 0.2 % complaints within an hour stop the stream, with an alarm; other streams go on."""
        cast.permit(lena)
        self.tell([propose(lena)], "email.complained", now)

        assert streams.watch(now=now) == 1
        assert set(streams.paused()) == {(an_hour.pk, "marketing")}
        assert "complaints" in caplog.text
        notice = propose(lena, "j-04.1")
        assert send(now, Answering()) == 1
        assert fresh(notice).state == "accepted"

    @pytest.mark.parametrize(("bounces", "stopped"), [(11, 0), (12, 1)])
    def test_stops_at_three_hard_bounces_of_a_hundred(
        self, an_hour: Sender, propose: Propose, lena: Contact, now: datetime, bounces: int, stopped: int
    ) -> None:
        """RP-31: soft bounces do not count."""
        messages = [propose(lena, idempotency_key=f"b{number}") for number in range(bounces + 20)]
        self.tell(messages[:bounces], "email.bounced", now, **{"class": "hard"})
        self.tell(messages[bounces:], "email.bounced", now, **{"class": "soft"})

        assert streams.watch(now=now) == stopped

    def test_goes_on_when_somebody_says_so(
        self, an_hour: Sender, propose: Propose, lena: Contact, now: datetime
    ) -> None:
        streams.pause(sender_id=an_hour.pk, kinds=["transactional"], reason="staff", detail="Ada", now=now)
        message = propose(lena, "j-04.1")
        send(now, Answering())
        assert queries.why_not(message.pk).deciding[0].reason == "stream_paused"

        assert streams.resume(sender_id=an_hour.pk, kind="transactional", now=now) == 1
        assert send(now, Answering()) == 1

    def test_each_kind_may_have_a_sender_of_its_own(self, propose: Propose, lena: Contact, now: datetime) -> None:
        """RP-34, RP-05: order notices and marketing are separate streams, with a List-Id of their own."""
        cast.permit(lena)
        Sender.objects.create(name="Offers", address="offers@news.ningbo-firm.example", stream="marketing")
        propose(lena), propose(lena, "j-04.1")
        transport = Answering()

        send(now, transport)

        heads = {each.mail_from: each.message.partition(b"\r\n\r\n")[0] for each in transport.carried}
        assert set(heads) == {"offers@news.ningbo-firm.example", "sales@ningbo-firm.example"}
        assert b"List-Id: <marketing.news.ningbo-firm.example>" in heads["offers@news.ningbo-firm.example"]


class TestLimits:
    def many(self, propose: Propose, lena: Contact, count: int, domain: str = "alsterkontor.example") -> None:
        for number in range(count):
            contact = cast.a_contact(customer=lena.customer, email=f"r{number}@{domain}", language="de")
            propose(contact, "j-04.1", idempotency_key=f"{domain}/{number}")

    def test_sends_no_more_than_an_hour_allows(self, propose: Propose, lena: Contact, now: datetime) -> None:
        self.many(propose, lena, 9)
        Sender.objects.update(per_hour=4, per_day=6)

        assert send(now, Answering()) == 4
        assert send(now + 30 * MINUTE, Answering()) == 0
        assert send(now + 80 * MINUTE, Answering()) == 2
        assert send(now + 26 * HOUR, Answering()) == 3

    def test_warms_up_by_provider(self, propose: Propose, lena: Contact, now: datetime) -> None:
        """RP-35: 20 an hour to QQ, and as many to all other mailboxes together."""
        self.many(propose, lena, 25, "qq.com")
        self.many(propose, lena, 25)
        Sender.objects.update(warming_since=now.date())

        assert send(now, Answering()) == 40
        assert tallies.warm_up_limit(Sender.objects.get(), now) == 20

    def test_leaves_a_domain_in_peace_that_asks_for_it(self, propose: Propose, lena: Contact, now: datetime) -> None:
        """RP-19, RP-22: QQ's 550 is a rate limit: its mailboxes rest, nobody is charged, everybody else goes on."""
        self.many(propose, lena, 2, "qq.com")
        rate = Receipt("rate_limited", "rcpt", 550, "", "Domain frequency limited", "rate", slows="domain",
                       pause=30 * MINUTE)  # fmt: skip
        send(now, Answering([rate]))
        assert set(Message.objects.values_list("state", "attempts")) == {("deferred", 0)}

        self.many(propose, lena, 1)
        assert send(now + MINUTE, Answering()) == 1
        rest = Rest.objects.get()
        assert (rest.domain, rest.until_at) == ("qq.com", now + 30 * MINUTE)
        assert send(now + 31 * MINUTE, Answering()) == 2
        assert not Rest.objects.exists()

    def test_warns_from_three_thousand_a_day_on(self, firm: None, now: datetime) -> None:
        """RP-30, RP-33: counted per organisational domain, over all senders below it."""
        for address, count in (("a@ningbo-firm.example", 1500), ("b@news.ningbo-firm.example", 1600)):
            sender = Sender.objects.create(name="S", address=address)
            Tally.objects.create(sender=sender, kind="marketing", mailboxes="gmail", slot_at=now, accepted=count)

        assert senders.bulk_warnings(now) == [("ningbo-firm.example", "Gmail", 3100, 5000)]


class TestUnknownRefusal:
    def test_is_believed_when_it_comes_again_after_three_days(
        self, propose: Propose, lena: Contact, now: datetime
    ) -> None:
        """RP-17: an unknown 5xx is soft until seen twice in three days or more."""
        message = propose(lena, "j-04.1", expires_at=now + 5 * DAY)
        nope = Receipt("deferred", "rcpt", 550, "", "Nope", "unknown")
        states = []
        for day in range(4):
            send(now + day * DAY, Answering([nope]))
            states.append(fresh(message).state)

        assert states == ["deferred", "deferred", "deferred", "failed"]
        assert Attempt.objects.count() == 4


class TestLastLook:
    @pytest.fixture
    def handed(self, propose: Propose, lena: Contact, now: datetime) -> Message:
        cast.permit(lena)
        message = propose(lena)
        Message.objects.filter(pk=message.pk).update(state="handing_off", epoch=3)
        return message

    @pytest.fixture
    def watchman(self) -> last_look.Watchman:
        watchman = last_look.Watchman()
        watchman.open()
        return watchman

    def question(self, message: Message, seen: last_look.Mark) -> last_look.Question:
        return last_look.Question(message.pk, 3, Sender.objects.get().pk, "none", *seen)

    def test_hears_what_came_after_the_hand_over(
        self, handed: Message, watchman: last_look.Watchman, lena: Contact, now: datetime
    ) -> None:
        """RD-04, RL-02, RD-18, RT-10: withdrawal, pause, stop and fencing, up to the first byte of the message."""
        question = self.question(handed, last_look.mark())

        def is_wanted() -> bool:
            return watchman.wanted([question]) == {handed.pk}

        assert is_wanted()
        assert watchman.wanted([question._replace(epoch=2)]) == set()

        actions.pause_origin(origin_kind="journey", origin_id="j-17", reason="", now=now)
        assert not is_wanted()
        actions.resume_origin(origin_kind="journey", origin_id="j-17", now=now)
        actions.stop_all(reason="test")
        assert not is_wanted()
        actions.resume()
        assert is_wanted()
        consent_actions.unsubscribe(contact=lena, proof=Proof(method="one_click"), now=now)
        assert not is_wanted()

    def test_is_one_question_for_all_that_are_ready_at_once(
        self, handed: Message, watchman: last_look.Watchman, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """RL-02: each message has its own answer, asked for after its server was ready."""
        question, asked, wanted = self.question(handed, last_look.mark()), [], watchman.wanted
        others = [question._replace(message_id=handed.pk + 1), question._replace(epoch=2)]

        def counted(questions: Sequence[last_look.Question]) -> frozenset[int]:
            asked.append(len(questions))
            return wanted(questions)

        async def ready() -> list[bool]:
            together = await asyncio.gather(*map(watchman.is_wanted, (question, others[0])))
            return [*together, await watchman.is_wanted(others[1])]

        monkeypatch.setattr(watchman, "wanted", counted)

        assert (asyncio.run(ready()), asked) == ([True, False, False], [2, 1])

    def test_keeps_everything_back_without_a_connection(self, handed: Message, monkeypatch: pytest.MonkeyPatch) -> None:
        """RL-02: a database that takes no more connections ends no transport; nothing leaves unasked."""
        watchman, question = last_look.Watchman(), self.question(handed, last_look.mark())

        def too_many() -> None:
            raise OperationalError("sorry, too many clients already")

        with monkeypatch.context() as patch:
            patch.setattr(connection, "ensure_connection", too_many)
            watchman.open()

        assert watchman.wanted([question]) == set()
