"""The pages of letters: lists, drafts, previews, approval, test mails, pictures."""

from __future__ import annotations

import json
from datetime import datetime
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from guanxi.consent import topics as consent_topics
from guanxi.content import actions, queries
from guanxi.content.actions import Written
from guanxi.content.models import Picture, Template
from guanxi.ledger.models import Contact, Event
from guanxi.outbox.models import Message
from guanxi.staff.models import AuditEntry, User
from tests import cast
from tests.pure.content.test_imaging import picture

pytestmark = pytest.mark.django_db
BLOCKS = [{"type": "greeting"}, {"type": "text", "html": "<p>Three new ranges for {{ customer.name }}.</p>"}]


@pytest.fixture
def template(now: datetime) -> Template:
    return actions.create_template(title="Spring range", kind="marketing", now=now)


@pytest.fixture
def letter(template: Template, ada: User, now: datetime) -> Any:
    return actions.save_draft(
        template=template, language="en", written=Written("Three new ranges", blocks=BLOCKS), revision=0, author=ada,
        now=now,
    )  # fmt: skip


def save(client: Client, revision: Any, **told: Any) -> Any:
    body = {"revision": revision, "subject": "Three", "preheader": "", "blocks": BLOCKS} | told
    return client.post("/letters/of/spring-range/en/save/", json.dumps(body), content_type="application/json")


class TestTheList:
    def test_tells_languages_states_and_who_sends(self, client_of: Any, ada: User, letter: Any, now: datetime) -> None:
        from guanxi.journeys import actions as journeys_actions

        actions.install_library(now=now, keys=["j-04.1", "j-17.1"])
        journeys_actions.install_library(now=now, keys=["j-04", "j-17"])

        shown = client_of(ada).get("/letters/").content.decode()

        assert "Spring range" in shown
        assert 'class="tongue is-draft"' in shown
        assert "Wake a dormant customer" in shown
        assert "Spring range" not in client_of(ada).get("/letters/?show=transactional").content.decode()

    def test_puts_nothing_away_that_a_journey_sends(
        self, client_of: Any, ada: User, letter: Any, now: datetime
    ) -> None:
        from guanxi.journeys import actions as journeys_actions

        actions.install_library(now=now, keys=["j-04.1", "j-17.1"])
        journeys_actions.install_library(now=now, keys=["j-04", "j-17"])
        client = client_of(ada)
        client.post("/letters/of/j-17.1/archive/")
        client.post("/letters/of/spring-range/archive/")

        assert Template.objects.get(key="j-17.1").archived_at is None
        assert "Spring range" not in client.get("/letters/").content.decode()
        assert "Spring range" in client.get("/letters/?show=archived").content.decode()


class TestTopics:
    def test_are_named_in_the_language_of_the_page(self, client_of: Any, ada: User, letter: Any, now: datetime) -> None:
        titles = {"en": "New lamps", "zh-Hans": "新灯具"}
        consent_topics.save_topic(key="lamps", titles=titles, now=now)
        Template.objects.update(topic="lamps")

        assert "New lamps" in client_of(ada).get("/letters/").content.decode()
        ada.language = "zh-hans"
        ada.save()
        assert "新灯具" in client_of(ada).get("/letters/").content.decode()


class TestTheTemplate:
    def test_says_what_its_type_brings(self, client_of: Any, ada: User, letter: Any) -> None:
        """CN-43: the consequences of a type in words, beside the letter and where it is chosen."""
        client = client_of(ada)

        assert "whose permission is in force at that second" in client.get("/letters/of/spring-range/").content.decode()
        chosen = client.get("/letters/new/").content.decode()
        assert all(said in chosen for said in ("needs no permission", "Ramadan", "unsubscribe link of one click"))

    def test_shows_who_gets_which_language(self, client_of: Any, ada: User, letter: Any, now: datetime) -> None:
        actions.publish(letter=letter, actor=ada, now=now)

        shown = client_of(ada).get("/letters/of/spring-range/").content.decode()

        assert "de-AT → de → en" in shown
        assert "Missing so far" in shown

    def test_begins_with_a_first_letter(self, client_of: Any, ada: User) -> None:
        answer = client_of(ada).post(
            "/letters/new/", {"title": "Fair", "kind": "service", "language": "de", "topic": ""}
        )

        assert answer["Location"] == "/letters/of/fair/de/"
        assert queries.draft_of(Template.objects.get(key="fair").pk, "de") is not None


