"""The pages of campaigns, as a marketer sees them."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext

from guanxi.campaigns import actions, running
from guanxi.campaigns.models import Campaign, Safeguards
from guanxi.content import actions as content_actions
from guanxi.content.models import Template
from guanxi.firm import actions as firm_actions
from guanxi.kernel import clock
from guanxi.ledger.models import Contact
from guanxi.outbox.models import Message, PausedOrigin
from guanxi.staff.models import AuditEntry, User
from tests import cast
from tests.rooms.campaigns import world

pytestmark = pytest.mark.django_db
SignIn = Callable[[Any], Client]


@pytest.fixture(autouse=True)
def _firm(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    world.set_up(now)
    firm_actions.finish_set_up(now=now)
    monkeypatch.setattr(clock, "utc_now", lambda: now)


@pytest.fixture
def marketer(signed_in: SignIn) -> Client:
    return signed_in(cast.a_member_of_staff("marketer"))


@pytest.fixture
def reader(lena: Contact) -> Contact:
    cast.permit(lena)
    return lena


def fields(**changes: Any) -> dict[str, Any]:
    """The form as it is filled in for a simple campaign."""
    return {
        "title": "Spring", "whom": "all", "contact_choice": "main", "letter_a": Template.objects.get(key="spring").pk,
        "timing": "local", "local_on": "2026-05-20", "local_time": "09:00", "when_past": "same_day",
        "spread_minutes": 0, "alive_hours": 24, "order_days": 14, "test_percent": 20, "metric": "clicks",
        "observe_hours": 24, "least_sample": 100, "without_winner": "first",
    } | changes  # fmt: skip


def words(answer: Any) -> str:
    text = re.sub(r"<(script|style)[^>]*>.*?</\1>|<[^>]+>", " ", answer.content.decode(), flags=re.DOTALL)
    return " ".join(text.split())


def signed_in_by_password(email: str, client: Client) -> Client:
    client.logout()
    client.post(reverse("account_login"), {"login": email, "password": cast.PASSWORD})
    return client


class TestWriting:
    def test_leads_to_the_checks(self, marketer: Client, reader: Contact) -> None:
        answer = marketer.post("/campaigns/new/", fields())

        campaign = Campaign.objects.get()
        assert answer["Location"] == f"/campaigns/{campaign.pk}/check/"
        assert (campaign.takes_everyone, campaign.local_time.isoformat()) == (True, "09:00:00")

    def test_keeps_what_was_written_when_something_is_missing(self, marketer: Client) -> None:
        answer = marketer.post("/campaigns/new/", fields(local_on="", title="Our spring"))

        assert answer.status_code == 422
        assert "Say the day and the hour." in words(answer)
        assert 'value="Our spring"' in answer.content.decode()
        assert not Campaign.objects.exists()

    def test_opens_again_as_it_was(self, marketer: Client, reader: Contact, now: datetime) -> None:
        world.a_letter("summer", now=now)
        world.a_list(reader)
        summer = Template.objects.get(key="summer").pk
        marketer.post(
            "/campaigns/new/",
            fields(
                whom="some", includes=["fair"], letter_b=summer, segment_1="fair", edition_1=summer, test_percent=30
            ),
        )
        campaign = Campaign.objects.get()

        page = marketer.get(f"/campaigns/{campaign.pk}/edit/").content.decode()

        assert campaign.test_percent == 30
        assert re.search(r'name="includes" value="fair" checked', page)
        assert re.search(rf'<option value="{summer}" selected>', page)
        assert marketer.post(f"/campaigns/{campaign.pk}/edit/", fields(title="Other")).status_code == 302
        campaign.refresh_from_db()
        assert (campaign.title, campaign.test_percent, campaign.variants.count()) == ("Other", 0, 1)

    def test_counts_while_one_chooses(self, marketer: Client, reader: Contact, yuki: Contact) -> None:
        counted = words(marketer.post("/campaigns/count/", {"whom": "all", "contact_choice": "main"}))

        assert "2 readers" in counted
        assert "permit marketing 1" in counted
        assert "never permitted marketing 1" in counted
        assert "nobody in particular" in words(marketer.post("/campaigns/count/", {"whom": "some"}))

    def test_asks_for_the_values_of_the_letter(self, marketer: Client, now: datetime) -> None:
        sale = world.a_letter("sale", now=now, html=world.HTML.replace("new</a>", "{{ coupon.code }}</a>"))

        part = marketer.post("/campaigns/values/", {"letter_a": sale.pk, "value:coupon.code": "A-1"}).content.decode()

        assert 'name="value:coupon.code" value="A-1"' in part
        marketer.post("/campaigns/new/", fields(letter_a=sale.pk, **{"value:coupon.code": "SPRING"}))
        assert Campaign.objects.get().values == {"coupon.code": "SPRING"}


class TestChecks:
    def test_show_errors_and_hide_the_button(self, marketer: Client, lena: Contact) -> None:
        campaign = world.a_campaign()

        page = words(marketer.get(f"/campaigns/{campaign.pk}/check/"))

        assert "Nobody in this audience permits such mail." in page
        assert "Nothing leaves while a check finds an error." in page
        assert marketer.post(f"/campaigns/{campaign.pk}/schedule/").status_code == 422
        campaign.refresh_from_db()
        assert campaign.state == "draft"

    def test_say_who_waits_for_ramadan(self, marketer: Client, fatima: Contact, reader: Contact) -> None:
        """J-21.1 and CN-24, before sending: how many wait, until when, why, and that they are left out."""
        cast.permit(fatima)
        campaign = world.a_campaign(local_on=date(2027, 2, 17))

        page = words(marketer.get(f"/campaigns/{campaign.pk}/check/"))

        assert re.search(r"1 reader waits until .*March .*2027: Ramadan", page)
        assert "1 of them is left out" in page
        assert "Saudi Arabia (1)" in page

    def test_name_the_missing_translation(self, marketer: Client, diego: Contact) -> None:
        cast.permit(diego)

        page = words(marketer.get(f"/campaigns/{world.a_campaign().pk}/check/"))

        assert "1 reader would read English, for want of a letter in Spanish." in page


class TestScheduling:
    def test_lets_it_go(self, marketer: Client, reader: Contact) -> None:
        campaign = world.a_campaign()

        marketer.post(f"/campaigns/{campaign.pk}/schedule/")

        campaign.refresh_from_db()
        assert campaign.state == "scheduled"
        assert AuditEntry.objects.filter(act="campaign.scheduled").exists()

    def test_of_a_large_one_asks_for_the_password_and_the_number(
        self, marketer: Client, reader: Contact, yuki: Contact
    ) -> None:
        """RE-20: above the threshold the password is asked for once more, then the number of readers."""
        Safeguards.objects.create(id=1, confirm_above=1)
        campaign = world.a_campaign()

        stale = marketer.post(f"/campaigns/{campaign.pk}/schedule/", {"confirmed": "2"})
        assert "/reauthenticate/" in stale["Location"]

        signed_in_by_password("marketer@ningbo-firm.example", marketer)
        wrong = marketer.post(f"/campaigns/{campaign.pk}/schedule/", {"confirmed": "3"})
        assert "Write 2 to confirm" in words(wrong)
        marketer.post(f"/campaigns/{campaign.pk}/schedule/", {"confirmed": "2"})

        campaign.refresh_from_db()
        assert campaign.state == "scheduled"

    def test_of_a_very_large_one_waits_for_a_second_person(
        self, marketer: Client, signed_in: SignIn, reader: Contact, yuki: Contact
    ) -> None:
        """RE-20: whoever scheduled it cannot agree to it himself."""
        Safeguards.objects.create(id=1, second_person_above=1, asks_second_person=True)
        campaign = world.a_campaign()
        marketer.post(f"/campaigns/{campaign.pk}/schedule/")
        path = f"/campaigns/{campaign.pk}/"

        assert "Somebody else has to agree" in words(marketer.get(f"{path}check/"))
        marketer.post(f"{path}approve/")
        campaign.refresh_from_db()
        assert campaign.state == "unapproved"
        manager = signed_in(cast.a_member_of_staff("manager"))
        assert "wants to send this to 2 readers" in words(manager.get(f"{path}check/"))
        manager.post(f"{path}approve/")

        campaign.refresh_from_db()
        assert campaign.state == "scheduled"

    def test_can_be_taken_back(self, marketer: Client, reader: Contact) -> None:
        campaign = world.a_campaign()
        marketer.post(f"/campaigns/{campaign.pk}/schedule/")

        marketer.post(f"/campaigns/{campaign.pk}/take-back/")

        campaign.refresh_from_db()
        assert campaign.state == "draft"


class TestUnderWay:
    @pytest.fixture
    def campaign(self, ada: User, reader: Contact, now: datetime) -> Campaign:
        return world.begin(world.a_campaign(timing="now"), ada)

    def test_is_followed_paused_and_stopped(self, marketer: Client, campaign: Campaign, now: datetime) -> None:
        path = f"/campaigns/{campaign.pk}/"
        assert "0 of 1 sent" in words(marketer.get(path))

        marketer.post(f"{path}pause/")
        assert "paused" in words(marketer.get(path))
        assert PausedOrigin.objects.exists()
        marketer.post(f"{path}resume/")
        marketer.post(f"{path}stop/")
        running.work_due(now=now)

        assert "stopped" in words(marketer.get(path))
        assert Message.objects.get().state == "suppressed"
        assert "HX-Refresh" in marketer.get(f"{path}progress/")

    def test_shows_what_became_of_it(self, marketer: Client, campaign: Campaign, now: datetime) -> None:
        world.send(now)

        page = words(marketer.get(f"/campaigns/{campaign.pk}/"))

        assert "1 of 1 sent" in page
        assert "nobody permits tracking" in page

    def test_answers_for_every_reader(self, marketer: Client, campaign: Campaign, now: datetime) -> None:
        """Why, when, on whose permission: on the page and in the file."""
        world.send(now)

        page = words(marketer.get(f"/campaigns/{campaign.pk}/readers/?state=accepted"))
        assert "Lena Petersen" in page
        assert "Wed 13 May, 10:00" in page
        assert "the permission is in force" in page

        table = b"".join(marketer.get(f"/campaigns/{campaign.pk}/export/csv").streaming_content).decode()
        assert "lena@alsterkontor.example" in table
        assert "the permission is in force" in table
        assert marketer.get(f"/campaigns/{campaign.pk}/export/xlsx").content[:2] == b"PK"

    def test_can_be_copied_but_neither_changed_nor_deleted(self, marketer: Client, campaign: Campaign) -> None:
        assert marketer.get(f"/campaigns/{campaign.pk}/edit/").status_code == 302
        marketer.post(f"/campaigns/{campaign.pk}/delete/")
        copied = marketer.post(f"/campaigns/{campaign.pk}/copy/")

        assert Campaign.objects.count() == 2
        assert copied["Location"].endswith("/edit/")


class TestTheTest:
    def test_shows_nothing_before_it_is_over(self, marketer: Client, ada: User, now: datetime) -> None:
        world.a_letter("summer", now=now)
        world.readers(12)
        campaign = world.begin(
            world.a_campaign(letters=["spring", "summer"], timing="now", test_percent=100, least_sample=20), ada
        )
        world.send(now)

        assert "a look before tempts" in words(marketer.get(f"/campaigns/{campaign.pk}/"))
        running.work_due(now=now + timedelta(hours=25))
        page = words(marketer.get(f"/campaigns/{campaign.pk}/"))
        assert "Too few mails left to tell." in page
        assert "Letter A went to the rest." in page

    def test_can_be_decided_by_a_person(self, marketer: Client, ada: User, now: datetime) -> None:
        world.a_letter("summer", now=now)
        world.readers(12)
        campaign = world.begin(world.a_campaign(letters=["spring", "summer"], timing="now", test_percent=50), ada)

        marketer.post(f"/campaigns/{campaign.pk}/decide/", {"label": "B"})

        campaign.refresh_from_db()
        assert campaign.decision["winner"] == "B"
        assert "A person decided" in words(marketer.get(f"/campaigns/{campaign.pk}/"))

    def test_names_shipped_letters_in_the_language_of_the_page(
        self, signed_in: SignIn, ada: User, now: datetime
    ) -> None:
        world.a_letter("summer", now=now)
        world.readers(12)
        campaign = world.begin(world.a_campaign(letters=["spring", "summer"], timing="now", test_percent=50), ada)
        Template.objects.filter(key="summer").update(title="Coupon ends soon")
        reading = signed_in(cast.a_member_of_staff("marketer", language="zh-hans"))
        reading.post(f"/campaigns/{campaign.pk}/decide/", {"label": "B"})

        page = words(reading.get(f"/campaigns/{campaign.pk}/"))

        assert "Coupon ends soon" not in page
        with translation.override("zh-hans"):
            assert gettext("Coupon ends soon") in page


class TestTheList:
    def test_is_empty_at_first(self, marketer: Client) -> None:
        assert "No campaign yet" in words(marketer.get("/campaigns/"))

    def test_shows_each_with_its_state(self, marketer: Client, ada: User, reader: Contact) -> None:
        world.a_campaign()
        world.begin(world.a_campaign(timing="now"), ada)

        page = words(marketer.get("/campaigns/"))

        assert "draft" in page
        assert "sending" in page

    def test_lets_an_owner_ask_for_a_second_person(self, ada: User) -> None:
        """RE-20: a second person above 5,000 readers is an optional setting, off by default."""
        owner = signed_in_by_password(ada.email, Client())
        assert not actions.safeguards().asks_second_person

        owner.post("/campaigns/safeguards/", {"asks_second_person": "on"})

        assert actions.safeguards().asks_second_person
        assert "off by default" in words(owner.get("/campaigns/"))


class TestOneMail:
    def test_is_tried_and_sent(self, marketer: Client, reader: Contact, now: datetime) -> None:
        content_actions.install_library(now=now, keys=["personal"])
        path = f"/contacts/{reader.pk}/write/"
        assert marketer.get(path).status_code == 200
        mail = {"letter": "personal", "subject": "Your drawing", "text": "It is <ready>.", "nonce": "n1"}

        tried = words(marketer.post(f"{path}trial/", mail))
        assert "It leaves at its moment." in tried
        assert "Sehr geehrte Frau Dr. Petersen" in tried
        answer = marketer.post(path, mail)
        marketer.post(path, mail)

        world.send(now)
        message = Message.objects.get()
        assert answer["Location"] == f"/outbox/{message.pk}/"
        assert "Your drawing" in marketer.get(f"/customers/{reader.customer_id}/").content.decode()

    def test_says_what_is_missing(self, marketer: Client, reader: Contact, now: datetime) -> None:
        content_actions.install_library(now=now, keys=["personal"])
        answer = marketer.post(f"/contacts/{reader.pk}/write/", {"letter": "personal", "subject": "", "text": "x"})

        assert answer.status_code == 422
        assert "Write a subject of at most 200 characters" in words(answer)
