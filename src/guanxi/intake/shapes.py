"""Tables of an unusual shape, seen as usual ones: articles side by side, and codes whose names stand in a second table.

Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Protocol

import pyarrow as pa
import pyarrow.compute as pc

from guanxi.intake.recognise import field_of, key_of, lookups
from guanxi.intake.rows import Batch

# WooCommerce by WebToffee: "Product Item 3 SKU"; elsewhere: "Product 3", 数量3.
NUMBERED = re.compile(r"^(?P<before>.*?\D)\s*(?P<number>\d{1,2})(?P<after>(?:\s+\D.*)?)$")
OF_A_LINE = frozenset({"product_code", "product_name", "quantity", "unit_price", "amount", "gross_amount"})


class Table(Protocol):
    name: str
    headings: tuple[str, ...]

    def batches(self) -> Iterator[Batch]: ...


def shaped(tables: Sequence[Table]) -> list[Table]:
    """`tables` with articles below each other and with names in the place of codes."""
    return [SideBySide.if_so(each) for each in _named(tables)]


class SideBySide:
    """A table with several articles in one row, as one row per article; the other cells stand on each of them."""

    def __init__(self, table: Table, groups: dict[int, dict[str, str]]) -> None:
        self._table, self._groups = table, groups
        self.name = table.name
        used = {heading for group in groups.values() for heading in group.values()}
        self._others = tuple(each for each in table.headings if each not in used)
        self._titles = tuple(dict.fromkeys(title for group in groups.values() for title in group))
        self.headings: tuple[str, ...] = (*self._others, *self._titles)

    @classmethod
    def if_so(cls, table: Table) -> Table:
        """`table` itself when its articles stand in rows already."""
        groups: dict[int, dict[str, str]] = {}
        for heading in table.headings:
            match = NUMBERED.match(heading)
            title = " ".join((match["before"] + match["after"]).split()) if match else ""
            if match and field_of(title, "lines") in OF_A_LINE:
                groups.setdefault(int(match["number"]), {}).setdefault(title, heading)
        whole = {number: group for number, group in groups.items() if len(group) > 1}
        others = set(table.headings) - {heading for group in whole.values() for heading in group.values()}
        is_alone = any(field_of(each, "lines") in {"product_name", "quantity"} for each in others)
        return cls(table, whole) if whole and not is_alone else table

    def batches(self) -> Iterator[Batch]:
        for batch in self._table.batches():
            yield self._unfolded(batch)

    def _unfolded(self, batch: Batch) -> Batch:
        places: list[int] = []
        numbers: list[int] = []
        filled = {number: _is_filled(batch, group) for number, group in self._groups.items()}
        for place, row in enumerate(zip(*filled.values(), strict=True)):
            present = [number for number, is_there in zip(filled, row, strict=True) if is_there] or [min(filled)]
            places += [place] * len(present)
            numbers += present
        taken = pa.array(places, pa.int64())
        cells = {heading: batch.cells[heading].take(taken) for heading in self._others}
        for title in self._titles:
            texts = {
                number: batch.cells[group[title]].cast(pa.string()).to_pylist() if title in group else None
                for number, group in self._groups.items()
            }
            column = (each[place] if (each := texts[number]) else None for place, number in zip(places, numbers))  # noqa: B905
            cells[title] = pa.array(list(column), pa.string())
        return Batch(batch.rows.take(taken), cells, batch.lost, is_unfolded=True)


def _is_filled(batch: Batch, group: dict[str, str]) -> list[bool]:
    texts = [pc.utf8_trim_whitespace(batch.cells[heading].cast(pa.string())) for heading in group.values()]
    return [any(row) for row in zip(*(text.to_pylist() for text in texts), strict=True)]


class Named:
    """A table in which the codes of one column are names."""

    def __init__(self, table: Table, heading: str, names: dict[str, str]) -> None:
        self._table, self._heading, self._names = table, heading, names
        self.name, self.headings = table.name, table.headings

    def batches(self) -> Iterator[Batch]:
        for batch in self._table.batches():
            codes = batch.cells[self._heading].cast(pa.string()).dictionary_encode()
            names = [self._names.get((code or "").strip(), code) for code in codes.dictionary.to_pylist()]
            column = pa.array(names, pa.string()).take(codes.indices)
            yield Batch(batch.rows, {**batch.cells, self._heading: column}, batch.lost, batch.is_unfolded)


def _named(tables: Sequence[Table]) -> list[Table]:
    """`tables` with the codes that a known format looks up in another one of them replaced by their names."""
    result: list[Table] = []
    for table in tables:
        for code, name in lookups(table.headings).items():
            beside = next((each for each in tables if each is not table and _begins_with(each, code, name)), None)
            heading = next(each for each in table.headings if key_of(each) == key_of(code))
            if beside is not None:
                table = Named(table, heading, _names_in(beside, code, name))
        result.append(table)
    return result


def _begins_with(table: Table, code: str, name: str) -> bool:
    keys = [key_of(each) for each in table.headings]
    return keys[:1] == [key_of(code)] and key_of(name) in keys


def _names_in(table: Table, code: str, name: str) -> dict[str, str]:
    by_key = {key_of(each): each for each in table.headings}
    names: dict[str, str] = {}
    for batch in islice(table.batches(), 2):
        columns = (batch.cells[by_key[key_of(each)]].cast(pa.string()).to_pylist() for each in (code, name))
        names |= {str(key).strip(): value for key, value in zip(*columns, strict=True) if key and value}
    return names
