"""What a reader may do on his own pages: choose, pause, correct, get, delete, object, answer the yearly letter."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client

from guanxi.consent import addressing, reaching, requests, topics, yearly
from guanxi.consent import queries as consent_queries
from guanxi.consent.models import AddressChange, Permission, ReaderChoice, SubjectRequest, Suppression, YearlyCheck
from guanxi.firm import actions as firm_actions
from guanxi.ledger.models import Contact, Event
from guanxi.outbox.addresses import (
    data_address,
    farewell_address,
    new_address,
    preferences_address,
    unsubscribe_address,
)
from guanxi.outbox.models import Message
from guanxi.public.words import all_words
from tests import cast

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("an_hour_later")]
Mail = Callable[..., Message]
NOW = cast.NOW + timedelta(hours=1)


@pytest.fixture(autouse=True)
def firm(db: None) -> None:
    firm_actions.describe_firm(changes={"name": "Ningbo Lamps", "postal_address": "1 Harbour Road\nNingbo"})
    topics.save_topic(key="lamps", titles={"en": "New lamps", "de": "Neue Lampen"}, now=cast.NOW)
    topics.save_topic(key="fairs", titles={"en": "Trade fairs"}, now=cast.NOW, position=1, is_default=False)


@pytest.fixture
def page(mail: Mail, lena: Contact) -> str:
    """The path of Lena's preferences."""
    cast.permit(lena)
    return path(preferences_address(lena.pk, mail(lena).pk))


@pytest.fixture
def letter(lena: Contact) -> str:
    """The path in Lena's yearly letter of today."""
    cast.permit(lena)
    YearlyCheck.objects.create(contact=lena, due_at=cast.NOW)
    yearly.write_to_due(now=cast.NOW)
    return path(data_address(lena.pk, 1))


def path(address: str) -> str:
    return urlsplit(address).path


def browser() -> Client:
    return Client(enforce_csrf_checks=True)


def said(contact: Contact, purpose: str = "marketing") -> str:
    stand = consent_queries.stand_of(contact.pk, purpose)
    return stand.state if stand else "none"


class TestChoosing:
    def test_declines_one_topic_and_asks_for_another(self, page: str, lena: Contact) -> None:
        """G-11: the reader's free will, topic by topic, with the words he saw."""
        browser().post(page, {"marketing": "yes", "asked": "topics", "topic": ["fairs"], "language": "de"})

        assert consent_queries.choices_of([lena.pk])[lena.pk].declined_topics == {"lamps"}
        assert Permission.objects.get(topic="lamps").wording == "Neue Lampen"
        assert said(lena) == "granted"

    def test_leaves_topics_alone_that_were_not_on_the_page(self, page: str, lena: Contact) -> None:
        browser().post(page, {"marketing": "yes", "language": "de"})

        assert not Permission.objects.exclude(topic="").exists()

    @pytest.mark.parametrize(
        ("posted", "is_told"), [({}, False), ({"tracking": "yes"}, True), ({"language": "ja"}, True)]
    )
    def test_is_told_by_a_letter_when_it_changes_something(
        self, page: str, posted: dict[str, str], is_told: bool
    ) -> None:  # fmt: skip
        """J-20.2: the link may have been in other hands."""
        browser().post(page, {"marketing": "yes", "language": "de"} | posted)

        assert ReaderChoice.objects.filter(notice_due_at=NOW).exists() is is_told

    @pytest.mark.parametrize(
        ("weeks", "until"), [("4", NOW + timedelta(weeks=4)), ("0", None), ("99", None), ("x", None)]
    )
    def test_pauses_for_some_weeks(self, page: str, lena: Contact, weeks: str, until: Any) -> None:
        browser().post(page, {"marketing": "yes", "asked": "rhythm", "pause": weeks, "fewer": "yes", "language": "de"})

        choice = ReaderChoice.objects.get(contact=lena)
        assert (choice.paused_until, choice.is_fewer) == (until, True)

    def test_keeps_a_pause_that_is_not_touched(self, page: str, lena: Contact) -> None:
        topics.set_rhythm(contact=lena, fewer=False, pause_weeks=8, now=cast.NOW)
        assert "Bis " in browser().get(page).content.decode()

        browser().post(page, {"marketing": "yes", "asked": "rhythm", "pause": "", "language": "de"})

        assert ReaderChoice.objects.get().paused_until == cast.NOW + timedelta(weeks=8)

    def test_refuses_profiling_and_takes_it_back(self, page: str, lena: Contact) -> None:
        """RL-03: no mail chosen by what he does, while other news may go on."""
        fields = {"marketing": "yes", "asked": "profiling", "language": "de"}
        browser().post(page, fields | {"profiling": "no"})
        assert (said(lena, "profiling"), said(lena)) == ("withdrawn", "granted")

        browser().post(page, fields)
        assert said(lena, "profiling") == "granted"

    def test_objects_to_everything(self, page: str, lena: Contact) -> None:
        """RL-03: absolute, on any basis."""
        browser().post(page, {"act": "object"})

        assert (said(lena), said(lena, "profiling")) == ("withdrawn", "withdrawn")
        assert Suppression.objects.get().reason == "objection"


