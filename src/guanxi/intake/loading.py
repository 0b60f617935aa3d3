"""What every loader is handed, and the spool that keeps usable rows on disk between reading and writing."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa

from guanxi.intake.planning import Plan
from guanxi.intake.rows import Refused, Reject
from guanxi.intake.tally import Tally
from guanxi.intake.values import Moment, as_utc
from guanxi.ledger.bulk import Batch
from guanxi.ledger.bulk_orders import Pricing

ROWS_AT_ONCE = 5_000
Progress = Callable[[str, int, int], None]  # what is being done, how much of it, of how much (0: not known)


@dataclass(slots=True)
class Loading:
    """One table on its way into the ledger. `currency` is of amounts that name none."""

    batch: Batch
    plan: Plan
    zone: tzinfo
    currency: str
    tally: Tally
    refuse: Callable[[Refused], None]
    progress: Progress
    unknown_words: set[str] = field(default_factory=set)  # statuses of orders that nobody knows
    codes: Counter[str] = field(default_factory=Counter)  # of offers: how many were accepted, how many refused

    def reject(self, row: int, field: str, reason: str) -> None:
        """Refuse a row that only the ledger shows to be unusable."""
        self.refuse(Refused((Reject(row, self.plan.mapping.heading_of(field), reason),)))

    def moment(self, row: dict[str, Any], name: str) -> datetime | None:
        """A moment of a row in UTC; a cell without a zone is read as the wall clock of the firm."""
        wall = row.get(name)
        return None if wall is None else as_utc(Moment(wall, row.get(f"{name}_offset")), self.zone)

    def currency_of(self, row: dict[str, Any]) -> str:
        return row.get("currency") or self.currency

    def note(self, sentence: str) -> None:
        if sentence not in self.tally.notes:
            self.tally.notes.append(sentence)

    def note_rates(self, pricing: Pricing) -> None:
        """Say which orders have no rate, and which took that of another day (CN-41)."""
        for code, count in pricing.without_rate.items():
            self.note(f"{count} orders in {code} have no rate into {pricing.into} yet; import rates for {code}.")
        for code, count in pricing.by_earlier_rate.items():
            self.note(f"{count} orders in {code} took the last rate before their day, which has none of its own.")
        for code, on in pricing.before_rates.items():
            self.note(f"Orders in {code} from before {on} are counted at the rate of that day, the first one known.")


def day(row: dict[str, Any], name: str) -> date | None:
    wall = row.get(name)
    return wall.date() if wall else None


def number(row: dict[str, Any], name: str) -> Decimal:
    value: Decimal | None = row.get(name)
    return Decimal(0) if value is None else value


class Spool:
    """Tables of one shape, written one after another and read back without holding them in memory."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / secrets.token_hex(8)
        self._writer: pa.ipc.RecordBatchFileWriter | None = None
        self._schema: pa.Schema | None = None

    def add(self, table: pa.Table) -> None:
        if self._writer is None:
            self._schema = table.schema
            self._writer = pa.ipc.new_file(str(self._path), table.schema)
        self._writer.write_table(table.cast(self._schema))

    def table(self) -> pa.Table | None:
        """All rows, mapped into memory as they are touched; None when there were none."""
        if self._writer is None:
            return None
        with suppress(pa.ArrowInvalid):
            self._writer.close()
        return pa.ipc.open_file(pa.memory_map(str(self._path))).read_all()


def rows_of(table: pa.Table) -> Iterator[list[dict[str, Any]]]:
    """The rows as mappings, some thousand at a time."""
    for start in range(0, len(table), ROWS_AT_ONCE):
        yield table.slice(start, ROWS_AT_ONCE).to_pylist()
