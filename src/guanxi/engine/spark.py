"""Apache Spark as the engine, for when one machine is not enough: the same Parquet frames, the same queries translated.

pyspark is an extra (`pip install guanxi[spark]`) and needs Java 17; it is imported when a session is opened. Master and
workers must see the frames under the same path.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from guanxi.engine.dialects import written_for

# Frames are read and aggregated; a few partitions per core are enough, and Spark's 200 cost more than they bring.
SETTINGS = {
    "spark.sql.shuffle.partitions": "8",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.parquet.compression.codec": "zstd",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
}


class NoSpark(Exception):
    """pyspark is not installed; `pip install guanxi[spark]` brings it, Java 17 must be there."""


@dataclass(frozen=True, slots=True)
class Spark:
    """A session in which tables are named and queries in DuckDB's words are answered."""

    session: Any

    def name_parquet(self, name: str, *paths: Path) -> None:
        """Make the Parquet files readable under the table name `name`."""
        frame = self.session.read.parquet(*(path.absolute().as_uri() for path in paths))
        frame.createOrReplaceTempView(name)

    def name_empty(self, name: str, contract: Mapping[str, str]) -> None:
        """Make `name` a table of no rows with the columns of a contract of `engine.frames`."""
        columns = ", ".join(f'CAST(NULL AS {kind}) AS "{column}"' for column, kind in contract.items())
        self._run(f"SELECT {columns} LIMIT 0").createOrReplaceTempView(name)

    def columns_of(self, name: str) -> list[str]:
        columns: list[str] = self.session.table(name).columns
        return columns

    def rows(self, query: str) -> tuple[list[str], list[tuple[Any, ...]]]:
        """The columns and the rows of a query of few rows."""
        frame = self._run(query)
        return frame.columns, [tuple(row) for row in frame.collect()]

    def write_parquet(self, query: str, path: Path) -> None:
        """Write the rows of `query` as one Parquet file; a half-written file never lies under the final name."""
        path.parent.mkdir(parents=True, exist_ok=True)
        folder = path.with_name(path.name + ".parts")
        try:
            self._run(query).coalesce(1).write.mode("overwrite").parquet(folder.absolute().as_uri())
            (part,) = folder.glob("part-*.parquet")
            part.replace(path)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _run(self, query: str) -> Any:
        return self.session.sql(written_for("spark", query))


@contextmanager
def open_spark(master: str, *, settings: Mapping[str, str] | None = None) -> Iterator[Spark]:
    """A session at `master`, such as spark://host:7077 or local[2]; raises NoSpark without pyspark.

    Inside another one it is the same session, since a process can have only one.
    """
    try:
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise NoSpark(str(NoSpark.__doc__)) from error
    outer = SparkSession.getActiveSession()
    if outer is not None:
        yield Spark(outer)
        return
    builder = SparkSession.builder.master(master).appName("guanxi")
    for name, value in {**SETTINGS, **(settings or {})}.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    try:
        yield Spark(session)
    finally:
        session.stop()


def name_files(spark: Spark, files: Mapping[str, Sequence[Path]], contracts: Mapping[str, Mapping[str, str]]) -> None:
    """Make every table of `contracts` readable: of its files, or empty where `files` has none."""
    for name, contract in contracts.items():
        if paths := files.get(name):
            spark.name_parquet(name, *paths)
        else:
            spark.name_empty(name, contract)
