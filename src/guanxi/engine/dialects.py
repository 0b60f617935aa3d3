"""A query is written once, in DuckDB's dialect, and translated for the other engines."""

from __future__ import annotations

from typing import Literal

Dialect = Literal["duckdb", "postgres", "spark"]


def written_for(dialect: Dialect, query: str) -> str:
    """`query` in the words of another engine; DuckDB's own text is returned as it is."""
    if dialect == "duckdb":
        return query
    import sqlglot

    return ";\n".join(sqlglot.transpile(query, read="duckdb", write=dialect))
