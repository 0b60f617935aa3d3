from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from guanxi.campaigns.models import Campaign
from guanxi.insights import segment_users
from guanxi.journeys.models import Journey, Version
from guanxi.ledger.models import Contact
from guanxi.segments import actions, frames
from guanxi.segments.models import Membership, Segment
from guanxi.segments.pasting import read_paste
from tests import cast
from tests.cast import NOW

pytestmark = pytest.mark.django_db
GERMAN = {"level": "customer", "where": {"all": [{"field": "country", "op": "any_of", "value": ["DE"]}]}}


@pytest.fixture
def console(ada: Any, signed_in: Any, lena: Contact, yuki: Contact, monkeypatch: pytest.MonkeyPatch) -> Client:
    monkeypatch.setattr(frames, "FRESH_FOR", timedelta(0))
    client: Client = signed_in(ada)
    return client


@pytest.fixture
def german(console: Client) -> Segment:
    segment = actions.save_segment(title="German buyers", document=GERMAN, now=NOW)
    actions.refresh(segment=segment, now=NOW)
    return Segment.objects.get()


class TestTheBuilder:
    def test_saves_a_rule_and_fills_it(self, console: Client) -> None:
        answer = console.post("/segments/new/", {"title": "German buyers", "note": "", "rule": json.dumps(GERMAN)})

        assert answer.status_code == 302
        assert answer["Location"] == "/segments/german-buyers/"
        assert Segment.objects.get().member_count == 1

    def test_gives_back_what_was_typed_with_the_place_of_the_mistake(self, console: Client) -> None:
        broken = json.dumps(GERMAN).replace("country", "cuntry")

        answer = console.post("/segments/new/", {"title": "Some", "rule": broken})

        page = answer.content.decode()
        assert answer.status_code == 422
        assert "where.all[0].field" in page
        assert "did you mean country?" in page
        assert "cuntry" in page
        assert not Segment.objects.exists()

    @pytest.mark.parametrize("text", ["", "{", "[]", "1", '"x"'])
    def test_keeps_nothing_that_is_no_rule(self, console: Client, text: str) -> None:
        assert console.post("/segments/new/", {"title": "Some", "rule": text}).status_code == 422

    def test_begins_with_a_ready_rule(self, console: Client) -> None:
        """T-32: large buyers and frequent repeat buyers are a rule that ships."""
        page = console.get("/segments/new/?from=high-potential").content.decode()

        assert "High potential" in page
        assert "big_ticket_infrequent" in page

    def test_counts_while_one_builds(self, console: Client) -> None:
        part = console.post("/segments/preview/", {"rule": json.dumps(GERMAN)}).content.decode()

        assert "of 2 customers" in part
        assert "Alsterkontor Handels GmbH" in part
        assert "Country is Germany" in part

    def test_says_what_is_still_missing(self, console: Client) -> None:
        half = {"level": "customer", "where": {"all": [{"field": "country", "op": "any_of"}]}}

        part = console.post("/segments/preview/", {"rule": json.dumps(half)}).content.decode()

        assert 'data-mistake="where.all[0].value"' in part

    def test_changes_a_rule_as_a_new_version(self, console: Client, german: Segment) -> None:
        rule = json.dumps(GERMAN).replace("DE", "JP")

        console.post("/segments/german-buyers/edit/", {"title": "Japan", "rule": rule})

        german.refresh_from_db()
        assert (german.title, german.version) == ("Japan", 2)
        assert Membership.objects.get().customer.country == "JP"


