"""Mails that come in: bounces, complaints, programs, replies; each once, and only with proof."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from guanxi.consent import queries as consent_queries
from guanxi.consent.models import Suppression
from guanxi.inbox import actions
from guanxi.inbox.models import Arrival, Mailbox
from guanxi.ledger.models import Contact, Event
from guanxi.outbox.models import Message
from guanxi.outbox.return_path import return_path, unsubscribe_subject
from tests.rooms.inbox.conftest import Take, bounce_of, feedback_of, letter, unsubscribe_mail

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def scopes_of(contact: Contact) -> list[tuple[str, str]]:
    return list(Suppression.objects.filter(contact=contact).values_list("scope", "reason"))


class TestABounce:
    def test_of_a_dead_address_stops_all_mail_to_it(self, take: Take, message: Message) -> None:
        """RP-25: a bounce to our signed return path counts; the address gets nothing more."""
        arrival = take(bounce_of(message))

        assert arrival is not None
        assert (arrival.kind, arrival.state, arrival.matched_by) == ("hard", "done", "signature")
        assert scopes_of(message.contact) == [("all", "hard_bounce")]
        event = Event.objects.get(name="email.bounced")
        assert (event.contact, event.object_id, event.properties["class"]) == (message.contact, str(message.pk), "hard")
        message.refresh_from_db()
        assert (message.state, "User unknown" in message.last_reply) == ("accepted", True)

    def test_without_the_signed_address_counts_by_the_thread_and_its_reader(self, take: Take, message: Message) -> None:
        arrival = take(bounce_of(message, to="someone@b.example"))

        assert arrival is not None
        assert (arrival.kind, arrival.matched_by) == ("hard", "thread")

    @pytest.mark.parametrize("forged", ["b-1-aaaaaaaaaaaaaaaaaaaaaaaaaa@b.example", "bounce@b.example", ""])
    def test_without_proof_changes_nothing(self, take: Take, message: Message, forged: str) -> None:
        """RP-25: an unsigned or unknown token is set apart, and no state changes."""
        text = bounce_of(message, to=forged).replace(message.rfc_message_id, "<guessed@ningbo-firm.example>")

        arrival = take(text)

        assert arrival is not None
        assert (arrival.state, arrival.contact) == ("quarantined", None)
        assert (Suppression.objects.count(), Event.objects.count()) == (0, 0)

    def test_that_borrows_a_message_id_for_another_reader_changes_nothing(self, take: Take, message: Message) -> None:
        arrival = take(bounce_of(message, to="", of="yuki@nambabussan.example"))

        assert arrival is not None
        assert arrival.state == "quarantined"

    def test_taken_in_twice_counts_once(self, take: Take, message: Message) -> None:
        """RD-12: the same mail again is no news."""
        text = bounce_of(message)

        assert take(text) is not None
        assert take(text) is None
        assert (Arrival.objects.count(), Event.objects.count(), Suppression.objects.count()) == (1, 1, 1)

    def test_for_a_full_mailbox_is_told_and_stops_nothing(self, take: Take, message: Message) -> None:
        take(bounce_of(message, "552 5.2.2 Mailbox full"))

        assert Event.objects.get().properties["class"] == "soft"
        assert scopes_of(message.contact) == []

    def test_behind_a_forwarding_is_not_the_reader(self, take: Take, message: Message) -> None:
        take(bounce_of(message, of="old@private.example"))

        assert Event.objects.get().properties["reason"] == "forwarded"
        assert scopes_of(message.contact) == []

    def test_settles_a_mail_of_unknown_fate(self, take: Take, send: Callable[..., Message]) -> None:
        message = send(state="uncertain", accepted_at=None)

        take(bounce_of(message))

        message.refresh_from_db()
        assert message.state == "failed"

    def test_of_a_mail_that_never_left_is_set_apart(self, take: Take, send: Callable[..., Message]) -> None:
        message = send(state="queued", accepted_at=None, handed_at=None)

        arrival = take(bounce_of(message))

        assert arrival is not None
        assert arrival.state == "quarantined"


class TestSoftBounces:
    def soft(self, take: Take, send: Callable[..., Message], now: datetime, days: list[float]) -> Message:
        for number, day in enumerate(days):
            message = send(f"m{number}")
            take(bounce_of(message, "552 5.2.2 Mailbox full"), at=now + day * DAY)
        return message

    def test_of_five_mails_in_a_month_stop_marketing(
        self, take: Take, send: Callable[..., Message], now: datetime
    ) -> None:
        """RP-17: what is soft once is dead in the end: five different mails within 30 days, over at least three."""
        message = self.soft(take, send, now, [0, 2, 4, 6, 8])

        assert scopes_of(message.contact) == [("marketing", "soft_bounces")]

    @pytest.mark.parametrize("days", [[0, 2, 4, 6], [0, 0.1, 0.2, 0.3, 0.4], [0, 40, 41, 42, 43]])
    def test_stop_nothing_when_fewer_or_all_at_once(
        self, take: Take, send: Callable[..., Message], now: datetime, days: list[float]
    ) -> None:
        assert scopes_of(self.soft(take, send, now, days).contact) == []

    @pytest.mark.parametrize("name", ["order.placed", "contact.registered"])
    def test_do_not_count_before_a_sign_of_life(
        self, name: str, take: Take, send: Callable[..., Message], now: datetime, lena: Contact
    ) -> None:
        Event.objects.create(
            name=name, customer=lena.customer, contact=lena, occurred_at=now + 5 * DAY,
            recorded_at=now + 5 * DAY, source="test",
        )  # fmt: skip

        assert scopes_of(self.soft(take, send, now, [0, 2, 4, 6, 8]).contact) == []

    def test_for_our_own_fault_say_nothing_about_the_reader(
        self, take: Take, send: Callable[..., Message], now: datetime, lena: Contact
    ) -> None:
        for number in range(6):
            take(bounce_of(send(f"m{number}"), "550 5.7.26 unauthenticated mail: SPF"), at=now + number * DAY)

        assert scopes_of(lena) == []


class TestAComplaint:
    def test_stops_marketing_at_once_and_sends_nothing(self, take: Take, message: Message) -> None:
        """RP-27, RP-32: `abuse` stops marketing; the complainer gets no mail about it."""
        take(feedback_of(message))

        assert scopes_of(message.contact) == [("marketing", "complaint")]
        assert Event.objects.get().name == "email.complained"
        assert Message.objects.count() == 1

    @pytest.mark.parametrize("kind", ["not-spam", "auth-failure"])
    def test_that_is_none_is_ignored(self, take: Take, message: Message, kind: str) -> None:
        """RP-27: `not-spam` is ignored, and a report on our own authentication is no reader's word."""
        arrival = take(feedback_of(message, kind))

        assert arrival is not None
        assert (arrival.kind, arrival.reason) == ("complaint", kind)
        assert (Suppression.objects.count(), Event.objects.count()) == (0, 0)

    def test_without_proof_is_set_apart(self, take: Take, message: Message) -> None:
        text = feedback_of(message, to="fbl@b.example").replace(message.rfc_message_id, "<x@y.example>")

        arrival = take(text)

        assert arrival is not None
        assert arrival.state == "quarantined"
        assert Suppression.objects.count() == 0


