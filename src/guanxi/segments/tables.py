"""The fact tables a rule reads, column by column. Pure.

They exist twice: as Parquet frames of everybody for the engine (frames.py), and as the rows of a few customers for the
test of one (facts.py). Both are read from the same sources, so that a rule means the same.
"""

from __future__ import annotations

from collections.abc import Mapping

from guanxi.consent.rules import PURPOSES

# The properties of an event that a rule may filter by; the frame of events holds each as a column.
EVENT_TEXTS = (
    "category", "product_code", "kind", "verdict", "object_kind", "object_id", "url_path", "search_query", "source",
)  # fmt: skip
EVENT_NUMBERS = {"score": "INTEGER", "value": "DECIMAL(18,4)", "dwell_seconds": "INTEGER"}

TABLES: Mapping[str, Mapping[str, str]] = {
    "customers": {
        "customer_id": "BIGINT", "name": "VARCHAR", "kind": "VARCHAR", "country": "VARCHAR", "region": "VARCHAR",
        "city": "VARCHAR", "trade": "VARCHAR", "domain": "VARCHAR", "source": "VARCHAR", "owner": "VARCHAR",
        "is_blocked": "BOOLEAN", "created_on": "DATE", "founded_on": "DATE", "cooperation_since": "DATE",
    },
    "contacts": {
        "contact_id": "BIGINT", "customer_id": "BIGINT", "language": "VARCHAR", "country": "VARCHAR",
        "city": "VARCHAR", "position": "VARCHAR", "birthday": "DATE", "is_primary": "BOOLEAN",
        "has_address": "BOOLEAN", "created_on": "DATE", "sex": "VARCHAR", "age_band": "VARCHAR", "style": "VARCHAR",
        **{f"{purpose}_consent": "VARCHAR" for purpose in PURPOSES},
        "is_mailable": "BOOLEAN", "is_suppressed": "BOOLEAN", "mail_reason": "VARCHAR", "is_first": "BOOLEAN",
    },
    "labels": {"customer_id": "BIGINT", "kind": "VARCHAR", "value": "VARCHAR"},
    "attributes": {"customer_id": "BIGINT", "name": "VARCHAR", "value": "VARCHAR", "number": "DOUBLE"},
    "traits": {"customer_id": "BIGINT", "name": "VARCHAR", "value": "BOOLEAN"},
    "standings": {"customer_id": "BIGINT", "scheme": "VARCHAR", "tier": "VARCHAR", "since_on": "DATE"},
    "stock": {"customer_id": "BIGINT", "is_below": "BOOLEAN"},
    "memberships": {"segment": "VARCHAR", "customer_id": "BIGINT", "contact_id": "BIGINT"},
    "orders": {
        "customer_id": "BIGINT", "order_id": "VARCHAR", "ordered_on": "DATE", "amount": "DECIMAL(18,4)",
        "is_credit": "BOOLEAN", "currency": "VARCHAR",
    },
    "lines": {
        "customer_id": "BIGINT", "order_id": "VARCHAR", "ordered_on": "DATE", "product_code": "VARCHAR",
        "category": "VARCHAR", "amount": "DECIMAL(18,4)", "is_credit": "BOOLEAN",
    },
    "events": {
        "customer_id": "BIGINT", "contact_id": "BIGINT", "name": "VARCHAR", "occurred_on": "DATE",
        **dict.fromkeys(EVENT_TEXTS, "VARCHAR"), **EVENT_NUMBERS,
    },
}  # fmt: skip
# Written by the scoring room, a row per customer; their columns are the figures and predictions of the registry.
MEASURED = ("scores", "predictions")
VISITS = ("page.viewed", "Product Viewed", "Product List Viewed", "Products Searched")
LOOKS = ("page.viewed", "Product Viewed", "Product List Viewed")
OPENED, ANSWERED = "email.opened", ("email.clicked", "email.replied")
