"""What the checks say before a campaign leaves."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest

from guanxi.campaigns import checking, forecast
from guanxi.campaigns.audience import Whom
from guanxi.campaigns.checking import Finding
from guanxi.campaigns.models import Campaign
from guanxi.content.models import Letter, Template
from guanxi.firm import actions as firm_actions
from guanxi.ledger.models import Contact
from guanxi.outbox import actions as outbox_actions
from guanxi.outbox.models import Message, Sender, Verdict
from guanxi.segments.models import Segment
from guanxi.staff.models import User
from tests import cast
from tests.rooms.campaigns import world

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("firm")]
RAMADAN = {"local_on": date(2027, 2, 24)}


def findings(now: datetime, **changes: Any) -> dict[str, Finding]:
    return {each.code: each for each in checking.check(world.a_campaign(**changes), now=now).findings}


class TestErrors:
    def test_of_the_audience(self, now: datetime, lena: Contact) -> None:
        """T-64: a chosen audience that exists, and somebody in it."""
        assert findings(now, takes_everyone=False)["no_audience"].level == "error"
        assert findings(now, excludes=["gone"])["segment_gone"].level == "error"
        world.a_list(title="Nobody")
        assert findings(now, takes_everyone=False, includes=["nobody"])["nobody"].level == "error"

    def test_of_permission(self, now: datetime) -> None:
        """G-11, G-12: when nobody in the audience has a recorded basis, nothing can be sent."""
        cast.lena()

        assert findings(now)["nobody_permitted"].level == "error"

    def test_of_letters(self, now: datetime, lena: Contact) -> None:
        Template.objects.create(key="empty", title="Empty", kind="marketing", created_at=now)
        assert findings(now, letters=["empty"])["no_letter"].level == "error"
        found = findings(now, letters=["j-17.1"])
        assert found["no_values"].detail["names"] == ["order.number", "order.progress_url"]

    def test_of_links_and_size(self, now: datetime, lena: Contact) -> None:
        """The proof of the letter is asked again: a link that leads nowhere, and more than 100 kB."""
        world.a_letter("heavy", now=now, html=world.HTML.replace("new</a>", "x" * 101_000 + "</a>"))
        world.a_letter("dead", now=now, html=world.HTML.replace("https://www.ningbo-firm.example/prices", "#"))

        assert findings(now, letters=["heavy"])["letter"].detail["finding"].code == "too_heavy"
        assert findings(now, letters=["dead"])["letter"].detail["finding"].code == "bad_link"

    def test_of_the_sender(self, now: datetime, lena: Contact) -> None:
        firm_actions.describe_firm(changes={"postal_address": "", "name": ""})
        Sender.objects.all().delete()
        outbox_actions.stop_all(reason="test")

        codes = {each.code for each in checking.check(world.a_campaign(), now=now).errors}

        assert {"no_sender", "no_firm_name", "no_postal_address", "sending_is_stopped"} <= codes

    def test_of_the_moment(self, now: datetime, lena: Contact) -> None:
        assert findings(now, local_on=date(2026, 5, 11))["moment_over"].level == "error"
        assert findings(now, timing="instant", starts_at=now.replace(year=2025))["moment_over"].level == "error"


class TestWarnings:
    def test_of_holds_with_dates_and_fate(self, now: datetime, fatima: Contact, lena: Contact) -> None:
        """CN-24, CN-25, C-05: who waits, in which country, for what, until when, and that it is too long."""
        found = findings(now, **RAMADAN)["wait"]

        wait = found.detail["wait"]
        assert (found.level, wait.reason, found.detail["skipped"]) == ("warning", "ramadan", 1)
        assert wait.countries == {"SA": 1}
        assert wait.until.date() >= date(2027, 3, 8)

    def test_of_holds_that_end_in_time(self, now: datetime, fatima: Contact, lena: Contact) -> None:
        found = findings(now, **RAMADAN, alive_hours=720)["wait"]

        assert (found.level, found.detail["skipped"]) == ("note", 0)

    def test_of_the_cap(self, now: datetime, ada: User, lena: Contact) -> None:
        """CN-19: who had his mail today waits or is left out, and the checks say so before."""
        world.begin(world.a_campaign(timing="now"), ada)
        world.send(now)

        assert findings(now, timing="now")["wait"].detail["wait"].reason == "cap_per_24_hours"

    def test_of_languages(self, now: datetime, diego: Contact) -> None:
        assert findings(now)["untranslated"].detail == {"language": "es", "readers": 1}
        Letter.objects.filter(template__key="spring", language="en").delete()
        assert findings(now)["no_language"].level == "error"

    def test_of_culture(self, now: datetime, lena: Contact) -> None:
        """C-02: vague German is named with its letter before sending."""
        world.a_letter(
            "vague", now=now, subjects={"de": "Bald", "en": "Soon"}, text=world.TEXT + "Wir liefern demnächst."
        )

        found = findings(now, letters=["vague"])["letter"]

        assert (found.level, found.detail["language"]) == ("warning", "de")

    def test_of_a_slow_sender(self, now: datetime) -> None:
        """RP-30: the sender's limits, how long it takes, and how many would be too late."""
        world.readers(30)
        Sender.objects.update(per_hour=10)

        assert findings(now, timing="now")["slow"].detail == {"per_hour": 10, "hours": 3}
        assert findings(now, timing="now", alive_hours=1)["slow_expires"].detail == {"late": 20}

    def test_of_a_small_test(self, now: datetime, lena: Contact) -> None:
        """Too few customers to prove anything is said before, with what could be seen."""
        world.a_letter("summer", now=now)
        found = findings(now, letters=["spring", "summer"], test_percent=50, metric="opens")

        assert found["test_too_small"].detail["least"] == 100
        assert found["opens_need_tracking"].level == "warning"

    def test_of_a_letter_without_links(self, now: datetime, lena: Contact) -> None:
        """A test by clicks needs something to click; the way out and the preferences are not counted."""
        world.a_letter(
            "summer", now=now, html='<p>{{ reader.greeting }} <a href="{{ links.unsubscribe }}">stop</a></p>'
        )

        found = findings(now, letters=["spring", "summer"], test_percent=50)

        assert found["no_links"].detail == {"title": "Summer"}


