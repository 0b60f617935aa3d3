"""Who goes first when the cap leaves fewer places than there are mails (CN-19). Pure.

Order notices and replies and service mails are never capped; of the rest a behaviour trigger goes before a lifecycle
flow, and that before a newsletter. A journey may name a place of its own between 1 and 99; the smaller goes first.
"""

from __future__ import annotations

from typing import Protocol

TRIGGER, USUAL, LIFECYCLE, NEWSLETTER = 40, 50, 60, 80
CAMPAIGN = 90
BY_HAND = 1
OF_ORIGIN = {"person": BY_HAND, "campaign": CAMPAIGN}


class Placed(Protocol):
    """What is asked of a message."""

    id: int
    priority: int


def of_origin(origin_kind: str) -> int:
    """The place of a mail whose proposer names none."""
    return OF_ORIGIN.get(origin_kind, USUAL)


def turn(message: Placed) -> tuple[int, int]:
    """Sorts messages that are due at one moment: by priority, and of equals the older one first."""
    return message.priority, message.id
