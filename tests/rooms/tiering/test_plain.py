"""Where a customer stands, handed to letters as plain values."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from guanxi.tiering import actions, plain
from guanxi.tiering.models import Scheme, Standing

pytestmark = pytest.mark.django_db


class TestStandingValues:
    def test_tells_tier_stage_and_need(self, lena: Any, now: datetime) -> None:
        """X-01: a letter varies by tier, stage and need without knowing what they are."""
        actions.install_presets(now=now)
        Scheme.objects.filter(name__in=["stage", "need"]).update(is_active=True)
        default = Scheme.objects.get(is_default=True)
        schemes = [default, *Scheme.objects.filter(name__in=["stage", "need"])]
        for scheme in schemes:
            Standing.objects.create(
                customer=lena.customer, scheme=scheme, tier=f"{scheme.name}!", since_at=now, reason="test"
            )

        told = plain.standing_values([lena.customer_id])

        assert told == {lena.customer_id: {"tier": f"{default.name}!", "stage": "stage!", "need": "need!"}}

    def test_goes_behind_what_the_occasion_says(self) -> None:
        assert plain.beside({"customer": {"tier": "Gold"}}, {"tier": "A", "need": "price"}) == {
            "customer": {"tier": "Gold", "need": "price"}
        }
        assert plain.beside({"order": {}}, None) == {"order": {}, "customer": {}}
