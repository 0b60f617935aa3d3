"""The worker reads mailboxes over IMAP: each mail once, whatever the server does."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from guanxi.inbox import actions, fetching, imap
from guanxi.inbox.imap import CannotRead, Fetched, Place
from guanxi.inbox.models import Arrival, Mailbox
from guanxi.ledger.models import Event
from guanxi.outbox.models import Message
from tests.rooms.inbox.conftest import bounce_of, letter
from tests.rooms.inbox.imap_server import ImapServer

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture
def server() -> Iterator[ImapServer]:
    server = ImapServer()
    yield server
    server.close()


@pytest.fixture
def box(server: ImapServer, now: datetime) -> Mailbox:
    return actions.save_mailbox(
        mailbox=None,
        values={"name": "Replies", "host": "127.0.0.1", "port": server.port, "security": "none", "username": "us",
                "password": "a secret", "folder": "INBOX"},
        now=now,
    )  # fmt: skip


def read(at: datetime) -> int:
    return fetching.fetch_due(clock=lambda: at)


class TestFetchDue:
    def test_takes_in_what_is_new_and_changes_nothing_on_the_server(
        self, server: ImapServer, box: Mailbox, message: Message, now: datetime
    ) -> None:
        server.deliver(letter(In_Reply_To=message.rfc_message_id))
        server.deliver(bounce_of(message))

        assert read(now) == 2

        assert {event.name for event in Event.objects.all()} == {"email.replied", "email.bounced"}
        box.refresh_from_db()
        assert (box.last_uid, box.uid_validity, box.last_error, box.read_at) == (2, 7, "", now)
        assert not any("STORE" in command or command.startswith("SELECT") for command in server.commands)

    def test_takes_each_mail_once(self, server: ImapServer, box: Mailbox, message: Message, now: datetime) -> None:
        """RD-12: the next visit begins behind the last mail."""
        server.deliver(letter(In_Reply_To=message.rfc_message_id))

        assert (read(now), read(now), read(now + 6 * MINUTE)) == (1, 0, 0)
        assert (Arrival.objects.count(), Event.objects.count()) == (1, 1)

    def test_takes_no_mail_twice_when_the_folder_is_numbered_anew(
        self, server: ImapServer, box: Mailbox, message: Message, now: datetime
    ) -> None:
        """RD-12: UIDVALIDITY may change; the mail itself tells that it is known."""
        server.deliver(letter(In_Reply_To=message.rfc_message_id))
        read(now)
        server.validity = 8
        server.mails = {40 + number: raw for number, raw in server.mails.items()}

        assert read(now + 6 * MINUTE) == 0

        box.refresh_from_db()
        assert (box.uid_validity, box.last_uid, Event.objects.count()) == (8, 41, 1)

    def test_takes_no_mail_twice_after_a_crash_before_the_cursor_was_kept(
        self, server: ImapServer, box: Mailbox, message: Message, now: datetime
    ) -> None:
        server.deliver(letter(In_Reply_To=message.rfc_message_id))
        read(now)
        Mailbox.objects.update(last_uid=0, due_at=now)

        assert read(now) == 0
        assert Event.objects.count() == 1

    def test_reads_a_mailbox_that_another_worker_holds_not_before_its_lease_ends(
        self, server: ImapServer, box: Mailbox, message: Message, now: datetime
    ) -> None:
        server.deliver(letter(In_Reply_To=message.rfc_message_id))
        Mailbox.objects.update(lease_until=now + MINUTE)

        assert (read(now), read(now + 2 * MINUTE)) == (0, 1)

    @pytest.mark.parametrize(
        ("trouble", "word"), [("no_login", "refused"), ("cut", "127.0.0.1"), ("garbage", "127.0.0.1")]
    )
    def test_keeps_the_reason_of_a_failure_and_tries_again_later(
        self, server: ImapServer, box: Mailbox, message: Message, now: datetime, trouble: str, word: str
    ) -> None:
        server.deliver(letter(In_Reply_To=message.rfc_message_id))
        server.trouble = trouble

        assert read(now) == 0

        box.refresh_from_db()
        assert word in box.last_error
        assert (box.failing_since, box.lease_until, box.due_at) == (now, None, now + 5 * MINUTE)
        server.trouble = ""
        assert read(now + 6 * MINUTE) == 1
        box.refresh_from_db()
        assert (box.last_error, box.failing_since) == ("", None)

    @pytest.mark.parametrize("trouble", ["slow", "hang"])
    def test_a_server_that_drips_does_not_hold_the_worker(
        self, server: ImapServer, box: Mailbox, now: datetime, trouble: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """RP-15 for reading: the time counts for the whole visit, not for each byte."""
        monkeypatch.setattr(imap, "VISIT_SECONDS", 0.6)
        monkeypatch.setattr(imap, "CONNECT_SECONDS", 0.5)
        server.deliver(letter("word " * 200))
        server.trouble = trouble
        began = time.monotonic()

        read(now)

        assert time.monotonic() - began < 20, "the server itself holds on for half a minute"
        box.refresh_from_db()
        assert box.last_error

    def test_a_mail_that_breaks_the_reading_is_set_apart_and_the_next_one_read(
        self, server: ImapServer, box: Mailbox, message: Message, now: datetime, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        server.deliver("Subject: poison\n\nx\n")
        server.deliver(letter(In_Reply_To=message.rfc_message_id))
        whole = fetching.receive

        def receive(*, raw: bytes, **rest: Any) -> Arrival | None:
            if b"poison" in raw:
                raise ValueError("cannot be read")
            return whole(raw=raw, **rest)

        monkeypatch.setattr(fetching, "receive", receive)

        assert read(now) == 2
        assert Arrival.objects.filter(state="quarantined", reason="unreadable").count() == 1
        assert Event.objects.count() == 1

    def test_takes_in_what_came_before_the_server_went_away_and_the_rest_next_time(
        self, server: ImapServer, box: Mailbox, message: Message, now: datetime
    ) -> None:
        """RD-12: a slow or broken visit loses nothing and repeats nothing; else a full mailbox is never read."""
        for words in ("first", "second", "third"):
            server.deliver(letter(words))
        server.cut_at = 2

        assert fetching.fetch_due(clock=lambda: now, limit=1) == 1
        box.refresh_from_db()
        assert (box.last_uid, box.due_at) == (1, now)
        server.cut_at = 0
        assert read(now) == 2

    def test_a_mail_that_the_server_does_not_hand_out_is_named_and_stops_none_behind_it(
        self, server: ImapServer, box: Mailbox, now: datetime
    ) -> None:
        server.deliver(letter("first"))
        server.deliver(letter("second"))
        server.refused[1] = "NO The requested message could not be converted"

        assert read(now) == 2

        apart = Arrival.objects.get(state="quarantined")
        assert "mail 1 of INBOX" in apart.text
        assert Arrival.objects.exclude(pk=apart.pk).get().text == "second"

    def test_a_mail_refused_for_now_is_asked_for_again(self, server: ImapServer, box: Mailbox, now: datetime) -> None:
        server.deliver(letter())
        server.refused[1] = "NO [UNAVAILABLE] try later"

        assert read(now) == 0
        server.refused.clear()
        assert read(now + 6 * MINUTE) == 1

    def test_leaves_old_mails_of_a_mailbox_that_is_read_for_the_first_time(
        self, server: ImapServer, box: Mailbox, message: Message, now: datetime
    ) -> None:
        """RD-12: answers of former years are no news, nor is what was read and forgotten before a new numbering."""
        server.old = {server.deliver(letter("of last year", In_Reply_To=message.rfc_message_id))}
        server.deliver(letter("of today", In_Reply_To=message.rfc_message_id))

        assert read(now) == 1

        assert [event.properties["text"] for event in Event.objects.all()] == ["of today"]
        since = f"{now - timedelta(days=30):%d-%b-%Y}"
        assert any(f"1:* SINCE {since}" in command for command in server.commands)

    def test_comes_again_at_once_when_more_is_waiting(self, box: Mailbox, now: datetime) -> None:
        def fetch(place: Place, **_: Any) -> Fetched:
            return Fetched(7, [(1, letter().encode())], waiting=3)

        fetching.fetch_due(clock=lambda: now, fetch=fetch, limit=1)

        box.refresh_from_db()
        assert box.due_at == now


class TestTryOut:
    def test_counts_the_mails(self, server: ImapServer, box: Mailbox) -> None:
        server.deliver(letter())

        assert imap.try_out(fetching.place_of(box)) == 1

    def test_says_that_a_folder_is_not_there(self, server: ImapServer, box: Mailbox) -> None:
        box.folder = "Archiv/Kunden ü"

        with pytest.raises(CannotRead, match="no folder"):
            imap.try_out(fetching.place_of(box))

        assert any("Archiv/Kunden &APw-" in command for command in server.commands)

    def test_says_that_nobody_listens(self, server: ImapServer, box: Mailbox) -> None:
        server.close()
        box.port = 1

        with pytest.raises(CannotRead, match="cannot be reached"):
            imap.try_out(fetching.place_of(box))


class TestSaveMailbox:
    def test_seals_the_password_and_keeps_it_when_none_is_given(self, box: Mailbox, now: datetime) -> None:
        """RE-01, RS-42: the secret lies sealed, and an empty field leaves it."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT password FROM inbox_mailbox")
            assert "a secret" not in cursor.fetchone()[0]

        actions.save_mailbox(mailbox=box, values={"password": "", "name": "New"}, now=now)

        fresh = Mailbox.objects.get()
        assert (str(fresh.password), fresh.name) == ("a secret", "New")

    def test_begins_anew_in_another_folder(self, box: Mailbox, now: datetime) -> None:
        Mailbox.objects.update(last_uid=9, uid_validity=7)

        actions.save_mailbox(mailbox=Mailbox.objects.get(), values={"folder": "Bounces"}, now=now)

        assert Mailbox.objects.get().last_uid == 0

    def test_takes_no_other_names(self, box: Mailbox, now: datetime) -> None:
        with pytest.raises(ValueError, match="last_uid"):
            actions.save_mailbox(mailbox=box, values={"last_uid": 3}, now=now)


class TestForgetExpired:
    def test_deletes_what_was_kept_long_enough(self, box: Mailbox, server: ImapServer, now: datetime) -> None:
        """RL-11: what came in is kept for 30 days."""
        server.deliver(letter(sender="stranger@x.example"))
        read(now)

        assert fetching.forget_expired(now=now + timedelta(days=29)) == 0
        assert fetching.forget_expired(now=now + timedelta(days=31)) == 1
