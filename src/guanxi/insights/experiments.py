"""Reads the outcome of an experiment from a file and compares each arm with the control; no database (F-01…F-17)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from guanxi.intake.reading import Table, open_tables
from guanxi.intake.rows import UnusableFile
from guanxi.intake.values import BadValue, read_flag, read_number
from guanxi.kernel.effect import Effect, Sample, effect_of

ARM, ROW = "arm", "row"
LISTED = 12
ARMS_AT_MOST = 100


class UnusableExperiment(UnusableFile):
    """The file is a table, but not of this experiment; the sentence names the column or row and the remedy."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """One arm against the control in one outcome; `missing` counts the arm's rows in which it is empty."""

    arm: str
    outcome: str
    sample: Sample
    effect: Effect
    missing: int


@dataclass(frozen=True, slots=True)
class Experiment:
    """`controls` by outcome; `rows` are all rows of the file, `left_out` those that name no arm.

    `unreadable` are rows beside these that have too few or too many cells.
    """

    control: str
    level: float
    controls: Mapping[str, Sample]
    comparisons: tuple[Comparison, ...]
    rows: int
    left_out: int
    unreadable: int = 0


def experiment_of(
    path: Path, *, arm: str, control: str, outcomes: Sequence[str], level: float = 0.95, sheet: str = ""
) -> Experiment:
    """Compare the arms of a file with a row per participant. Raises UnusableFile.

    Outcomes are numbers, or yes and no, which count as 1 and 0; an empty cell is left out and counted.
    """
    if arm in outcomes:
        raise UnusableExperiment(f"Column {arm} names the arms; take another one as the outcome.")
    with open_tables(path) as tables:
        table = _table_of(tables, arm, sheet)
        rows, unreadable = _read(table, arm, outcomes)
    total = len(rows)
    rows = rows.filter(pc.is_valid(rows[ARM]))
    arms = rows[ARM].unique().to_pylist()
    _check_arms(arms, arm, control)
    samples = {outcome: _samples(rows, outcome) for outcome in outcomes}
    _check_outcomes(samples, table.name)
    controls = {outcome: samples[outcome][control][0] for outcome in outcomes}
    comparisons = tuple(
        Comparison(name, outcome, sample, effect_of(sample, controls[outcome], level=level), missing)
        for name in sorted(set(arms) - {control})
        for outcome in outcomes
        for sample, missing in [samples[outcome][name]]
    )
    return Experiment(control, level, controls, comparisons, total, total - len(rows), unreadable)


def _table_of(tables: Sequence[Table], arm: str, sheet: str) -> Table:
    """The table that was asked for, else the first that has the arm's column."""
    found = [table for table in tables if arm in table.headings and sheet in table.name]
    if found:
        return found[0]
    widest = max(tables, key=lambda table: len(table.headings))
    raise UnusableExperiment(f"{widest.name} has no column {arm}; it has {_listed(list(widest.headings))}.")


def _read(table: Table, arm: str, outcomes: Sequence[str]) -> tuple[pa.Table, int]:
    """Arms and outcomes of the rows, and how many rows cannot be read."""
    lacking = [name for name in outcomes if name not in table.headings]
    if lacking:
        raise UnusableExperiment(
            f"{table.name} has no column {_listed(lacking)}; it has {_listed(list(table.headings))}."
        )
    parts, unreadable = [], 0
    for batch in table.batches():
        unreadable += len(batch.lost)
        columns = {ARM: _texts(batch.cells[arm])}
        for name in outcomes:
            columns[name] = _numbers(batch.cells[name], batch.rows, f"{table.name}, column {name}")
        parts.append(pa.table(columns))
    if not sum(map(len, parts)):
        raise UnusableExperiment(f"{table.name} has a heading but no rows.")
    return pa.concat_tables(parts), unreadable


def _texts(cells: pa.Array) -> pa.Array:
    """What names an arm: as written, without blanks around; numbers of a workbook as a person writes them."""
    if pa.types.is_floating(cells.type) and pc.all(pc.equal(cells, pc.round(cells))).as_py():
        cells = cells.cast(pa.int64())
    texts = pc.utf8_trim_whitespace(_decoded(cells).cast(pa.string()))
    return pc.if_else(pc.equal(texts, ""), None, texts)


def _numbers(cells: pa.Array, rows: pa.Array, place: str) -> pa.Array:
    cells = _decoded(cells)
    if pa.types.is_boolean(cells.type):
        return cells.cast(pa.int8()).cast(pa.float64())
    if not pa.types.is_string(cells.type) and not pa.types.is_large_string(cells.type):
        numbers = cells.cast(pa.float64())
        return pc.if_else(pc.is_finite(numbers), numbers, None)
    encoded = cells.dictionary_encode()
    values: list[float | None] = []
    for code, cell in enumerate(encoded.dictionary.to_pylist()):
        try:
            values.append(_number(cell))
        except BadValue as problem:
            row = rows[pc.index(encoded.indices, code).as_py()].as_py()
            raise UnusableExperiment(f"{place}, row {row}: {problem}; an outcome is a number, or yes and no.") from None
    return pa.array(values, pa.float64()).take(encoded.indices)


def _number(cell: str) -> float | None:
    try:
        number = read_number(cell)
    except BadValue as problem:
        try:
            flag = read_flag(cell)
        except BadValue:
            raise problem from None
        return None if flag is None else float(flag)
    return None if number is None else float(number)


def _decoded(cells: pa.Array) -> pa.Array:
    return cells.dictionary_decode() if pa.types.is_dictionary(cells.type) else cells


def _check_arms(arms: Sequence[str], arm: str, control: str) -> None:
    if control not in arms:
        raise UnusableExperiment(f"No row has {control} in column {arm}; there are {_listed(sorted(arms))}.")
    if len(arms) < 2:
        raise UnusableExperiment(f"Every row has {control} in column {arm}; there is nothing to compare it with.")
    if len(arms) > ARMS_AT_MOST:
        raise UnusableExperiment(f"Column {arm} has {len(arms):,} different values; it does not name the arms.")


def _check_outcomes(samples: Mapping[str, Mapping[str, tuple[Sample, int]]], place: str) -> None:
    for outcome, found in samples.items():
        if not any(sample.count for sample, _ in found.values()):
            raise UnusableExperiment(f"{place}, column {outcome} is empty in every row that names an arm.")


def _samples(rows: pa.Table, outcome: str) -> dict[str, tuple[Sample, int]]:
    """Sample and missing cells by arm."""
    options = pc.VarianceOptions(ddof=1)
    found: Any = rows.group_by(ARM, use_threads=False).aggregate(
        [(outcome, "count"), (outcome, "mean"), (outcome, "variance", options), ([], "count_all")]
    )
    return {
        row[ARM]: (
            Sample(row[f"{outcome}_count"], row[f"{outcome}_mean"] or 0.0, row[f"{outcome}_variance"] or 0.0),
            row["count_all"] - row[f"{outcome}_count"],
        )
        for row in found.to_pylist()
    }


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(name[:40] for name in names[:LISTED])
    return f"{shown}, …" if len(names) > LISTED else shown
