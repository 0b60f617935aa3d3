"""What `guanxi tier` answers: one source of orders, one scheme, one overview, one row per customer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from guanxi.cli.failure import fail
from guanxi.engine.connection import Engine, one_row
from guanxi.intake.rows import Reject
from guanxi.kernel.money import round_money
from guanxi.kernel.titles import in_language
from guanxi.tiering import grading, rules, together, words
from guanxi.tiering.grading import Overview
from guanxi.tiering.reason_sql import reason_sql
from guanxi.tiering.rules import Circular, Decision, Figures, Scheme
from guanxi.tiering.tier_sql import column_of
from guanxi.tiering.words import Language

RFM_FIGURES = (
    "days_since_last_order", "order_count", "spend_total", "order_count_window", "spend_window",
    "r_score", "f_score", "m_score",
)  # fmt: skip
COLUMNS = (
    "customer", "tier", "days_since_last_order", "order_count", "spend_total", "window_days", "order_count_window",
    "spend_window", "currency", "r_score", "f_score", "m_score", "reason",
)  # fmt: skip
BATCH = 10_000
REJECTS_TOLD = 50
KEPT = "kept_standings"  # customer_id, scheme, tier


@dataclass(frozen=True, slots=True)
class Worth:
    """What currencies are worth: `rates` in units of `base`, the currency that --rate speaks of."""

    base: str
    rates: Mapping[str, Decimal]

    def of(self, currency: str, into: str) -> Decimal:
        """One `currency` in units of `into`; stops the command when a rate is missing."""
        if currency == into:
            return Decimal(1)
        return self._in_base(currency, into) / self._in_base(into, currency)

    def check(self, currencies: Iterable[str], into: str) -> None:
        """Stops the command with every rate that is missing, not with the first alone."""
        asked = sorted({each for each in currencies if each and each != into})
        needed = [*asked, into] if asked else []
        lacking = [each for each in needed if each != self.base and each not in self.rates]
        if len(lacking) > 1:
            wanted = " ".join(f"--rate {each}=…" for each in lacking)
            fail(f"to convert {', '.join(asked)} into {into} say what one of each is worth in {self.base}: {wanted}")

    def _in_base(self, currency: str, other: str) -> Decimal:
        if currency == self.base:
            return Decimal(1)
        if currency not in self.rates:
            fail(
                f"to convert between {currency} and {other} say what one {currency} is worth in {self.base}: "
                f"--rate {currency}=1.25"
            )
        return self.rates[currency]


@dataclass(frozen=True, slots=True)
class Answer:
    """The engine behind it holds `graded` and `customers` until it is closed.

    `ids_of` finds customers by a name that is not in the frame, such as the number their source gave them. `others`
    are further schemes that were asked for; the reasons are told in `language`. `has_kept`: the table KEPT tells where
    customers stand by what the workspace has written down, which moves, protection and persons have had their part in.
    """

    engine: Engine
    as_of: date
    overview: Overview
    rejects: Sequence[Reject] = ()
    notes: list[str] = field(default_factory=list)
    ids_of: Callable[[str], Sequence[int]] = lambda _: ()
    others: tuple[Overview, ...] = ()
    language: Language = "en"
    has_kept: bool = False

    @property
    def scheme(self) -> Scheme:
        return self.overview.scheme

    def document(self) -> dict[str, Any]:
        """The JSON answer; amounts in `currency`, shares between 0 and 1. Several schemes stand in `schemes`."""
        document = self._overview_document(self.overview) | rejected(self.rejects) | {"notes": self.notes}
        if self.others:
            document["schemes"] = [self._overview_document(each) for each in (self.overview, *self.others)]
        return document

    def _overview_document(self, overview: Overview) -> dict[str, Any]:
        currency = overview.scheme.currency
        return {
            "scheme": overview.scheme.name,
            "as_of": self.as_of.isoformat(),
            "currency": currency,
            "window_days": overview.scheme.window_days,
            "customers": overview.customers,
            "orders": overview.orders,
            "spend": amount(overview.spend, currency),
            "tiers": [
                {**asdict(row), "customer_share": round(row.customer_share, 6), "spend": amount(row.spend, currency),
                 "spend_share": round(row.spend_share, 6)}
                for row in overview.tiers
            ],
        }  # fmt: skip

    @property
    def columns(self) -> tuple[str, ...]:
        """Those of a row: COLUMNS, the tier of each further scheme, and the standing the workspace keeps."""
        kept = ("stands_in",) if self.has_kept else ()
        return COLUMNS + tuple(f"tier_{each.scheme.name}" for each in self.others) + kept

    def rows(self) -> Iterator[dict[str, Any]]:
        """One row per customer with the columns of `columns`, the largest spend first."""
        figures = sorted(_figures_needed(self.scheme))
        further = [column_of(rules.STANDING + each.scheme.name) for each in self.others]
        joins = "".join(f" LEFT JOIN {table} AS {table} USING (customer_id)" for table in further)
        if self.has_kept:
            joins += f" LEFT JOIN ({self._kept(self.scheme)}) AS kept USING (customer_id)"
        told = reason_sql(self.scheme, self.scheme.currency, self.language) or "NULL"
        columns = [*map(column_of, figures), *(f"{table}.tier" for table in further)]
        columns += ["kept.tier"] if self.has_kept else []
        cursor = self.engine.execute(
            f"SELECT name, graded.tier, {told}, {', '.join(columns)} "
            f"FROM graded JOIN customers USING (customer_id){joins} ORDER BY spend_total DESC, name"
        )
        while batch := cursor.fetchmany(BATCH):
            for name, tier, reason, *values in batch:
                row = self._row(name, tier, reason, dict(zip(figures, values, strict=False)))
                if len(self.columns) > len(COLUMNS):
                    row |= dict(zip(self.columns[len(COLUMNS) :], values[len(figures) :], strict=True))
                yield row

    def decision_of(self, customer: str) -> tuple[str, Decision]:
        """The customer's name and decision by his name, number or whatever the file calls him; stops when unknown."""
        name, customer_id = self.found(customer)
        return name, rules.decide(self.figures_of(customer_id, self.scheme), self.scheme)

    def figures_of(self, customer_id: int, scheme: Scheme) -> Figures:
        return together.figures_of_customer(self.engine, scheme, customer_id)

    def stands_in(self, customer_id: int, scheme: Scheme) -> str | None:
        """The tier the workspace keeps for a customer; None without one, and for a file."""
        if not self.has_kept:
            return None
        row = one_row(self.engine, f"SELECT tier FROM ({self._kept(scheme)}) WHERE customer_id = {int(customer_id)}")
        return row[0] if row else None

    def stand_elsewhere(self) -> int:
        """How many customers stand in another tier than the rules alone would give them today."""
        if not self.has_kept:
            return 0
        row = one_row(
            self.engine,
            f"SELECT COUNT(*) FROM ({self._kept(self.scheme)}) AS kept JOIN graded USING (customer_id) "
            "WHERE kept.tier <> graded.tier",
        )
        return int(row[0]) if row else 0

    @staticmethod
    def _kept(scheme: Scheme) -> str:
        return f"SELECT customer_id, tier FROM {KEPT} WHERE scheme = '{scheme.name}'"

    def found(self, customer: str) -> tuple[str, int]:
        """The one customer who is called so; stops when there is none or several."""
        found = self.engine.execute(
            "SELECT name, customer_id FROM customers "
            "WHERE name = $1 OR customer_name = $1 OR list_contains($2, customer_id) ORDER BY name = $1 DESC LIMIT 2",
            [customer, list(self.ids_of(customer))],
        ).fetchall()
        if not found:
            fail(f"no customer is called {customer!r}; write the name or number as it stands in the orders.")
        if len(found) == 2 and found[0][0] != customer:
            fail(f"several customers are called {customer!r}: {found[0][0]}, {found[1][0]}; write one of these.")
        return found[0]

    def _row(self, name: str, tier: str, reason: str | None, figures: dict[str, Any]) -> dict[str, Any]:
        currency = self.scheme.currency
        if reason is None:
            decision = rules.decide(figures, self.scheme, is_brief=True)
            reason = words.reason(decision, currency, self.language)
        return {
            "customer": name,
            "tier": tier,
            **{figure: figures[figure] for figure in RFM_FIGURES},
            "spend_total": round_money(figures["spend_total"], currency),
            "spend_window": round_money(figures["spend_window"], currency),
            "window_days": self.scheme.window_days,
            "currency": currency,
            "reason": reason,
        }


