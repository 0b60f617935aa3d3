"""The claimed outcomes F-01 to F-17: each runs on the rows there are, or says which data it needs."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from guanxi.budget.models import Expense
from guanxi.content.models import Template
from guanxi.firm import actions as firm_actions
from guanxi.insights.claims.cells import Money, Share
from guanxi.insights.claims.data import THERE
from guanxi.insights.claims.definitions import Definition, definitions
from guanxi.insights.claims.leads import survival_median
from guanxi.insights.claims.measures import MEASURES
from guanxi.insights.claims.running import Report, run
from guanxi.journeys import actions as journeys_actions
from guanxi.journeys.models import Enrolment, Version
from guanxi.ledger import actions as ledger_actions
from guanxi.ledger.facts import LineFacts
from guanxi.ledger.models import Contact, Customer
from guanxi.outbox.models import Message
from guanxi.tiering import actions as tiering_actions
from guanxi.tiering.models import Scheme, Standing
from guanxi.tracking.models import Hit
from tests import cast

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 6, 30, 12, tzinfo=UTC)


FLOW = """\
key: {key}
title: Flow
source: {source}
trigger: {{event: purchase.expected}}
entry: {{again_after: 30d}}
steps:
  - {{id: letter, send: {send}, not_after: 7d}}
"""


def enter(version: Version, contact: Contact, state: str) -> None:
    since = datetime(2026, 5, 10, tzinfo=UTC)
    Enrolment.objects.create(
        version=version, journey=version.journey, contact=contact, customer=contact.customer, state=state,
        due_at=since, entry_key=f"contact:{contact.pk}", step="letter", anchor_at=since, step_since_at=since,
        entered_at=since,
    )  # fmt: skip


def order(customer: Customer, on: date, amount: int = 100) -> None:
    ledger_actions.record_order(
        customer=customer, number=f"{customer.pk}-{on}-{amount}",
        placed_at=datetime(on.year, on.month, on.day, 9, tzinfo=UTC),
        currency="EUR", lines=[LineFacts(Decimal(1), Decimal(amount))], now=NOW, historical=True,
    )  # fmt: skip


def tell(customer: Customer, name: str, at: datetime, **properties: Any) -> None:
    ledger_actions.record_event(name=name, occurred_at=at, now=NOW, source="test", customer=customer,
                                properties=properties)  # fmt: skip


@pytest.fixture
def old(db: None) -> Customer:
    """Ordered every 30 days until March, then late, and again in May."""
    firm_actions.report_in(currency="EUR")
    customer = cast.a_customer(name="Old & Faithful")
    for on in (date(2025, 12, 1), date(2025, 12, 31), date(2026, 1, 30), date(2026, 3, 1), date(2026, 5, 20)):
        order(customer, on)
    return customer


@pytest.fixture
def young(db: None) -> Customer:
    customer = cast.a_customer(name="Young Ltd")
    order(customer, date(2026, 5, 1), amount=300)
    return customer


def ran(claim_id: str, now: datetime = NOW) -> Report:
    found = run(claim_id, now=now)
    assert found.runs, found.lacks
    return found


class TestDefinitions:
    def test_are_all_seventeen_and_name_what_there_is(self) -> None:
        """F-01 … F-17."""
        found = definitions()

        assert list(found) == [f"F-{number:02}" for number in range(1, 18)]
        for each in found.values():
            assert each.measure in MEASURES
            assert set(each.needs) <= set(THERE)
            for words in (each.title, each.claim, each.design):
                assert set(words) == {"en", "zh-Hans"}

    @pytest.mark.parametrize("each", definitions().values(), ids=lambda each: each.id)
    def test_say_what_they_need_of_an_empty_workspace(self, each: Definition) -> None:
        """F-01 … F-17."""
        found = run(each.id, now=NOW)

        assert not found.runs
        assert each.needs[0] in found.lacks

    def test_ask_for_groups_of_the_size_that_proves_them(self) -> None:
        assert run("F-01", now=NOW).group_size == pytest.approx(800, rel=0.01)
        assert run("F-12", now=NOW).group_size == 40
        assert run("F-14", now=NOW).group_size is None


class TestOnOrders:
    def test_f_01_who_ordered_again_of_the_best_fifth(self, old: Customer, young: Customer) -> None:
        """F-01: of the customers of the year before, in the 90 days after."""
        for number in range(4):
            order(cast.a_customer(name=f"Small {number}"), date(2026, 1, 5), amount=1)

        rows = ran("F-01").rows

        assert [row[2:] for row in rows[:2]] == [("best", Share(1, 1)), ("others", Share(0, 4))]

    def test_f_03_who_was_late_and_came_back_within_ninety_days(self, old: Customer) -> None:
        """F-03: five orders 30 days apart, then silence of more than 45 days, then an order on day 80; beside them
        whom chance kept out of the wake-up, since some return unaided.
        """
        journey = journeys_actions.publish(text=FLOW.format(key="wake", source="J-17", send="hello"), now=NOW)
        for contact, state in ((cast.lena(now=NOW), "done"), (cast.diego(now=NOW), "heldout")):
            enter(journey, contact, state)
            order(contact.customer, date(2026, 6, 1))

        rows = ran("F-03", now=NOW + timedelta(days=60)).rows

        assert rows == [("flagged", Share(1, 1), None), ("wake", Share(1, 1), Share(1, 1))]

    def test_f_04_says_what_the_recovered_bought_and_lacks_the_held_out(self, old: Customer) -> None:
        """F-04."""
        found = ran("F-04", now=NOW + timedelta(days=20))

        assert found.rows[0][:2] == ("recovered", Money(100.0))
        assert found.lacks == ("held_out",)

    def test_f_07_second_orders_with_and_without_order_news(self, old: Customer, young: Customer) -> None:
        """F-07: what they did and what they said stand apart."""
        tell(old, "feedback.given", NOW - timedelta(days=3), score=4, kind="survey")

        rows = ran("F-07", now=NOW + timedelta(days=40)).rows

        assert rows == [
            ("with_order_news", Share(0, 0), None), ("without", Share(1, 2), None), ("said", None, 4.0),
        ]  # fmt: skip

    def test_f_07_and_f_17_read_a_rating_by_one_rule(self, old: Customer) -> None:
        """F-07, F-17: a rating counts wherever it is a number, and nowhere else."""
        for score in ("-1", "4.5", "good", None, "nan"):
            tell(old, "feedback.given", NOW - timedelta(days=3), score=score)

        assert ran("F-07").rows[-1] == ("said", None, 1.75)
        assert run("F-17", now=NOW).lacks == ("expenses",)

    def test_f_08_revenue_of_customers_with_an_earlier_order(self, old: Customer, young: Customer) -> None:
        """F-08: quarter by quarter, money beside the share."""
        assert ran("F-08").rows[-1] == (date(2026, 4, 1), Money(400.0), Money(100.0), 0.25)

    def test_f_14_revenue_of_the_best_fifth(self, old: Customer, young: Customer) -> None:
        """F-14: 500 of 800 from one of five customers."""
        for number in range(3):
            order(cast.a_customer(name=f"Small {number}"), date(2026, 2, 1), amount=0 + 1)

        best, _, everybody = ran("F-14").rows

        assert best[:3] == ("best", 1, Money(500.0))
        assert everybody[1:3] == (5, Money(803.0))

    def test_f_15_reorders_within_ninety_days(self, old: Customer) -> None:
        """F-15: two of them, on day 30 and 60; the one on day 90 is outside."""
        assert ran("F-15").rows == [(1, 2, Share(1, 1))]

    def test_old_data_are_judged_as_of_their_own_end(self, old: Customer) -> None:
        assert ran("F-08", now=NOW + timedelta(days=900)).as_of == date(2026, 5, 20)


class TestOnOtherData:
    def test_f_02_and_f_16_and_f_17_costs_and_ratings(self, old: Customer) -> None:
        """F-02, F-16, F-17."""
        tiering_actions.install_presets(now=cast.NOW)
        scheme = Scheme.objects.get(is_default=True)
        Standing.objects.create(customer=old, scheme=scheme, tier="core", since_at=NOW, scheme_version=1)
        Expense.objects.create(
            customer=old, scheme=scheme.name, tier="core", kind="care", amount=50, currency="EUR",
            spent_on=date(2026, 5, 5), entered_at=NOW,
        )  # fmt: skip
        tell(old, "feedback.given", NOW - timedelta(days=3), score=5, kind="review")

        assert ran("F-02").rows[0][2:] == ("core", Money(50.0), 5, Money(10.0))
        assert ran("F-16").rows == [("core", Share(1, 1), Share(0, 1), 5.0, 10.0)]
        assert ran("F-17").rows[-1] == (date(2026, 4, 1), 1, 5.0, Money(50.0), Money(50.0))

    def test_f_05_and_f_09_from_first_touch_to_first_order(self, old: Customer, young: Customer) -> None:
        """F-05 counts who has not ordered yet; F-09 of leads known for 180 days."""
        tell(young, "inquiry.received", datetime(2026, 4, 1, 9, tzinfo=UTC))
        tell(old, "inquiry.received", datetime(2026, 4, 1, 9, tzinfo=UTC))
        later = NOW + timedelta(days=20)
        tell(cast.a_customer(name="Still thinking"), "inquiry.received", datetime(2026, 4, 2, 9, tzinfo=UTC))

        assert ran("F-05", now=later).rows == [("all", 2, 1, 30, 30)]
        assert ran("F-09", now=NOW + timedelta(days=150)).rows == [("all", 0, Share(0, 0))]

    def test_f_05_and_f_09_beside_those_held_out(self) -> None:
        """F-05, F-09: of two leads in the nurture flow one was kept out, who has not ordered."""
        version = journeys_actions.publish(text=FLOW.format(key="nurture", source="J-01", send="j-01.1"), now=cast.NOW)
        for number, state in enumerate(("done", "heldout")):
            lead = cast.a_customer(name=f"Lead {number}")
            tell(lead, "inquiry.received", datetime(2025, 11, 1, 9, tzinfo=UTC))
            enter(version, cast.a_contact(customer=lead, email=f"lead{number}@example.com"), state)
            if state == "done":
                order(lead, date(2025, 12, 1))
        order(cast.a_customer(name="Somebody else"), date(2026, 6, 1))

        assert [row[:3] for row in ran("F-05").rows] == [("all", 2, 1), ("reached", 1, 1), ("held_out", 1, 0)]
        assert ran("F-09").rows == [
            ("all", 2, Share(1, 2)), ("reached", 1, Share(1, 1)), ("held_out", 1, Share(0, 1)),
        ]  # fmt: skip

    def test_f_06_inquiries_per_hundred_prospects(self) -> None:
        """F-06: one of two prospects asked in June."""
        asking, silent = (cast.a_customer(name=name) for name in ("Asking", "Silent"))
        for each in (asking, silent):
            Customer.objects.filter(pk=each.pk).update(created_at=datetime(2026, 5, 1, tzinfo=UTC))
        tell(asking, "inquiry.received", datetime(2026, 6, 5, 9, tzinfo=UTC))

        assert ran("F-06").rows[-1] == (date(2026, 6, 1), 2, 1, 50.0)

    def test_f_11_the_checklist_of_an_inspection(self) -> None:
        """F-11: a dated permission, asked within twelve months, requests in time."""
        cast.permit(cast.lena(now=NOW), at=NOW)
        cast.yuki(now=NOW)

        assert dict(ran("F-11").rows)["dated_basis"] == Share(1, 2)

    def test_f_12_against_those_held_out(self, old: Customer) -> None:
        """F-12."""
        version = journeys_actions.publish(text=FLOW.format(key="cycle", source="J-16", send="j-16.1"), now=cast.NOW)
        enter(version, cast.a_contact(customer=old, email="old@faithful.example"), "done")

        assert ran("F-12").rows == [("cycle", Share(1, 1), Share(0, 0))]


class TestOnMails:
    def mail(self, contact: Contact, key: str) -> Message:
        template, _ = Template.objects.get_or_create(
            key=key, defaults={"title": key, "kind": "marketing", "created_at": NOW}
        )
        at = NOW - timedelta(days=5)
        return Message.objects.create(
            idempotency_key=f"{key}:{contact.pk}", contact=contact, customer=contact.customer, template=template,
            kind="marketing", origin_kind="person", origin_id="1", state="accepted", due_at=at, not_before=at,
            expires_at=NOW, proposed_at=at, handed_at=at, accepted_at=at,
        )  # fmt: skip

    def test_f_10_replies_by_region(self) -> None:
        """F-10: one of two delivered mails to the Middle East was answered by a person, none elsewhere."""
        fatima, lena = cast.fatima(now=NOW), cast.lena(now=NOW)
        answered, _, _ = self.mail(fatima, "a"), self.mail(fatima, "b"), self.mail(lena, "a")
        ledger_actions.record_event(
            name="email.replied", occurred_at=NOW, now=NOW, source="inbox", customer=fatima.customer, contact=fatima,
            object_kind="message", object_id=str(answered.pk),
        )  # fmt: skip

        assert ran("F-10").rows == [("region", Share(1, 2)), ("elsewhere", Share(0, 1))]

    def test_f_13_opens_clicks_and_orders_of_gift_lists(self) -> None:
        """F-13: machines are taken out; an order within 14 days counts."""
        lena, diego = cast.lena(now=NOW), cast.diego(now=NOW)
        for contact, verdict in ((lena, "human"), (diego, "machine")):
            message = self.mail(contact, "j-22.1")
            for kind in ("open", "click"):
                Hit.objects.create(message=message, kind=kind, at=NOW, verdict=verdict, rule="reader")
        order(lena.customer, date(2026, 6, 29))

        firm_actions.set_benchmark(
            report="F-13", figure="opened", percent=Decimal("2.50"), source="A study, 2025", now=NOW
        )  # fmt: skip
        firm_actions.set_benchmark(report="F-13", figure="clicked", percent=Decimal(40), source="The same", now=NOW)

        assert ran("F-13").rows == [
            ("opened", Share(1, 2), "2.5 %", "above", "A study, 2025"),
            ("clicked", Share(1, 2), "40 %", "cannot_tell", "The same"),
            ("ordered", Share(1, 2), None, None, None),
        ]  # fmt: skip


@pytest.mark.parametrize(
    ("spans", "wanted"),
    [
        ([(10, True), (20, True), (30, True)], 20),
        ([(10, True), (15, False), (20, True), (30, False)], 20),
        ([(10, True), (15, False), (16, False)], None),
        ([], None),
    ],
)
def test_the_median_counts_who_has_not_ordered_yet(spans: list[tuple[int, bool]], wanted: int | None) -> None:
    assert survival_median(spans) == wanted
