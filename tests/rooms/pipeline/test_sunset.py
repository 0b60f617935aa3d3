"""Who is beyond hope is given up; who is a member may hear from us more often."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from guanxi.consent import actions, paces, queries
from guanxi.consent.statements import Proof
from guanxi.content.models import Template
from guanxi.ledger.models import Contact, Event
from guanxi.outbox import facts
from guanxi.outbox.models import Message
from guanxi.pipeline import pacing, sunset
from guanxi.scoring import actions as scoring_actions
from guanxi.tiering import actions as tiering_actions
from guanxi.tiering.models import Scheme, Standing
from tests import cast

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def mails(contact: Contact, start: datetime, count: int) -> None:
    for number in range(count):
        at = start + number * 7 * DAY
        Event.objects.create(
            name="email.sent", customer=contact.customer, contact=contact, occurred_at=at, recorded_at=at,
            source="outbox", is_unread=False,
        )  # fmt: skip


class TestSunset:
    def test_gives_up_who_gave_no_sign_for_a_year_of_mails(self, lena: Contact, yuki: Contact, now: datetime) -> None:
        """G-17: beyond hope, suppressed with that reason; one who was hardly written to is not."""
        mails(lena, now - 400 * DAY, 8)
        mails(yuki, now - 400 * DAY, 2)
        run = scoring_actions.run_scores(as_of=now, now=now)

        assert sunset.give_up(run=run, now=now) == 1
        assert sunset.give_up(run=run, now=now) == 0

        assert queries.is_suppressed(lena.email)
        assert not queries.is_suppressed(yuki.email)
        assert queries.suppressions(reason="sunset").get().contact == lena

    def test_lets_him_come_back_by_his_own_word(self, lena: Contact, now: datetime) -> None:
        actions.suppress(address=lena.email, reason="sunset", now=now)

        actions.grant(contact=lena, purpose="marketing", proof=Proof(method="double_opt_in"), now=now)

        assert not queries.is_suppressed(lena.email)


class TestPace:
    def cap_of(self, contact: Contact, now: datetime) -> int:
        template, _ = Template.objects.get_or_create(
            key="news", defaults={"title": "News", "kind": "marketing", "created_at": now}
        )
        message = Message(contact=contact, customer=contact.customer, template=template, kind="marketing")
        return facts.gather([message], now=now).facts_of(message).cap_per_7_days

    @pytest.mark.parametrize(
        ("basis", "fewer", "cap"), [("consent", False, 4), ("soft_opt_in", False, 2), ("consent", True, 2)]
    )
    def test_is_higher_for_members_where_consent_allows(
        self, lena: Contact, now: datetime, basis: str, fewer: bool, cap: int
    ) -> None:
        """L-10: repeat buyers get more mail, if they said yes themselves and did not ask for fewer."""
        from guanxi.consent import topics

        cast.permit(lena, basis=basis)
        topics.set_rhythm(contact=lena, fewer=fewer, now=now)
        paces.set_all(wanted={lena.customer_id: 4}, now=now)

        assert self.cap_of(lena, now) == cap

    def test_comes_from_the_tiers_that_are_treated_so(self, lena: Contact, yuki: Contact, now: datetime) -> None:
        tiering_actions.install_presets(now=now)
        scheme = Scheme.objects.get(name="lifecycle")
        Scheme.objects.filter(pk=scheme.pk).update(is_active=True)
        standing: dict[str, Any] = {"scheme": scheme, "since_at": now, "reason": "test"}
        Standing.objects.create(customer=lena.customer, tier="mature", **standing)
        Standing.objects.create(customer=yuki.customer, tier="declining", **standing)

        assert pacing.hand_in(now=now) == 1
        assert paces.paces_of([lena.customer_id, yuki.customer_id]) == {lena.customer_id: 4}

        Standing.objects.all().delete()
        assert pacing.hand_in(now=now) == 0
        assert paces.paces_of([lena.customer_id]) == {}