class TestOtherWays:
    def test_are_permitted_one_by_one_and_one_is_liked_best(self, page: str, lena: Contact) -> None:
        """X-17, CN-55: in the reader's words, each with a record of its own; mail is left as it was."""
        reaching.keep_address(contact=lena, channel="whatsapp", address="+49 40 1234567", now=cast.NOW)
        content = browser().get(page).content.decode()
        assert "auch per WhatsApp" in content
        assert "1234567" not in content

        fields = {"marketing": "yes", "asked": "channels", "language": "de"}
        browser().post(page, fields | {"channel": "whatsapp", "preferred": "whatsapp"})
        [permission] = Permission.objects.filter(channel="whatsapp")
        assert (permission.state, permission.method, "WhatsApp" in permission.wording) == ("granted", "form", True)
        assert reaching.ways_of(lena, now=NOW)[0].is_preferred

        browser().post(page, fields | {"channel": "linkedin", "preferred": "linkedin"})
        assert [way.permits for way in reaching.ways_of(lena, now=NOW)] == [False, True]
        assert not Permission.objects.filter(channel="linkedin").exists()

    def test_are_not_asked_about_where_there_are_none(self, page: str) -> None:
        assert all_words()["de"]["channels_title"] not in browser().get(page).content.decode()


class TestOwnData:
    def test_are_corrected_by_no_program(self, page: str, lena: Contact, monkeypatch: pytest.MonkeyPatch) -> None:
        """RS-30: a link that somebody plays with fills no table."""
        monkeypatch.setattr(requests, "MOST_A_DAY", 3)
        for number in range(5):
            browser().post(page, {"act": "correct", "city": f"Bremen {number}"})

        lena.refresh_from_db()
        assert (SubjectRequest.objects.count(), lena.city) == (3, "Bremen 2")

    def test_are_corrected(self, page: str, lena: Contact) -> None:
        """J-20.2, RL-09: changes are made at once and recorded."""
        answer = browser().post(page, {"act": "correct", "family_name": "Hansen", "phone": "+49 40 123"})

        lena.refresh_from_db()
        assert (lena.family_name, lena.given_name, lena.phone) == ("Hansen", "Lena", "+49 40 123")
        assert all_words()["de"]["corrected"] in answer.content.decode()
        request = SubjectRequest.objects.get()
        assert (request.kind, request.state) == ("correct", "done")
        assert "Hansen" not in request.outcome

    def test_are_corrected_in_other_programs_too(self, page: str, lena: Contact) -> None:
        """RL-09: an event says which fields are others now, and not what they were; the same again says nothing."""
        for _ in range(2):
            browser().post(page, {"act": "correct", "city": "Bremen"})

        told = Event.objects.get(name="contact.changed")
        assert (told.contact, told.properties, told.is_unread) == (lena, {"fields": ["city"]}, True)

    def test_cannot_be_more_than_a_few_fields(self, page: str, lena: Contact) -> None:
        browser().post(page, {"act": "correct", "email": "thief@elsewhere.example", "country": "FR"})

        lena.refresh_from_db()
        assert (lena.email, lena.country) == ("lena@alsterkontor.example", "")

    def test_hold_a_new_address_once_its_owner_has_confirmed_by_post(self, page: str, lena: Contact) -> None:
        """J-20.2, RL-09, RS-31: looking at the link changes nothing, the button does it once; the history is kept."""
        words = all_words()["de"]
        taken = browser().post(page, {"act": "address", "email": "Lena@New.example"}).content.decode()
        assert words.say("address_taken", address="L…@New.example") in taken
        change = AddressChange.objects.get()
        assert browser().get(path(new_address(change.pk))).status_code == 404
        addressing.write_to_due(now=NOW)
        link = path(new_address(change.pk))
        assert words["address_confirm_button"] in browser().get(link).content.decode()
        lena.refresh_from_db()
        assert lena.email == "lena@alsterkontor.example"

        answers = [browser().post(link).status_code for _ in range(2)]

        lena.refresh_from_db()
        change.refresh_from_db()
        assert (answers, lena.email_key) == ([200, 404], "lena@new.example")
        assert (change.state, change.old_address) == ("confirmed", "lena@alsterkontor.example")
        assert SubjectRequest.objects.get().outcome == "corrected by the person: email"
        assert Event.objects.get(name="contact.changed").properties == {"fields": ["email"]}

    @pytest.mark.parametrize(("given", "said"), [("no address", "address_wrong"), ("", "address_wrong")])
    def test_take_no_odd_address(self, page: str, given: str, said: str) -> None:
        answer = browser().post(page, {"act": "address", "email": given}).content.decode()

        assert all_words()["de"][said] in answer
        assert not AddressChange.objects.exists()

    def test_take_few_addresses_a_day_and_the_last_of_them_counts(self, page: str, lena: Contact) -> None:
        """RS-30."""
        for number in range(5):
            browser().post(page, {"act": "address", "email": f"lena{number}@new.example"})

        wishes = addressing.write_to_due(now=NOW)
        assert [wish.elsewhere for wish in wishes] == ["lena2@new.example"]

    def test_keep_two_persons_apart(self, page: str, lena: Contact, yuki: Contact) -> None:
        browser().post(page, {"act": "address", "email": yuki.email})
        addressing.write_to_due(now=NOW)

        answer = browser().post(path(new_address(AddressChange.objects.get().pk)))

        lena.refresh_from_db()
        assert (answer.status_code, lena.email) == (409, "lena@alsterkontor.example")

    def test_are_not_shown_to_whom_the_mail_was_passed_on(self, page: str, lena: Contact) -> None:
        content = browser().get(page).content.decode()

        assert [text for text in (lena.email, "Petersen", "Einkauf") if text in content] == []

    @pytest.mark.parametrize("kind", ["export", "erase"])
    def test_are_asked_for_once(self, page: str, lena: Contact, kind: str) -> None:
        """RL-08, G-08: a request with its term of a month; twice is once."""
        for _ in range(2):
            browser().post(page, {"act": kind})

        request = SubjectRequest.objects.get()
        assert (request.kind, request.state, request.via) == (kind, "open", "preferences")
        assert request.due_at - request.asked_at <= timedelta(days=30)

    def test_to_be_deleted_get_no_more_advertising_meanwhile(self, page: str, lena: Contact) -> None:
        browser().post(page, {"act": "erase"})

        assert said(lena) == "withdrawn"

    @pytest.mark.parametrize("act", ["fire", "", "save"])
    def test_by_an_odd_act_are_left_alone(self, page: str, act: str) -> None:
        assert browser().post(page, {"act": act, "marketing": "yes", "language": "de"}).status_code == 200
        assert not SubjectRequest.objects.exists()


