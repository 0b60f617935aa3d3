"""Gates asked for a table of messages."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from guanxi.consent import actions as consent_actions
from guanxi.consent.models import Permission
from guanxi.firm import actions as firm_actions
from guanxi.ledger.models import Contact
from guanxi.outbox import actions, queries
from guanxi.outbox.models import Message, Verdict
from guanxi.outbox.reasons import VerdictLine
from tests import cast
from tests.rooms.outbox.world import Answering, send

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
Propose = Callable[..., Message]


def state_of(message: Message) -> str:
    return Message.objects.get(id=message.id).state


def lines_of(message: Message) -> tuple[VerdictLine, ...]:
    return queries.why_not(message.pk).lines


class TestJudgeDue:
    def test_keeps_the_answer_of_every_gate(self, propose: Propose, lena: Contact, now: datetime) -> None:
        cast.permit(lena)
        message = propose(lena)

        assert actions.judge_due(now=now) == 1

        assert state_of(message) == "queued"
        assert [(each.gate, each.outcome, each.reason) for each in lines_of(message)] == [
            ("suppression", "pass", "not_suppressed"),
            ("permission", "pass", "permitted"),
            ("choices", "pass", "no_topic"),
            ("origin", "pass", "origin_runs"),
            ("stream", "pass", "stream_runs"),
            ("completeness", "pass", "complete"),
            ("frequency", "pass", "under_the_cap"),
            ("window", "pass", "fitting_moment"),
        ]
        assert Verdict.objects.count() == 1

    def test_tells_a_row_for_each_gate_as_well(self, propose: Propose, lena: Contact, now: datetime) -> None:
        """Those that passed had rows of their own once."""
        message = propose(lena)
        rows = [("permission", "drop", "no_permission"), ("window", "pass", "fitting_moment")]
        for gate, outcome, reason in reversed(rows):
            message.verdicts.create(gate=gate, outcome=outcome, reason=reason, at=now - DAY)
        actions.judge_due(now=now)

        told = [(each.gate, each.outcome, each.reason) for each in lines_of(message)]

        assert told[-2:] == rows
        assert told[1] == ("permission", "drop", "no_permission")
        assert {outcome for gate, outcome, _ in told[:8] if gate != "permission"} == {"pass"}

    def test_names_the_statement_by_which_it_goes(self, propose: Propose, lena: Contact, now: datetime) -> None:
        """G-12, G-09: why, when, on whose permission; a newer statement is named once it counts."""
        cast.permit(lena)
        message = propose(lena)
        actions.judge_due(now=now)

        said = Permission.objects.get(contact=lena, purpose="marketing")
        assert lines_of(message)[1].detail == {"basis": said.basis, "permission": said.pk}

    def test_judges_once(self, propose: Propose, lena: Contact, now: datetime) -> None:
        cast.permit(lena)
        propose(lena)

        assert (actions.judge_due(now=now), actions.judge_due(now=now)) == (1, 0)

    def test_leaves_what_is_not_due(self, propose: Propose, lena: Contact, now: datetime) -> None:
        propose(lena, not_before=now + HOUR)

        assert actions.judge_due(now=now) == 0

    def test_advertises_to_nobody_without_permission(self, propose: Propose, lena: Contact, now: datetime) -> None:
        message, order = propose(lena), propose(lena, "j-04.1")

        actions.judge_due(now=now)

        assert (state_of(message), state_of(order)) == ("suppressed", "queued")
        [reason] = queries.why_not(message.id).deciding
        assert (reason.gate, reason.reason) == ("permission", "no_permission")

    def test_writes_to_no_suppressed_address(self, propose: Propose, lena: Contact, now: datetime) -> None:
        cast.permit(lena)
        consent_actions.suppress(address=lena.email, scope="all", reason="erased", now=now)
        order = propose(lena, "j-04.1")

        actions.judge_due(now=now)

        assert state_of(order) == "suppressed"

    def test_holds_until_morning_there(self, propose: Propose, diego: Contact, now: datetime) -> None:
        cast.permit(diego)
        message = propose(diego)

        actions.judge_due(now=now)

        held = Message.objects.get(id=message.id)
        assert held.state == "held"
        assert now < held.due_at < now + DAY
        [reason] = queries.why_not(message.id).deciding
        assert reason.gate == "window"
        assert actions.judge_due(now=held.due_at) == 1
        assert state_of(message) == "queued"

    def test_ends_what_the_hold_outlasts(self, propose: Propose, diego: Contact, now: datetime) -> None:
        cast.permit(diego)
        message = propose(diego, expires_at=now + HOUR)

        actions.judge_due(now=now)

        assert state_of(message) == "expired"
        assert "hold_outlasts_expiry" in {line.reason for line in queries.why_not(message.id).deciding}

    def test_ends_what_is_too_late(self, propose: Propose, lena: Contact, now: datetime) -> None:
        message = propose(lena)

        actions.judge_due(now=now + 4 * DAY)

        assert state_of(message) == "expired"

    def test_waits_for_the_firms_postal_address(self, propose: Propose, lena: Contact, now: datetime) -> None:
        cast.permit(lena)
        firm_actions.describe_firm(changes={"postal_address": ""})
        offer, order = propose(lena), propose(lena, "j-04.1")

        actions.judge_due(now=now)

        assert (state_of(offer), state_of(order)) == ("held", "queued")
        firm_actions.describe_firm(changes={"postal_address": "Ningbo"})
        actions.judge_due(now=now + HOUR)
        assert state_of(offer) == "queued"

    def test_drops_a_letter_whose_occasion_left_a_gap(self, propose: Propose, lena: Contact, now: datetime) -> None:
        message = propose(lena, "j-04.1", values={})

        actions.judge_due(now=now)

        assert state_of(message) == "suppressed"
        [reason] = queries.why_not(message.id).deciding
        assert reason.reason == "no_value"
        assert "order.number" in reason.detail["names"]

    def test_holds_the_second_offer_of_a_day(self, propose: Propose, lena: Contact, now: datetime) -> None:
        cast.permit(lena)
        propose(lena, "j-17.1")
        send(now, Answering())
        second = propose(lena, "j-17.2")

        actions.judge_due(now=now + HOUR)

        held = Message.objects.get(id=second.id)
        assert (held.state, held.due_at) == ("held", now + DAY)

    def test_holds_a_prospect_after_two_in_a_week(self, propose: Propose, lena: Contact, now: datetime) -> None:
        cast.permit(lena)
        for number, template in enumerate(("j-17.1", "j-17.2")):
            message = propose(lena, template)
            Message.objects.filter(id=message.id).update(state="accepted", handed_at=now - (3 + number) * DAY)
        third = propose(lena, "j-17.3", expires_at=now + 10 * DAY)

        actions.judge_due(now=now)

        held = Message.objects.get(id=third.id)
        assert (held.state, held.due_at) == ("held", now + 3 * DAY)

    def test_gives_the_place_to_the_higher_priority(self, propose: Propose, lena: Contact, now: datetime) -> None:
        """CN-19: a newsletter that has passed already gives way to a lifecycle flow, and that to a trigger."""
        cast.permit(lena)
        newsletter, lifecycle, trigger = (
            propose(lena, f"j-17.{number}", expires_at=now + 9 * DAY) for number in (1, 2, 3)
        )
        Message.objects.filter(id=newsletter.id).update(priority=80)
        Message.objects.filter(id__in=[lifecycle.id, trigger.id]).update(priority=60, due_at=now + HOUR)
        actions.judge_due(now=now)
        assert state_of(newsletter) == "queued"
        Message.objects.filter(id=trigger.id).update(priority=40)

        actions.judge_due(now=now + HOUR)

        assert [state_of(each) for each in (newsletter, lifecycle, trigger)] == ["held", "held", "queued"]
        [reason] = queries.why_not(lifecycle.id).deciding
        assert (reason.reason, reason.detail["ahead"], reason.detail["sent"]) == ("cap_per_24_hours", [trigger.id], 0)

    def test_asks_as_many_questions_for_fifty_as_for_two(self, propose: Propose, lena: Contact, now: datetime) -> None:
        counts = []
        for size in (2, 50):
            for number in range(size):
                contact = cast.a_contact(customer=lena.customer, email=f"c{size}-{number}@alsterkontor.example")
                contact.language = "de"
                contact.save()
                cast.permit(contact)
                propose(contact)
            with CaptureQueriesContext(
                connection,
            ) as captured:
                actions.judge_due(now=now)
            counts.append(len(captured))

        assert counts[1] <= counts[0] <= 27
