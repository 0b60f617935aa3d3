"""The wide table of rates that central banks publish (a column a currency), turned into one rate a row. Pure."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa

from guanxi.intake.reading import Table
from guanxi.intake.recognise import CURRENCY_HEADING, are_currencies, key_of
from guanxi.intake.rows import Batch, Reject

LEAST_CURRENCIES = 5
HEADINGS = ("date", "currency", "rate")
MISSING = frozenset({"", "n/a", "na", "-"})


class LongRates:
    """A wide table seen as rows of date, currency, rate. Days without a rate are left out, as the bank means them."""

    def __init__(self, table: Table, date: str, currencies: list[str]) -> None:
        self._table, self._date, self._currencies = table, date, currencies
        self.name = table.name
        self.headings: tuple[str, ...] = HEADINGS

    @classmethod
    def if_wide(cls, table: Table, *, kind: str) -> Table:
        """`table` itself unless it is a wide table of rates."""
        if kind not in {"auto", "rates"}:
            return table
        date = next((each for each in table.headings if key_of(each) in {"date", "day", "日期", "timeperiod"}), "")
        currencies = [each for each in table.headings if CURRENCY_HEADING.match(each.strip())]
        is_told = kind == "rates" or are_currencies(table.headings)
        is_wide = date and len(currencies) >= (1 if is_told else LEAST_CURRENCIES)
        return cls(table, date, currencies) if is_wide and "rate" not in map(key_of, table.headings) else table

    def batches(self) -> Iterator[Batch]:
        for batch in self._table.batches():
            rows: list[tuple[int, str | None, str, str]] = []
            dates = batch.cells[self._date].cast(pa.string()).to_pylist()
            numbers = batch.rows.to_pylist()
            for currency in self._currencies:
                cells = batch.cells[currency].cast(pa.string()).to_pylist()
                rows += [
                    (number, date, currency.strip(), cell)
                    for number, date, cell in zip(numbers, dates, cells, strict=True)
                    if (cell or "").strip().casefold() not in MISSING
                ]
            yield _long(rows, batch.lost)


def _long(rows: list[tuple[int, str | None, str, str]], lost: tuple[Reject, ...]) -> Batch:
    numbers, *columns = zip(*rows, strict=True) if rows else ((), (), (), ())
    cells = {heading: pa.array(column, pa.string()) for heading, column in zip(HEADINGS, columns, strict=True)}
    return Batch(pa.array(numbers, pa.int64()), cells, lost)
