"""Mailboxes, what came in, and what a domain says, in the console."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.test import Client

from guanxi.console import domain_pages
from guanxi.inbox.models import Arrival, Mailbox, ProviderKey
from guanxi.ledger.models import Contact, Event
from guanxi.outbox.models import Sender
from guanxi.staff.models import AuditEntry

pytestmark = pytest.mark.django_db
GIVEN = {
    "name": "Replies", "host": "127.0.0.1", "port": "1", "security": "none", "username": "us", "password": "a secret",
    "folder": "INBOX", "purpose": "both", "every_minutes": "5", "is_active": "on",
}  # fmt: skip


@pytest.fixture
def owner(client_of: Any, ada: Any) -> Client:
    client: Client = client_of(ada)
    return client


def arrived(now: datetime, **changes: Any) -> Arrival:
    fields = {
        "source": "mailbox:1",
        "key": "1",
        "kind": "reply",
        "state": "unmatched",
        "sender": "new@x.example",
        "subject": "Quote",
        "text": "500 pieces?",
        "came_at": now,
        "recorded_at": now,
        "expires_at": now,
    }
    return Arrival.objects.create(**(fields | changes))


class TestMailboxes:
    def test_are_added_changed_tested_and_removed(self, owner: Client) -> None:
        owner.post("/mailboxes/add", GIVEN)
        box = Mailbox.objects.get()
        page = owner.get(f"/mailboxes/{box.pk}/").content.decode()
        assert "a secret" not in page
        assert "cannot be reached" in owner.post(f"/mailboxes/{box.pk}/test", follow=True).content.decode()

        owner.post(f"/mailboxes/{box.pk}/change", GIVEN | {"password": "", "name": "Answers"})
        assert (str(Mailbox.objects.get().password), Mailbox.objects.get().name) == ("a secret", "Answers")

        owner.post(f"/mailboxes/{box.pk}/remove")
        assert not Mailbox.objects.exists()
        noted = AuditEntry.objects.filter(act__startswith="mailbox.").order_by("id")
        assert list(noted.values_list("act", flat=True)) == [
            "mailbox.added", "mailbox.changed", "mailbox.removed",
        ]  # fmt: skip

    @pytest.mark.parametrize("change", [{"host": "imap.elsewhere.example"}, {"port": "1993"}, {"security": "starttls"}])
    def test_send_the_known_password_nowhere_else(self, change: dict[str, str], owner: Client) -> None:
        """RS-42"""
        owner.post("/mailboxes/add", GIVEN)
        box = Mailbox.objects.get()

        answer = owner.post(f"/mailboxes/{box.pk}/change", GIVEN | {"password": ""} | change, follow=True)

        assert "enter it again" in answer.content.decode()
        assert Mailbox.objects.get().host == GIVEN["host"]

    def test_of_odd_values_are_refused_with_a_sentence(self, owner: Client) -> None:
        answer = owner.post("/mailboxes/add", GIVEN | {"port": "99999"})

        assert (answer.status_code, Mailbox.objects.count()) == (422, 0)

    def test_show_the_reason_of_a_failure(self, owner: Client, now: datetime) -> None:
        Mailbox.objects.create(
            name="B", host="h", username="u", due_at=now, created_at=now, last_error="no such folder"
        )

        assert "no such folder" in owner.get("/mailboxes/").content.decode()


class TestProviderKeys:
    def test_are_set_and_taken_away_and_never_shown(self, owner: Client) -> None:
        """RS-42: secrets are write-only."""
        owner.post("/mailboxes/providers/postmark", {"secret": "a long secret"})
        assert str(ProviderKey.objects.get().secret) == "a long secret"
        page = owner.get("/mailboxes/").content.decode()
        assert "a long secret" not in page
        assert "/v1/hooks/postmark" in page

        owner.post("/mailboxes/providers/postmark", {"secret": ""})
        assert not ProviderKey.objects.exists()

    def test_of_an_unknown_provider_are_refused(self, owner: Client) -> None:
        owner.post("/mailboxes/providers/nobody", {"secret": "x"})

        assert not ProviderKey.objects.exists()


class TestTheInbox:
    @pytest.mark.parametrize(
        "view", ["", "waiting", "quarantine", "replies", "hard", "soft", "complaints", "automatic", "x"]
    )
    def test_shows_every_view(self, owner: Client, now: datetime, view: str) -> None:
        arrived(now)
        arrived(now, key="2", kind="hard", state="quarantined", reason="user_unknown", sender="", text="550")

        assert owner.get(f"/inbox/?view={view}").status_code == 200

    def test_gives_a_strangers_letter_to_a_contact(self, owner: Client, lena: Contact, now: datetime) -> None:
        letter = arrived(now)

        owner.post(f"/inbox/{letter.pk}/give", {"email": "nobody@x.example"})
        assert not Event.objects.exists()
        owner.post(f"/inbox/{letter.pk}/give", {"email": lena.email})

        assert Event.objects.get(name="email.replied").contact == lena

    def test_deletes_what_is_of_no_use_but_nothing_that_counted(self, owner: Client, now: datetime) -> None:
        owner.post(f"/inbox/{arrived(now).pk}/aside")
        done = arrived(now, key="3", state="done")
        owner.post(f"/inbox/{done.pk}/aside")

        assert list(Arrival.objects.values_list("key", flat=True)) == ["3"]

    def test_shows_a_mail_as_text_whatever_it_holds(self, owner: Client, now: datetime) -> None:
        """RS-09, RS-11: mail-derived text is escaped."""
        arrived(now, subject="<script>alert(1)</script>", text="<img src=x onerror=alert(1)>", sender="<b>@x.example")

        page = owner.get("/inbox/").content.decode()
        assert "<script>alert(1)" not in page
        assert "<img src=x" not in page
        assert "&lt;img src=x" in page


class _Nothing:
    """A name system in which nothing is."""

    def txt(self, name: str) -> list[str]:
        return []

    mx = addresses = alias = names_of = txt


class TestTheDomainOfASender:
    def test_is_looked_at_when_asked(self, owner: Client, monkeypatch: pytest.MonkeyPatch) -> None:
        """RP-13: the set-up page finds SPF, DKIM, DMARC and gives the record to paste."""
        monkeypatch.setattr(domain_pages, "resolver_of", _Nothing)
        sender = Sender.objects.create(name="Ada", address="ada@ningbo-firm.example")

        before = owner.get(f"/senders/{sender.pk}/domain").content.decode()
        after = owner.get(f"/senders/{sender.pk}/domain?look=1").content.decode()

        assert "v=DMARC1" not in before
        assert "_dmarc.ningbo-firm.example TXT v=DMARC1; p=none" in after
        assert "does not say who may send for it" in after

    def test_every_code_has_words(self) -> None:
        import re
        from pathlib import Path

        from guanxi.transports import dmarc, domain_check, spf, tls_probe

        source = "".join(Path(str(module.__file__)).read_text() for module in (spf, dmarc, domain_check, tls_probe))
        codes = set(re.findall(r'"((?:spf|dkim|dmarc|return|ptr|mx|tls|tracking|relay|no)_[a-z_]+)"', source))
        assert codes - set(domain_pages.WORDS) <= {"return_path"}
