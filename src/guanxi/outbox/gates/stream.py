"""Has this sender's stream been stopped, by a person or by what came back? (RP-20, RP-31) Pure."""

from __future__ import annotations

from guanxi.outbox.gates.base import Facts, Opinion, hold_until_told, passed


def judge(facts: Facts) -> Opinion:
    if facts.stream_pause is not None:
        return hold_until_told("stream_paused", because=facts.stream_pause)
    return passed("stream_runs")