class TestAProgram:
    def test_is_recorded_and_is_no_engagement(self, take: Take, message: Message) -> None:
        """RP-11: Auto-Submitted other than no never counts as engagement, and is never answered."""
        arrival = take(letter("I am away.", Auto_Submitted="auto-replied", In_Reply_To=message.rfc_message_id))

        assert arrival is not None
        assert (arrival.kind, arrival.contact) == ("auto_reply", message.contact)
        assert list(Event.objects.values_list("name", flat=True)) == ["email.answered_by_program"]
        assert Message.objects.count() == 1

    @pytest.mark.parametrize("header", ["Precedence", "List_Id", "Return_Path"])
    def test_that_says_so_by_a_header_is_no_reply(self, take: Take, message: Message, header: str) -> None:
        """RP-11: a null return path, List-* or Precedence: bulk is no reply of a reader."""
        values = {"Precedence": "bulk", "List_Id": "<news.example>", "Return_Path": "<>"}

        take(letter(**{header: values[header], "In_Reply_To": message.rfc_message_id}))

        assert not Event.objects.filter(name="email.replied").exists()

    def test_of_a_stranger_is_told_to_nobody(self, take: Take, message: Message) -> None:
        arrival = take(letter("Away.", sender="x@elsewhere.example", Auto_Submitted="auto-replied"))

        assert arrival is not None
        assert (arrival.state, Event.objects.count()) == ("unmatched", 0)


