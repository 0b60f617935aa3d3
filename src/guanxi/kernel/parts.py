"""Takes many rows in parts, since a statement carries only so many parameters."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

Each = TypeVar("Each")


def in_parts(rows: Iterable[Each], size: int) -> Iterator[list[Each]]:
    """`rows` in order, at most `size` at a time; none for no rows."""
    iterator = iter(rows)
    while part := list(islice(iterator, size)):
        yield part
