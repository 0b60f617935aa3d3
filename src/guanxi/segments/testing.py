"""Tests a few customers against rules, from their own rows: what the pulse does after an event."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from guanxi.segments import frames, reading
from guanxi.segments.holding import Facts, Row, holds
from guanxi.segments.sources import SOURCES, Scope, grouped
from guanxi.segments.tables import MEASURED
from guanxi.segments.tree import Rule, segments_in

Member = tuple[int, int | None]  # customer, and contact when the segment is of contacts


def load_facts(rules: Iterable[Rule], customer_ids: Sequence[int], *, now: datetime) -> dict[int, Facts]:
    """What these rules may look at, per customer; a table costs the same few queries for one as for hundreds."""
    held = list(rules)
    tables = frozenset[str]().union(*(reading.tables_of(rule) for rule in held))
    names = frozenset[str]().union(*(reading.events_of(rule) for rule in held))
    scope = Scope(now, customer_ids, names, frozenset[str]().union(*(segments_in(rule) for rule in held)))
    found: dict[str, dict[int, list[Row]]] = {}
    for table in tables:
        measured = table in MEASURED
        rows = iter(frames.measured_rows(table, customer_ids)) if measured else SOURCES[table](scope)
        found[table] = grouped(rows, customer_ids)
    return {
        customer_id: Facts(scope.today, {table: rows[customer_id] for table, rows in found.items()})
        for customer_id in customer_ids
    }


def members_among(rule: Rule, facts: dict[int, Facts], customer_ids: Iterable[int]) -> set[Member]:
    """Who of these customers, or of their contacts, fulfils the rule."""
    found: set[Member] = set()
    for customer_id in customer_ids:
        own = facts[customer_id]
        if not own.customer():
            continue
        if rule.level == "customer":
            found |= {(customer_id, None)} if holds(rule, own) else set()
        else:
            found |= {
                (customer_id, row["contact_id"]) for row in own.rows("contacts") if holds(rule, own, row["contact_id"])
            }
    return found
