"""Unsubscribing and choosing, without a cookie, in the reader's language."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from django.test import Client

from guanxi.consent import queries as consent_queries
from guanxi.consent.models import Permission
from guanxi.firm import actions as firm_actions
from guanxi.ledger.models import Contact, Event
from guanxi.outbox.addresses import preferences_address, unsubscribe_address
from guanxi.outbox.models import Message
from tests import cast

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("an_hour_later")]
Mail = Callable[..., Message]


@pytest.fixture(autouse=True)
def firm(db: None) -> None:
    firm_actions.describe_firm(changes={"name": "Ningbo Lamps", "postal_address": "1 Harbour Road\nNingbo"})


def browser() -> Client:
    return Client(enforce_csrf_checks=True)


def leave(message: Message) -> str:
    return urlsplit(unsubscribe_address(message.pk)).path


def choose(message: Message) -> str:
    return urlsplit(preferences_address(message.contact_id, message.pk)).path


def allows(contact: Contact, purpose: str = "marketing") -> bool:
    newest = consent_queries.permission_of(contact.pk, purpose)
    return newest is not None and newest.state == "granted"


class TestUnsubscribe:
    def test_shows_a_button_first(self, mail: Mail, lena: Contact) -> None:
        cast.permit(lena)
        page = browser().get(leave(mail(lena)))

        assert page["Content-Language"] == "de"
        assert "Ningbo Lamps sendet dann keine Angebote" in page.content.decode()
        assert "l…@alsterkontor.example" in page.content.decode()
        assert lena.email not in page.content.decode()
        assert allows(lena)

    def test_takes_effect_at_once_and_says_farewell_without_pressure(self, mail: Mail, lena: Contact) -> None:
        cast.permit(lena)
        message = mail(lena)
        page = browser().post(leave(message))

        assert page.status_code == 200
        assert "Sie sind abgemeldet" in page.content.decode()
        assert choose(message) in page.content.decode()
        assert not allows(lena)
        assert consent_queries.is_suppressed(lena.email_key or "")

    @pytest.mark.parametrize("content_type", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=b"])
    def test_answers_a_mail_program_in_one_step(self, mail: Mail, lena: Contact, content_type: str) -> None:
        cast.permit(lena)
        body = (
            '--b\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--b--\r\n'
            if "multipart" in content_type
            else "List-Unsubscribe=One-Click"
        )
        answer = browser().post(leave(mail(lena)), body, content_type=content_type)

        assert (answer.status_code, answer.content) == (200, b"")
        assert Permission.objects.latest("id").method == "one_click"
        assert not allows(lena)

    @pytest.mark.parametrize(
        ("body", "content_type"),
        [("--x", "multipart/form-data"), ("\xff", "application/x-www-form-urlencoded; charset=nonsense"), ("{", "x")],
    )
    def test_is_not_stopped_by_an_odd_body(self, mail: Mail, lena: Contact, body: str, content_type: str) -> None:
        cast.permit(lena)

        answer = browser().generic("POST", leave(mail(lena)), body.encode(), content_type=content_type)

        assert answer.status_code == 200
        assert not allows(lena)

    def test_works_twice(self, mail: Mail, lena: Contact) -> None:
        message = mail(lena)

        assert [browser().post(leave(message)).status_code for _ in range(2)] == [200, 200]
        assert Permission.objects.filter(state="withdrawn").count() == 1

    def test_of_one_reader_is_not_that_of_another(self, mail: Mail, lena: Contact, yuki: Contact) -> None:
        cast.permit(yuki)
        mail(yuki)
        browser().post(leave(mail(lena)))

        assert allows(yuki)

    def test_with_a_forged_token_changes_nothing(self, mail: Mail, lena: Contact) -> None:
        cast.permit(lena)
        answer = browser().post(leave(mail(lena)) + "x")

        assert answer.status_code == 404
        assert allows(lena)


class TestPreferences:
    @pytest.mark.parametrize(
        ("who", "language", "says"),
        [
            ("lena", "de", "Was Sie von uns erhalten"),
            ("yuki", "ja", "メール配信の設定"),
            ("fatima", "ar", "ما يصلكم منا"),
            ("diego", "es", "Lo que recibe de nosotros"),
        ],
    )
    def test_speak_the_readers_language(
        self, mail: Mail, request: pytest.FixtureRequest, who: str, language: str, says: str
    ) -> None:
        page = browser().get(choose(mail(request.getfixturevalue(who))))

        assert (page["Content-Language"], says in page.content.decode()) == (language, True)
        assert ('dir="rtl"' in page.content.decode()) is (language == "ar")

    def test_fall_back_to_the_language_of_the_country(self, mail: Mail, yuki: Contact) -> None:
        Contact.objects.update(language="")

        assert browser().get(choose(mail(yuki)))["Content-Language"] == "ja"

    def test_keep_what_the_reader_says_with_the_words_he_saw(self, mail: Mail, lena: Contact) -> None:
        message = mail(lena)
        page = browser().post(choose(message), {"marketing": "yes", "tracking": "yes", "language": "en"})

        assert "Ihre Auswahl ist gespeichert" not in page.content.decode()  # he reads English from now on
        assert "Your choice is saved." in page.content.decode()
        assert allows(lena)
        assert allows(lena, "tracking")
        said = Permission.objects.filter(purpose="marketing").latest("id")
        assert (said.method, said.wording_language, said.jurisdiction) == ("form", "de", "DE")
        assert said.wording.startswith("Ja, Ningbo Lamps darf mir")

    def test_record_only_what_has_changed(self, mail: Mail, lena: Contact) -> None:
        cast.permit(lena)
        message = mail(lena)
        browser().post(choose(message), {"marketing": "yes", "language": "de"})

        assert Permission.objects.count() == 1

    def test_can_be_taken_back(self, mail: Mail, lena: Contact) -> None:
        cast.permit(lena)
        cast.permit(lena, "tracking")
        browser().post(choose(mail(lena)), {"language": "de"})

        assert not allows(lena)
        assert not allows(lena, "tracking")

    def test_bring_back_who_has_unsubscribed(self, mail: Mail, lena: Contact) -> None:
        message = mail(lena)
        browser().post(leave(message))
        browser().post(choose(message), {"marketing": "yes"})

        assert allows(lena)
        assert not consent_queries.is_suppressed(lena.email_key or "")

    @pytest.mark.parametrize("language", ["xx", "en\0", "<script>"])
    def test_take_no_language_that_is_none(self, mail: Mail, lena: Contact, language: str) -> None:
        assert browser().post(choose(mail(lena)), {"language": language}).status_code == 200
        assert Contact.objects.get(pk=lena.pk).language == "de"

    def test_with_a_forged_token_show_nothing(self, mail: Mail, lena: Contact, yuki: Contact) -> None:
        address = choose(mail(lena))

        assert browser().get(address + "x").status_code == 404
        assert browser().get("/p/preferences/" + leave(mail(yuki)).rpartition("/")[2]).status_code == 404

    def test_of_a_forgotten_person_show_nothing(self, mail: Mail, lena: Contact) -> None:
        address = choose(mail(lena))
        lena.delete()

        assert browser().get(address).status_code == 404


class TestStillWanted:
    """J-19.2: a reader who confirms gives his permission anew, with today's date."""

    def test_is_a_permission_of_his_own_with_the_words_he_saw(self, mail: Mail, lena: Contact) -> None:
        cast.permit(lena)
        message = mail(lena)
        assert "Ja, weiterhin schreiben" in browser().get(choose(message)).content.decode()

        page = browser().post(choose(message), {"act": "keep"})

        newest = consent_queries.permission_of(lena.pk, "marketing")
        assert newest is not None
        assert (newest.state, newest.method, newest.source) == ("granted", "preferences", "preferences")
        assert "Ningbo Lamps" in newest.wording
        assert "mit heutigem Datum" in page.content.decode()
        told = Event.objects.filter(name="consent.granted").order_by("id").last()
        assert told is not None
        assert (told.properties["purpose"], told.properties["method"]) == ("marketing", "preferences")

    def test_is_not_asked_of_who_has_ended_it(self, mail: Mail, lena: Contact) -> None:
        cast.permit(lena)
        message = mail(lena)
        browser().post(leave(message))
        before = Permission.objects.count()

        assert "Ja, weiterhin schreiben" not in browser().get(choose(message)).content.decode()
        browser().post(choose(message), {"act": "keep"})
        assert Permission.objects.count() == before
        assert not allows(lena)