class TestSaving:
    def test_answers_with_what_is_wrong(self, client_of: Any, ada: User, letter: Any) -> None:
        answer = save(client_of(ada), 1, subject="For {{ custmer.name }}").json()

        assert (answer["revision"], answer["mistakes"], answer["state"]) == (2, 1, "draft")
        assert "Did you mean customer.name?" in answer["proof"]

    def test_says_when_somebody_was_quicker(self, client_of: Any, ada: User, letter: Any) -> None:
        client = client_of(ada)
        save(client, 1)

        answer = save(client, 1)

        assert answer.status_code == 409
        assert "Somebody else" in answer.json()["error"]

    @pytest.mark.parametrize(
        ("told", "word"),
        [
            ({"subject": "a\r\nBcc: b"}, "control character"), ({"blocks": [{"type": "x"}]}, "Block 1"),
            ({"blocks": 7}, "list"), ({"revision": "x"}, "no letter"),
            ({"subject": None}, "no letter"), ({"revision": float("inf")}, "no letter"),
            ({"blocks": [{"type": "text", "html": "<p>\0</p>"}]}, "no letter"),
            ({"blocks": [{"type": "text", "html": "<p>\ud800</p>"}]}, "no letter"),
        ],
    )  # fmt: skip
    def test_refuses_in_words(self, told: dict[str, Any], word: str, client_of: Any, ada: User, letter: Any) -> None:
        answer = save(client_of(ada), **{"revision": 1} | told)

        assert answer.status_code == 400
        assert word in answer.json()["error"]

    def test_refuses_what_is_nested_without_end(self, client_of: Any, ada: User, letter: Any) -> None:
        """RS-24"""
        address = "/letters/of/spring-range/en/save/"

        assert client_of(ada).post(address, "[" * 100_000, content_type="application/json").status_code == 400

    @pytest.mark.parametrize("told", ["9" * 30, "9" * 5_000])
    def test_begins_with_no_letter_of_an_endless_number(
        self, told: str, client_of: Any, ada: User, letter: Any
    ) -> None:
        """RS-24"""
        assert client_of(ada).post("/letters/of/spring-range/en/start/", {"source": told}).status_code == 404

    def test_is_for_writers_only(self, client_of: Any, bo: User, letter: Any) -> None:
        assert save(client_of(bo), 1).status_code == 403


class TestTheFrame:
    def test_may_do_nothing(self, client_of: Any, ada: User, letter: Any) -> None:
        """RS-10: a sandbox without script and origin, whatever its author wrote."""
        answer = client_of(ada).get("/letters/of/spring-range/en/frame/")

        rules = answer["Content-Security-Policy"]
        assert rules.startswith("sandbox allow-popups")
        assert "allow-scripts" not in rules
        assert "allow-same-origin" not in rules
        assert "default-src 'none'" in rules
        assert "script-src" not in rules

    def test_shows_a_chosen_reader_by_day_and_night(
        self, client_of: Any, ada: User, letter: Any, lena: Contact
    ) -> None:
        client = client_of(ada)

        by_day = client.get(f"/letters/of/spring-range/en/frame/?contact={lena.pk}").content.decode()
        by_night = client.get("/letters/of/spring-range/en/frame/?dark=1").content.decode()

        assert "Alsterkontor Handels GmbH" in by_day
        assert "@media not all" in by_day
        assert "@media all" in by_night
        text = client.get(f"/letters/of/spring-range/en/frame/?part=text&contact={lena.pk}").content.decode()
        assert "Petersen" in text

    def test_shows_no_reader_of_a_colleague(self, client_of: Any, letter: Any, lena: Contact) -> None:
        """RS-15: who sees only his own customers finds nobody else's here."""
        sales = cast.a_member_of_staff("sales")

        assert client_of(sales).get("/letters/").status_code == 403

    def test_escapes_what_a_mistake_quotes(self, client_of: Any, ada: User, letter: Any) -> None:
        """RS-09: words of a letter are text wherever we show them."""
        client = client_of(ada)
        save(client, 1, subject="<script>alert(1)</script>{{ x.<b> }}")

        shown = client.get("/letters/of/spring-range/en/").content.decode()
        frame = client.get("/letters/of/spring-range/en/frame/").content.decode()

        assert "<script>alert(1)" not in shown + frame
        assert "<script>alert(1)" not in client.get("/letters/of/spring-range/").content.decode()

    def test_tells_when_it_would_leave_and_why(self, client_of: Any, ada: User, letter: Any, lena: Contact) -> None:
        client = client_of(ada)

        refused = client.get(f"/letters/of/spring-range/en/leaves/?contact={lena.pk}").content.decode()

        assert "Would not leave" in refused
        cast.permit(lena)
        assert "it would leave" in client.get(f"/letters/of/spring-range/en/leaves/?contact={lena.pk}").content.decode()


