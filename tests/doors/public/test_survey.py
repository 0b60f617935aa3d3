"""The questionnaires: a GET shows, a POST answers."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from urllib.parse import urlsplit

import pytest
from django.test import Client

from guanxi.ledger import actions as ledger_actions
from guanxi.ledger.facts import LineFacts
from guanxi.ledger.models import Contact, Event
from guanxi.papers.models import Answer
from guanxi.papers.queries import survey_url
from guanxi.papers.questions import surveys
from guanxi.public.words import all_words

pytestmark = pytest.mark.django_db


def path_of(contact: Contact, survey: str = "usage", occasion: str = "round:1") -> str:
    return urlsplit(survey_url(survey=survey, contact_id=contact.pk, occasion=occasion)).path


@pytest.mark.parametrize("survey", sorted(surveys()))
def test_asks_in_every_language(lena: Contact, survey: str) -> None:
    """J-04.4, J-17.3, J-07.1, DP-22."""
    path = path_of(lena, survey)
    for language in all_words():
        Contact.objects.filter(pk=lena.pk).update(language=language)
        page = Client().get(path).content.decode()
        assert all(question.titles[language] in page for question in surveys()[survey].questions)


class TestALook:
    def test_changes_nothing(self, lena: Contact) -> None:
        """RS-31: previews of mail programs open the link with GET and HEAD."""
        path, client = path_of(lena), Client()

        assert [client.get(path).status_code, client.head(path).status_code] == [200, 200]
        assert client.options(path).status_code == 405
        assert client.put(path).status_code == 405
        assert not Answer.objects.exists()
        assert not Event.objects.filter(contact=lena, name="survey.answered").exists()

    @pytest.mark.parametrize("path", ["/p/survey/invented", "/p/survey/dXNhZ2V8MXxy.abc"])
    def test_opens_for_no_forged_link(self, lena: Contact, path: str) -> None:
        assert Client().get(path).status_code == 404
        assert Client().post(path, {"trouble": "quality"}).status_code == 404


class TestAnAnswer:
    def test_is_kept_and_thanked_for(self, lena: Contact, now: datetime) -> None:
        order = ledger_actions.record_order(
            customer=lena.customer, contact=lena, number="PO-7", placed_at=now, currency="EUR", now=now,
            lines=[LineFacts(Decimal(1), Decimal(2))],
        )  # fmt: skip
        path, words = path_of(lena, "review", f"order:{order.pk}"), all_words()["de"]
        assert "PO-7" in Client().get(path).content.decode()

        page = Client().post(path, {"goods": "5", "service": "4", "words": "Gut\r\nso"}).content.decode()

        kept = Answer.objects.get()
        assert (kept.order, kept.stars, kept.texts, kept.language) == (order, 4, {"words": "Gut\nso"}, "de")
        assert words["survey_thanks"] in page
        assert words["survey_thanks"] in Client().get(path).content.decode()

    def test_that_names_a_problem_is_promised_a_solution(self, lena: Contact) -> None:
        """J-04.5."""
        page = Client().post(path_of(lena), {"trouble": ["quality"], "problem": "Es quietscht."}).content.decode()

        assert all_words()["de"]["survey_thanks_problem"] in page
        assert Answer.objects.get().names_problem

    def test_stands_as_it_was_first(self, lena: Contact) -> None:
        path = path_of(lena)
        Client().post(path, {"trouble": "fine"})
        Client().post(path, {"trouble": "quality"})

        assert Answer.objects.get().choices == {"trouble": ["fine"]}

    def test_says_what_is_missing(self, lena: Contact) -> None:
        answer = Client().post(path_of(lena), {"problem": "   "})

        assert answer.status_code == 422
        assert all_words()["de"]["survey_nothing"] in answer.content.decode()

    def test_is_taken_small_and_well_formed_only(self, lena: Contact) -> None:
        """RS-24."""
        path = path_of(lena)

        assert Client().post(path, {"problem": "x" * 70_000}).status_code == 413
        odd = Client().post(path, b"--x", content_type="multipart/form-data; boundary=")
        assert odd.status_code in {400, 422}
        assert not Answer.objects.exists()
