"""What a reader chose reaches the judgement of a mail that waits for him."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from guanxi.consent import actions as consent_actions
from guanxi.consent import topics, yearly
from guanxi.consent.models import YearlyCheck
from guanxi.consent.statements import Proof
from guanxi.content.models import Template
from guanxi.ledger.models import Contact
from guanxi.outbox import actions, queries
from guanxi.outbox.models import Message
from tests import cast

pytestmark = pytest.mark.django_db
Propose = Callable[..., Message]
FORM = Proof(method="form", source="preferences")


def judged(message: Message, now: datetime) -> tuple[str, str]:
    """State and deciding reason."""
    actions.judge_due(now=now)
    message.refresh_from_db()
    deciding = queries.why_not(message.pk).deciding
    return message.state, deciding[0].reason if deciding else ""


class TestAReadersChoice:
    def test_of_topics_drops_what_he_declined(self, propose: Propose, lena: Contact, now: datetime) -> None:
        """G-11: one topic declined, the others still come."""
        cast.permit(lena)
        topics.save_topic(key="lamps", titles={"en": "Lamps"}, now=now)
        Template.objects.filter(key="j-17.1").update(topic="lamps")
        topics.choose_topics(contact=lena, wanted=[], proof=FORM, now=now, wordings={})

        assert judged(propose(lena), now) == ("suppressed", "topic_declined")

    def test_of_a_pause_holds_until_its_end(self, propose: Propose, lena: Contact, now: datetime) -> None:
        cast.permit(lena)
        topics.set_rhythm(contact=lena, fewer=False, pause_weeks=1, now=now)

        message = propose(lena, expires_at=now + timedelta(weeks=4))

        assert judged(message, now) == ("held", "paused_by_reader")
        assert message.due_at == now + timedelta(weeks=1)

    def test_against_profiling_stops_journeys(self, propose: Propose, lena: Contact, now: datetime) -> None:
        """RL-03: tier-driven mail stops, on any basis of marketing."""
        cast.permit(lena)
        consent_actions.withdraw(contact=lena, purpose="profiling", proof=FORM, now=now)

        assert judged(propose(lena), now) == ("suppressed", "profiling_refused")

    def test_of_silence_rests_marketing_with_its_reason(self, propose: Propose, lena: Contact, now: datetime) -> None:
        """CN-40: the pause names why."""
        cast.permit(lena)
        YearlyCheck.objects.create(contact=lena, due_at=now, state="reminded", round=1, asked_at=now)
        yearly.write_to_due(now=now)

        assert judged(propose(lena), now) == ("suppressed", "paused")
