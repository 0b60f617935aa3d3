"""Takes what a reader answers: kept once per occasion, and told to the ledger."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction

from guanxi.ledger import actions as ledger_actions
from guanxi.ledger.models import Contact, Event, Order
from guanxi.papers.models import Answer
from guanxi.papers.questions import Said

SOURCE = "survey"
USAGE, REVIEW = "usage", "review"
# Who has rated us lately is asked less about the goods in use (CN-20).
REVIEW_IS_FRESH_FOR = timedelta(days=14)


class AlreadyAnswered(Exception):
    """This occasion has its answer; the first one stands."""


def is_short(*, contact: Contact, survey: str, now: datetime) -> bool:
    """Whether the questionnaire is shortened because a review came in lately (CN-20)."""
    if survey != USAGE:
        return False
    since = now - REVIEW_IS_FRESH_FOR
    if Answer.objects.filter(contact=contact, survey=REVIEW, answered_at__gte=since).exists():
        return True
    told = Event.objects.filter(contact=contact, name="feedback.given", occurred_at__gte=since)
    return told.filter(properties__kind="review").exists()


def order_of(occasion: str, contact: Contact) -> Order | None:
    """The order an occasion names, as long as it is one of this customer."""
    kind, _, number = occasion.partition(":")
    if kind != "order" or not number.isdecimal():
        return None
    return Order.objects.filter(pk=int(number), customer_id=contact.customer_id).first()


def answer_of(*, contact: Contact, survey: str, occasion: str) -> Answer | None:
    return Answer.objects.filter(contact=contact, survey=survey, occasion=occasion).first()


@transaction.atomic
def answer(*, contact: Contact, survey: str, occasion: str, said: Said, language: str, now: datetime) -> Answer:
    """Keep it; `survey.answered`, and `feedback.given` where stars were given (D-07). Raises AlreadyAnswered."""
    order = order_of(occasion, contact)
    try:
        with transaction.atomic():
            kept = Answer.objects.create(
                contact=contact, survey=survey, occasion=occasion, order=order, stars=said.stars,
                choices=dict(said.choices), texts=dict(said.texts), names_problem=said.names_problem,
                language=language, answered_at=now,
            )  # fmt: skip
    except IntegrityError:
        raise AlreadyAnswered from None
    _tell("survey.answered", kept, now, names_problem=kept.names_problem, choices=dict(said.choices))
    if kept.stars is not None:
        _tell("feedback.given", kept, now, score=kept.stars, kind="review" if survey == REVIEW else "survey")
    return kept


def _tell(name: str, kept: Answer, now: datetime, **properties: Any) -> None:
    """About the order where there is one, else about the answer; never with the reader's own words."""
    about = ("order", str(kept.order_id)) if kept.order_id else ("survey", str(kept.pk))
    ledger_actions.record_event(
        name=name, occurred_at=now, now=now, source=SOURCE, contact=kept.contact, object_kind=about[0],
        object_id=about[1],
        properties={"survey": kept.survey, "answer": kept.pk, "stars": kept.stars, **properties},
    )  # fmt: skip
