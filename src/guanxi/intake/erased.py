"""Rows of persons who were erased on their request are refused, and nothing of them is kept (RL-10)."""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa
import pyarrow.compute as pc

from guanxi.consent.erased import erased_among
from guanxi.intake.rows import Refused, Reject

REASON = "this person asked to be erased and is suppressed; the row is not imported and not kept"


def without_erased(table: pa.Table, *, heading: str, refuse: Callable[[Refused], None]) -> pa.Table:
    """The table without rows that carry an erased address; those are told by their number alone."""
    if "email" not in table.column_names:
        return table
    erased = erased_among([key for key in table["email"].unique().to_pylist() if key])
    if not erased:
        return table
    mask = pc.fill_null(pc.is_in(table["email"], pa.array(sorted(erased))), False)
    numbers = pc.unique(table["row"].filter(mask)).to_pylist()
    refuse(Refused(tuple(Reject(number, heading, REASON) for number in numbers)))
    return table.filter(pc.invert(mask))
