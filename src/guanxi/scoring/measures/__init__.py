"""The socket of measures: one file per measure, and this list. A measure is named here or it does not exist."""

from __future__ import annotations

from guanxi.scoring.measures import rfm, rhythm
from guanxi.scoring.measures.base import Figure, Measure

# The first one has a row for every customer; the others may leave customers out.
MEASURES: tuple[Measure, ...] = (rfm.MEASURE, rhythm.MEASURE)
FIGURES: dict[str, Figure] = {name: figure for measure in MEASURES for name, figure in measure.figures.items()}


def measures_for(figures: set[str]) -> tuple[Measure, ...]:
    """The measures that find these figures; the first of the list is always among them."""
    return tuple(each for each in MEASURES if each is MEASURES[0] or figures & each.figures.keys())
