"""A query is written once, in DuckDB's dialect, and translated for the other engines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from sqlglot.expressions import Expression

Dialect = Literal["duckdb", "postgres", "spark"]


def written_for(dialect: Dialect, query: str) -> str:
    """`query` in the words of another engine; DuckDB's own text is returned as it is."""
    if dialect == "duckdb":
        return query
    import sqlglot

    statements = [each for each in sqlglot.parse(query, read="duckdb") if each is not None]
    if dialect == "spark":
        statements = [_with_names_of_their_own(each.transform(_quantiles_of_spark)) for each in statements]
    return ";\n".join(each.sql(dialect=dialect) for each in statements)


def _quantiles_of_spark(node: Expression) -> Expression:
    """Several interpolated quantiles at once are PERCENTILE in Spark; PERCENTILE_CONT takes one and its own clause."""
    from sqlglot import exp

    if isinstance(node, exp.PercentileCont) and node.expression:
        return exp.Anonymous(this="PERCENTILE", expressions=[node.this, node.expression])
    return node


def _with_names_of_their_own(statement: Expression) -> Expression:
    """Spark gets the WITH clauses of subqueries lifted to the top, where no two may define the same name."""
    from sqlglot import exp

    for number, select in enumerate(list(statement.find_all(exp.Select))):
        names = {cte.alias for cte in select.ctes}
        if select is statement or not names:
            continue
        for cte in select.ctes:
            cte.set("alias", exp.TableAlias(this=exp.to_identifier(f"{cte.alias}_{number}")))
        for table in select.find_all(exp.Table):
            if table.name in names:
                # The old name stays as an alias, so that the columns behind it are still found.
                table.set("alias", table.args.get("alias") or exp.TableAlias(this=exp.to_identifier(table.name)))
                table.set("this", exp.to_identifier(f"{table.name}_{number}"))
    return statement
