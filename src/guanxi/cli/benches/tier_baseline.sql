-- RFM with quintile scores as one would write it by hand for DuckDB; :names are filled in by benches/tier.py.
COPY (
    WITH bought AS (
        SELECT
            customer_id,
            DATE :as_of - max(ordered_on) FILTER (amount > 0) AS days,
            count(*) FILTER (amount > 0) AS orders,
            sum(amount) AS spend,
            count(*) FILTER (amount > 0 AND ordered_on > DATE :as_of - :window_days) AS orders_window,
            coalesce(sum(amount) FILTER (ordered_on > DATE :as_of - :window_days), 0) AS spend_window
        FROM read_parquet(:orders)
        WHERE ordered_on <= DATE :as_of
        GROUP BY customer_id
    ),
    cuts AS (
        SELECT
            list_transform(quantile_cont(days::DOUBLE, [0.2, 0.4, 0.6, 0.8]), lambda q: ceil(q::DECIMAL(38, 6))) AS d,
            list_transform(quantile_cont(orders::DOUBLE, [0.2, 0.4, 0.6, 0.8]), lambda q: ceil(q::DECIMAL(38, 6))) AS o,
            list_transform(quantile_cont(spend::DOUBLE, [0.2, 0.4, 0.6, 0.8]), lambda q: ceil(q::DECIMAL(38, 6))) AS s
        FROM bought
        WHERE orders > 0
    )
    SELECT
        customer_id,
        days::INTEGER AS days_since_last_order,
        coalesce(orders, 0) AS order_count,
        coalesce(spend, 0)::DECIMAL(18, 4) AS spend_total,
        coalesce(orders_window, 0) AS order_count_window,
        coalesce(spend_window, 0)::DECIMAL(18, 4) AS spend_window,
        CASE WHEN orders > 0 THEN 5 - (days > d[1])::INT - (days > d[2])::INT - (days > d[3])::INT - (days > d[4])::INT END
            AS r_score,
        CASE WHEN orders > 0 THEN 1 + (orders > o[1])::INT + (orders > o[2])::INT + (orders > o[3])::INT + (orders > o[4])::INT END
            AS f_score,
        CASE WHEN orders > 0 THEN 1 + (spend > s[1])::INT + (spend > s[2])::INT + (spend > s[3])::INT + (spend > s[4])::INT END
            AS m_score
    FROM read_parquet(:customers) LEFT JOIN bought USING (customer_id), cuts
) TO :out (FORMAT parquet, COMPRESSION zstd);
