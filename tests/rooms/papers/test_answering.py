"""An answer is kept once and told; a problem in it is a task with 48 hours."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from guanxi.care import actions as care_actions
from guanxi.desk.models import Task
from guanxi.ledger import actions as ledger_actions
from guanxi.ledger.facts import LineFacts
from guanxi.ledger.models import Contact, Event, Order
from guanxi.papers import answering
from guanxi.papers.answering import AlreadyAnswered
from guanxi.papers.models import Answer
from guanxi.papers.questions import Said
from guanxi.privacy import erasing, export

pytestmark = pytest.mark.django_db
WELL = Said(5, {"goods": ["5"]}, {}, False)
BADLY = Said(1, {"satisfied": ["1"]}, {"problem": "It squeaks."}, True)


@pytest.fixture
def order(lena: Contact, now: datetime) -> Order:
    return ledger_actions.record_order(
        customer=lena.customer, contact=lena, number="PO-7", placed_at=now, currency="EUR", now=now,
        lines=[LineFacts(Decimal(1), Decimal(2))],
    )  # fmt: skip


def answered(contact: Contact, said: Said, now: datetime, **facts: str) -> Answer:
    what = {"survey": "usage", "occasion": "round:1", "language": "de"} | facts
    return answering.answer(contact=contact, said=said, now=now, **what)


def told(name: str) -> Event:
    return Event.objects.get(name=name)


class TestAnswer:
    def test_is_told_without_the_readers_words(self, lena: Contact, order: Order, now: datetime) -> None:
        kept = answered(lena, BADLY, now, occasion=f"order:{order.pk}")

        event = told("survey.answered")
        assert (event.object_kind, event.object_id, event.contact) == ("order", str(order.pk), lena)
        assert event.properties == {
            "survey": "usage", "answer": kept.pk, "stars": 1, "names_problem": True, "choices": {"satisfied": ["1"]},
        }  # fmt: skip
        assert kept.texts == {"problem": "It squeaks."}

    @pytest.mark.parametrize(("survey", "kind"), [("usage", "survey"), ("review", "review")])
    def test_with_stars_is_feedback(self, lena: Contact, now: datetime, survey: str, kind: str) -> None:
        """D-07."""
        answered(lena, WELL, now, survey=survey)

        assert (told("feedback.given").properties["score"], told("feedback.given").properties["kind"]) == (5, kind)

    def test_stands_as_it_was_first(self, lena: Contact, now: datetime) -> None:
        answered(lena, WELL, now)

        with pytest.raises(AlreadyAnswered):
            answered(lena, BADLY, now)
        assert Answer.objects.get().stars == 5
        assert Event.objects.filter(name="survey.answered").count() == 1

    def test_is_about_no_order_of_another_customer(self, yuki: Contact, order: Order, now: datetime) -> None:
        assert answered(yuki, WELL, now, occasion=f"order:{order.pk}").order is None

    def test_is_in_the_copy_of_his_data(self, lena: Contact, now: datetime) -> None:
        """RL-08."""
        answered(lena, BADLY, now)

        assert "It squeaks." in json.dumps(export.as_document(lena, now))

    def test_goes_with_the_person(self, lena: Contact, now: datetime) -> None:
        """RL-08: answers are personal data."""
        answered(lena, BADLY, now)

        erasing.erase(contact=lena, reason="She asked.", now=now)

        assert not Answer.objects.exists()
        assert not Event.objects.filter(name="survey.answered").exists()


class TestAProblem:
    def react(self, now: datetime) -> list[Task]:
        events = list(Event.objects.filter(name__in=["survey.answered", "feedback.given"]).order_by("id"))
        care_actions.react_to(events=events, now=now)
        return list(Task.objects.filter(kind="solve"))

    def test_opens_one_task_with_48_hours(self, lena: Contact, order: Order, now: datetime) -> None:
        """J-04.5, J-40.3, S-03: the solution is due 48 hours after the answer, for stars and words together once."""
        kept = answered(lena, BADLY, now, occasion=f"order:{order.pk}")

        (task,) = self.react(now)

        assert task.due_at == now + timedelta(hours=48)
        assert (task.customer, task.contact, task.details) == (lena.customer, lena, {"answer": kept.pk})

    def test_of_a_second_answer_about_the_order_is_another_task(
        self, lena: Contact, order: Order, now: datetime
    ) -> None:
        """J-07.2: the poor review after the poor survey."""
        answered(lena, BADLY, now, occasion=f"order:{order.pk}")
        answered(lena, BADLY, now, survey="review", occasion=f"order:{order.pk}")

        assert len(self.react(now)) == 2

    def test_that_nobody_named_opens_none(self, lena: Contact, now: datetime) -> None:
        answered(lena, WELL, now)

        assert self.react(now) == []


class TestIsShort:
    @pytest.mark.parametrize(
        ("survey", "days", "short"), [("usage", 14, True), ("usage", 15, False), ("review", 1, False)]
    )
    def test_for_who_has_rated_us_in_the_last_14_days(
        self, lena: Contact, now: datetime, survey: str, days: int, short: Any
    ) -> None:
        """CN-20: the survey is shortened if a review came in the last 14 days."""
        answered(lena, WELL, now, survey="review", occasion="round:0")

        asked_at = now + timedelta(days=days)
        assert answering.is_short(contact=lena, survey=survey, now=asked_at) is short
