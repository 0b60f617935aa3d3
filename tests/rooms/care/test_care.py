from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal as D
from typing import Any

import pytest

from guanxi.care import actions, queries
from guanxi.care.actions import GiftRefused, NoSuchLine
from guanxi.desk import actions as desk_actions
from guanxi.desk.models import Task
from guanxi.ledger import actions as ledger_actions
from guanxi.ledger.models import Contact, Customer, Event, Order, Trait
from guanxi.offers import actions as offers_actions
from guanxi.offers.models import Offer
from guanxi.offers.rules import Basket, Line
from guanxi.supply import actions as supply_actions
from guanxi.tiering import actions as tiering_actions
from guanxi.tiering.models import Scheme, Standing, StandingChange

pytestmark = pytest.mark.django_db
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@pytest.fixture(autouse=True)
def _schemes(db: None, now: datetime) -> None:
    tiering_actions.install_presets(now=now)
    Scheme.objects.update(is_active=True)


def stands(customer: Customer, since: datetime, **tiers: str) -> None:
    for scheme, tier in tiers.items():
        Standing.objects.update_or_create(
            customer=customer, scheme=Scheme.objects.get(name=scheme.replace("_", "-")),
            defaults={"tier": tier, "since_at": since, "reason": "for the test"},
        )  # fmt: skip


def kinds_of(customer: Customer) -> set[str]:
    return set(Task.objects.open().filter(customer=customer).values_list("kind", flat=True))


def happens(contact: Contact, name: str, at: datetime, **fields: Any) -> Event:
    event = ledger_actions.record_event(
        name=name, occurred_at=at, now=at, source="test", customer=contact.customer, contact=contact, **fields
    )
    assert event is not None
    return event