class TestTheYearlyLetter:
    def test_says_purpose_and_retention_and_offers_both(self, letter: str) -> None:
        """G-07, G-08: what for, how long, update and delete."""
        content, words = browser().get(letter).content.decode(), all_words()["de"]

        assert words["review_purpose"] in content
        assert "36 Monate" in content
        assert 'value="correct"' in content
        assert 'value="erase"' in content

    def test_is_answered_by_one_click(self, letter: str, lena: Contact) -> None:
        """J-20, G-15: confirming goes on for a year and is a new dated record."""
        browser().post(letter, {"act": "confirm"})

        check = YearlyCheck.objects.get()
        assert (check.state, check.answer, check.due_at) == ("resting", "confirm", NOW + timedelta(days=365))
        newest = consent_queries.permission_of(lena.pk, "marketing")
        assert newest is not None
        assert (newest.obtained_at, newest.source) == (NOW, "data_confirmation")
        assert newest.wording.startswith("Ja, Ningbo Lamps darf meine Daten")

    def test_is_answered_by_a_correction(self, letter: str, lena: Contact) -> None:
        """J-20.2."""
        browser().post(letter, {"act": "correct", "city": "Bremen"})

        lena.refresh_from_db()
        assert (lena.city, YearlyCheck.objects.get().answer) == ("Bremen", "update")

    def test_is_answered_by_a_deletion(self, letter: str, lena: Contact) -> None:
        """J-20.3: the request is taken down, and marketing ends at once."""
        browser().post(letter, {"act": "erase"})

        assert (SubjectRequest.objects.get().kind, YearlyCheck.objects.get().answer) == ("erase", "delete")
        assert said(lena) == "withdrawn"

    def test_is_not_answered_by_nothing(self, letter: str) -> None:
        browser().post(letter, {"act": "correct"})

        assert YearlyCheck.objects.get().state == "asked"


