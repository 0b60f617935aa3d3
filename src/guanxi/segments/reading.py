"""Which facts a rule reads: the tables to load for it, and the events after which it must be looked at again. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from guanxi.segments.tables import ANSWERED, LOOKS, OPENED, VISITS
from guanxi.segments.tree import EventCount, FieldTest, Leaf, MemberTest, OrderFigure, Rule, StandingTest, leaves

# What somebody told or staff entered; all else is reckoned from what a customer did (RL-03).
OF_RECORD = frozenset({"customers", "contacts", "labels", "attributes", "traits"})
EVENTS_OF_TABLE = {
    "interest": LOOKS,
    "visits": VISITS,
    "mail_answers": (*ANSWERED, OPENED),
}
# What an event of the ledger may have changed; an event that a rule counts concerns it by its own name.
CHANGED_BY = {
    "customer": ("customers", "labels", "attributes"),
    "contact": ("contacts",),
    "consent": ("contacts",),
    "order": ("orders", "lines"),
    "standing": ("standings",),
    "trait": ("traits",),
    "stock": ("stock",),
}
CHANGED_BY_NAME = {"email.bounced": ("contacts",), "email.complained": ("contacts",)}


def tables_of(rule: Rule) -> frozenset[str]:
    """The tables that a test of this rule looks into."""
    found = {"customers"} | ({"contacts"} if rule.level == "contact" else set())
    for leaf in leaves(rule.where):
        found |= _tables(leaf)
    return frozenset(found)


def _tables(leaf: Leaf) -> set[str]:
    match leaf:
        case FieldTest():
            table = leaf.field.table
            if table == "visits":
                return {"events", "orders"}
            return {"events"} if table in EVENTS_OF_TABLE else {"orders"} if table == "order_days" else {table}
        case StandingTest():
            return {"standings"}
        case EventCount():
            return {"events"}
        case OrderFigure():
            return {"lines", "orders"} if leaf.is_of_lines else {"orders"}
        case MemberTest():
            return {"memberships"}


def events_of(rule: Rule) -> frozenset[str]:
    """The names of the events that the rule counts."""
    found: set[str] = set()
    for leaf in leaves(rule.where):
        if isinstance(leaf, EventCount):
            found.add(leaf.name)
        elif isinstance(leaf, FieldTest):
            found |= set(EVENTS_OF_TABLE.get(leaf.field.table, ()))
    return frozenset(found)


def reads_of(rule: Rule) -> list[str]:
    """What the rule depends on, as kept with the segment: tables, `event:NAME`, `segment:KEY`."""
    tables = tables_of(rule) - {"events", "memberships"}
    asked = {f"segment:{leaf.segment}" for leaf in leaves(rule.where) if isinstance(leaf, MemberTest)}
    return sorted(tables | {f"event:{name}" for name in events_of(rule)} | asked)


def rests_on_profile(reads: Iterable[str]) -> bool:
    """Whether who is in it follows from what customers bought, looked at or answered, or from a figure of that.

    Other segments that the rule asks for are looked at by themselves.
    """
    return any(each not in OF_RECORD and not each.startswith("segment:") for each in reads)


def changed_by(name: str, object_id: str = "") -> frozenset[str]:
    """What an event of this name may have changed, in the words of reads_of."""
    family = name.partition(".")[0]
    changed = {f"event:{name}", *CHANGED_BY.get(family, ()), *CHANGED_BY_NAME.get(name, ())}
    return frozenset(changed | ({f"segment:{object_id}"} if family == "segment" else set()))
