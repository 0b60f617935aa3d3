"""Has somebody stopped what this mail belongs to, a campaign or a journey? (RD-04) Pure."""

from __future__ import annotations

from guanxi.outbox.gates.base import Facts, Opinion, hold_until_told, passed


def judge(facts: Facts) -> Opinion:
    if facts.origin_pause is not None:
        return hold_until_told("origin_paused", because=facts.origin_pause)
    return passed("origin_runs")