class TestOpenDue:
    """T-38, T-45 … T-51: the contacts of each tier fall due as tasks of the account manager."""

    def test_opens_the_contacts_of_class_a(self, lena: Contact, ada: Any, now: datetime) -> None:
        ledger_actions.assign_owner(customer=lena.customer, owner=ada, now=now)
        stands(lena.customer, now - 400 * DAY, abc_cumulative="A")

        actions.open_due(now=now)

        assert kinds_of(lena.customer) == {
            "visit_or_fair", "holiday_gift", "weekly_contact", "monthly_review", "quarterly_market_analysis",
        }  # fmt: skip
        assert {task.owner for task in Task.objects.all()} == {ada}

    def test_opens_them_again_only_after_they_were_made(self, lena: Contact, now: datetime) -> None:
        stands(lena.customer, now - 30 * DAY, abc_cumulative="A")
        for days in (0, 1, 8):
            actions.open_due(now=now + days * DAY)
        assert Task.objects.filter(kind="weekly_contact").count() == 1

        desk_actions.finish_task(task=Task.objects.get(kind="weekly_contact"), now=now + 9 * DAY, by=None)
        actions.open_due(now=now + 13 * DAY)
        assert Task.objects.filter(kind="weekly_contact").count() == 1
        actions.open_due(now=now + 14 * DAY)
        assert Task.objects.filter(kind="weekly_contact").count() == 2

    def test_asks_class_b_for_its_needs_in_a_window(self, lena: Contact, now: datetime) -> None:
        """T-51: a review of needs falls due between two and three months."""
        stands(lena.customer, now - 70 * DAY, abc_concentrated="B")

        actions.open_due(now=now)

        task = Task.objects.get(kind="needs_review")
        assert task.due_at - now < 31 * DAY
        assert len(task.checklist) == 2

    @pytest.mark.parametrize(("from_tier", "kinds"), [("mature", {"win_back"}), ("", set())])
    def test_wins_back_who_fell_not_who_was_imported_so(
        self, from_tier: str, kinds: set[str], lena: Contact, now: datetime
    ) -> None:
        """L-04, RD-13: a first standing after an import of history puts nothing on a desk."""
        stands(lena.customer, now, lifecycle="declining")
        StandingChange.objects.create(
            customer=lena.customer, scheme=Scheme.objects.get(name="lifecycle"), from_tier=from_tier,
            to_tier="declining", at=now, cause="time", reason="for the test",
        )  # fmt: skip

        actions.open_due(now=now)

        assert kinds_of(lena.customer) == kinds

    def test_gives_a_whole_class_one_task(self, lena: Contact, diego: Contact, now: datetime) -> None:
        """T-53: class C gets its regular mail, which is one task for the marketer."""
        for contact in (lena, diego):
            stands(contact.customer, now - 40 * DAY, abc_cumulative="C")

        for days in (0, 1):
            actions.open_due(now=now + days * DAY)

        [task] = Task.objects.filter(kind="product_mail")
        assert (task.customer, task.details) == (None, {"scheme": "abc-cumulative", "tier": "C"})

    def test_spares_and_withdraws_what_is_costly_for_the_dormant(self, lena: Contact, now: datetime) -> None:
        """M-14: no visit and no gift for a customer who went dormant, not even those on a desk already."""
        stands(lena.customer, now - 400 * DAY, abc_cumulative="A")
        actions.open_due(now=now)
        stands(lena.customer, now, rfm_firm="dormant")

        answer = actions.open_due(now=now + DAY)

        assert answer["dropped"] == 2
        assert kinds_of(lena.customer).isdisjoint({"visit_or_fair", "holiday_gift"})

    def test_leaves_merged_and_blocked_customers_alone(self, lena: Contact, now: datetime) -> None:
        stands(lena.customer, now - 400 * DAY, abc_cumulative="A")
        Customer.objects.update(is_blocked=True)

        assert actions.open_due(now=now)["opened"] == 0

    def test_reminds_of_paid_orders_of_standard_goods(self, lena: Contact, now: datetime) -> None:
        """P-03: shipped within three days of payment."""
        stands(lena.customer, now - DAY, need="standard")
        order = cast_order(lena, "A1", now)
        Order.objects.filter(pk=order.pk).update(paid_at=now - DAY)

        actions.open_due(now=now)

        assert Task.objects.get(kind="dispatch").due_at == now + 2 * DAY

    def test_talks_about_agreements_before_they_end(self, lena: Contact, now: datetime) -> None:
        """P-04: a supply agreement has its dates, and its end is seen coming."""
        for days in (29, 40):
            supply_actions.agree(
                customer=lena.customer, kind="supply", title=f"{days} days", starts_on=now.date(),
                ends_on=now.date() + days * DAY, now=now,
            )  # fmt: skip

        actions.open_due(now=now)

        assert Task.objects.get(kind="renew_agreement").reason.startswith("29 days ends on")


def cast_order(contact: Contact, number: str, now: datetime, **fields: Any) -> Order:
    return ledger_actions.record_order(
        customer=contact.customer, contact=contact, number=number, placed_at=now, currency="USD", now=now,
        lines=[ledger_actions.LineFacts(product_code="lamp", quantity=D(1), unit_price=D(10), amount=D(10))],
        **fields,
    )  # fmt: skip


