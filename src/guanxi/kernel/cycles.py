"""When Python looks for objects that hold one another: rows live together by the thousand, and hold no cycles."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

# Objects made and not yet gone between two looks. With Python's own 700 a batch spent a sixth of its time looking, and
# a look at everything stopped the server for a quarter of a second.
USUAL, AMONG_ROWS = 20_000, 200_000


def look_rarely() -> None:
    """For the rest of this process."""
    _look_after(USUAL)


@contextmanager
def rare_looks() -> Iterator[None]:
    """Where rows come and go: an import spends a fifth less time, a turn at the queue a twelfth."""
    before = gc.get_threshold()[0]
    _look_after(AMONG_ROWS)
    try:
        yield
    finally:
        _look_after(before)


def _look_after(objects: int) -> None:
    gc.set_threshold(objects, *gc.get_threshold()[1:])