class TestFarewell:
    def test_asks_one_question_that_need_not_be_answered(self, mail: Mail, lena: Contact) -> None:
        """CN-27, G-16: first gone, then one optional question; the answer changes nothing else."""
        cast.permit(lena)
        message = mail(lena)
        browser().post(path(unsubscribe_address(message.pk)))
        cast.permit(lena, at=NOW + timedelta(minutes=1))
        Suppression.objects.all().delete()

        browser().post(path(farewell_address(message.pk)), {"why": "too_many"})

        assert ReaderChoice.objects.get().farewell_reason == "too_many"
        assert said(lena) == "granted"

    def test_keeps_no_odd_answer(self, mail: Mail, lena: Contact) -> None:
        browser().post(path(farewell_address(mail(lena).pk)), {"why": "<script>"})

        assert not ReaderChoice.objects.exists()

    @pytest.mark.parametrize("language", list(all_words()))
    def test_puts_no_pressure_on_anybody(self, language: str) -> None:
        """CN-27, G-16: no "are you sure", no miss-you, no sorry; the question says that it is optional."""
        words = all_words()[language]
        texts = " ".join(text for key, text in words.texts.items() if key.startswith("farewell")).casefold()

        pressure = (
            "sure",
            "sorry",
            "miss you",
            "traurig",
            "schade",
            "vermissen",
            "lástima",
            "triste",
            "残念",
            "可惜",
            "遗憾",
        )
        assert [word for word in pressure if word in texts] == []


class TestEveryPublicLink:
    @pytest.mark.parametrize("method", ["get", "head", "options"])
    def test_changes_nothing_by_being_looked_at(self, page: str, letter: str, method: str) -> None:
        """RS-31: GET, HEAD, OPTIONS and prefetch, three times each, leave every row of the room as it was."""
        message = Message.objects.get()
        models = (Permission, ReaderChoice, SubjectRequest, Suppression, YearlyCheck, Contact)
        before = [list(model._default_manager.order_by("pk").values()) for model in models]
        for address in (page, letter, path(unsubscribe_address(message.pk)), path(farewell_address(message.pk))):
            for _ in range(3):
                answer = getattr(browser(), method)(address, headers={"Sec-Purpose": "prefetch", "Purpose": "prefetch"})
                assert "Set-Cookie" not in answer.headers
                assert answer.headers.get("Cache-Control", "no-store") == "no-store"

        assert [list(model._default_manager.order_by("pk").values()) for model in models] == before

    def test_is_bound_to_contact_and_purpose(self, page: str, letter: str, yuki: Contact) -> None:
        """RS-19: tokens of one page are worthless on another; a changed one is the generic page."""
        own, yearly_token = page.rpartition("/")[2], letter.rpartition("/")[2]

        for wrong in (
            f"/p/data/{own}",
            f"/p/preferences/{yearly_token}",
            f"/p/u/{own}",
            f"/p/confirm/{own}",
            page + "A",
        ):
            assert browser().post(wrong, {"act": "erase", "marketing": "yes"}).status_code == 404
        assert not SubjectRequest.objects.exists()
