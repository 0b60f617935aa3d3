"""Which tiers mean that a customer sleeps, in whatever scheme: nothing costly is done for him any more (M-14). Pure."""

from __future__ import annotations

from collections.abc import Mapping

# Reduced effort: no gifts, no visits, no catalogues by post.
SLEEPING = frozenset({"dormant", "lapsed", "lost"})


def is_asleep(standings: Mapping[str, str]) -> bool:
    """Whether one of a customer's tiers, by scheme, says so."""
    return not SLEEPING.isdisjoint(standings.values())
