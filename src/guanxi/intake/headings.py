"""Which row of a table is its heading, and a name for every column. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from guanxi.intake.recognise import is_known_heading
from guanxi.intake.rows import UnusableFile

MOST_COLUMNS = 2_000


def heading_row(rows: Sequence[Sequence[object]]) -> int:
    """Index of the heading: the first row with most known headings, else the first that is as wide as the widest.

    Reports often begin with a title and blank lines.
    """
    known = [sum(is_known_heading(str(cell)) for cell in row if cell) for row in rows]
    if max(known, default=0) >= 2:
        best = known.index(max(known))
        return best + _goes_on(rows, best)
    filled = [sum(bool(str(cell or "").strip()) for cell in row) for row in rows]
    return next((i for i, count in enumerate(filled) if count * 2 > max(filled)), 0)


def _goes_on(rows: Sequence[Sequence[object]], at: int) -> bool:
    """Whether the row below parts the merged cells of the heading: Name and Country under Customer."""
    below = {place: text for row in rows[at + 1 : at + 2] for place, cell in enumerate(row) if (text := _text(cell))}
    is_parted = any(place in below and not _text(cell) for place, cell in enumerate(rows[at]))
    return len(below) > 1 and is_parted and all(map(is_known_heading, below.values()))


def heading_titles(rows: Sequence[Sequence[object]], at: int) -> list[object]:
    """The cells of the heading. A cell merged over several columns above it belongs to each of them: under "Customer"
    stands "Name"; one merged downwards fills the empty cell below.
    """
    own = list(rows[at])
    if at == 0:
        return own
    above = [*rows[at - 1], *[None] * len(own)][: len(own)]
    if sum(bool(_text(cell)) for cell in above) < 2:
        return own
    titles: list[object] = []
    group = ""
    for upper, cell in zip(above, own, strict=True):
        group = _text(upper) or group
        joined = f"{group} {_text(cell)}"
        if not _text(cell):
            titles.append(upper)
        else:
            titles.append(joined if is_known_heading(joined) else cell)
    return titles


def _text(cell: object) -> str:
    return " ".join(str("" if cell is None else cell).split())


def unique_headings(cells: Sequence[object], name: str) -> tuple[str, ...]:
    """A name for each column: an empty heading becomes "column 3", a repeated one "Phone (2)"."""
    if len(cells) > MOST_COLUMNS:
        raise UnusableFile(
            f"{name} has {len(cells):,} columns, more than {MOST_COLUMNS:,}; leave out those not needed."
        )
    headings: dict[str, None] = {}
    for place, cell in enumerate(cells, start=1):
        heading = title = " ".join(str("" if cell is None else cell).split())[:200] or f"column {place}"
        count = 1
        while heading in headings:
            count += 1
            heading = f"{title} ({count})"
        headings[heading] = None
    return tuple(headings)
