"""Is the address on the suppression list? (RL-03, RL-10) Pure."""

from __future__ import annotations

from guanxi.consent.rules import is_barred
from guanxi.outbox.gates.base import Facts, Opinion, drop, passed


def judge(facts: Facts) -> Opinion:
    if is_barred(kind=facts.kind, suppressions=facts.suppressions, asks_to_confirm=facts.asks_to_confirm):
        return drop("suppressed", scopes=sorted(facts.suppressions))
    return passed("not_suppressed")