class TestAReply:
    def test_reaches_the_readers_timeline_with_his_own_words(self, take: Take, message: Message) -> None:
        quoted = "Please quote 500 pieces.\n\nOn Mon, 2 Nov 2026 at 10:00, Us wrote:\n> Dear Ms Petersen\n"

        take(letter(quoted, In_Reply_To=message.rfc_message_id))

        event = Event.objects.get(name="email.replied")
        assert (event.contact, event.object_id) == (message.contact, str(message.pk))
        assert event.properties["text"] == "Please quote 500 pieces."
        assert (event.is_historical, event.is_unread) == (False, True)

    def test_is_found_by_any_mail_of_the_thread(self, take: Take, message: Message) -> None:
        take(letter(In_Reply_To="<other@x.example>", References=f"<a@b.example> {message.rfc_message_id}"))

        assert Event.objects.get().object_id == str(message.pk)

    def test_of_a_colleague_stays_with_the_reader_and_names_him(self, take: Take, message: Message) -> None:
        take(letter(sender="boss@alsterkontor.example", In_Reply_To=message.rfc_message_id))

        event = Event.objects.get()
        assert (event.contact, event.properties["from"]) == (message.contact, "boss@alsterkontor.example")
        assert Contact.objects.count() == 1

    def test_without_a_thread_is_found_by_the_writers_address(self, take: Take, lena: Contact) -> None:
        arrival = take(letter(sender="LENA@Alsterkontor.example"))

        assert arrival is not None
        assert (arrival.matched_by, Event.objects.get().contact) == ("address", lena)

    def test_from_an_address_with_a_suffix_is_the_same_readers(self, take: Take, lena: Contact) -> None:
        arrival = take(letter(sender="Lena+cups@alsterkontor.example"))

        assert arrival is not None
        assert (arrival.contact, arrival.matched_by) == (lena, "address")

    def test_of_nothing_but_html_is_kept_without_what_it_quotes(self, take: Take, message: Message) -> None:
        html = "<p>Yes, 500.</p><blockquote>How many? <blockquote>Hello</blockquote></blockquote><p>Lena</p>"
        said = [
            take(letter(each, In_Reply_To=message.rfc_message_id, Content_Type="text/html")).text  # type: ignore[union-attr]
            for each in (html, "<blockquote>Forwarded only</blockquote>")
        ]

        assert [" ".join(each.split()) for each in said] == ["Yes, 500. Lena", "Forwarded only"]

    def test_of_a_stranger_waits_for_a_person(self, take: Take, lena: Contact, now: datetime) -> None:
        arrival = take(letter(sender="new@elsewhere.example"))

        assert arrival is not None
        assert (arrival.state, arrival.text, Event.objects.count()) == ("unmatched", "Please quote 500 pieces.", 0)

        actions.give_to(arrival=arrival, contact=lena, now=now)
        with pytest.raises(actions.NotWaiting):
            actions.give_to(arrival=arrival, contact=lena, now=now)

        assert Event.objects.get().contact == lena

    def test_only_adds_to_what_is_known(self, take: Take, message: Message) -> None:
        """RS-18: a letter from outside changes no contact, no customer and no consent, whatever it says."""
        before = Contact.objects.values().get()
        text = letter("X", sender="lena@alsterkontor.example", In_Reply_To=message.rfc_message_id).replace(
            "Lena <", "Somebody Else <"
        )

        take(text + "\nunsubscribe STOP owner=evil\n")

        assert Contact.objects.values().get() == before
        assert consent_queries.history_of(message.contact_id) == []
        assert Suppression.objects.count() == 0

    def test_lists_attachments_and_keeps_none(self, take: Take, message: Message) -> None:
        text = letter("x", In_Reply_To=message.rfc_message_id, Content_Type='multipart/mixed; boundary="M"').replace(
            "\n\nx\n",
            '\n\n--M\n\nSee drawing.\n--M\nContent-Type: application/pdf; name="a.pdf"\n'
            "Content-Disposition: attachment\n\n%PDF-1\n--M--\n",
        )

        arrival = take(text)

        assert arrival is not None
        assert arrival.attachments == ["a.pdf"]
        assert "PDF-1" not in str(Event.objects.get().properties)

    def test_taken_in_from_two_mailboxes_is_told_once(
        self, take: Take, message: Message, mailbox: Mailbox, now: datetime
    ) -> None:
        other = Mailbox.objects.create(name="Other", host="h", username="u", due_at=now, created_at=now)
        text = letter(In_Reply_To=message.rfc_message_id)

        take(text)
        take(text, into=other)

        assert (Arrival.objects.count(), Event.objects.count()) == (2, 1)

    def test_proves_that_an_uncertain_mail_arrived(self, take: Take, send: Callable[..., Message]) -> None:
        message = send(state="uncertain", accepted_at=None)

        take(letter(In_Reply_To=message.rfc_message_id))

        message.refresh_from_db()
        assert message.state == "accepted"


