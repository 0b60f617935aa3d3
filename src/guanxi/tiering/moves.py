"""What a move of a customer from one tier to another is called (M-15). Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

Cause = Literal["first", "growth", "risk", "time", "policy"]


def cause_of(
    *, before: str | None, after: str, order: Sequence[str], has_ordered: bool, is_same_version: bool
) -> Cause:
    """Why a customer stands elsewhere. `order` is the scheme's tiers, the best first.

    `has_ordered`: an order or a credit came since the run before. Without one only time can have lowered him, and
    only other customers (the firm's own percentiles) can have raised him, which counts as the policy's doing.
    """
    if before is None:
        return "first"
    if not is_same_version or before not in order:
        return "policy"
    is_better = order.index(after) < order.index(before)
    if has_ordered:
        return "growth" if is_better else "risk"
    return "policy" if is_better else "time"
