"""Rows by the thousand come and go without cycles; looking for cycles among them takes time for nothing."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

# Objects made and not yet gone between two looks; Python's own is 700.
BETWEEN_LOOKS = 200_000


@contextmanager
def rare_collections() -> Iterator[None]:
    """Where rows come and go: an import spends a fifth less time, a turn at the queue a twelfth."""
    before = gc.get_threshold()
    gc.set_threshold(BETWEEN_LOOKS, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
