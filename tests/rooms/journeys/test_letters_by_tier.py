"""A letter that varies by tier is told the tier by the journey that sends it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from guanxi.content import actions as content_actions
from guanxi.content.actions import Written
from guanxi.journeys import advancing
from guanxi.outbox.proposals import Proposal
from guanxi.tiering import actions as tiering_actions
from guanxi.tiering.models import Scheme, Standing

pytestmark = pytest.mark.django_db
GOLD_ONLY = {"name": "customer.tier", "values": ["Gold"]}


def proposal(contact: Any, key: str, now: datetime) -> Proposal:
    return Proposal(
        contact=contact, template_key=key, values={"order": {"number": "7"}}, origin_kind="journey", origin_id="1",
        idempotency_key=key, not_before=now, expires_at=now + timedelta(days=1),
    )  # fmt: skip


class TestLettersByTier:
    def test_are_told_the_tier_and_only_they(self, lena: Any, ada: Any, now: datetime) -> None:
        """X-01: the journey is the room where knowing turns into reaching."""
        tiering_actions.install_presets(now=now)
        Standing.objects.create(
            customer=lena.customer, scheme=Scheme.objects.get(is_default=True), tier="Gold", since_at=now, reason="test"
        )
        for title, only in (("By tier", GOLD_ONLY), ("For all", None)):
            template = content_actions.create_template(title=title, kind="service", now=now)
            blocks = [{"type": "text", "html": "<p>Your desk</p>", "only": only}]
            letter = content_actions.save_draft(
                template=template,
                language="en",
                written=Written("News", blocks=blocks),
                revision=0,
                author=ada,
                now=now,
            )
            content_actions.publish(letter=letter, actor=ada, now=now)

        by_tier, for_all = advancing._with_standing([proposal(lena, "by-tier", now), proposal(lena, "for-all", now)])

        assert by_tier.values == {"order": {"number": "7"}, "customer": {"tier": "Gold"}}
        assert for_all.values == {"order": {"number": "7"}}
