"""The builder in a real browser, by keyboard only; its pages without one; the gallery, switching on, the dry run."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.test import Client

from guanxi.content.models import Letter, Template
from guanxi.insights import journey_needs
from guanxi.journeys import actions as journeys_actions
from guanxi.journeys.graph import read_graph
from guanxi.journeys.models import Draft, Enrolment, Journey, Version, Visit
from guanxi.journeys.ready import library_texts
from guanxi.ledger.event_names import EVENT_NAMES
from guanxi.ledger.models import Contact, Event
from guanxi.outbox.models import Message
from tests.cast import NOW

OWN = """\
# Ours.
key: own
title: {en: Our own, zh-Hans: 自有}
purpose: keep
for: b2b
needs: {data: order.news, documents: price_list, consent: marketing}
trigger: {event: order.placed}
entry: once
steps:
  # Patience first.
  - id: rest
    wait: 3d
  - id: which
    branch:
      - {when: {country: DE}, go: call}
    go: end
  - id: call
    task: call
    title: {en: Call him, zh-Hans: 致电}
    due: 24h
    go: letter
  - id: letter
    send: own.1
    not_after: 9d
"""


def _published() -> Journey:
    template = Template.objects.create(key="own.1", title="Our letter", kind="service", created_at=NOW)
    Letter.objects.create(
        template=template, language="en", version=1, subject="Good morning", mjml="", html="<p>Hi</p>", text="Hi",
        published_at=NOW,
    )  # fmt: skip
    journeys_actions.publish(text=OWN, now=NOW, state="draft")
    return Journey.objects.get(key="own")


@pytest.fixture
def own(db: None) -> Journey:
    return _published()


@pytest.fixture
def ada_in(ada: Any, signed_in: Any, own: Journey) -> Client:
    client: Client = signed_in(ada)
    return client


def _change(client: Client, *, revision: int, **what: Any) -> str:
    answer = client.post("/journeys/own/build/change/", {"revision": revision, **what}, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    return answer.content.decode()


def _text() -> str:
    draft = Draft.objects.get(key="own")
    return str(draft.texts[draft.place])


@pytest.mark.django_db
class TestTheBuilder:
    def test_shows_cards_and_lanes_and_changes_nothing_by_being_looked_at(self, ada_in: Client) -> None:
        page = ada_in.get("/journeys/own/build/?step=rest").content.decode()

        assert 'data-card="call"' in page
        assert "the country is Germany" in page
        assert "otherwise" in page
        assert "+3 d" in page
        assert not Draft.objects.exists()

    def test_a_card_of_each_kind_shows_its_form(self, ada_in: Client) -> None:
        for step in ("journey", "rest", "which", "call", "letter"):
            assert 'id="card-form"' in ada_in.get(f"/journeys/own/build/?step={step}").content.decode()

    def test_the_same_form_taken_over_changes_nothing(self, ada_in: Client) -> None:
        _change(
            ada_in,
            revision=0,
            op="change",
            step="rest",
            **{"wait-how": "long", "wait": "3", "wait-unit": "d", "id": "rest"},
        )

        assert not Draft.objects.exists()

    def test_a_change_touches_one_line(self, ada_in: Client) -> None:
        _change(
            ada_in,
            revision=0,
            op="change",
            step="rest",
            **{"wait-how": "long", "wait": "5", "wait-unit": "d", "id": "rest"},
        )

        assert _text() == OWN.replace("wait: 3d", "wait: 5d")

    def test_conditions_and_ways_are_written_from_rows(self, ada_in: Client) -> None:
        _change(ada_in, revision=0, op="change", step="which", id="which", go="end", **{
            "way0-0-fact": "country", "way0-0-op": "is", "way0-0-value": "DE, FR", "way0-1-fact": "order_count",
            "way0-1-op": "at_least", "way0-1-value": "2", "way0-2-fact": "", "way0-2-op": "is", "way0-2-value": "",
            "way0-go": "call", "way0-chance": "", "when-0-fact": "", "way1-0-fact": "", "way1-go": "end",
        })  # fmt: skip

        assert "- {when: {country: [DE, FR], order_count: {at_least: 2}}, go: call}" in _text()

    def test_the_field_for_a_value_fits_what_is_asked(self, ada_in: Client) -> None:
        def field(fact: str) -> str:
            asked = {"row": "when-0", "when-0-fact": fact}
            return ada_in.get("/journeys/own/build/value/", asked).content.decode()

        assert '<option value="true" selected>yes' in field("is_trial")
        assert 'type="checkbox" name="when-0-value" value="shipped"' in field("stage")
        assert 'inputmode="decimal"' in field("order_count")
        assert 'placeholder="value, value"' in field("country")

    def test_adding_moving_removing_and_taking_back(self, ada_in: Client) -> None:
        _change(ada_in, revision=0, op="insert", kind="wait", after="which", way="0")
        assert "go: wait}" in _text()
        _change(ada_in, revision=2, op="delete", step="wait")
        assert _text() == OWN
        _change(ada_in, revision=3, op="undo", step="rest")
        assert "go: wait}" in _text()
        _change(ada_in, revision=4, op="redo", step="rest")
        assert _text() == OWN

    def test_what_would_break_it_is_refused_with_the_line(self, ada_in: Client) -> None:
        page = _change(ada_in, revision=0, op="change", step="rest", wait="soon", id="rest")

        assert "`wait` is &#x27;soon&#x27;" in page
        assert not Draft.objects.exists()

    def test_a_text_that_cannot_be_read_is_kept_and_its_line_shown(self, ada_in: Client) -> None:
        page = _change(ada_in, revision=0, op="text", text=OWN.replace("wait: 3d", "wait: soon"))

        assert '<span class="is-bad">12</span>' in page
        assert "Line 12 cannot be read" in page
        assert 'data-card="call"' in _change(ada_in, revision=2, op="undo")

    def test_nobody_writes_over_somebody_else(self, ada_in: Client) -> None:
        _change(ada_in, revision=0, op="delete", step="rest")

        assert "Somebody else" in _change(ada_in, revision=0, op="delete", step="call")

    def test_publishing_asks_to_switch_on_what_is_new(self, ada_in: Client) -> None:
        _change(
            ada_in,
            revision=0,
            op="change",
            step="rest",
            **{"wait-how": "long", "wait": "5", "wait-unit": "d", "id": "rest"},
        )
        answer = ada_in.post("/journeys/own/build/publish/", {"revision": 2})

        assert answer.headers["Location"] == "/journeys/own/switch-on/"
        assert Version.objects.filter(journey__key="own").count() == 2
        assert not Draft.objects.exists()

    def test_real_dates_of_a_contact_stand_on_the_cards(self, ada_in: Client, lena: Contact) -> None:
        page = ada_in.get(f"/journeys/own/build/?contact={lena.pk}").content.decode()

        assert page.count('class="jb-real"') == 4
        assert "Europe/Berlin" in page


@pytest.mark.django_db
class TestTheDryRun:
    def test_shows_the_whole_way_and_writes_nothing(self, ada_in: Client, lena: Contact) -> None:
        before = [model.objects.count() for model in (Enrolment, Visit, Message, Event)]
        page = ada_in.get(f"/journeys/own/dry-run/?contact={lena.pk}").content.decode()

        assert page.index("Wait 3 days") < page.index("Call him") < page.index("Good morning")
        assert "English" in page
        assert "walked to the end" in page
        assert [model.objects.count() for model in (Enrolment, Visit, Message, Event)] == before


@pytest.mark.django_db
class TestTheGallery:
    def test_shows_what_is_missing_by_purpose_and_customer(self, ada_in: Client) -> None:
        page = ada_in.get("/journeys/gallery/").content.decode()
        assert 'href="/rehearsals/?journey=own"' in page

        assert "Keep and reward" in page
        assert "nothing recorded yet" in page
        assert "none is there yet" in page
        assert "Our own" not in ada_in.get("/journeys/gallery/?for=b2c").content.decode()

    def test_a_letter_lacks_the_languages_of_its_readers(self, ada_in: Client, yuki: Contact) -> None:
        assert "not in Japanese" in ada_in.get("/journeys/own/switch-on/").content.decode()

    def test_switching_on_asks_for_what_is_missing_and_for_the_hold_out(self, ada_in: Client, own: Journey) -> None:
        ada_in.post("/journeys/own/switch-on/", {"holdout": "10"})
        own.refresh_from_db()
        assert own.state == "draft"

        ada_in.post("/journeys/own/switch-on/", {"holdout": "10", "anyway": "on"})
        own.refresh_from_db()
        assert (own.state, own.holdout_percent) == ("live", 10)


def test_whatever_a_ready_journey_needs_is_looked_up() -> None:
    needs = {name for text in library_texts() for name in read_graph(text).shelf.needs.data}
    unknown = needs - EVENT_NAMES.keys() - journey_needs.RECORDED.keys()

    assert {name for name in unknown if f"{name.partition('.')[0]}." not in journey_needs.RECORDED} == set()


@pytest.mark.django_db
class TestMovingReaders:
    def test_shows_where_each_lands_and_moves_by_choice(self, ada_in: Client, own: Journey, lena: Contact) -> None:
        Enrolment.objects.create(
            version=own.live_version, journey=own, contact=lena, customer=lena.customer, entry_key="1", step="rest",
            due_at=NOW + timedelta(days=3), anchor_at=NOW, step_since_at=NOW, entered_at=NOW,
        )  # fmt: skip
        journeys_actions.publish(text=OWN.replace("rest", "pause"), now=NOW)

        assert "older version" in ada_in.get("/journeys/own/").content.decode()
        page = ada_in.get("/journeys/own/move/").content.decode()
        assert "this step is gone" in page
        assert "Lena" in page
        ada_in.post("/journeys/own/move/", {"instead-rest": "pause"})
        assert Enrolment.objects.get().step == "pause"


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_a_journey_is_built_by_keyboard_only(page: Any, live_server: Any, ada: Any, signed_in: Any) -> None:
    if not finders.find("vendor/htmx.min.js"):
        pytest.skip("no page libraries; `npm ci && npm run vendor` puts them there")
    session = signed_in(ada).cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
    mistakes: list[str] = []
    page.on("pageerror", lambda error: mistakes.append(str(error)))
    keys = page.keyboard

    page.goto(f"{live_server.url}/journeys/new/")
    keys.type("Thank you call")
    keys.press("Enter")
    page.wait_for_selector("[data-card=wait]")
    for key in ("ArrowDown", "ArrowDown", "+", "ArrowDown", "Enter"):  # below the wait, the third choice: a branch
        keys.press(key)
    page.wait_for_selector("[data-card=branch]")
    page.evaluate("document.querySelector('[data-card=branch]').focus()")
    for key in ("+", "ArrowDown", "ArrowRight", "Enter"):  # at the head of its first way, the fourth choice: a task
        keys.press(key)
    page.wait_for_selector("[data-card=task]")
    page.wait_for_function("document.activeElement.id === 'f-title-en'")
    keys.press("Control+a")
    keys.type("Say thank you")
    keys.press("Enter")
    page.wait_for_selector("[data-card=task]:focus >> text=Say thank you")
    keys.press("ArrowUp")
    keys.press("ArrowUp")
    keys.press("Delete")
    page.wait_for_selector("[data-card=wait]", state="detached")
    page.wait_for_selector("[data-card]:focus")
    keys.press("Control+z")
    page.wait_for_selector("[data-card=wait]")
    page.locator("text=Publish").press("Enter")
    page.wait_for_url("**/switch-on/")

    text = Version.objects.get(journey__key="thank-you-call").text
    assert [line.strip() for line in text.split("\n") if "id:" in line] == ["- id: wait", "- id: branch", "- id: task"]
    assert "title: Say thank you" in text
    assert mistakes == []
