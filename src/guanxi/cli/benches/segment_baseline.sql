-- The five conditions of the bench as somebody would write them by hand for DuckDB.
COPY (
    WITH opened AS (
        SELECT customer_id
        FROM read_parquet(:events)
        WHERE name = 'email.opened' AND verdict = 'human' AND occurred_on BETWEEN DATE :as_of - 89 AND DATE :as_of
        GROUP BY customer_id
        HAVING COUNT(*) >= 2
    ), asked AS (
        SELECT DISTINCT customer_id
        FROM read_parquet(:events)
        WHERE name = 'inquiry.received' AND occurred_on BETWEEN DATE :as_of - 179 AND DATE :as_of
    )
    SELECT customers.customer_id AS member_id
    FROM read_parquet(:customers) AS customers
    JOIN read_parquet(:scores) AS scores USING (customer_id)
    SEMI JOIN opened USING (customer_id)
    ANTI JOIN asked USING (customer_id)
    SEMI JOIN (
        SELECT customer_id
        FROM read_parquet(:standings)
        WHERE scheme = 'abc' AND tier IN ('A', 'B') AND since_on <= DATE :as_of - 30
    ) AS standings USING (customer_id)
    WHERE country IN ('DE', 'FR', 'JP') AND spend_total >= 500
) TO :out (FORMAT parquet, COMPRESSION zstd)
