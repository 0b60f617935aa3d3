"""What a journey or a campaign brought about, counted over the customers it reached and those it kept out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from guanxi.firm import actions as firm_actions
from guanxi.insights import holdouts
from guanxi.insights.holdouts import Member, measure, usual_days
from guanxi.journeys import actions as journeys_actions
from guanxi.journeys.enrolment import is_held_out
from guanxi.journeys.models import Enrolment
from guanxi.ledger import actions as ledger_actions
from guanxi.ledger.facts import LineFacts
from guanxi.ledger.models import Contact, Customer
from tests import cast

pytestmark = pytest.mark.django_db

BEGAN = datetime(2026, 1, 10, 9, tzinfo=UTC)
LATER = BEGAN + timedelta(days=200)
QUIET = """\
key: quiet
title: Quiet
purpose: wake
trigger: {silence: 60d}
entry: {again_after: 30d}
steps:
  - {id: letter, send: quiet, not_after: 20d}
"""


def customers(count: int) -> list[Customer]:
    firm_actions.report_in(currency="EUR")
    return [ledger_actions.create_customer(name=f"Customer of a test {number}", now=BEGAN) for number in range(count)]


def order(customer: Customer, days: float, amount: int = 100, stage: str = "completed") -> None:
    ledger_actions.record_order(
        customer=customer, number=f"{customer.pk}-{days}", placed_at=BEGAN + timedelta(days=days), currency="EUR",
        lines=[LineFacts(Decimal(1), Decimal(amount))], stage=stage, now=LATER, historical=True,
    )  # fmt: skip


class TestMeasure:
    def test_compares_orders_revenue_and_who_ordered(self) -> None:
        """Both edges of the span: an order on the day of entry counts, one after the last day does not."""
        one, two, three, four = customers(4)
        order(one, 0)
        order(one, 29.99, amount=300)
        order(two, 30)
        order(three, 5)
        order(four, 5, stage="cancelled")
        members = [Member(each.pk, BEGAN, each in (three, four)) for each in (one, two, three, four)]

        found = measure(members, days=30, now=LATER)

        orders, revenue, repurchase = found.rows
        assert (found.treated, found.held_out) == (2, 2)
        assert (orders.treated.mean, orders.held_out.mean) == (1, 0.5)
        assert (revenue.treated.mean, revenue.held_out.mean) == (200, 50)
        assert (repurchase.treated.mean, repurchase.held_out.mean) == (0.5, 0.5)
        assert revenue.effect.difference.estimate == 150
        assert not revenue.effect.is_clear
        assert found.is_too_small

    def test_leaves_out_and_counts_who_is_too_early_or_on_both_sides(self) -> None:
        one, two, three = customers(3)
        members = [
            Member(one.pk, BEGAN, False), Member(one.pk, BEGAN + timedelta(days=1), False),
            Member(two.pk, BEGAN, False), Member(two.pk, BEGAN, True), Member(three.pk, LATER, True),
        ]  # fmt: skip

        found = measure(members, days=30, now=LATER)

        assert (found.treated, found.held_out, found.too_early, found.mixed) == (1, 0, 1, 1)

    def test_asks_the_same_questions_of_one_and_of_many(self, django_assert_num_queries: object) -> None:
        few, many = customers(2), customers(40)

        with django_assert_num_queries(1):  # type: ignore[operator]
            measure([Member(each.pk, BEGAN, False) for each in few], days=7, now=LATER)
        with django_assert_num_queries(1):  # type: ignore[operator]
            measure([Member(each.pk, BEGAN, bool(each.pk % 2)) for each in many], days=7, now=LATER)


@pytest.mark.parametrize(("days_ago", "wanted"), [(0, 7), (8, 7), (31, 30), (89, 60), (400, 180)])
def test_the_longest_span_that_is_over_for_half_of_them(days_ago: int, wanted: int) -> None:
    since = [LATER - timedelta(days=days_ago)] * 3 + [LATER] * 2

    assert usual_days(since, now=LATER) == wanted


class TestAJourney:
    def test_compares_who_entered_with_who_was_kept_out(self, lena: Contact, diego: Contact) -> None:
        firm_actions.report_in(currency="EUR")
        version = journeys_actions.publish(text=QUIET, now=BEGAN)
        for contact, state in ((lena, "done"), (diego, "heldout")):
            Enrolment.objects.create(
                version=version, journey=version.journey, contact=contact, customer=contact.customer, state=state,
                entry_key=f"customer:{contact.customer_id}:1", step="letter", due_at=BEGAN, anchor_at=BEGAN,
                step_since_at=BEGAN, entered_at=BEGAN,
            )  # fmt: skip
        order(lena.customer, 3)

        found = holdouts.of_journey(version.journey, days=7, now=LATER)

        assert (found.treated, found.held_out) == (1, 1)
        assert found.rows[0].treated.mean == 1
        assert found.answers.click_share is None
        assert holdouts.days_of_journey(version.journey, now=LATER) == 180

        journeys_actions.set_holdout(journey=version.journey, percent=10, now=BEGAN + timedelta(days=1))
        later = holdouts.of_journey(version.journey, days=7, now=LATER)
        assert (later.treated, later.held_out, later.before) == (0, 0, 2)

    def test_keeps_out_the_same_contacts_each_time(self) -> None:
        """Stable per contact: about the share, for good, and another journey draws others."""
        drawn = [is_held_out(journey_key="quiet", contact_id=each, percent=10) for each in range(10_000)]
        others = [is_held_out(journey_key="loud", contact_id=each, percent=10) for each in range(10_000)]

        assert drawn == [is_held_out(journey_key="quiet", contact_id=each, percent=10) for each in range(10_000)]
        assert 900 < sum(drawn) < 1_100
        assert 60 < sum(one and other for one, other in zip(drawn, others, strict=True)) < 150


@pytest.fixture
def lena(db: None) -> Contact:
    return cast.lena()


@pytest.fixture
def diego(db: None) -> Contact:
    return cast.diego()
