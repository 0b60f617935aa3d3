"""One mail from a person to one contact."""

from __future__ import annotations

from datetime import datetime, timedelta
from email import message_from_bytes, policy

import pytest

from guanxi.campaigns import personal
from guanxi.campaigns.personal import Mail, MailMistake
from guanxi.consent import actions as consent_actions
from guanxi.content import actions as content_actions
from guanxi.ledger.models import Contact
from guanxi.outbox.models import Message, Verdict
from guanxi.staff.actions import NotAllowed
from guanxi.staff.models import AuditEntry, User
from tests.rooms.campaigns import world

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("firm")]
MAIL = Mail(subject="Your drawing", text="the corrected drawing is ready.\n<b>May we</b> send {{ firm.name }} it?")


@pytest.fixture(autouse=True)
def _library(firm: None, now: datetime) -> None:
    content_actions.install_library(now=now, keys=["personal"])


def sent_to(contact: Contact, at: datetime) -> list[str]:
    """The mails that left, as text."""
    found = []
    for envelope in world.send(at).carried:
        mail = message_from_bytes(envelope.message, policy=policy.default)
        if contact.email in str(mail["To"]):
            body = mail.get_body(("html",))  # type: ignore[attr-defined]
            found.append(f"{mail['Subject']}|{mail['From']}|{mail['Reply-To']}|{body.get_content()}")
    return found


class TestSend:
    def test_reads_as_a_letter_in_the_readers_own_form(self, ada: User, yuki: Contact, now: datetime) -> None:
        """C-03: 田中課長 is greeted by her rank in a mail of one person too; replies go to the person."""
        at = now.replace(hour=2)
        personal.send(contact=yuki, mail=MAIL, by=ada, now=at, nonce="a")

        [mail] = sent_to(yuki, at)

        assert "田中課長" in mail
        assert mail.startswith("Your drawing|Ada Lin <sales@ningbo-firm.example>|ada@ningbo-firm.example|")

    def test_keeps_the_text_plain(self, ada: User, lena: Contact, now: datetime) -> None:
        """RS-06: what a person types is neither markup nor a placeholder."""
        personal.send(contact=lena, mail=MAIL, by=ada, now=now, nonce="a")

        [mail] = sent_to(lena, now)

        assert "&lt;b&gt;May we&lt;/b&gt; send {{ firm.name }} it?" in mail

    def test_is_sent_once_whatever_is_clicked(self, ada: User, lena: Contact, now: datetime) -> None:
        first = personal.send(contact=lena, mail=MAIL, by=ada, now=now, nonce="a")

        assert personal.send(contact=lena, mail=MAIL, by=ada, now=now, nonce="a") == first
        assert personal.send(contact=lena, mail=MAIL, by=ada, now=now, nonce="b") != first

    def test_obeys_the_same_gates(self, ada: User, lena: Contact, now: datetime) -> None:
        """RD-04: an address on the suppression list gets no mail of a person either."""
        consent_actions.suppress(address=lena.email, scope="all", reason="complaint", now=now)
        message = personal.send(contact=lena, mail=MAIL, by=ada, now=now, nonce="a")

        assert sent_to(lena, now) == []
        assert Message.objects.get(pk=message.pk).state == "suppressed"
        assert Verdict.objects.filter(message=message, outcome="drop", reason="suppressed").exists()

    def test_can_wait_for_a_moment(self, ada: User, lena: Contact, now: datetime) -> None:
        later = now + timedelta(hours=3)
        message = personal.send(
            contact=lena, mail=Mail(subject="Later", text="Hello", send_at=later), by=ada, now=now, nonce="a"
        )

        assert sent_to(lena, now) == []
        assert message.not_before == later

    def test_stands_in_the_audit_trail(self, ada: User, lena: Contact, now: datetime) -> None:
        message = personal.send(contact=lena, mail=MAIL, by=ada, now=now, nonce="a")

        entry = AuditEntry.objects.get(act="mail.written")
        assert (entry.actor, entry.object_id) == (ada, str(message.pk))

    def test_is_refused_to_whoever_may_only_look(self, bo: User, lena: Contact, now: datetime) -> None:
        with pytest.raises(NotAllowed):
            personal.send(contact=lena, mail=MAIL, by=bo, now=now, nonce="a")

    @pytest.mark.parametrize(
        ("mail", "field"),
        [
            (Mail(subject="", text="x"), "subject"),
            (Mail(subject="x", text=" "), "text"),
            (Mail(template_key="none"), "letter"),
        ],
    )
    def test_says_what_is_missing(self, ada: User, lena: Contact, now: datetime, mail: Mail, field: str) -> None:
        with pytest.raises(MailMistake) as caught:
            personal.send(contact=lena, mail=mail, by=ada, now=now, nonce="a")

        assert caught.value.field == field
        assert Message.objects.count() == 0


class TestTryOut:
    def test_shows_the_letter_and_what_the_gates_say(self, ada: User, diego: Contact, now: datetime) -> None:
        trial = personal.try_out(contact=diego, mail=MAIL, by=ada, now=now)

        assert trial.judgement.state == "held"
        assert "the corrected drawing" in trial.rendered.html
        assert "/p/preferences/sample" in trial.rendered.text  # looking at it acts for nobody
        assert Message.objects.count() == 0

    def test_offers_letters_that_need_nothing_else(self, now: datetime) -> None:
        world.a_letter("unwritten", now=now, subjects={})
        keys = {each.key for each in personal.letters()}

        assert "spring" in keys
        assert not {"personal", "j-04.1", "j-17.1", "unwritten"} & keys
