"""Opens the analytic connection (DuckDB); nobody else imports an engine."""

from __future__ import annotations

import atexit
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from itertools import count
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import Any, TypeAlias

import duckdb

Engine: TypeAlias = duckdb.DuckDBPyConnection
EngineError: TypeAlias = duckdb.Error

MEMORY_LIMIT = "1GB"
# Nothing is fetched from the network while computing: an extension that is not built in stays unknown.
SETTINGS = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
    # Rows carry their own key; keeping the order of the files only costs memory.
    "preserve_insertion_order": "false",
    # What was read from a file is not kept for the next reader: frames are large, and change.
    "enable_external_file_cache": "false",
}


@contextmanager
def open_engine(*, memory_limit: str = MEMORY_LIMIT, threads: int | None = None) -> Iterator[Engine]:
    """A connection to an empty database of its own in memory, which goes with it.

    `memory_limit` holds for all of the process that named the same one; what does not fit spills into a folder that
    goes with the process.
    """
    instance = _instance(os.getpid(), memory_limit, threads)
    name = f"own_{next(_numbers)}"
    engine = instance.cursor()
    try:
        engine.execute(f"ATTACH ':memory:' AS {name}")
        engine.execute(f"USE {name}")
        yield engine
    finally:
        engine.close()
        instance.cursor().execute(f"DETACH DATABASE IF EXISTS {name}")


_numbers = count()


@cache
def _instance(process: int, memory_limit: str, threads: int | None) -> Engine:
    """Starting one takes thirty times as long as a database within it. A forked `process` has none of its threads."""
    spill = mkdtemp(prefix="guanxi-engine-")
    atexit.register(_clear, spill, process)
    config: dict[str, str | bool | int | float | list[str]] = {
        **SETTINGS,
        "memory_limit": memory_limit,
        "temp_directory": spill,
    }
    if threads is not None:
        config["threads"] = threads
    return duckdb.connect(config=config)


def _clear(folder: str, process: int) -> None:
    """A fork that ends leaves its parent's folder alone."""
    if process == os.getpid():
        rmtree(folder, ignore_errors=True)


@contextmanager
def open_plain_engine() -> Iterator[Engine]:
    """A connection as the engine's makers set it up, for comparisons."""
    engine = duckdb.connect()
    try:
        yield engine
    finally:
        engine.close()


def quoted(path: Path) -> str:
    """A path as an SQL string."""
    return "'" + str(path).replace("'", "''") + "'"


def name_parquet(engine: Engine, name: str, *paths: Path) -> None:
    """Make the Parquet files, of which there is at least one, readable under the table name `name`."""
    files = ", ".join(map(quoted, paths))
    engine.execute(f"CREATE OR REPLACE VIEW {name} AS SELECT * FROM read_parquet([{files}])")


def name_empty(engine: Engine, name: str, contract: Mapping[str, str]) -> None:
    """Make `name` a view of no rows with the columns of a contract of `engine.frames`."""
    columns = ", ".join(f'CAST(NULL AS {kind}) AS "{column}"' for column, kind in contract.items())
    engine.execute(f"CREATE OR REPLACE VIEW {name} AS SELECT {columns} LIMIT 0")


def write_parquet(engine: Engine, query: str, path: Path) -> None:
    """Write the rows of `query` as a Parquet file; a half-written file never lies under the final name."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    engine.execute(f"COPY ({query}) TO {quoted(part)} (FORMAT parquet, COMPRESSION zstd)")
    part.replace(path)


def write_parquet_in_parts(engine: Engine, queries: Sequence[str], path: Path) -> None:
    """Write the rows of the queries one after the other as one Parquet file: only one answer is computed at a time."""
    import pyarrow.parquet as pq

    parts = [path.with_name(f"{path.name}.part{number}") for number in range(len(queries))]
    draft = path.with_name(path.name + ".part")
    try:
        for part, query in zip(parts, queries, strict=True):
            write_parquet(engine, query, part)
        with pq.ParquetWriter(draft, pq.read_schema(parts[0]), compression="zstd") as writer:
            for part in parts:
                with pq.ParquetFile(part) as file:
                    for batch in file.iter_batches():
                        writer.write_batch(batch)
        draft.replace(path)
    finally:
        for left in (draft, *parts):
            left.unlink(missing_ok=True)


def one_row(engine: Engine, query: str, parameters: Sequence[Any] = ()) -> tuple[Any, ...] | None:
    """The first row of a query of few rows. The result is read to its end, or the connection would stay busy."""
    rows = engine.execute(query, list(parameters)).fetchall()
    return rows[0] if rows else None


def columns_of(engine: Engine, name: str) -> list[str]:
    """The columns of a table or view, in order."""
    return [column[0] for column in engine.execute(f"SELECT * FROM {name} LIMIT 0").description or []]


def append_columns(engine: Engine, name: str, columns: Sequence[Sequence[Any]]) -> None:
    """Append rows, given as columns in the order of the table `name`, in bulk."""
    import pyarrow as pa

    rows = pa.table({f"column_{place}": list(column) for place, column in enumerate(columns)})
    engine.register("appended_rows", rows)
    engine.execute(f"INSERT INTO {name} SELECT * FROM appended_rows")
    engine.unregister("appended_rows")
