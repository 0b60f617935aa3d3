"""A rule means the same for everybody in the engine and for one customer on his own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from guanxi.engine import connection
from guanxi.segments import arrow, compiler, grammar, holding, registry
from guanxi.segments.tables import EVENT_NUMBERS, EVENT_TEXTS, TABLES
from guanxi.segments.tree import Rule

TODAY = date(2026, 2, 20)
CUSTOMERS = range(1, 21)
NAMES = ("email.opened", "email.clicked", "page.viewed", "Product Viewed", "inquiry.received")
WORDS = ("Lamps", "lamps", "Brass", "O'Neil", "Ünal", "ΣΟΦΟΣ", "灯具", "50%", "a_b", "")
SOME_WORDS = tuple(word for word in WORDS if word)
FEW_CHOICES = {"countries": ("DE", "JP", "MX"), "owners": ("1", "2"), "languages": ("de", "ja")}

DAYS = (*(TODAY - timedelta(days=back) for back in range(-20, 100, 3)), TODAY, date(2024, 2, 29), date(2000, 2, 29),
        date(1990, 2, 28), date(1985, 3, 1), date(1, 1, 2))  # fmt: skip
day = st.sampled_from(DAYS)
POOLS: dict[str, tuple[Any, ...]] = {
    "VARCHAR": (*WORDS, None), "BOOLEAN": (True, False, None), "DATE": (*DAYS, None),
    "DECIMAL(18,4)": (*(Decimal(each) / 4 for each in range(-200, 8000, 321)), Decimal(0), None),
    "INTEGER": (*range(7), None), "DOUBLE": (0.1, 0.3, 0.5, 2.0, 1e3, None), "BIGINT": (*range(9), None),
}  # fmt: skip
SURE_DAYS, SURE = DAYS, (True, False)
Population = dict[str, list[dict[str, Any]]]


def choices_of(name: str) -> tuple[str, ...]:
    field = registry.FIELDS.get(name)
    return (field.choices or FEW_CHOICES.get(field.source, ())) if field else ()


def a_row(chance: Random, table: str, prefix: str = "", **pools: Sequence[Any]) -> dict[str, Any]:
    row = {}
    for name, kind in TABLES[table].items():
        known = choices_of(f"{prefix}{name}")
        row[name] = chance.choice(pools.get(name) or ((*known, "", None) if known else POOLS[kind]))
    return row


def a_population(seed: int) -> Population:
    """Rows of a few customers in every table, by chance."""
    chance = Random(seed)

    def rows(table: str, many: int, **pools: Sequence[Any]) -> list[dict[str, Any]]:
        return [a_row(chance, table, customer_id=CUSTOMERS, **pools) for _ in range(chance.randint(0, many))]

    customers = [a_row(chance, "customers", customer_id=[each]) for each in CUSTOMERS]
    contacts = [
        a_row(chance, "contacts", "contact.", customer_id=[each], contact_id=[each * 10 + place])
        for each in CUSTOMERS
        for place in range(chance.randint(0, 2))
    ]
    owner_of = {row["contact_id"]: row["customer_id"] for row in contacts}
    orders = rows("orders", 60, ordered_on=SURE_DAYS, is_credit=SURE, currency=["USD", "EUR"])
    for place, row in enumerate(orders):
        row["order_id"] = str(place)
    lines = [
        a_row(chance, "lines", category=["Lamps", "Brass", "", None], product_code=["Lamps", "灯具", None])
        | {name: row[name] for name in ("customer_id", "order_id", "ordered_on", "is_credit")}
        for row in orders
        for _ in range(chance.randint(0, 2))
    ]
    events = rows("events", 150, name=NAMES, occurred_on=SURE_DAYS, category=["Lamps", "Brass", "", None],
                  verdict=["human", "machine", None])  # fmt: skip
    memberships = rows("memberships", 20, segment=["vip", "list"])
    for row in (*events, *memberships):
        own = [contact_id for contact_id, owner in owner_of.items() if owner == row["customer_id"]]
        row["contact_id"] = chance.choice([None, *own])
    return {
        "customers": customers, "contacts": contacts, "orders": orders, "lines": lines, "events": events,
        "memberships": memberships,
        "labels": rows("labels", 12, kind=["tag"], value=["a", "b"]),
        "attributes": rows("attributes", 12, name=["staff", "size"]),
        "traits": unique(rows("traits", 12, name=["price_sensitive", "social_media"], value=SURE), "name"),
        "standings": unique(
            rows("standings", 16, scheme=["abc", "rfm"], tier=["A", "B"], since_on=SURE_DAYS), "scheme"
        ),
        "stock": unique(rows("stock", 8, is_below=SURE)),
        "scores": [
            {"customer_id": each, **{field.name: chance.choice(POOLS["DECIMAL(18,4)"]) for field in SOME_FIGURES}}
            for each in CUSTOMERS if chance.random() < 0.7
        ],
        "predictions": [
            {"customer_id": each, "chance_alive": chance.choice(POOLS["DOUBLE"]),
             "next_order_from": chance.choice(DAYS)}
            for each in CUSTOMERS if chance.random() < 0.7
        ],
    }  # fmt: skip


def unique(rows: list[dict[str, Any]], *names: str) -> list[dict[str, Any]]:
    return list({(row["customer_id"], *(row[name] for name in names)): row for row in rows}.values())


SOME_FIGURES = [each for each in registry.FIGURE_FIELDS if each.name in ("order_count", "spend_total", "r_score")]
FIELD_NAMES = [
    name
    for name, field in registry.FIELDS.items()
    if field.group not in ("figures", "prediction")
    or field in SOME_FIGURES
    or name in ("chance_alive", "next_order_from")
] + ["custom.staff", "custom.size"]

number = st.integers(-3, 8) | st.sampled_from([0.1, 0.5, 250.5])


@st.composite
def field_tests(draw: st.DrawFn) -> dict[str, Any]:
    name = draw(st.sampled_from(FIELD_NAMES))
    field = registry.field_named(name)
    assert field is not None
    op = draw(st.sampled_from(field.operators))
    entry: dict[str, Any] = {"field": name, "op": op}
    if op in registry.WITHOUT_VALUE:
        return entry
    if op in ("any_of", "none_of"):
        known = field.choices or FEW_CHOICES.get(field.source, ("a", "b", "Lamps"))
        entry["value"] = draw(st.lists(st.sampled_from(known), min_size=1, max_size=3))
    elif op == "between":
        entry["value"] = sorted(draw(st.tuples(number, number)))
    elif op in ("at_least", "at_most"):
        entry["value"] = draw(number)
    elif op in ("on_or_after", "on_or_before"):
        entry["value"] = draw(day).isoformat()
    elif field.kind == "date":
        entry["value"] = draw(st.integers(1, 60))
    else:
        entry["value"] = draw(st.sampled_from(SOME_WORDS))
    return entry


windows = st.one_of(
    st.none(),
    st.integers(1, 60).map(lambda days: {"last_days": days}),
    st.tuples(st.integers(0, 30), st.integers(30, 90)).map(lambda ends: {"days_ago": list(ends)}),
    day.map(lambda first: {"from": first.isoformat()}),
    day.map(lambda last: {"to": last.isoformat()}),
)


@st.composite
def property_filters(draw: st.DrawFn, texts: tuple[str, ...], numbers: tuple[str, ...]) -> dict[str, Any]:
    name = draw(st.sampled_from((*texts, *numbers)))
    if name in numbers:
        return {"property": name, "op": draw(st.sampled_from(["at_least", "at_most"])), "value": draw(number)}
    op = draw(st.sampled_from(["any_of", "none_of", "contains"]))
    words = draw(st.lists(st.sampled_from((*SOME_WORDS, "human", "USD")), min_size=1, max_size=2))
    return {"property": name, "op": op, "value": words[0] if op == "contains" else words}


@st.composite
def counts(draw: st.DrawFn, level: str) -> dict[str, Any]:
    entry: dict[str, Any]
    if draw(st.booleans()):
        entry = {"event": draw(st.sampled_from(NAMES))}
        if level == "contact" and draw(st.booleans()):
            entry["by"] = "customer"
        filters = property_filters(EVENT_TEXTS, tuple(EVENT_NUMBERS))
    else:
        entry = {"orders": draw(st.sampled_from(["count", "sum"]))}
        filters = property_filters(("category", "product", "currency"), ())
    if entry.get("orders") == "sum":
        entry |= {"op": draw(st.sampled_from(["at_least", "at_most"])), "value": draw(st.integers(-200, 4000))}
    else:
        op = draw(st.sampled_from(["at_least", "at_most", "never"]))
        entry |= {"op": op} | ({} if op == "never" else {"value": draw(st.integers(1, 3))})
    window = draw(windows)
    return entry | ({"window": window} if window else {}) | {"where": draw(st.lists(filters, max_size=2))}


@st.composite
def standings(draw: st.DrawFn) -> dict[str, Any]:
    op = draw(st.sampled_from(["any_of", "none_of", "is_known", "is_unknown"]))
    entry: dict[str, Any] = {"standing": draw(st.sampled_from(["abc", "rfm"])), "op": op}
    if op in ("any_of", "none_of"):
        entry["value"] = draw(st.lists(st.sampled_from(["A", "B"]), min_size=1))
    if op in ("any_of", "is_known"):
        entry["for_days"] = draw(st.integers(0, 40))
    return entry


memberships = st.builds(
    lambda key, op: {"segment": key, "op": op}, st.sampled_from(["vip", "list"]), st.sampled_from(["in", "not_in"])
)


@st.composite
def rules(draw: st.DrawFn) -> Rule:
    level = draw(st.sampled_from(["customer", "contact"]))
    leaf = st.one_of(field_tests(), field_tests(), counts(level), standings(), memberships)
    group = st.sampled_from(["all", "any", "none"])
    tree = st.recursive(
        leaf,
        lambda inner: st.builds(lambda kind, nodes: {kind: nodes}, group, st.lists(inner, min_size=1, max_size=3)),
        max_leaves=6,
    )
    return grammar.read_rule({"level": level, "where": draw(tree)})


@pytest.fixture(scope="module")
def engine() -> Iterator[connection.Engine]:
    with connection.open_engine(threads=1) as opened:
        yield opened


def members_in_engine(engine: connection.Engine, rule: Rule) -> set[int]:
    return {row[0] for row in engine.execute(compiler.member_query(rule, as_of_on=TODAY)).fetchall()}


def members_one_by_one(rule: Rule, population: Population) -> set[int]:
    found = set()
    for customer in population["customers"]:
        own = customer["customer_id"]
        facts = holding.Facts(
            TODAY, {table: [row for row in rows if row["customer_id"] == own] for table, rows in population.items()}
        )
        if rule.level == "customer":
            found |= {own} if holding.holds(rule, facts) else set()
        else:
            found |= {
                row["contact_id"] for row in facts.rows("contacts") if holding.holds(rule, facts, row["contact_id"])
            }
    return found


def name_population(engine: connection.Engine, population: Population) -> None:
    import pyarrow as pa

    for table in TABLES:
        engine.register(table, arrow.whole(table, population[table]))
    columns = {"customer_id": pa.int64(), **{field.name: pa.decimal128(18, 4) for field in SOME_FIGURES}}
    engine.register(
        "scores",
        pa.table({name: pa.array([row[name] for row in population["scores"]], kind) for name, kind in columns.items()}),
    )
    columns = {"customer_id": pa.int64(), "chance_alive": pa.float64(), "next_order_from": pa.date32()}
    engine.register(
        "predictions",
        pa.table(
            {name: pa.array([row[name] for row in population["predictions"]], kind) for name, kind in columns.items()}
        ),
    )


class TestEngineAndSingleTest:
    @settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(seed=st.integers(0, 10**6), some=st.lists(rules(), min_size=5, max_size=5))
    def test_find_the_same_members(self, engine: connection.Engine, seed: int, some: list[Rule]) -> None:
        population = a_population(seed)
        name_population(engine, population)

        for rule in some:
            assert members_in_engine(engine, rule) == members_one_by_one(rule, population), rule

    @settings(max_examples=50)
    @given(rule=rules())
    def test_read_a_rule_back_as_it_was_written(self, rule: Rule) -> None:
        assert grammar.read_rule(grammar.as_document(rule)) == rule
