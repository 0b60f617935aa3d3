"""The column contract of the frames: Parquet files of customers, orders and lines (house B0).

Pure. Who writes them is `ledger.frames`; who reads them are the measures.
"""

from __future__ import annotations

# One row per order or credit. `amount` is already in the currency of the computation, credits negative.
ORDERS = {
    "customer_id": "BIGINT",
    "order_id": "VARCHAR",
    "ordered_on": "DATE",
    "amount": "DECIMAL(18,4)",
    "is_credit": "BOOLEAN",
}
# One row per customer.
CUSTOMERS = {"customer_id": "BIGINT", "name": "VARCHAR", "country": "VARCHAR", "kind": "VARCHAR"}
# One row per customer: the result of the RFM measure.
SCORES = {
    "customer_id": "BIGINT",
    "days_since_last_order": "INTEGER",
    "order_count": "BIGINT",
    "spend_total": "DECIMAL(18,4)",
    "order_count_window": "BIGINT",
    "spend_window": "DECIMAL(18,4)",
    "r_score": "INTEGER",
    "f_score": "INTEGER",
    "m_score": "INTEGER",
}
