"""What a campaign tells the ledger, and the figures of its test as they are kept."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from guanxi.campaigns.models import Campaign
from guanxi.campaigns.winning import Arm, Decision, interval_of
from guanxi.ledger import actions as ledger_actions

SOURCE = "campaigns"


def tell(campaign: Campaign, name: str, *, now: datetime, **properties: Any) -> None:
    """An event about the campaign as a whole; programs that listen hear it like any other."""
    ledger_actions.record_event(
        name=name, occurred_at=now, now=now, source=SOURCE, object_kind="campaign", object_id=str(campaign.pk),
        properties={"title": campaign.title, **properties},
    )  # fmt: skip


def figures_of(arms: Sequence[Arm], decision: Decision, *, metric: str, by: str = "") -> dict[str, Any]:
    """The test as plain JSON: what was counted, every interval, and the answer."""
    return {
        "winner": decision.winner,
        "reason": decision.reason,
        "metric": metric,
        "by": by,
        "arms": [
            {"label": arm.label, "sent": arm.sent, "answered": arm.answered, "interval": list(interval_of(arm))}
            for arm in arms
        ],
        "comparisons": [
            {
                "first": each.first, "second": each.second, "difference": each.difference, "low": each.low,
                "high": each.high,
            }
            for each in decision.comparisons
        ],
    }  # fmt: skip