class TestForecast:
    def test_asks_the_gates_and_writes_nothing(self, now: datetime, lena: Contact, diego: Contact) -> None:
        report = checking.check(world.a_campaign(timing="now"), now=now)

        assert report.forecast.is_exact
        assert (report.forecast.total("going"), report.forecast.total("later")) == (1, 1)
        assert not Message.objects.exists()
        assert not Verdict.objects.exists()

    def test_says_what_becomes_true(self, now: datetime, ada: User, lena: Contact, diego: Contact) -> None:
        cast.yuki()
        campaign = world.a_campaign(timing="now")
        found = checking.check(campaign, now=now).forecast
        world.begin(campaign, ada)
        world.send(now)

        states = list(Message.objects.values_list("state", flat=True))
        assert found.total("going") == states.count("accepted")
        assert found.total("later") == states.count("held")
        assert found.total("refused") == states.count("suppressed")

    def test_sets_those_apart_whom_chance_keeps_out(self, now: datetime, ada: User) -> None:
        world.readers(20)
        campaign = world.a_campaign(holdout_percent=30)

        found = checking.check(campaign, now=now).forecast
        world.begin(campaign, ada)
        world.send(now)

        assert found.held_out == campaign.held_out.count() > 0
        assert found.total("going") + found.total("later") == Message.objects.count() == 20 - found.held_out
        assert found.is_exact

    def test_draws_evenly_from_a_large_audience(self, now: datetime) -> None:
        world.readers(40)
        campaign = world.a_campaign(timing="now")

        found = forecast.foresee(campaign, now=now, most=10)

        assert not found.is_exact
        assert found.asked == 10
        assert found.total("going") == 40

    def test_covers_an_audience_that_is_being_chosen(self, now: datetime, lena: Contact) -> None:
        cast.yuki()

        assert forecast.coverage(Whom(takes_everyone=True), now=now) == {"permitted": 1, "no_permission": 1}

    def test_places_the_rest_of_a_test_after_it(self, now: datetime) -> None:
        world.a_letter("summer", now=now)
        world.readers(30)
        campaign = world.a_campaign(letters=["spring", "summer"], test_percent=50)

        days = {moment.date() for moment in forecast.foresee(campaign, now=now).hours}

        assert date(2026, 5, 20) in days
        assert max(days) > date(2026, 5, 21)


class TestSegments:
    def test_that_cannot_be_applied_are_named(self, now: datetime, lena: Contact) -> None:
        world.a_list(lena)
        Segment.objects.update(kind="rule", problem="There is no tier gold.")
        campaign: Campaign = world.a_campaign(takes_everyone=False, includes=["fair"])

        found = {each.code: each for each in checking.check(campaign, now=now).findings}

        assert found["segment_broken"].detail["problem"] == "There is no tier gold."
