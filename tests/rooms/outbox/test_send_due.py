"""Handing over what is due."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError, connection

from guanxi.consent import actions as consent_actions
from guanxi.consent import queries as consent_queries
from guanxi.consent.statements import Proof
from guanxi.ledger.models import Contact, Event
from guanxi.outbox import actions, addresses, claims, queries, queues, streams, tallies, turn
from guanxi.outbox.models import Attempt, Message
from guanxi.outbox.return_path import unsubscribe_subject
from guanxi.transports.base import Receipt
from guanxi.transports.drawer import letters
from tests import cast
from tests.rooms.outbox.world import Answering, send

pytestmark = pytest.mark.django_db
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
Propose = Callable[..., Message]
CLICK = Proof(method="one_click")


def fresh(message: Message) -> Message:
    return Message.objects.get(id=message.id)


class TestAccepted:
    def test_leaves_message_attempt_and_event(self, propose: Propose, lena: Contact, now: datetime) -> None:
        message = propose(lena, "j-04.1")

        assert send(now, Answering()) == 1

        sent = fresh(message)
        assert (sent.state, sent.language, sent.handed_at, sent.accepted_at) == ("accepted", "de", now, now)
        assert sent.rfc_message_id.endswith("@ningbo-firm.example>")
        assert len(sent.body_hash) == 64
        attempt = Attempt.objects.get()
        assert (attempt.epoch, attempt.outcome, attempt.phase, attempt.code) == (1, "accepted", "done", 250)
        event = Event.objects.get(name="email.sent")
        assert (event.object_id, event.customer, event.contact) == (str(message.id), lena.customer, lena)
        assert event.properties["template"] == "j-04.1"

    def test_writes_to_the_reader_in_his_language(self, propose: Propose, yuki: Contact, now: datetime) -> None:
        propose(yuki, "j-04.1")
        transport = Answering()

        send(now, transport)

        [envelope] = transport.carried
        mail = message_from_bytes(envelope.message, policy=policy.SMTP)
        assert (envelope.mail_from, envelope.rcpt_to) == ("sales@ningbo-firm.example", yuki.email)
        assert (mail["Content-Language"], mail["Auto-Submitted"]) == ("ja", "auto-generated")
        assert "田中課長" in mail.get_body(("plain",)).get_content()  # type: ignore[union-attr,attr-defined]
        assert mail["List-Unsubscribe"] is None

    def test_lets_a_marketing_mail_be_unsubscribed_by_one_click(
        self, propose: Propose, lena: Contact, now: datetime
    ) -> None:
        cast.permit(lena)
        message = propose(lena)
        transport = Answering()

        send(now, transport)

        mail = message_from_bytes(transport.carried[0].message, policy=policy.SMTP)
        assert mail["List-Unsubscribe"].startswith("<http://127.0.0.1:8000/p/u/")
        assert f"<mailto:ada@ningbo-firm.example?subject={unsubscribe_subject(message)}>" in mail["List-Unsubscribe"]
        assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert mail["List-Id"] == "<marketing.ningbo-firm.example>"
        text = mail.get_body(("plain",)).get_content()  # type: ignore[union-attr,attr-defined]
        assert "88 Mingzhou Road" in text

    def test_leads_links_through_our_address(self, propose: Propose, lena: Contact, now: datetime) -> None:
        message = propose(lena, "j-04.1")
        transport = Answering()

        send(now, transport)

        html = html_of(transport)
        targets = fresh(message).links
        assert "https://www.ningbo-firm.example/orders/4711" in targets
        for index, target in enumerate(targets):
            assert f'href="{addresses.click_address(message.id, index)}"' in html
            assert f'href="{target}"' not in html

    @pytest.mark.parametrize(("purpose", "seen"), [("tracking", True), ("profiling", False)])
    def test_carries_a_pixel_only_with_permission(
        self, propose: Propose, lena: Contact, now: datetime, purpose: str, seen: bool
    ) -> None:
        cast.permit(lena)
        cast.permit(lena, purpose)
        propose(lena)
        transport = Answering()

        send(now, transport)

        assert ("/p/o/" in html_of(transport)) == seen

    def test_is_written_down_once_though_the_database_was_busy(
        self, propose: Propose, lena: Contact, now: datetime, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """RD-03: both transactions are tried again, neither counts twice."""
        message, busy, write = propose(lena, "j-04.1"), [1, 0, 1, 0], tallies.Counts.write

        def sometimes(counts: tallies.Counts, at: datetime) -> None:
            if busy and busy.pop(0):
                raise OperationalError("database is locked")
            write(counts, at)

        monkeypatch.setattr(tallies.Counts, "write", sometimes)
        monkeypatch.setattr(turn, "PATIENCE", (0.0, 0.0))

        assert send(now, Answering()) == 1
        assert (fresh(message).state, fresh(message).attempts, busy) == ("accepted", 1, [])

    def test_lands_in_the_drawer_by_default(self, propose: Propose, lena: Contact, now: datetime, drawer: Path) -> None:
        propose(lena, "j-04.1")
        actions.judge_due(now=now)

        assert actions.send_due(clock=lambda: now, worker="test") == 1

        assert len(letters(drawer)) == 1

    def test_can_be_read_again(self, propose: Propose, lena: Contact, now: datetime) -> None:
        message = propose(lena, "j-04.1")
        send(now, Answering())

        assert "PO-2026-0417" in queries.rendered(message.id).text
        assert "/p/c/" not in queries.rendered(message.id).html


class TestOtherOutcomes:
    def test_waits_longer_after_each_deferral(self, propose: Propose, lena: Contact, now: datetime) -> None:
        message = propose(lena, "j-04.1")
        later = Receipt("deferred", "rcpt", 450, "4.2.0", "Greylisted", "temporary")

        at, waits = now, []
        for _ in range(4):
            send(at, Answering([later]))
            waits.append(fresh(message).due_at - at)
            at = fresh(message).due_at

        assert waits == [MINUTE, 5 * MINUTE, 15 * MINUTE, 30 * MINUTE]
        assert (fresh(message).state, fresh(message).attempts) == ("deferred", 4)
        assert send(at, Answering()) == 1
        assert fresh(message).state == "accepted"

    def test_keeps_its_message_id_over_all_tries(self, propose: Propose, lena: Contact, now: datetime) -> None:
        message = propose(lena, "j-04.1")
        first, second = Answering([Receipt("deferred", "rcpt", 450)]), Answering()

        send(now, first)
        send(fresh(message).due_at, second)

        assert first.carried[0].message_id == second.carried[0].message_id

    def test_gives_up_when_the_next_try_is_too_late(self, propose: Propose, lena: Contact, now: datetime) -> None:
        message = propose(lena, "j-04.1", expires_at=now + timedelta(seconds=30))

        send(now, Answering([Receipt("deferred", "rcpt", 450, "", "Later")]))

        assert fresh(message).state == "expired"
        assert queries.why_not(message.id).deciding[0].reason == "deferred_past_expiry"

    def test_counts_no_deferred_mail_against_the_cap(self, propose: Propose, lena: Contact, now: datetime) -> None:
        cast.permit(lena)
        message = propose(lena)

        send(now, Answering([Receipt("deferred", "rcpt", 450)]))
        send(fresh(message).due_at, Answering())

        assert fresh(message).state == "accepted"

    def test_charges_nobody_for_a_rate_limit_and_stops_the_turn(
        self, propose: Propose, lena: Contact, yuki: Contact, now: datetime
    ) -> None:
        messages = [propose(lena, f"j-04.{number}") for number in (1, 2, 3)]
        transport = Answering([Receipt("rate_limited", "mail", 421, "4.7.0", "Too fast", "rate")])

        send(now, transport)

        assert {(fresh(message).state, fresh(message).attempts) for message in messages} == {("deferred", 0)}
        assert fresh(messages[0]).due_at == now + 15 * MINUTE

    def test_stops_the_streams_of_a_sender_whose_domain_is_refused(
        self, propose: Propose, lena: Contact, now: datetime
    ) -> None:
        """RP-20, RP-21: authentication refused stops the stream and raises the alarm; no recipient is charged."""
        message = propose(lena, "j-04.1")

        send(now, Answering([Receipt("blocked", "dot", 550, "5.7.26", "Unauthenticated", "authentication")]))

        assert (fresh(message).state, fresh(message).attempts) == ("deferred", 0)
        stopped = streams.paused()
        assert {kind for _, kind in stopped} == {"transactional", "service", "marketing"}
        assert all("5.7.26" in each.detail for each in stopped.values())
        assert send(now + HOUR, Answering()) == 0
        assert fresh(message).state == "held"

    def test_suppresses_a_mailbox_that_does_not_exist(self, propose: Propose, lena: Contact, now: datetime) -> None:
        message = propose(lena, "j-04.1")

        send(now, Answering([Receipt("failed", "rcpt", 550, "5.1.1", "User unknown", "no_such_mailbox")]))

        assert fresh(message).state == "failed"
        assert consent_queries.is_suppressed(lena.email, "all")
        assert Event.objects.get(name="email.bounced").properties["class"] == "hard"

    def test_suppresses_nobody_for_our_content(self, propose: Propose, lena: Contact, now: datetime) -> None:
        message = propose(lena, "j-04.1")

        send(now, Answering([Receipt("failed", "dot", 554, "", "DT:SPM", "content")]))

        assert fresh(message).state == "failed"
        assert not consent_queries.is_suppressed(lena.email, "all")

    def test_lets_one_failure_touch_nobody_else(
        self, propose: Propose, lena: Contact, yuki: Contact, now: datetime
    ) -> None:
        first, second = propose(lena, "j-04.1"), propose(yuki, "j-04.1")

        send(now, Answering([Receipt("failed", "rcpt", 550), "accepted"]))

        assert (fresh(first).state, fresh(second).state) == ("failed", "accepted")

    def test_never_repeats_a_marketing_mail_of_unknown_fate(
        self, propose: Propose, lena: Contact, now: datetime
    ) -> None:
        cast.permit(lena)
        message = propose(lena)
        send(now, Answering([Receipt("uncertain", "dot", reason="lost")]))

        assert actions.expire_leases(now=now + HOUR) == {}
        assert send(now + HOUR, Answering()) == 0
        assert fresh(message).state == "uncertain"

    def test_repeats_an_order_notice_of_unknown_fate_once(self, propose: Propose, lena: Contact, now: datetime) -> None:
        message = propose(lena, "j-04.1")
        lost = Receipt("uncertain", "dot", reason="lost")
        first, second = Answering([lost]), Answering([lost])
        send(now, first)

        assert actions.expire_leases(now=now + 14 * MINUTE) == {}
        assert actions.expire_leases(now=now + 15 * MINUTE) == {"repeated": 1}
        send(now + 15 * MINUTE, second)

        assert first.carried[0].message_id == second.carried[0].message_id
        assert fresh(message).state == "uncertain"
        assert actions.expire_leases(now=now + HOUR) == {}

    def test_refuses_a_letter_that_cannot_be_written(self, propose: Propose, lena: Contact, now: datetime) -> None:
        good, bad = propose(lena, "j-04.1"), propose(lena, "j-04.2")
        actions.judge_due(now=now)
        Message.objects.filter(id=bad.id).update(values={})

        assert actions.send_due(clock=lambda: now, worker="test", transport=Answering()) == 1

        assert (fresh(good).state, fresh(bad).state) == ("accepted", "failed")
        assert queries.why_not(bad.id).deciding[0].reason == "cannot_be_written"


class TestLastLook:
    """What is read in the transaction that commits `handing_off` (RD-04)."""

    @pytest.fixture
    def judged(self, propose: Propose, lena: Contact, now: datetime) -> Message:
        cast.permit(lena)
        message = propose(lena)
        actions.judge_due(now=now)
        return message

    def deliver(self, at: datetime) -> Answering:
        transport = Answering()
        actions.send_due(clock=lambda: at, worker="test", transport=transport)
        return transport

    def test_sees_a_withdrawal(self, judged: Message, lena: Contact, now: datetime) -> None:
        consent_actions.unsubscribe(contact=lena, proof=CLICK, now=now)

        assert self.deliver(now).carried == []
        assert fresh(judged).state == "suppressed"
        assert {line.reason for line in queries.why_not(judged.id).deciding} == {"suppressed", "withdrawn"}

    def test_sees_that_it_is_night_by_now(self, judged: Message, now: datetime) -> None:
        assert self.deliver(now + 12 * HOUR).carried == []
        assert fresh(judged).state == "held"

    def test_sees_the_expiry(self, judged: Message, now: datetime) -> None:
        assert self.deliver(now + 3 * DAY).carried == []
        assert fresh(judged).state == "expired"

    def test_sees_the_kill_switch(self, judged: Message, now: datetime) -> None:
        actions.stop_all(reason="Wrong price")

        assert self.deliver(now).carried == []
        assert fresh(judged).state == "queued"
        actions.resume()
        assert len(self.deliver(now).carried) == 1

    def test_counts_two_offers_of_one_batch(
        self, judged: Message, propose: Propose, lena: Contact, now: datetime
    ) -> None:
        other = propose(lena, "j-17.2")
        actions.judge_due(now=now)

        assert len(self.deliver(now).carried) == 1
        assert {fresh(judged).state, fresh(other).state} == {"accepted", "held"}

    def test_writes_anew_when_the_address_changed(self, judged: Message, lena: Contact, now: datetime) -> None:
        turned = []

        def clock() -> datetime:
            # The third look at the clock is the one before the commit.
            turned.append(1)
            if len(turned) == 3:
                Contact.objects.filter(id=lena.id).update(email="new@alsterkontor.example")
            return now

        transport = Answering()
        actions.send_due(clock=clock, worker="test", transport=transport)

        assert [envelope.rcpt_to for envelope in transport.carried] == ["new@alsterkontor.example"]


class TestLeases:
    @pytest.fixture
    def ready(self, propose: Propose, lena: Contact, now: datetime) -> Message:
        message = propose(lena, "j-04.1")
        actions.judge_due(now=now)
        return message

    def test_a_message_is_claimed_once(self, ready: Message, now: datetime) -> None:
        assert [each.id for each in claims.claim(now=now, token="a", limit=5)] == [ready.id]
        assert claims.claim(now=now, token="b", limit=5) == []

    def test_a_dead_worker_gives_back_what_had_not_left(self, ready: Message, now: datetime) -> None:
        claims.claim(now=now, token="a", limit=5)

        assert actions.expire_leases(now=now + timedelta(seconds=29)) == {}
        assert actions.expire_leases(now=now + timedelta(seconds=31)) == {"queued": 1}
        assert (fresh(ready).state, fresh(ready).crashes) == ("queued", 1)

    def test_a_beating_heart_keeps_it(self, ready: Message, now: datetime) -> None:
        claims.claim(now=now, token="a", limit=5)
        claims.keep(token="a", now=now + timedelta(seconds=25))

        assert actions.expire_leases(now=now + timedelta(seconds=50)) == {}

    def test_a_dead_worker_leaves_no_silence_behind(self, ready: Message, now: datetime) -> None:
        Message.objects.filter(id=ready.id).update(
            state="handing_off", lease_until=now, claimed_by="a", epoch=1, handed_at=now
        )

        assert actions.expire_leases(now=now + MINUTE) == {"uncertain": 1}
        assert fresh(ready).state == "uncertain"

    def test_three_deaths_put_it_aside(self, ready: Message, now: datetime) -> None:
        """RD-07."""
        at = now
        for _ in range(3):
            assert claims.claim(now=at, token="a", limit=5)
            at += MINUTE
            actions.expire_leases(now=at)

        assert fresh(ready).state == "quarantined"
        assert claims.claim(now=at, token="a", limit=5) == []
        assert [each.id for each in queries.needing_a_hand()] == [ready.id]

    def test_after_a_death_messages_are_taken_one_at_a_time(
        self, propose: Propose, lena: Contact, yuki: Contact, now: datetime
    ) -> None:
        for contact in (lena, yuki):
            propose(contact, "j-04.1")
        actions.judge_due(now=now)
        assert len(claims.claim(now=now, token="a", limit=5)) == 2

        actions.expire_leases(now=now + MINUTE)

        assert len(claims.claim(now=now + MINUTE, token="b", limit=5)) == 1

    def test_whoever_lost_his_claim_hands_nothing_over(self, ready: Message, now: datetime) -> None:
        stolen = []

        def clock() -> datetime:
            if Message.objects.get(id=ready.id).state == "claimed" and not stolen:
                stolen.append(1)
                actions.expire_leases(now=now + MINUTE)
                claims.claim(now=now, token="other", limit=5)
            return now

        transport = Answering()
        actions.send_due(clock=clock, worker="test", transport=transport)

        assert transport.carried == []
        assert (fresh(ready).claimed_by, fresh(ready).epoch) == ("other", 2)

    def test_a_late_answer_still_counts_while_nobody_else_claimed(self, ready: Message, now: datetime) -> None:
        seen = []

        def clock() -> datetime:
            if fresh(ready).state == "handing_off" and not seen:
                actions.expire_leases(now=now + MINUTE)
                seen.append(fresh(ready).state)
            return now

        actions.send_due(clock=clock, worker="test", transport=Answering())

        assert (seen, fresh(ready).state) == (["uncertain"], "accepted")

    def test_a_late_answer_is_nothing_once_another_claimed(self, ready: Message, now: datetime) -> None:
        def clock() -> datetime:
            if fresh(ready).state == "handing_off":
                actions.expire_leases(now=now + MINUTE)
                actions.expire_leases(now=now + HOUR)
                claims.claim(now=now + HOUR, token="other", limit=1)
            return now

        actions.send_due(clock=clock, worker="test", transport=Answering())

        assert (fresh(ready).state, fresh(ready).claimed_by, fresh(ready).epoch) == ("claimed", "other", 2)
        assert not Event.objects.filter(name="email.sent").exists()

    def test_stops_between_batches_when_asked(self, propose: Propose, lena: Contact, now: datetime) -> None:
        for number in range(45):
            propose(lena, "j-04.1", idempotency_key=f"n{number}")
        transport = Answering()

        send(now, transport, should_stop=lambda: len(transport.carried) >= 20)

        assert len(transport.carried) == 20
        assert Message.objects.filter(state="queued", claimed_by="").count() == 25

    def test_sends_no_more_than_the_limit(self, propose: Propose, lena: Contact, now: datetime) -> None:
        for number in range(45):
            propose(lena, "j-04.1", idempotency_key=f"n{number}")
        transport = Answering()

        assert send(now, transport, limit=30) == 30
        assert Message.objects.filter(state="claimed").count() == 0


def html_of(transport: Answering) -> str:
    mail = message_from_bytes(transport.carried[0].message, policy=policy.SMTP)
    return str(mail.get_body(("html",)).get_content())  # type: ignore[union-attr,attr-defined]


@pytest.mark.parametrize("queue", [queues.TO_BE_JUDGED, queues.TO_BE_SENT], ids=lambda queue: queue.read_by)
def test_a_queue_is_read_in_the_order_of_its_index(
    queue: queues.Queue, now: datetime, django_assert_num_queries: Any
) -> None:
    """A claim looks at what it takes, not at a million that wait behind; SQLite refuses an index it cannot use."""
    with django_assert_num_queries(1) as asked:
        assert queues.head(queue, now=now, limit=10) == []

    if connection.vendor == "sqlite":
        assert f'INDEXED BY "{queue.read_by}"' in asked.captured_queries[0]["sql"]
        with connection.cursor() as cursor:
            cursor.execute("EXPLAIN QUERY PLAN " + asked.captured_queries[0]["sql"])
            assert "TEMP B-TREE" not in str(cursor.fetchall())