class TestApproval:
    def test_goes_through_a_second_person(self, client_of: Any, ada: User, letter: Any) -> None:
        """Submitted by its author, approved by somebody else, in the audit trail; nobody approves his own."""
        actions.set_policy(needs_approval=True)
        manager = cast.a_member_of_staff("manager")
        author = client_of(ada)
        where = "/letters/of/spring-range/en/"
        author.post(where + "publish/")
        assert queries.letters_of(letter.template_id) == []

        author.post(where + "submit/")
        author.post(where + "approve/")
        assert queries.draft_of(letter.template_id, "en").state == "submitted"  # type: ignore[union-attr]
        client_of(manager).post(where + "approve/")
        author.post(where + "publish/")

        assert [each.approved_by for each in queries.letters_of(letter.template_id)] == [manager]
        acts = list(AuditEntry.objects.filter(act__startswith="letter.").values_list("act", flat=True).order_by("id"))
        assert acts == ["letter.submitted", "letter.approved", "letter.published"]
        assert f'action="{where}submit/"' in author.get(where).content.decode()  # for the next version

    def test_is_switched_by_who_sets_the_firm_up(self, client_of: Any, ada: User) -> None:
        client_of(ada).post("/letters/approval/", {"needs_approval": "on"})

        assert queries.policy().needs_approval

    def test_sends_back_with_a_reason(self, client_of: Any, ada: User, letter: Any) -> None:
        client = client_of(ada)
        client.post("/letters/of/spring-range/en/submit/")
        client_of(cast.a_member_of_staff("manager")).post(
            "/letters/of/spring-range/en/send-back/", {"note": "Wrong price"}
        )

        assert "Wrong price" in client.get("/letters/of/spring-range/en/").content.decode()


class TestATestMail:
    def test_goes_to_oneself_and_counts_nowhere(
        self, client_of: Any, ada: User, letter: Any, lena: Contact, drawer: Path
    ) -> None:
        """Whatever address is sent along: the account's own, clearly marked, without a row or an event."""
        events = Event.objects.count()

        client_of(ada).post("/letters/of/spring-range/en/test/", {"contact": lena.pk, "to": "other@x.example"})

        (file,) = drawer.glob("*.eml")
        mail = message_from_bytes(file.read_bytes(), policy=policy.default)
        assert ada.email in str(mail["To"])
        assert str(mail["Subject"]) == "[Test] Three new ranges"
        assert lena.email not in file.read_text()
        assert "counted nowhere" in mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
        assert "List-Unsubscribe" not in mail
        assert (Message.objects.count(), Event.objects.count()) == (0, events)


class TestVersions:
    def test_show_what_has_changed_and_come_back(self, client_of: Any, ada: User, letter: Any, now: datetime) -> None:
        actions.publish(letter=letter, actor=ada, now=now)
        client = client_of(ada)
        save(client, 0, subject="Four new ranges")

        shown = client.get("/letters/of/spring-range/en/versions/").content.decode()
        client.post("/letters/of/spring-range/en/restore/", {"version": "1"})

        assert '<span class="is-gone">- Three new ranges' in shown
        assert '<span class="is-new">+ Four new ranges' in shown
        assert queries.draft_of(letter.template_id, "en").subject == "Three new ranges"  # type: ignore[union-attr]


class TestPictures:
    def upload(self, client: Client, raw: bytes, name: str = "hall.jpg", alt: str = "The hall") -> Any:
        return client.post("/letters/pictures/add/", {"file": SimpleUploadedFile(name, raw), "alt": alt}, follow=True)

    def test_are_uploaded_and_described(self, client_of: Any, ada: User) -> None:
        client = client_of(ada)
        self.upload(client, picture())
        kept = Picture.objects.get()
        client.post(f"/letters/pictures/{kept.pk}/describe/", {"alt": "The new hall"})

        assert "The new hall" in client.get("/letters/pictures/").content.decode()

    @pytest.mark.parametrize(
        ("raw", "name"), [(b"<svg onload=alert(1)>", "a.svg"), (b"<html>", "a.jpg"), (b"", "a.png")]
    )
    def test_are_pictures(self, raw: bytes, name: str, client_of: Any, ada: User) -> None:
        """RS-13: refused in words, and nothing is kept."""
        answer = self.upload(client_of(ada), raw, name)

        assert "flash-bad" in answer.content.decode()
        assert not Picture.objects.exists()
