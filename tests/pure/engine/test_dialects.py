"""One query, written once, for every engine."""

from guanxi.engine.dialects import written_for

QUERY = "SELECT QUANTILE_CONT(amount, [0.2, 0.4]) AS borders FROM orders"


def test_duckdb_gets_its_own_words_untouched() -> None:
    assert written_for("duckdb", QUERY) is QUERY


def test_postgresql_gets_an_ordered_set_aggregate() -> None:
    assert "PERCENTILE_CONT(ARRAY[0.2, 0.4]) WITHIN GROUP (ORDER BY amount)" in written_for("postgres", QUERY)


def test_spark_counts_lists_from_zero() -> None:
    assert "borders[0]" in written_for("spark", "SELECT borders[1] FROM cuts")
