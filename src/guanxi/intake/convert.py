"""Foreign columns become typed columns of our fields, with a reason for each row that does not fit. Pure.

Cells are read once per distinct value: half a million rows hold some thousand dates, prices and names.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from functools import partial
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from guanxi.intake import values
from guanxi.intake.fields import FIELDS
from guanxi.intake.mapping import Mapping, Options
from guanxi.intake.rows import Batch
from guanxi.intake.values import BadValue
from guanxi.intake.yen import Yen

SCALES = {"quantity": (16, 4), "unit_price": (18, 6), "discount_rate": (10, 6), "rate": (20, 10)}
AMOUNT = (18, 4)
WALL = pa.timestamp("us")
LARGEST = 1e11


@dataclass(frozen=True, slots=True)
class Column:
    """A converted column; `problems` holds a sentence where the cell could not be read, null elsewhere."""

    data: pa.Array
    problems: pa.Array | None = None
    offsets: pa.Array | None = None  # of moments: minutes from UTC, null where the cell named none


def convert(name: str, cells: Sequence[pa.Array], options: Options, *, factor: int = 1) -> Column:
    """One field from its foreign columns; the first cell of a row that is not empty counts.

    `factor` is what one of its numbers stands for, such as 10,000.
    """
    reading = FIELDS[name].reading
    if len(cells) > 1:
        cells = [pc.coalesce(*(_as_text(each, values.read_text).data for each in cells))]
    array = _decoded(cells[0])
    if reading == "number":
        precision, scale = SCALES.get(name, AMOUNT)
        return _as_number(
            array, pa.decimal128(precision, scale), options.decimal_mark, factor, is_rate=name == "discount_rate"
        )
    if reading == "moment":
        return _as_moment(array, partial(values.read_moment, date_order=options.date_order))
    if reading == "birthday":
        return _as_moment(array, partial(values.read_birthday, date_order=options.date_order))
    if reading == "flag":
        return _read_distinct(array, values.read_flag, pa.bool_())
    if reading == "id":
        return _as_id(array)
    return _as_text(array, READERS[reading])


def _read_word(cell: object) -> str | None:
    text = values.read_text(cell)
    return text and " ".join(text.casefold().removeprefix("wc-").split())  # WooCommerce's own database has wc-completed


def _read_email(cell: object) -> str | None:
    from guanxi.ledger.identity import BadAddress, canonical_email  # loads a list of telephone numbers

    text = values.read_address(cell)
    try:
        return text and canonical_email(text)
    except BadAddress as error:
        raise BadValue(str(error)) from None


def _read_currency(cell: object) -> str | None:
    from guanxi.kernel.places import currency_code

    text = values.read_text(cell)
    code = text and currency_code(text)
    if text and not code:
        raise BadValue(f"{text[:20]!r} is no currency; write a code such as USD")
    return code or None


READERS: dict[str, Callable[[object], str | None]] = {
    "text": values.read_text,
    "line": values.read_line,
    "country": values.read_text,
    "word": _read_word,
    "email": _read_email,
    "currency": _read_currency,
}


def _decoded(array: pa.Array) -> pa.Array:
    if pa.types.is_dictionary(array.type):
        return array.dictionary_decode()
    if pa.types.is_null(array.type):
        return array.cast(pa.string())
    return array


def _as_text(array: pa.Array, read: Callable[[object], str | None]) -> Column:
    array = _decoded(array)
    if not pa.types.is_string(array.type):
        array = _whole_numbers(array).cast(pa.string())
    return _read_distinct(array, read, pa.string())


def _as_id(array: pa.Array) -> Column:
    if pa.types.is_integer(array.type):
        return Column(array.cast(pa.string()))
    return _as_text(array, values.read_id)


def _whole_numbers(array: pa.Array) -> pa.Array:
    """17850.0 in a column of floats is 17850 when the whole column is so."""
    if not pa.types.is_floating(array.type):
        return array
    try:
        return array.cast(pa.int64())
    except pa.ArrowInvalid:
        return array


def _as_number(
    array: pa.Array, target: pa.DataType, decimal_mark: str, factor: int, *, is_rate: bool = False
) -> Column:
    limit = 10 ** (target.precision - target.scale)
    is_number = pa.types.is_integer(array.type) or pa.types.is_floating(array.type) or pa.types.is_decimal(array.type)
    if is_number and factor == 1:
        size = pc.max(pc.abs(array.cast(pa.float64()))).as_py()
        if size is None or size < min(LARGEST, limit):  # false for NaN too
            return Column(array.cast(target, safe=False) if pa.types.is_decimal(array.type) else array.cast(target))
    quantum = Decimal(1).scaleb(-target.scale)

    def read(cell: object) -> Decimal | None:
        number = values.read_number(repr(cell) if isinstance(cell, float) else cell, decimal_mark, is_rate=is_rate)
        number = None if number is None else (number * factor).quantize(quantum, ROUND_HALF_UP)
        if number is None or abs(number) < limit:
            return number
        if is_rate:  # an amount under the heading of a rate; it is judged later, where it matters
            return Decimal(limit - 1).copy_sign(number)
        raise BadValue("is too large to be an amount")

    return _read_distinct(array, read, target)


def _as_moment(array: pa.Array, read: Callable[[object], Any]) -> Column:
    if pa.types.is_timestamp(array.type):
        if array.type.tz:  # Arrow keeps the instant in UTC
            wall = array.cast(pa.timestamp("us", "UTC"), safe=False).cast(WALL)
            return Column(wall, offsets=pc.if_else(pc.is_valid(wall), 0, None).cast(pa.int32()))
        return Column(array.cast(WALL, safe=False), offsets=pa.nulls(len(array), pa.int32()))
    if pa.types.is_date(array.type):
        return Column(array.cast(WALL), offsets=pa.nulls(len(array), pa.int32()))
    if not pa.types.is_string(array.type):
        array = _whole_numbers(array).cast(pa.string())
    encoded = array.dictionary_encode()
    moments, problems = _read_each(encoded.dictionary, read)
    walls = pa.array([moment and moment.wall for moment in moments], WALL).take(encoded.indices)
    offsets = pa.array([moment and moment.offset_minutes for moment in moments], pa.int32())
    return Column(walls, _spread(problems, encoded.indices), offsets.take(encoded.indices))


def _read_distinct(array: pa.Array, read: Callable[[object], Any], target: pa.DataType) -> Column:
    encoded = array.dictionary_encode()
    read_values, problems = _read_each(encoded.dictionary, read)
    return Column(pa.array(read_values, target).take(encoded.indices), _spread(problems, encoded.indices))


def _read_each(distinct: pa.Array, read: Callable[[object], Any]) -> tuple[list[Any], list[str | None]]:
    read_values: list[Any] = []
    problems: list[str | None] = []
    for cell in distinct.to_pylist():
        try:
            read_values.append(read(cell))
            problems.append(None)
        except BadValue as error:
            read_values.append(None)
            problems.append(str(error))
    return read_values, problems


def _spread(problems: Sequence[str | None], indices: pa.Array) -> pa.Array | None:
    return pa.array(problems, pa.string()).take(indices) if any(problems) else None


# What only the whole column can tell


def settle(mapping: Mapping, batches: Iterable[Batch], options: Options) -> tuple[Options, list[str]]:
    """`options` with date order, decimal mark and the meaning of ¥ decided from the columns, and notes on guesses."""
    dates, numbers, money = _Dates(mapping, options), _Numbers(mapping, options), Yen(mapping, options)
    for batch in batches:
        for question in (dates, numbers, money):
            question.look_at(batch)
        if not (dates.is_open or numbers.is_open or money.is_open):
            break
    settled = replace(options, date_order=dates.answer, decimal_mark=numbers.answer, yen=money.answer)
    return settled, [note for note in (dates.note, numbers.note, money.note) if note]


class _Dates:
    """Whether day or month comes first, from every date of the file that proves it."""

    def __init__(self, mapping: Mapping, options: Options) -> None:
        self._headings = [] if options.date_order else _text_headings(mapping, "moment", "birthday")
        self._told, self._proved, self._doubtful = options.date_order, Counter[str](), ""

    def look_at(self, batch: Batch) -> None:
        cells = list(_distinct_texts(batch, self._headings))
        self._proved.update(values.date_orders_in(cells))
        self._doubtful = self._doubtful or next(filter(values.is_two_sided_date, cells), "")

    @property
    def is_open(self) -> bool:
        return bool(self._doubtful and not self._proved)

    @property
    def answer(self) -> str:
        if self._told or not self._proved:
            return self._told or ("dmy" if self._doubtful else "")
        return self._proved.most_common(1)[0][0]

    @property
    def note(self) -> str:
        if self._told or not self._doubtful or len(self._proved) == 1:
            return ""
        reading = "month first" if self.answer == "mdy" else "day first"
        why = "some dates put the day first and some the month" if self._proved else "no date of the file decides it"
        return f"Dates such as {self._doubtful} were read {reading}, as {why}; --date-order mdy or dmy says otherwise."


class _Numbers:
    """Which sign stands before the decimals, from the first number that proves it, else from what its column hints."""

    def __init__(self, mapping: Mapping, options: Options) -> None:
        self._headings = [] if options.decimal_mark else _text_headings(mapping, "number")
        self._proved, self.is_open = options.decimal_mark, False
        self._hints: dict[str, dict[str, str]] = defaultdict(dict)

    def look_at(self, batch: Batch) -> None:
        for heading in [] if self._proved else self._headings:
            cells = list(_distinct_texts(batch, [heading]))
            if mark := values.decimal_mark_of(cells):
                self._proved, self.is_open = mark, False
                return
            self._hints[heading] |= values.hints_of_grouping(cells)
            self.is_open = self.is_open or any("," in cell or "." in cell for cell in cells)

    @property
    def answer(self) -> str:
        return self._proved or ("," if self._is_grouped else "")

    @property
    def _is_grouped(self) -> bool:
        return any({"whole", "zero"} <= hints.keys() for hints in self._hints.values())

    @property
    def note(self) -> str:
        seen = next((hints[name] for hints in self._hints.values() for name in ("zero", "other") if name in hints), "")
        if self._proved or not seen:
            return ""
        reading = seen.replace(".", "") if self._is_grouped else f"{Decimal(seen).normalize():f}"
        return (
            f"Numbers such as {seen} were read as {reading}, as no number of the file decides whether the point stands "
            "before decimals or thousands; decimal_mark in a mapping says otherwise."
        )


def _text_headings(mapping: Mapping, *readings: str) -> list[str]:
    return [each for name, group in mapping.columns.items() if FIELDS[name].reading in readings for each in group]


def _distinct_texts(batch: Batch, headings: Sequence[str]) -> Iterable[str]:
    for heading in headings:
        array = batch.cells.get(heading)
        if array is not None and pa.types.is_string(array.type):
            yield from (text for text in array.unique().to_pylist() if text)
