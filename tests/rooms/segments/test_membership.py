"""Joining and leaving: by rule, by hand, by night and after an event."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from guanxi.consent import actions as consent_actions
from guanxi.consent.statements import Proof
from guanxi.ledger import actions as ledger_actions
from guanxi.ledger.models import Contact, Customer, Event
from guanxi.segments import actions, queries
from guanxi.segments.actions import KeyTaken, NotAList, SegmentInUse
from guanxi.segments.models import DayCount, Membership, Segment
from guanxi.segments.tree import RuleMistake
from tests import cast
from tests.cast import NOW
from tests.rooms.segments.conftest import happen, names_in, order, saved

pytestmark = pytest.mark.django_db
Buyers = tuple[Contact, Contact, Contact]
GERMAN = {"field": "country", "op": "any_of", "value": ["DE"]}
OPENED = {"event": "email.opened", "op": "at_least", "value": 1, "window": {"last_days": 30}}
LATER = NOW + timedelta(days=1)


def told(segment: Segment) -> list[tuple[str, int | None, bool]]:
    """The events of joining and leaving: name, customer, and whether they are mere history."""
    rows = Event.objects.filter(object_kind="segment", object_id=segment.key).order_by("id")
    return list(rows.values_list("name", "customer_id", "is_historical"))


def pulse_turn() -> None:
    """What the pulse does with the events nobody has read, until there are none."""
    while events := ledger_actions.claim_unread(limit=100):
        actions.react_to(events=events, now=LATER)


class TestTheFirstFilling:
    def test_starts_nothing(self, buyers: Buyers) -> None:
        """Nobody moved when a line was drawn, so no journey begins (RD-13)."""
        segment = saved(GERMAN)

        assert told(segment) == [("segment.joined", buyers[0].customer_id, True)]
        assert not Event.objects.filter(name="segment.joined", is_unread=True).exists()

    def test_counts_who_may_be_mailed(self, buyers: Buyers) -> None:
        cast.permit(buyers[0])

        segment = saved({"field": "country", "op": "any_of", "value": ["DE", "JP"]})

        assert (segment.member_count, segment.mailable_count) == (2, 1)


class TestTheNight:
    def test_writes_who_came_and_who_left(self, buyers: Buyers) -> None:
        lena, yuki, _ = buyers
        segment = saved(GERMAN)
        Customer.objects.filter(pk=lena.customer_id).update(country="FR", updated_at=LATER)
        Customer.objects.filter(pk=yuki.customer_id).update(country="DE", updated_at=LATER)

        answer = actions.refresh_all(now=LATER)

        assert answer[segment.key] == {"members": 1, "joined": 1, "left": 1, "mailable": 0}
        assert names_in(segment) == {yuki.customer.name}
        assert told(segment)[1:] == [
            ("segment.left", lena.customer_id, False), ("segment.joined", yuki.customer_id, False),
        ]  # fmt: skip

    def test_changes_nothing_the_second_time(self, buyers: Buyers) -> None:
        segment = saved(GERMAN)
        since_at = Membership.objects.get(segment=segment).since_at

        actions.refresh_all(now=LATER)

        assert Membership.objects.get(segment=segment).since_at == since_at
        assert len(told(segment)) == 1

    def test_keeps_quiet_about_imported_history_only(self, buyers: Buyers) -> None:
        """RD-13: who joins because history was imported starts nothing; who joins because time passed does."""
        lena, yuki, _ = buyers
        order(yuki.customer, "Y-1", days_ago=10)
        segment = saved({"orders": "count", "op": "at_least", "value": 1})
        quiet = saved({"field": "latest_order_on", "op": "more_than_days_ago", "value": 10}, title="Quiet")
        ledger_actions.record_order(
            customer=lena.customer, number="L-1", placed_at=NOW - timedelta(days=3), currency="USD", now=LATER,
            historical=True, lines=[ledger_actions.LineFacts(quantity=Decimal(1), unit_price=Decimal(9))],
        )  # fmt: skip

        actions.refresh_all(now=LATER)

        assert told(segment)[-1] == ("segment.joined", lena.customer_id, True)
        assert told(quiet)[-1] == ("segment.joined", yuki.customer_id, False)

    def test_keeps_the_members_of_a_rule_that_cannot_be_read_any_more(self, buyers: Buyers) -> None:
        segment = saved(GERMAN)
        rule = segment.rule | {"where": {"all": [{"standing": "gone", "op": "is_known"}]}}
        Segment.objects.filter(pk=segment.pk).update(rule=rule)

        answer = actions.refresh_all(now=LATER)

        assert "there is no scheme 'gone'" in answer[segment.key]["problem"]
        segment.refresh_from_db()
        assert "where.all[0].standing" in segment.problem
        assert names_in(segment) == {buyers[0].customer.name}

    def test_refreshes_a_segment_after_those_it_asks_for(self, buyers: Buyers) -> None:
        lena, yuki, _ = buyers
        inner = saved(GERMAN, title="Z inner")
        outer = saved({"segment": inner.key, "op": "in"}, title="A outer")
        Customer.objects.filter(pk=yuki.customer_id).update(country="DE", updated_at=LATER)

        actions.refresh_all(now=LATER)

        assert names_in(outer) == {lena.customer.name, yuki.customer.name}

    def test_counts_each_day_once(self, buyers: Buyers) -> None:
        segment = saved(GERMAN)
        actions.refresh_all(now=NOW + timedelta(minutes=5))
        actions.refresh_all(now=LATER)

        rows = DayCount.objects.filter(segment=segment).order_by("on").values_list("members", "joined")
        assert list(rows) == [(1, 1), (1, 0)]


class TestAfterAnEvent:
    def test_moves_the_customer_concerned(self, buyers: Buyers) -> None:
        segment = saved(OPENED)
        happen("email.opened", buyers[1], verdict="human")

        pulse_turn()

        assert names_in(segment) == {buyers[1].customer.name}
        assert told(segment) == [("segment.joined", buyers[1].customer_id, False)]
        segment.refresh_from_db()
        assert segment.member_count == 1

    def test_carries_on_into_the_segments_that_ask_for_it(self, buyers: Buyers) -> None:
        inner = saved(OPENED, title="Inner")
        outer = saved({"segment": inner.key, "op": "in"}, title="Outer")
        happen("email.opened", buyers[1], verdict="human")

        pulse_turn()

        assert names_in(outer) == {buyers[1].customer.name}

    def test_moves_a_contact_and_not_his_colleague(self, buyers: Buyers) -> None:
        lena = buyers[0]
        colleague = cast.a_contact(customer=lena.customer, email="max@alsterkontor.example", full_name="Max")
        segment = saved(OPENED, level="contact")
        happen("email.opened", colleague, verdict="human")

        pulse_turn()

        assert names_in(segment) == {"Max"}

    def test_hears_of_a_withdrawn_permission(self, buyers: Buyers) -> None:
        lena = buyers[0]
        cast.permit(lena)
        segment = saved({"field": "contact.is_mailable", "op": "is_true"}, level="contact")
        consent_actions.withdraw(contact=lena, purpose="marketing", proof=Proof(method="staff"), now=LATER)

        pulse_turn()

        assert names_in(segment) == set()

    def test_asks_one_question_when_no_segment_is_concerned(
        self, buyers: Buyers, django_assert_num_queries: object
    ) -> None:
        saved(GERMAN)
        event = happen("email.opened", buyers[0])

        with django_assert_num_queries(1):  # type: ignore[operator]
            actions.react_to(events=[event], now=LATER)

    def test_costs_as_many_questions_for_many_as_for_one(
        self, buyers: Buyers, django_assert_max_num_queries: object
    ) -> None:
        saved(OPENED, level="contact")
        events = [happen("email.opened", each) for each in buyers]

        with django_assert_max_num_queries(30):  # type: ignore[operator]
            actions.react_to(events=events, now=LATER)


class TestAList:
    def test_takes_customers_and_contacts(self, buyers: Buyers) -> None:
        lena, yuki, _ = buyers
        people = actions.make_list(title="Fair 2026", level="contact", now=NOW)

        joined = actions.add_members(
            segment=people, customer_ids=[lena.customer_id], contact_ids=[yuki.pk, lena.pk], now=NOW
        )

        assert joined == 2
        assert names_in(people) == {"Lena Petersen", str(yuki)}
        assert actions.add_members(segment=people, contact_ids=[yuki.pk], now=NOW) == 0

    def test_gives_them_back(self, buyers: Buyers) -> None:
        people = actions.make_list(title="Fair", level="customer", now=NOW)
        actions.add_members(segment=people, contact_ids=[each.pk for each in buyers], now=NOW)

        assert actions.remove_members(segment=people, customer_ids=[buyers[0].customer_id], now=NOW) == 1
        people.refresh_from_db()
        assert people.member_count == 2
        assert [name for name, _, _ in told(people)] == ["segment.joined"] * 3 + ["segment.left"]

    def test_takes_whom_an_import_brought_without_starting_anything(self, buyers: Buyers) -> None:
        Customer.objects.filter(pk=buyers[2].customer_id).update(batch=7)
        people = actions.make_list(title="From a file", level="customer", now=NOW)

        assert actions.add_import(segment=people, run_id=7, now=NOW) == 1
        assert told(people) == [("segment.joined", buyers[2].customer_id, True)]

    def test_is_not_filled_by_hand_when_it_is_kept_by_a_rule(self, buyers: Buyers) -> None:
        with pytest.raises(NotAList, match="kept by its rule"):
            actions.add_members(segment=saved(GERMAN), customer_ids=[buyers[1].customer_id], now=NOW)


class TestTheAudience:
    def test_of_any_segment_or_list_is_contacts_with_what_they_permit(self, buyers: Buyers) -> None:
        """D-21, T-64: any list or segment is a usable audience, with who may be mailed and why the others may not."""
        lena, yuki, diego = buyers
        cast.permit(lena)
        cast.permit(yuki)
        consent_actions.withdraw(contact=yuki, purpose="marketing", proof=Proof(method="staff"), now=NOW)
        empty = cast.a_customer(name="Nobody to write to", country="DE")
        segment = saved({"field": "name", "op": "is_known"})
        people = actions.make_list(title="Fair", level="contact", now=NOW)
        actions.add_members(segment=people, contact_ids=[lena.pk, diego.pk], now=NOW)

        found, by_hand = (queries.audience_of(each, now=LATER) for each in (segment, people))

        assert found.contact_ids == [lena.pk]
        assert found.customers_without_contact == 1
        assert empty.pk
        assert sum(found.refused.values()) == 2
        assert found.refused["no_permission"] == 1
        assert by_hand.contact_ids == [lena.pk]
        assert by_hand.refused == {"no_permission": 1}

    def test_is_never_everybody_by_mistake(self, buyers: Buyers) -> None:
        """T-64: a rule without a condition is refused, so nobody casts a wide net by leaving something out."""
        for document in ({"level": "customer"}, {"level": "customer", "where": {"all": []}}):
            with pytest.raises(RuleMistake, match="at least one condition"):
                actions.save_segment(title="All", document=document, now=NOW)


class TestKeeping:
    def test_makes_a_key_of_the_title(self, buyers: Buyers) -> None:
        assert [saved(GERMAN, title=title).key for title in ("Fair buyers!", "Fair buyers", "展会客户")] == [
            "fair-buyers", "fair-buyers-2", "segment",
        ]  # fmt: skip
        with pytest.raises(KeyTaken):
            saved(GERMAN, key="fair-buyers")

    def test_breaks_no_rule_that_asks_for_it(self, buyers: Buyers) -> None:
        inner = saved(GERMAN, title="Inner")
        saved({"segment": inner.key, "op": "in"}, title="Outer")

        with pytest.raises(SegmentInUse, match="used by Outer"):
            actions.delete_segment(segment=inner)

    def test_refuses_a_circle(self, buyers: Buyers) -> None:
        first = saved(GERMAN, title="First")
        second = saved({"segment": "first", "op": "in"}, title="Second")
        circle = {"level": "customer", "where": {"all": [{"segment": second.key}]}}

        with pytest.raises(RuleMistake, match="first → second → first"):
            actions.change_segment(segment=first, document=circle, now=NOW)

    def test_makes_another_rule_a_new_version(self, buyers: Buyers) -> None:
        segment = saved(GERMAN)
        japan = {"level": "customer", "where": {"field": "country", "op": "any_of", "value": ["JP"]}}

        actions.change_segment(segment=segment, document=japan, now=LATER)
        actions.refresh(segment=segment, now=LATER)

        assert segment.version == 2
        assert names_in(segment) == {buyers[1].customer.name}
        assert all(is_historical for _, _, is_historical in told(segment))

    def test_names_what_other_segments_share(self, buyers: Buyers) -> None:
        german = saved(GERMAN, title="German")
        both = saved({"field": "country", "op": "any_of", "value": ["DE", "JP"]}, title="Both")

        assert [(each.segment.key, each.customers) for each in queries.overlaps(german)] == [(both.key, 1)]
        assert [row.segment.key for row in queries.segments_of(customer_id=buyers[0].customer_id)] == [
            "both", "german",
        ]  # fmt: skip
