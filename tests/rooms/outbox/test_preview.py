"""A letter as one contact gets it, when it leaves and why: the real gates, and nothing written."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.apps import apps

from guanxi.console import preview_words
from guanxi.content import actions as content_actions
from guanxi.content import queries as content_queries
from guanxi.content.models import Letter, Template
from guanxi.firm import actions as firm_actions
from guanxi.ledger.models import Contact
from guanxi.outbox import actions, facts, previews
from guanxi.outbox.models import Message, Sender, Verdict
from guanxi.outbox.previews import Preview
from tests import cast

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("firm")]
IN_RAMADAN = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


def look(contact: Contact, key: str = "j-17.1", *, at: datetime = cast.NOW, **changes: Any) -> Preview:
    return previews.preview(template=content_queries.template(key), contact=contact, at=at, **changes)


def a_template(key: str, occasion: str) -> None:
    """With the letters of j-17.1."""
    template = Template.objects.create(
        key=key, title=key, kind="marketing", occasion=occasion, created_at=cast.NOW
    )  # fmt: skip
    for letter in Letter.objects.filter(template__key="j-17.1"):
        letter.pk, letter.template = None, template
        letter.save(force_insert=True)


def counts() -> dict[str, int]:
    return {model._meta.label: model.objects.count() for model in apps.get_models() if hasattr(model, "objects")}


class TestAPastMoment:
    def test_knows_nothing_of_later_mails(self, lena: Contact) -> None:
        """CN-24, CN-19: a mail of today holds nothing back that is looked at as of last week."""
        cast.permit(lena, at=cast.NOW - timedelta(days=30))
        Message.objects.create(
            idempotency_key="today", contact=lena, customer=lena.customer, kind="marketing", state="accepted",
            template=content_queries.template("j-17.1"), origin_kind="journey", origin_id="j-17", due_at=cast.NOW,
            not_before=cast.NOW, expires_at=cast.NOW, proposed_at=cast.NOW, handed_at=cast.NOW, accepted_at=cast.NOW,
        )  # fmt: skip
        last_week = cast.NOW - timedelta(days=7)

        assert look(lena, at=last_week).leaves_at == last_week
        assert look(lena, at=cast.NOW + timedelta(hours=1)).leaves_at != cast.NOW + timedelta(hours=1)


class TestRamadan:
    """C-05, CN-25, J-21.1: marketing to the listed countries waits, orders go on."""

    def test_holds_marketing_with_the_reason_in_words(self, fatima: Contact) -> None:
        cast.permit(fatima)

        found = look(fatima, at=IN_RAMADAN)

        assert found.leaves_at == datetime(2026, 3, 25, 6, 0, tzinfo=UTC)
        words = preview_words.sentences(found)
        assert "held until 19 March 2026: Ramadan" in words
        assert "leaves at 25 March 2026, 09:00 (Asia/Riyadh)" in words

    def test_is_told_beside_a_refusal(self, fatima: Contact) -> None:
        """CN-24: without a permission it never leaves, and the month would make it wait as well."""
        found = look(fatima, at=IN_RAMADAN)

        words = preview_words.sentences(found)
        assert found.leaves_at is None
        assert words[0].startswith("not sent: ")
        assert "held until 19 March 2026: Ramadan" in words

    def test_is_told_where_no_sender_is_set_up(self, fatima: Contact) -> None:
        """CN-24: what the firm lacks is told once and hides neither the calendar nor the moment."""
        cast.permit(fatima)
        Sender.objects.all().delete()

        found = look(fatima, at=IN_RAMADAN)

        words = preview_words.sentences(found)
        assert words.count("no sender is set up") == 1
        assert "held until 19 March 2026: Ramadan" in words
        assert found.leaves_at == datetime(2026, 3, 25, 6, 0, tzinfo=UTC)

    def test_gives_each_reason_its_own_end(self, lena: Contact) -> None:
        """CN-24: the evening is over in the morning, whatever comes after it."""
        cast.permit(lena)

        words = preview_words.sentences(look(lena, at=datetime(2026, 12, 23, 17, 0, tzinfo=UTC)))

        assert words[0] == "held until 24 December 2026, 08:00 (Europe/Berlin): outside working hours there"
        assert "held until 26 December 2026: Christmas" in words
        assert "leaves at 4 January 2027, 08:00 (Europe/Berlin)" in words

    def test_keeps_the_days_of_the_readers_region(self, lena: Contact) -> None:
        """C-05: Corpus Christi is a working day in Hamburg and none in Munich."""
        cast.permit(lena)
        corpus_christi = datetime(2026, 6, 4, 8, 0, tzinfo=UTC)
        assert look(lena, at=corpus_christi).leaves_at == corpus_christi

        lena.city = "München"
        found = look(lena, at=corpus_christi)

        assert found.leaves_at == datetime(2026, 6, 5, 6, 0, tzinfo=UTC)
        assert "held until 4 June 2026: public holiday there: Corpus Christi" in preview_words.sentences(found)

    def test_lets_an_order_notice_go(self, fatima: Contact) -> None:
        assert look(fatima, "j-04.1", at=IN_RAMADAN).leaves_at == IN_RAMADAN

    def test_moves_with_the_moon(self, fatima: Contact) -> None:
        """CN-25: an administrator moves the month by a day, for all or for one country."""
        cast.permit(fatima)
        last_day = datetime(2026, 2, 17, 8, 0, tzinfo=UTC)
        assert look(fatima, at=last_day).leaves_at == last_day

        actions.set_policy(changes={"ramadan_shift_days": -1})
        assert look(fatima, at=last_day).leaves_at != last_day
        actions.set_policy(changes={"ramadan_shift_days": 0})
        firm_actions.override_culture(country="SA", field="moon_shift_days", value=-1, now=cast.NOW)
        assert look(fatima, at=last_day).leaves_at != last_day

    def test_lets_the_eid_greeting_leave_on_the_feast_and_the_offer_after_it(self, fatima: Contact) -> None:
        """C-06, J-21.2: greeting at Eid al-Fitr, then the after-festival promotion."""
        cast.permit(fatima)
        for key, occasion in (("j-21.1", "eid_al_fitr"), ("j-21.2", "")):
            a_template(key, occasion)
        eve = datetime(2026, 3, 19, 8, 0, tzinfo=UTC)

        greeting, offer = look(fatima, "j-21.1", at=eve), look(fatima, "j-21.2", at=eve)

        assert greeting.leaves_at == datetime(2026, 3, 20, 6, 0, tzinfo=UTC)
        assert offer.leaves_at == datetime(2026, 3, 25, 6, 0, tzinfo=UTC)


class TestGates:
    @pytest.mark.parametrize(
        ("key", "origin_kind", "rests_on"),
        [
            ("j-04.1", "journey", "contract"), ("j-20.1", "consent", "duty"), ("double-opt-in.1", "consent", "request"),
            ("personal", "person", "correspondence"), ("j-26.1", "person", "correspondence"),
        ],
    )  # fmt: skip
    def test_names_what_a_letter_rests_on(self, key: str, origin_kind: str, rests_on: str) -> None:
        """G-12: a question whether a sign-up is his own belongs to no order, and is not said to."""
        message = Message(template=Template(key=key), origin_kind=origin_kind)

        assert facts.ground_of(message) == rests_on
        assert preview_words.reason_words(rests_on) != rests_on

    def test_says_why_it_would_not_leave(self, lena: Contact) -> None:
        found = look(lena)

        assert (found.leaves_at, found.state) == (None, "suppressed")
        assert preview_words.sentences(found)[0] == "not sent: the contact never permitted marketing"
        assert found.rendered.subject

    def test_follows_the_cap_into_the_next_fitting_hour(self, lena: Contact, propose: Any) -> None:
        cast.permit(lena)
        Message.objects.filter(pk=propose(lena).pk).update(state="accepted", handed_at=cast.NOW)

        found = look(lena)

        assert found.leaves_at is not None
        assert found.leaves_at.date().isoformat() == "2026-05-15"  # the 14th is Ascension Day
        assert any("had a marketing mail within 24 hours" in each for each in preview_words.sentences(found))

    def test_changes_nothing(self, yuki: Contact) -> None:
        before = counts()

        look(yuki)

        assert counts() == before
        assert not Verdict.objects.exists()


class TestClock:
    """An unknown or wrong zone falls back visibly and never drops a person."""

    def test_says_what_was_wrong_and_what_is_used(self, lena: Contact) -> None:
        cast.permit(lena)
        Contact.objects.filter(pk=lena.pk).update(time_zone="Mars/Olympus", city="")
        lena.refresh_from_db()

        found = look(lena)

        assert found.leaves_at is not None
        (said,) = [each for each in preview_words.sentences(found) if "Mars" in each]
        assert said == "'Mars/Olympus' is no time zone; reckoned in Europe/Berlin, from the country (sure)"

    def test_guesses_for_somebody_of_whom_nothing_is_known(self, now: datetime) -> None:
        nobody = cast.a_contact(customer=cast.a_customer(name="Somebody"), email="x@somebody.example")
        cast.permit(nobody)

        found = look(nobody)

        assert found.leaves_at is not None
        assert found.place.source == "firm"
        assert any("taken from the firm" in each and "a guess" in each for each in preview_words.sentences(found))


class TestLetter:
    def test_speaks_the_readers_language_with_his_title(self, yuki: Contact) -> None:
        """C-03, C-04: 田中課長, and the modest closing."""
        text = look(yuki).rendered.text

        assert text.startswith("田中課長\n")
        assert "お手数をおかけいたしますが" in text

    def test_is_what_the_mail_would_say(self, lena: Contact, ada: Any) -> None:
        """X-11, X-12: his own salutation and firm, our sender, the articles chosen for him; nothing but the occasion
        is a sample, and no link acts for him.
        """
        template = content_actions.create_template(title="For you", kind="marketing", now=cast.NOW)
        blocks = [
            {"type": "greeting"},
            {"type": "text", "html": "<p>{{ customer.name }}: {{ customer.tier | default: '-' }}</p>"},
            {"type": "products", "fallback": "<p>Ask us.</p>"}, {"type": "signature"},
        ]  # fmt: skip
        written = content_actions.Written("For {{ customer.name }}", blocks=blocks)
        letter = content_actions.save_draft(
            template=template, language="en", written=written, revision=0, author=ada, now=cast.NOW
        )

        found = look(lena, template.key, letter=letter).rendered

        assert found.subject == "For Alsterkontor Handels GmbH"
        for told in ("Petersen", "Alsterkontor Handels GmbH: -", "Ask us.", "Ada Lin", "/p/u/sample"):
            assert told in found.text
        for sample in ("Torque wrench", "Lin Ruoxi", "Beilun"):
            assert sample not in found.text

    def test_says_that_a_letter_is_missing_in_a_language(self, lena: Contact) -> None:
        Contact.objects.filter(pk=lena.pk).update(language="fi")
        lena.refresh_from_db()

        assert "there is no letter in Finnish: the reader gets it in English" in preview_words.sentences(look(lena))

    def test_marks_advertising_for_china(self, now: datetime) -> None:
        """RL-16: the subject of marketing mail to readers in China begins with AD."""
        wang = cast.a_contact(
            customer=cast.a_customer(name="Ningbo Tools", country="CN"), email="wang@tools.example",
            family_name="王", position="经理",
        )  # fmt: skip

        assert look(wang).rendered.subject.startswith("AD ")
        assert not look(wang, "j-04.1").rendered.subject.startswith("AD ")

    def test_speaks_as_the_firm_wants(self, lena: Contact) -> None:
        """C-01: the firm's own value reaches the letter and the hour."""
        for field, value in (("closing.de", "Beste Grüße aus Ningbo"), ("working_hours", ["13:00", "15:00"])):
            firm_actions.override_culture(country="DE", field=field, value=value, now=cast.NOW)
        cast.permit(lena)

        found = look(lena)

        assert "Beste Grüße aus Ningbo" in found.rendered.text
        assert found.leaves_at == datetime(2026, 5, 13, 11, 0, tzinfo=UTC)


class TestFirmClosed:
    def test_waits_while_nobody_here_could_answer(self, diego: Contact) -> None:
        """Spring Festival on both sides: the firm's own closure holds its marketing everywhere."""
        cast.permit(diego)
        firm_actions.describe_firm(changes={"country": "CN"})
        at = datetime(2026, 2, 18, 16, 0, tzinfo=UTC)

        found = look(diego, at=at)

        assert found.leaves_at is not None
        assert found.leaves_at.date().isoformat() == "2026-02-25"
        assert "held until 24 February 2026: we are closed ourselves (Spring Festival)" in preview_words.sentences(
            found
        )
        assert look(diego, "j-04.1", at=at).leaves_at == at
