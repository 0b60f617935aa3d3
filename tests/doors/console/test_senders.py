"""Senders: list, edit, test, warm-up, stopped streams; and what a person may do with one message."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from guanxi.kernel.clock import utc_now
from guanxi.ledger.models import Contact
from guanxi.outbox import actions, streams
from guanxi.outbox.models import Message, Sender, Tally, Verdict
from tests import cast
from tests.faults.servers import FaultServer
from tests.rooms.outbox.world import VALUES, set_up_firm

FORM = {
    "name": "Ada Lin", "address": "offers@ningbo-firm.example", "reply_to": "", "stream": "marketing",
    "bounces_to": "bounce.ningbo-firm.example", "transport": "smtp", "via": "smtp", "host": "127.0.0.1", "port": "2525",
    "encryption": "auto", "user": "ada", "secret": "s@cret!", "per_hour": "500", "per_day": "", "is_warming": "on",
}  # fmt: skip


@pytest.fixture
def web(signed_in: Callable[[Any], Any], ada: Any) -> Any:
    set_up_firm(cast.NOW)
    return signed_in(ada)


class TestSenders:
    def test_keeps_a_secret_that_no_page_shows_again(self, web: Any) -> None:
        """RS-42: secrets go in and never come out; RE-01: they lie sealed."""
        assert web.post("/senders/new/", FORM).status_code == 302
        sender = Sender.objects.get(address="offers@ningbo-firm.example")

        page = web.get(f"/senders/{sender.pk}/").content.decode()
        assert "s@cret!" not in page
        assert str(sender.secret) == "s@cret!"
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute("SELECT secret FROM outbox_sender WHERE id = %s", [sender.pk])
            assert "s@cret!" not in cursor.fetchone()[0]
        assert web.post(f"/senders/{sender.pk}/", FORM | {"secret": "", "name": "Bo"}).status_code == 302
        assert str(Sender.objects.get(pk=sender.pk).secret) == "s@cret!"

    @pytest.mark.parametrize(
        "change", [{"host": "mail.elsewhere.example"}, {"port": "2526"}, {"transport": "postmark"}]
    )
    def test_sends_the_known_secret_nowhere_else(self, change: dict[str, str], web: Any) -> None:
        """RS-42: who may not read it may not have it sent to a server of his own either."""
        web.post("/senders/new/", FORM)
        sender = Sender.objects.get(address=FORM["address"])

        answer = web.post(f"/senders/{sender.pk}/", FORM | {"secret": ""} | change)

        assert "Enter it again" in answer.content.decode()
        sender.refresh_from_db()
        assert (sender.transport, sender.settings["host"]) == (FORM["transport"], FORM["host"])

    def test_refuses_a_way_that_cannot_work_in_a_sentence(self, web: Any) -> None:
        page = web.post("/senders/new/", FORM | {"host": ""})

        assert page.status_code == 200
        assert "names no host" in page.content.decode()
        assert not Sender.objects.filter(stream="marketing").exists()

    def test_tells_what_the_server_said_to_a_test_mail(self, web: Any) -> None:
        with FaultServer({"dot": b"250 2.0.0 Queued as 4711\r\n"}) as server:
            port = server.url.rpartition(":")[2].partition("?")[0]
            web.post("/senders/new/", FORM | {"port": port})
            sender = Sender.objects.get(stream="marketing")
            web.post(f"/senders/{sender.pk}/keys")
            page = web.post(f"/senders/{sender.pk}/test", follow=True).content.decode()

        assert "Queued as 4711" in page
        assert len(server.accepted) == 1

    def test_shows_the_warm_up_and_todays_count(self, web: Any) -> None:
        """RP-35: 20 an hour to each provider on the first day."""
        web.post("/senders/new/", FORM)
        sender = Sender.objects.get(stream="marketing")
        Tally.objects.create(sender=sender, kind="marketing", mailboxes="qq", slot_at=utc_now(), handed=17, accepted=17)

        page = web.get("/senders/").content.decode()
        assert "warm-up, day 1: 20 an hour" in page
        assert "17" in page

    def test_warns_before_a_provider_counts_the_firm_as_a_bulk_sender(self, web: Any) -> None:
        """RP-30, RP-33: the banner from 3,000 a day, per organisational domain."""
        Tally.objects.create(
            sender=Sender.objects.get(), kind="marketing", mailboxes="gmail", slot_at=utc_now(), accepted=3100
        )

        page = web.get("/senders/").content.decode()

        assert "ningbo-firm.example sent 3100 mails to Gmail" in page

    def test_lets_a_stopped_stream_go_on(self, web: Any) -> None:
        """RP-31: the stopped stream stands in a banner on every page until somebody lets it go on."""
        sender = Sender.objects.get()
        streams.pause(sender_id=sender.pk, kinds=["marketing"], reason="complaints", detail="1 of 200", now=utc_now())

        assert "are stopped" in web.get("/").content.decode()
        web.post(f"/senders/{sender.pk}/marketing/switch", {"do": "resume"})

        assert streams.paused() == {}


class TestByHand:
    @pytest.fixture
    def message(self, web: Any, lena: Contact) -> Message:
        now = utc_now()
        return actions.propose(
            contact=lena, template_key="j-04.1", values=VALUES, origin_kind="journey", origin_id="1",
            idempotency_key="k", not_before=now + timedelta(days=1), expires_at=now + timedelta(days=3), now=now,
        )  # fmt: skip

    def test_holds_a_mail_back(self, web: Any, message: Message) -> None:
        web.post(f"/outbox/{message.pk}/hold-back")

        assert Message.objects.get().state == "suppressed"
        assert Verdict.objects.get().reason == "recalled_by_hand"

    def test_sends_one_of_unknown_fate_once_more(self, web: Any, message: Message) -> None:
        Message.objects.update(state="uncertain", rfc_message_id="<a@b>")

        web.post(f"/outbox/{message.pk}/retry")

        assert (Message.objects.get().state, Message.objects.get().rfc_message_id) == ("queued", "<a@b>")

    def test_says_when_it_is_too_late(self, web: Any, message: Message) -> None:
        Message.objects.update(state="accepted")

        page = web.post(f"/outbox/{message.pk}/retry", follow=True)

        assert "Nothing can be done" in page.content.decode()

    def test_filters_the_outbox_by_reason_and_sender(self, web: Any, message: Message, now: Any) -> None:
        web.post(f"/outbox/{message.pk}/hold-back")

        found = web.get("/outbox/?reason=recalled_by_hand").content.decode()
        nothing = web.get("/outbox/?reason=ramadan").content.decode()
        own = web.get(f"/outbox/?sender={Sender.objects.get().pk}").content.decode()

        assert f"/outbox/{message.pk}/" in found
        assert f"/outbox/{message.pk}/" not in nothing
        assert f"/outbox/{message.pk}/" in own