class TestReactTo:
    @pytest.mark.parametrize(("tier", "hours"), [("high", 4), ("general", 24)])
    def test_starts_the_reply_clock_of_the_tier(self, tier: str, hours: int, lena: Contact, now: datetime) -> None:
        """T-58, T-35: four hours for high value, else a day; answering ends it."""
        stands(lena.customer, now, rfm_firm=tier)
        asked = happens(lena, "inquiry.received", now, object_kind="inquiry", object_id="77")

        actions.react_to(events=[asked], now=now + HOUR)
        task = Task.objects.get(kind="reply")
        assert task.due_at == now + hours * HOUR

        answered = happens(lena, "inquiry.answered", now + HOUR, object_kind="inquiry", object_id="77")
        actions.react_to(events=[answered], now=now + 2 * HOUR)
        task.refresh_from_db()
        assert (task.state, task.outcome) == ("done", "answered")

    @pytest.mark.parametrize(("is_trial", "kinds"), [(True, {"arrival_feedback"}), (False, set())])
    def test_follows_up_a_trial_order_within_a_day_of_its_arrival(
        self, is_trial: bool, kinds: set[str], lena: Contact, now: datetime
    ) -> None:
        """L-24: feedback is sought within 24 hours of arrival."""
        order = cast_order(lena, "A1", now, is_trial=is_trial)
        arrived = happens(lena, "order.stage_changed", now, object_kind="order", object_id=str(order.pk),
                          properties={"stage": "arrived"})  # fmt: skip

        actions.react_to(events=[arrived], now=now)

        assert kinds_of(lena.customer) == kinds
        assert {task.due_at for task in Task.objects.all()} <= {now + 24 * HOUR}

    @pytest.mark.parametrize(
        ("name", "properties", "kind", "due"),
        [
            ("complaint.opened", {}, "solve", 48 * HOUR),
            ("feedback.given", {"score": 2}, "solve", 48 * HOUR),
            ("stock.below_safety", {"product_code": "lamp"}, "replenish", DAY),
            ("trait.set", {"name": "wants_custom", "value": True}, "adjust_service", 3 * DAY),
            ("rhythm.slowed", {"reason": "12 days late"}, "win_back_alert", 3 * DAY),
            ("rhythm.shrunk", {}, "win_back_alert", 3 * DAY),
            ("standing.changed", {"scheme": "abc-cumulative", "from": "B", "to": "A"}, "assign_manager", 2 * DAY),
            ("standing.changed", {"scheme": "need", "from": "standard", "to": "custom"}, "adjust_service", 3 * DAY),
        ],
    )  # fmt: skip
    def test_opens(
        self, name: str, properties: dict[str, Any], kind: str, due: timedelta, lena: Contact, now: datetime
    ) -> None:
        """S-03, P-05, M-07, M-09, T-35, T-42: what happens puts a task on a desk, once."""
        event = happens(lena, name, now, properties=properties)

        for _ in range(2):
            actions.react_to(events=[event], now=now)

        task = Task.objects.get()
        assert (task.kind, task.due_at) == (kind, now + due)

    @pytest.mark.parametrize(
        ("name", "properties"),
        [
            ("feedback.given", {"score": 5}),
            ("feedback.given", {}),
            ("trait.set", {"name": "wants_custom", "value": False}),
            ("standing.changed", {"scheme": "need", "from": "", "to": "custom"}),
            ("standing.changed", {"scheme": "rfm-firm", "from": "high", "to": "general"}),
            ("order.placed", {}),
        ],
    )
    def test_lets_be(self, name: str, properties: dict[str, Any], lena: Contact, now: datetime) -> None:
        actions.react_to(events=[happens(lena, name, now, properties=properties)], now=now)

        assert not Task.objects.exists()

    def test_gives_no_second_manager(self, lena: Contact, ada: Any, now: datetime) -> None:
        ledger_actions.assign_owner(customer=lena.customer, owner=ada, now=now)
        risen = {"scheme": "rfm-firm", "from": "general", "to": "high"}
        actions.react_to(events=[happens(lena, "standing.changed", now, properties=risen)], now=now)

        assert not Task.objects.exists()

    @pytest.mark.parametrize(("stage", "kinds"), [("stable", {"market_plan"}), ("trial", set())])
    def test_tells_partners_before_prices_move(self, stage: str, kinds: set[str], lena: Contact, now: datetime) -> None:
        """L-29: long-term customers hear a plan beforehand."""
        stands(lena.customer, now, stage=stage)
        moved = happens(lena, "market.moved", now, properties={"reason": "USD fell by 6 %"})

        actions.react_to(events=[moved], now=now)

        assert kinds_of(lena.customer) == kinds

    def test_never_reacts_to_history(self, lena: Contact, now: datetime) -> None:
        """RD-13: an import of history opens no task."""
        past = happens(lena, "complaint.opened", now, historical=True)

        assert actions.react_to(events=[past], now=now) == {}


