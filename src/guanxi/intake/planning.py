"""What a foreign table is taken for: its mapping with everything settled that the columns can tell. Pure."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import yaml

from guanxi.intake.convert import settle
from guanxi.intake.fields import STATE_WORDS
from guanxi.intake.mapping import BadMapping, Mapping, Options, mapping_from
from guanxi.intake.rates import LongRates
from guanxi.intake.reading import Table
from guanxi.intake.recognise import key_of, lacks, recognise
from guanxi.intake.rows import Batch, EmptyFile, Refused, UnusableFile
from guanxi.intake.sifting import Sifter

PEOPLE = ("customers", "contacts")


@dataclass(frozen=True, slots=True)
class Plan:
    """`notes` are sentences about what was guessed."""

    table: Table
    mapping: Mapping
    options: Options
    notes: tuple[str, ...] = ()

    @property
    def kind(self) -> str:
        return self.mapping.kind

    @property
    def is_wide(self) -> bool:
        """Whether it is a table of rates with a column for each currency."""
        return isinstance(self.table, LongRates)

    def sifted(self, *, keeps: bool = False) -> Iterator[tuple[pa.Table, Refused]]:
        """Usable and refused rows, batch by batch, from the first row on. Raises UnusableFile.

        With `keeps` the columns that have no field of ours come along.
        """
        sifter = Sifter(self.mapping, self.options, keeps=keeps)
        for batch in whole_batches(self.table):
            yield sifter.sift(batch)


def plan_for(
    table: Table, *, mapping: Mapping | None = None, kind: str = "auto", currency: str = "", date_order: str = ""
) -> Plan:
    """How to read `table`. Raises UnusableFile when its heading says nothing usable."""
    if not table.headings:
        raise EmptyFile(f"{table.name} is empty; export it again.")
    table = LongRates.if_wide(table, kind=mapping.kind if mapping else kind)
    found = _fitted(mapping, table) if mapping else recognise(table.headings, kind=kind)
    if found is None:
        raise UnusableFile(_not_recognised(table, kind))
    found = found if mapping else _with_state_of_consent(found, table)
    options = found.options
    options = replace(options, currency=currency or options.currency, date_order=date_order or options.date_order)
    settled, notes = settle(found, whole_batches(table), options)
    return Plan(table, found, settled, tuple([found.note, *notes] if found.note else notes))


def _with_state_of_consent(mapping: Mapping, table: Table) -> Mapping:
    """Beside a legal basis, a column State or Status that holds "granted" is no part of a country."""
    if "basis" not in mapping.columns or "state" in mapping.columns or mapping.kind not in PEOPLE:
        return mapping
    heading = next((each for each in table.headings if key_of(each) in ("state", "status")), "")
    first = next(whole_batches(table), None) if heading else None
    words = {str(word or "").strip().casefold() for word in first.cells[heading].to_pylist()} if first else set()
    if not words - {""} or words - {""} - STATE_WORDS.keys():
        return mapping
    others = {name: found for name, found in mapping.columns.items() if found != (heading,)}
    return replace(mapping, columns=others | {"state": (heading,)})


def whole_batches(table: Table) -> Iterator[Batch]:
    """The batches of `table`; a file that ends too early is an UnusableFile, not a crash."""
    try:
        yield from table.batches()
    except (OSError, EOFError, zlib.error, UnicodeError) as error:
        raise UnusableFile(f"{table.name} is damaged ({error}); copy or export it again.") from None


def read_mapping(path: Path) -> Mapping:
    """The mapping in a YAML file. Raises BadMapping."""
    try:
        document: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeError, yaml.YAMLError) as error:
        raise BadMapping(f"{path} cannot be read as a mapping: {' '.join(str(error).split())}.") from None
    return mapping_from(document)


def _fitted(mapping: Mapping, table: Table) -> Mapping:
    """`mapping` with the headings as the table spells them."""
    by_key = {key_of(heading): heading for heading in table.headings}
    spelled = set(table.headings)
    columns: dict[str, tuple[str, ...]] = {}
    for field, wanted in mapping.columns.items():
        present = tuple(each if each in spelled else by_key[key_of(each)] for each in wanted if key_of(each) in by_key)
        if not present:
            raise UnusableFile(
                f"{table.name} has no column {' or '.join(wanted)}, which the mapping names for {field}; "
                f"it has {_listed(table.headings)}."
            )
        columns[field] = present
    return replace(mapping, columns=columns)


# What orders cannot do without, with a heading that would be known.
NEEDED = {
    "buyer": "the buyer (Customer Name, 客户名称)",
    "ordered_at": "the day (Order Date, 下单日期)",
    "amount": "the amount (Amount, 金额)",
}


def _not_recognised(table: Table, kind: str) -> str:
    known = _listed(table.headings)
    if missing := lacks(table.headings, kind):
        wanted = " and ".join(NEEDED[each] for each in missing)
        return (
            f"{table.name} lacks a column with {wanted}; it has {known}. Rename it, or say which column is which with "
            "--mapping FILE.yaml (docs/reference/import-formats.md)."
        )
    wanted = "its columns are not known" if kind == "auto" else f"its columns do not make {kind}"
    return (
        f"{table.name}: {wanted} ({known}); say which column is which with --mapping FILE.yaml "
        "(docs/reference/import-formats.md)."
    )


def _listed(headings: Sequence[str]) -> str:
    shown = ", ".join(heading[:40] for heading in headings[:12])
    return f"{shown}, …" if len(headings) > 12 else shown
