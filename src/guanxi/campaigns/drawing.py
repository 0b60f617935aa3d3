"""Who is drawn into a test, and which letter he gets there. Pure.

Both follow from the campaign and the contact alone: asked again, in another order or by another worker, the answer is
the same, and two campaigns draw independently of each other.
"""

from __future__ import annotations

import hashlib

STEPS = 2**32


def share_of(campaign_id: int, contact_id: int, purpose: str) -> float:
    """A number from 0 (in) to 1 (out), spread evenly over contacts; `purpose` makes independent ones."""
    text = f"{purpose}:{campaign_id}:{contact_id}".encode()
    return int.from_bytes(hashlib.blake2b(text, digest_size=4).digest()) / STEPS


def is_in_test(campaign_id: int, contact_id: int, percent: int) -> bool:
    """Whether the contact belongs to the `percent` of the readers who see the test."""
    return share_of(campaign_id, contact_id, "test") * 100 < percent


def is_held_out(campaign_id: int, contact_id: int, percent: int) -> bool:
    """Whether the contact belongs to the `percent` of the readers who get nothing, for comparison."""
    return share_of(campaign_id, contact_id, "holdout") * 100 < percent


def arm_of(campaign_id: int, contact_id: int, arms: int) -> int:
    """Which of so many letters the contact gets, from 0."""
    return int(share_of(campaign_id, contact_id, "arm") * arms)
