"""What reaches a reader is of his country: mark of advertising, feast, rules of his market, help on the spot."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email import policy
from email.parser import BytesParser
from typing import Any

import pytest

from guanxi.content import compiling, placeholders, render
from guanxi.content import words as content_words
from guanxi.content.models import Template
from guanxi.culture import greeting
from guanxi.culture.reader import Reader
from guanxi.desk import actions as desk_actions
from guanxi.firm import actions as firm_actions
from guanxi.ledger.models import Contact
from guanxi.public.words import all_words
from tests import cast
from tests.rooms.outbox.world import Answering, send

LANGUAGES = {"en", "de", "ja", "ar", "es", "zh-Hans"}


@pytest.fixture
def wang(db: None) -> Contact:
    """王经理 buys for a factory in Ningbo."""
    customer = cast.a_customer(name="宁波机械有限公司", country="CN", city="Ningbo")
    return cast.a_contact(customer=customer, email="wang@jixie.example", family_name="王", position="经理")


def subjects(transport: Answering) -> list[str]:
    parser = BytesParser(policy=policy.default)
    return [str(parser.parsebytes(each.message)["subject"]) for each in transport.carried]


@pytest.mark.django_db
class TestAdvertisingToChina:
    """RL-16: the subject of advertising begins with AD, put there by us when the mail leaves; order news has none."""

    @pytest.mark.parametrize("own", [None, "广告 "])
    def test_is_marked_in_the_mail_that_leaves(self, propose: Any, wang: Contact, own: str | None) -> None:
        if own:
            firm_actions.override_culture(country="CN", field="law.subject_prefix", value=own, now=cast.NOW)
        cast.permit(wang)
        transport = Answering()
        at = datetime(2026, 5, 13, 3, 0, tzinfo=UTC)
        for key in ("j-17.1", "j-04.1"):
            propose(wang, key, not_before=at, now=at, expires_at=at + timedelta(days=1))

        assert send(at, transport) == 2

        marked = [subject.startswith(own or "AD ") for subject in subjects(transport)]
        assert sorted(marked) == [False, True]


@pytest.mark.django_db
class TestFeasts:
    def test_a_greeting_leaves_on_the_readers_own_feast(self, propose: Any, wang: Contact, lena: Contact) -> None:
        """C-11: greetings at the big holidays of the reader's country, though all other marketing rests there."""
        Template.objects.filter(key="j-17.1").update(occasion="spring_festival")
        eve = datetime(2026, 2, 16, 2, 0, tzinfo=UTC)
        cast.permit(wang, at=eve)
        for key in ("j-17.1", "j-17.2"):
            propose(wang, key, not_before=eve, now=eve, expires_at=eve + timedelta(days=30))

        assert send(eve, transport := Answering()) == 1
        assert len(transport.carried) == 1


class TestSixLanguages:
    def test_letters_and_the_readers_own_pages_speak_them(self) -> None:
        """C-10, DP-22: who is written to is answered in his own language, from the letter to the farewell page."""
        assert set(content_words.languages()) == LANGUAGES
        assert set(all_words()) >= LANGUAGES
        for template in compiling.read_library():
            assert {draft.language for draft in template.drafts} == LANGUAGES, template.key

    def test_greetings_are_written_in_many_more(self) -> None:
        """C-10: a mail from one person to another opens rightly where no letter of the library is needed."""
        reader = Reader(given_name="Ana", family_name="Torres", gender="f")

        opened = {greeting.greeting_for(reader, tag) for tag in greeting.written_languages()}
        assert len(greeting.written_languages()) >= 24
        assert len(opened) >= 20


class TestMarket:
    def test_a_letter_addresses_the_rules_of_the_destination(self) -> None:
        """C-12: what certificate lowers the customs risk is said to whom it concerns."""

        class Note:
            language = "en"
            subject, preheader = "Certificates", ""
            html = text = (
                '{{ reader.greeting }} {% if reader.country == "DE" %}CE declaration of conformity'
                '{% elsif reader.country == "SA" %}SASO certificate{% endif %} {{ links.preferences }}'
            )

        values = placeholders.sample_values("en")
        for country, words in (("DE", "CE declaration"), ("SA", "SASO certificate"), ("US", "")):
            values["reader"]["country"] = country
            text = render.render(letter=Note(), values=values).text
            assert words in text
            assert ("SASO" in text) is (country == "SA")

    @pytest.mark.parametrize("language", sorted(LANGUAGES))
    def test_help_on_the_spot_and_customs_papers_go_with_the_shipment(self, language: str) -> None:
        """C-14: the local after-sales contact and the customs list are in the shipping letter of each language."""
        (shipped,) = [each for each in compiling.read_library() if each.key == "j-04.3"]
        (draft,) = [each for each in shipped.drafts if each.language == language]

        for part in (draft.body, draft.text):
            assert "order.after_sales_contact" in part
            assert "order.documents" in part


@pytest.mark.django_db
class TestWhatPeopleDo:
    @pytest.mark.parametrize(
        ("title", "checklist"),
        [
            ("Member day in Dubai", ("Hall booked", "Members of the region invited", "Held")),
            ("Adapt the drill to 220 V together", ("Wishes of the market heard", "Sample sent", "Idea answered")),
        ],
        ids=["C-13", "C-15"],
    )
    def test_is_reminded_of_and_recorded(self, fatima: Contact, title: str, checklist: tuple[str, ...]) -> None:
        """C-13, C-15: a localised member club and products developed together are people's work: a task with a
        checklist and a day, whose outcome is kept."""
        ada = cast.ada()
        task = desk_actions.open_task(
            customer=fatima.customer, contact=fatima, title=title, checklist=checklist,
            due_at=cast.NOW + timedelta(days=30), by=ada, now=cast.NOW,
        )  # fmt: skip

        desk_actions.finish_task(task=task, now=cast.NOW, by=ada, outcome="Held, 14 members came.")

        task.refresh_from_db()
        assert (task.state, task.outcome) == ("done", "Held, 14 members came.")