class TestThePage:
    def test_shows_members_sentence_and_overlaps(self, console: Client, german: Segment) -> None:
        other = actions.make_list(title="Fair", level="contact", now=NOW)
        actions.add_members(segment=other, contact_ids=[Contact.objects.get(language="de").pk], now=NOW)

        page = console.get("/segments/german-buyers/").content.decode()

        assert "Customers: Country is Germany." in page
        assert "Alsterkontor Handels GmbH" in page
        assert "Fair" in page

    def test_counts_whom_a_mail_would_reach(self, console: Client, german: Segment) -> None:
        """D-21: a segment is an audience; who may not be mailed is counted with the reason."""
        part = console.get("/segments/german-buyers/audience/").content.decode()

        assert "never permitted it" in part

    @pytest.mark.parametrize("form", ["csv", "xlsx"])
    def test_gives_the_members_as_a_file(self, console: Client, german: Segment, form: str) -> None:
        answer = console.get(f"/segments/german-buyers/export/{form}")

        content = b"".join(answer) if answer.streaming else answer.content
        assert f"german-buyers.{form}" in answer["Content-Disposition"]
        assert form == "xlsx" or "Alsterkontor" in content.decode("utf-8-sig")

    def test_is_kept_while_another_segment_asks_for_it(self, console: Client, german: Segment) -> None:
        outer = {"level": "customer", "where": {"segment": "german-buyers"}}
        actions.save_segment(title="Outer", document=outer, now=NOW)

        page = console.post("/segments/german-buyers/delete/", follow=True).content.decode()

        assert "It is used by Outer" in page
        assert Segment.objects.filter(key="german-buyers").exists()
        console.post("/segments/outer/delete/")
        console.post("/segments/german-buyers/delete/")
        assert not Segment.objects.exists()

    def test_tells_of_a_rule_that_cannot_be_applied(self, console: Client, german: Segment) -> None:
        rule = german.rule | {"where": {"all": [{"standing": "gone", "op": "is_known"}]}}
        Segment.objects.update(rule=rule)
        console.post("/segments/german-buyers/refresh/")

        page = console.get("/segments/german-buyers/").content.decode()

        assert "cannot be applied any more" in page
        assert "Alsterkontor" in page

    def test_lists_segments_with_their_counts(self, console: Client) -> None:
        console.post("/segments/new/", {"title": "German buyers", "rule": json.dumps(GERMAN)})

        page = console.get("/segments/").content.decode()

        assert "German buyers" in page
        assert "+1" in page
        assert "Ready rules" in page


class TestLists:
    def test_are_made_and_filled_by_paste(self, console: Client) -> None:
        console.post("/segments/new-list/", {"title": "Fair", "level": "contact"})

        text = "name;mail\nX;LENA@alsterkontor.example\n難波物産株式会社\nnobody@nowhere.example"
        page = console.post("/segments/fair/fill/", {"text": text}, follow=True).content.decode()

        assert "2 are new on the list." in page
        assert "nobody@nowhere.example" in page
        assert Membership.objects.count() == 2

    def test_take_what_a_search_finds_and_give_it_back(self, console: Client) -> None:
        actions.make_list(title="Fair", level="customer", now=NOW)
        console.post("/segments/fair/fill/", {"search": "alster"})
        row = Membership.objects.get()

        console.post("/segments/fair/remove/", {"member": row.pk})

        assert row.customer.name == "Alsterkontor Handels GmbH"
        assert not Membership.objects.exists()

    def test_ask_for_one_name_where_several_have_it(self, console: Client) -> None:
        for _ in range(2):
            cast.a_customer(name="Twin Ltd")

        assert read_paste("Twin Ltd\ntwin ltd").unknown == ["Twin Ltd", "twin ltd"]


class TestUse:
    """What asks for a segment keeps it from being deleted; whoever is in one shows it."""

    def test_a_journey_that_asks_for_it_keeps_it(self, console: Client) -> None:
        segment = actions.make_list(title="Gulf", level="customer", now=NOW)
        journey = Journey.objects.create(key="own", title="Greetings", created_at=NOW)
        text = "trigger: {festival: eid_al_fitr, when: {segment: [gulf]}}\nsteps: []\n"
        Version.objects.create(journey=journey, number=1, text=text, published_at=NOW)

        page = console.post(f"/segments/{segment.key}/delete/", follow=True).content.decode()

        assert "It is used by Greetings; take it out there first." in page
        Version.objects.create(journey=journey, number=2, text=text.replace("gulf", "golf"), published_at=NOW)
        assert segment_users.users_of(segment) == []

    def test_a_campaign_that_has_not_ended_keeps_it(self, console: Client) -> None:
        segment = actions.make_list(title="Gulf", level="customer", now=NOW)
        campaign = Campaign.objects.create(title="Spring", includes=["gulf"], created_at=NOW, updated_at=NOW)

        assert segment_users.users_of(segment) == ["Spring"]
        Campaign.objects.filter(pk=campaign.pk).update(state="finished")
        assert segment_users.users_of(segment) == []

    def test_stands_on_the_page_of_its_customers(self, console: Client, lena: Contact) -> None:
        segment = actions.make_list(title="Fair in Canton", level="customer", now=NOW)
        actions.add_members(segment=segment, customer_ids=[lena.customer_id], now=NOW)

        page = console.get(f"/customers/{lena.customer_id}/").content.decode()

        assert f'href="/segments/{segment.key}/"' in page
        assert "Fair in Canton" in page