def answer(
    engine: Engine,
    schemes: Mapping[str, Scheme],
    *,
    as_of: date,
    currency: str,
    rates: Mapping[str, Decimal],
    rejects: Sequence[Reject] = (),
    notes: Sequence[str] = (),
    is_several: bool = False,
) -> Answer:
    """Measure and grade the tables of the measures, whose amounts are in `currency`, by the first of `schemes`, after
    those it asks for.

    One unit of `currency` is `rates` units of each scheme's own currency. `is_several`: the answers of the other
    schemes are told too.
    """
    chosen = next(iter(schemes))
    try:
        overviews = together.grade_orders(engine, schemes, as_of=as_of, currency=currency, rates=rates, last=chosen)
    except Circular as error:
        fail(str(error))
    found = overviews.pop(chosen)
    others = tuple(overviews[name] for name in schemes if name in overviews) if is_several else ()
    return Answer(engine, as_of, found, rejects, [*notes, *_unknown_gates(engine, found)], others=others)


def _unknown_gates(engine: Engine, overview: Overview) -> list[str]:
    """Which demands the orders cannot answer: they neither help nor hurt (CN-12)."""
    return [
        f"Not known for {count:,} {'customer' if count == 1 else 'customers'} of {tier}, and so without effect: "
        f"{in_language(gate.title, 'en')}."
        for tier, gate, count in grading.unknown_gates(engine, overview.scheme)
    ]


def rejected(rejects: Sequence[Reject]) -> dict[str, Any]:
    """How many rows were refused, and the first of them with row, field and reason."""
    return {"rejected": len(rejects), "rejects": [each._asdict() for each in rejects[:REJECTS_TOLD]]}


def amount(value: Decimal, currency: str) -> float:
    """An amount as a JSON number, rounded to the currency's digits."""
    return float(round_money(value, currency))


def _figures_needed(scheme: Scheme) -> set[str]:
    return rules.figures_of(scheme) | set(RFM_FIGURES) | {rules.STANDING + name for name in rules.schemes_asked(scheme)}