class TestAnUnsubscriptionByMail:
    def test_to_the_signed_mailbox_counts(self, take: Take, message: Message) -> None:
        """RP-01: the mailto of List-Unsubscribe works."""
        arrival = take(unsubscribe_mail(message))

        assert arrival is not None
        assert arrival.kind == "unsubscribe"
        assert scopes_of(message.contact) == [("marketing", "unsubscribed")]

    def test_with_the_signed_subject_counts_from_any_address(self, take: Take, message: Message) -> None:
        """RP-01: where the mailto leads to a plain mailbox, its subject is the proof; nothing of it is engagement."""
        arrival = take(letter("", sender="lena.home@private.example", Subject=unsubscribe_subject(message)))

        assert arrival is not None
        assert (arrival.kind, arrival.contact) == ("unsubscribe", message.contact)
        assert not Event.objects.filter(name="email.replied").exists()

    @pytest.mark.parametrize(
        ("words", "sender", "counts"),
        [
            ("Bitte austragen!", "", True),
            ("退订", "", True),
            ("Please unsubscribe the old buyer and send me the price list.", "", False),
            ("unsubscribe", "x@y.example", False),
        ],
    )
    def test_by_a_word_that_says_nothing_else_counts_from_his_own_address(
        self, take: Take, message: Message, words: str, sender: str, counts: bool
    ) -> None:
        """RL-02: an answer to our advertisement is heard, without a person in between."""
        named = {"sender": sender} if sender else {}
        take(letter(words, In_Reply_To=message.rfc_message_id, **named))

        assert bool(scopes_of(message.contact)) == counts

    def test_by_a_program_or_a_forged_address_does_not(self, take: Take, message: Message) -> None:
        take(unsubscribe_mail(message, Auto_Submitted="auto-replied"))
        take(letter(Delivered_To="u-1-aaaaaaaaaaaaaaaaaaaaaaaaaa@b.example", sender="x@y.example"))
        take(letter(Subject=f"unsubscribe-u-{message.pk}-aaaaaaaaaaaaaaaaaaaaaaaaaa"))

        assert Suppression.objects.count() == 0


class TestAMailboxForBouncesAlone:
    def test_tells_nobody_of_letters(self, take: Take, message: Message, mailbox: Mailbox) -> None:
        mailbox.purpose = "bounces"
        mailbox.save()

        take(letter(In_Reply_To=message.rfc_message_id))

        assert Event.objects.count() == 0

    def test_a_vacation_note_to_the_return_path_finds_its_reader(self, take: Take, message: Message) -> None:
        take(letter("Away", sender="x@y.example", Auto_Submitted="auto-replied",
                    Delivered_To=return_path(message, domain="b.example")))  # fmt: skip

        assert Event.objects.get().contact == message.contact
