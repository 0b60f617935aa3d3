"""The socket of measures: one file per measure, and this list. A measure is named here or it does not exist."""

from __future__ import annotations

from guanxi.scoring.measures import (
    category_rhythm,
    cooperation,
    growth,
    interaction,
    margin,
    need,
    payment,
    reading,
    rfm,
    rhythm,
    satisfaction,
    share,
    trade,
    traits,
)
from guanxi.scoring.measures.base import TYPES, Figure, Measure

# The first one has a row for every customer; the others may leave customers out.
MEASURES: tuple[Measure, ...] = tuple(
    each.MEASURE
    for each in (
        rfm, rhythm, category_rhythm, share, payment, margin, cooperation, need, growth, reading, interaction,
        satisfaction, trade, traits,
    )
)  # fmt: skip
FIGURES: dict[str, Figure] = {name: figure for measure in MEASURES for name, figure in measure.figures.items()}
# One row per customer: what the measures found.
SCORES = {"customer_id": "BIGINT", **{name: TYPES[figure.kind] for name, figure in FIGURES.items()}}


def measures_for(figures: set[str]) -> tuple[Measure, ...]:
    """The measures that find these figures; the first of the list is always among them."""
    return tuple(each for each in MEASURES if each is MEASURES[0] or figures & each.figures.keys())