class TestProjects:
    """P-07, P-08, P-09: an accepted request lies on the technician's desk with its two clocks."""

    def test_put_drawing_and_sample_on_the_technicians_desk(self, lena: Contact, ada: Any, now: datetime) -> None:
        project = actions.accept_project(customer=lena.customer, title="Blue bracket", technician=ada, now=now)
        assert {(task.kind, task.owner, task.due_at - now) for task in Task.objects.all()} == {
            ("drawing", ada, 3 * DAY), ("sample", ada, 10 * DAY),
        }  # fmt: skip

        actions.finish_drawing(project=project, now=now + DAY)
        actions.finish_sample(project=project, now=now + 2 * DAY)

        assert not Task.objects.open().exists()


class TestCareOf:
    """T-33, T-42, L-16: the page of a customer tells how he is looked after."""

    def test_gathers_what_the_page_tells(self, lena: Contact, ada: Any, bo: Any, now: datetime) -> None:
        stands(lena.customer, now, abc_cumulative="A", stage="trial", rfm_firm="high")
        actions.join_team(customer=lena.customer, user=bo, role="Technical contact", now=now)
        actions.check_line(customer=lena.customer, item="trial_needs", line="on_time", is_done=True, now=now, by=ada)

        care = queries.care_of(lena.customer, now=now)

        assert (care.reply_hours, care.is_first_in_line, care.is_dormant) == (4, True, False)
        assert [(member.user, member.role) for member in care.team] == [(bo, "Technical contact")]
        assert [(each.item.key, set(each.done)) for each in care.checklists] == [("trial_needs", {"on_time"})]

    def test_takes_ticks_back(self, lena: Contact, ada: Any, now: datetime) -> None:
        for is_done in (True, True, False):
            actions.check_line(
                customer=lena.customer, item="prospect_needs", line="qualification", is_done=is_done, now=now, by=ada
            )
        assert not lena.customer.stage_checks.exists()
        with pytest.raises(NoSuchLine):
            actions.check_line(customer=lena.customer, item="reply_4h", line="x", is_done=True, now=now, by=ada)

    def test_names_the_tiers_that_are_served_first(self) -> None:
        """T-36, T-43: orders of these tiers are shipped first and get capacity first."""
        assert {("abc-cumulative", "A"), ("service-level", "vip")} <= set(queries.first_in_line())


class TestGifts:
    """T-46, CN-46: gifts are registered; a limit per person and year holds; some firms refuse them."""

    def give(self, contact: Contact, by: Any, now: datetime, value: int, **fields: Any) -> None:
        actions.give(
            contact=contact, what="Tea", value=D(value), currency="USD", given_on=now.date(), now=now, by=by, **fields
        )

    def test_need_approval_above_the_limit(self, lena: Contact, bo: Any, ada: Any, now: datetime) -> None:
        self.give(lena, bo, now, 200)
        for approver in (None, bo):
            with pytest.raises(GiftRefused, match="201"):
                self.give(lena, bo, now, 1, approved_by=approver)

        self.give(lena, bo, now, 1, approved_by=ada)

        assert queries.gifts_of_year(lena.pk, now.year) == 201

    def test_are_not_given_to_who_refuses_them(self, lena: Contact, ada: Any, now: datetime) -> None:
        Trait.objects.create(customer=lena.customer, name="gifts_refused", since_on=now.date(), set_at=now)
        with pytest.raises(GiftRefused, match="does not accept"):
            self.give(lena, ada, now, 1)


class TestQuoteFor:
    """P-15, T-54, T-50: the customer's own standings and orders decide what holds."""

    def test_takes_his_second_order_and_his_class(self, lena: Contact, now: datetime) -> None:
        offers_actions.install_library(now=now)
        Offer.objects.exclude(name="first-order").update(is_active=True)
        stands(lena.customer, now, abc_cumulative="C")
        basket = Basket([Line("lamp", D(10), D(20), "lamps")], "USD")

        quotes = []
        for number in ("A1", "A2", "A3"):
            quotes.append(queries.quote_for(lena.customer, basket, now=now).applied)
            cast_order(lena, number, now)

        assert quotes == [(), ("second-order",), ()]
