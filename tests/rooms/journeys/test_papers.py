"""Letters of journeys hand over the document that fits and ask for answers; without one the step is left out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from guanxi.content.models import Template
from guanxi.desk.models import Task
from guanxi.insights.document_gaps import document_gaps
from guanxi.journeys.models import Enrolment, Visit
from guanxi.ledger import actions as ledger_actions
from guanxi.ledger.models import Contact
from guanxi.outbox.models import Message
from guanxi.papers import actions as papers_actions
from guanxi.papers import queries as papers_queries
from guanxi.papers.actions import Facts
from guanxi.papers.models import Document, Given
from tests.rooms.journeys.conftest import Firm

pytestmark = pytest.mark.django_db
ARTICLES = """
key: articles
title: An article a week
trigger: {event: contact.registered}
entry: once
steps:
  - {id: article, send: letter, document: article, survey: leaving, not_after: 3d}
  - {id: pause, wait: 7d}
  - {id: again, repeat: article, at_most: 3}
"""

SHARING = """
key: sharing
title: Share the analysis
trigger: {event: contact.registered}
entry: once
steps:
  - {id: share, task: share_analysis, title: Share it, due: 7d, document: analysis}
"""


@pytest.fixture
def start(db: None, now: datetime, publish: Callable[[str], Any]) -> Callable[[Contact], None]:
    Template.objects.create(key="letter", title="Letter", kind="service", created_at=now)
    publish(ARTICLES)

    def register(contact: Contact) -> None:
        ledger_actions.record_event(
            name="contact.registered", occurred_at=now, now=now, source="test", contact=contact
        )  # fmt: skip

    return register


def article(now: datetime, title: str, language: str = "en", **facts: Any) -> Document:
    told = Facts("article", title, language, **facts)
    return papers_actions.add_document(raw=b"%PDF-1.7 %%EOF", facts=told, by=None, now=now)


class TestALetterWithADocument:
    def test_hands_over_the_next_one_each_week_until_there_is_none(
        self, lena: Contact, start: Callable[[Contact], None], now: datetime
    ) -> None:
        """J-01.2: one technical article a week, never the same; then the step is skipped, with the reason."""
        english, german = article(now, "Customs"), article(now, "Zoll", "de")
        start(lena)
        firm = Firm(now)

        firm.turn()
        firm.later(days=7)
        firm.later(days=7)

        values = [each.values["document"] for each in Message.objects.order_by("id")]
        assert [each["title"] for each in values] == ["Zoll", "Customs"]
        assert values[0]["url"] == papers_queries.document_url(document_id=german.pk, contact_id=lena.pk)
        assert set(Given.objects.values_list("document", flat=True)) == {english.pk, german.pk}
        visits = Visit.objects.filter(step="article").order_by("id").values_list("outcome", "reason")
        assert list(visits) == [("done", ""), ("done", ""), ("skipped", "no_document")]

    def test_asks_for_answers_about_this_round(
        self, lena: Contact, start: Callable[[Contact], None], now: datetime
    ) -> None:
        article(now, "Customs")
        start(lena)
        Firm(now).turn()

        occasion = f"round:{Enrolment.objects.get().pk}"
        url = papers_queries.survey_url(survey="leaving", contact_id=lena.pk, occasion=occasion)
        assert Message.objects.get().values["survey"] == {"url": url}


class TestATaskWithADocument:
    @pytest.mark.parametrize("is_there", [True, False])
    def test_brings_what_is_to_be_shared(
        self, lena: Contact, publish: Callable[[str], Any], now: datetime, is_there: bool
    ) -> None:
        """J-24.3: the market analysis lies with the task; without one the task is opened all the same."""
        publish(SHARING)
        kept = papers_actions.add_document(
            raw=b"%PDF-1.7 %%EOF", facts=Facts("analysis", "Markt", "de"), by=None, now=now
        )
        if not is_there:
            papers_actions.withdraw_document(document=kept, now=now)
        ledger_actions.record_event(
            name="contact.registered", occurred_at=now, now=now, source="test", contact=lena
        )  # fmt: skip

        Firm(now).turn()

        assert Task.objects.get().details.get("document") == (kept.pk if is_there else None)


class TestTheGapList:
    def test_says_which_journey_lacks_what_for_whom(
        self, lena: Contact, yuki: Contact, start: Callable[[Contact], None], now: datetime
    ) -> None:
        article(now, "Zoll", "de", trades=["hardware"])
        article(now, "Customs", markets=["JP"])

        gaps = document_gaps(now=now)

        found = [(gap.market, gap.language, gap.without, gap.in_english) for gap in gaps.rows]
        assert found == [("DE", "de", 1, 0), ("JP", "ja", 0, 1)]
        assert [journey.key for journey in gaps.rows[0].journeys] == ["articles"]
        assert gaps.rows[0].trades == {"": 1}

    def test_leaves_out_journeys_that_are_off_and_readers_without_an_address(
        self, lena: Contact, start: Callable[[Contact], None], now: datetime
    ) -> None:
        Contact.objects.update(email_key=None)
        assert not document_gaps(now=now).rows

        Contact.objects.update(email_key="lena@alsterkontor.example")
        assert document_gaps(now=now + timedelta(days=1)).rows
