"""The stages an order passes and which moves are sensible. Pure (J-04, J-06, CN-21)."""

from __future__ import annotations

STAGES = (
    "quoted", "confirmed", "in_production", "packed", "shipped", "in_transit", "arrived", "delivered", "completed",
)  # fmt: skip
ENDS = frozenset({"completed", "cancelled"})
ALL_STAGES = (*STAGES, "cancelled")
SHIPPED_OR_LATER = frozenset(STAGES[STAGES.index("shipped") :])


class UnknownStage(Exception):
    """That is no stage of an order."""


def check_stage(stage: str) -> str:
    """`stage` itself; raises UnknownStage with the list of stages."""
    if stage not in ALL_STAGES:
        raise UnknownStage(f"{stage!r} is no stage of an order; use one of {', '.join(ALL_STAGES)}.")
    return stage


def is_open(stage: str) -> bool:
    return stage not in ENDS
