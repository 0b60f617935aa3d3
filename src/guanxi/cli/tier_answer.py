"""What `guanxi tier` answers: one source of orders, one scheme, one overview, one row per customer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from guanxi.cli.failure import fail
from guanxi.engine.connection import Engine
from guanxi.kernel.money import round_money
from guanxi.scoring import scores
from guanxi.scoring.measures import FIGURES, measures_for
from guanxi.scoring.policies import Policy
from guanxi.tiering import grading, rules, words
from guanxi.tiering.grading import Overview
from guanxi.tiering.rules import Decision, Scheme

RFM_FIGURES = (
    "days_since_last_order", "order_count", "spend_total", "order_count_window", "spend_window",
    "r_score", "f_score", "m_score",
)  # fmt: skip
COLUMNS = (
    "customer", "tier", "days_since_last_order", "order_count", "spend_total", "window_days", "order_count_window",
    "spend_window", "currency", "r_score", "f_score", "m_score", "reason",
)  # fmt: skip
BATCH = 10_000


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

    `ids_of` finds customers by a name that is not in the frame, such as the number their source gave them.
    """

    engine: Engine
    as_of: date
    overview: Overview
    rejected: int = 0
    notes: list[str] = field(default_factory=list)
    ids_of: Callable[[str], Sequence[int]] = lambda _: ()

    @property
    def scheme(self) -> Scheme:
        return self.overview.scheme

    def document(self) -> dict[str, Any]:
        """The JSON answer; amounts in `currency`, shares between 0 and 1."""
        currency = self.scheme.currency
        return {
            "scheme": self.scheme.name,
            "as_of": self.as_of.isoformat(),
            "currency": currency,
            "window_days": self.scheme.window_days,
            "customers": self.overview.customers,
            "orders": self.overview.orders,
            "spend": amount(self.overview.spend, currency),
            "tiers": [
                {**asdict(row), "customer_share": round(row.customer_share, 6), "spend": amount(row.spend, currency),
                 "spend_share": round(row.spend_share, 6)}
                for row in self.overview.tiers
            ],
            "rejected": self.rejected,
            "notes": self.notes,
        }  # fmt: skip

    def rows(self) -> Iterator[dict[str, Any]]:
        """One row per customer with the columns of COLUMNS, the largest spend first."""
        figures = sorted(_figures_needed(self.scheme))
        cursor = self.engine.execute(
            f"SELECT name, {', '.join(figures)} FROM graded JOIN customers USING (customer_id) "
            "ORDER BY spend_total DESC, name"
        )
        while batch := cursor.fetchmany(BATCH):
            for name, *values in batch:
                yield self._row(name, dict(zip(figures, values, strict=True)))

    def decision_of(self, customer: str) -> tuple[str, Decision]:
        """The customer's name and decision by his name, number or whatever the file calls him; stops when unknown."""
        figures = sorted(_figures_needed(self.scheme))
        found = self.engine.execute(
            f"SELECT name, {', '.join(figures)} FROM graded JOIN customers USING (customer_id) "
            "WHERE name = $1 OR customer_name = $1 OR list_contains($2, customer_id) ORDER BY name = $1 DESC LIMIT 2",
            [customer, list(self.ids_of(customer))],
        ).fetchall()
        if not found:
            fail(f"no customer is called {customer!r}; write the name or number as it stands in the orders.")
        if len(found) == 2 and found[0][0] != customer:
            fail(f"several customers are called {customer!r}: {found[0][0]}, {found[1][0]}; write one of these.")
        name, *values = found[0]
        return name, rules.decide(dict(zip(figures, values, strict=True)), self.scheme)

    def _row(self, name: str, figures: dict[str, Any]) -> dict[str, Any]:
        decision = rules.decide(figures, self.scheme, is_brief=True)
        currency = self.scheme.currency
        return {
            "customer": name,
            "tier": decision.tier,
            **{
                figure: round_money(figures[figure], currency) if FIGURES[figure].kind == "money" else figures[figure]
                for figure in RFM_FIGURES
            },
            "window_days": self.scheme.window_days,
            "currency": currency,
            "reason": words.reason(decision, currency),
        }


def answer(
    engine: Engine,
    scheme: Scheme,
    *,
    as_of: date,
    currency: str,
    rate: Decimal,
    rejected: int = 0,
    notes: list[str] | None = None,
) -> Answer:
    """Measure and grade the tables `orders` and `customers`, whose amounts are in `currency`.

    One unit of `currency` is `rate` units of the scheme's own currency.
    """
    policy = Policy(as_of, scheme.window_days)
    scores.name_scores(engine, policy=policy, measures=measures_for(rules.figures_of(scheme)))
    overview = grading.grade(engine, scheme, currency=currency, rate=rate)
    return Answer(engine, as_of, overview, rejected, notes or [])


def amount(value: Decimal, currency: str) -> float:
    """An amount as a JSON number, rounded to the currency's digits."""
    return float(round_money(value, currency))


def _figures_needed(scheme: Scheme) -> set[str]:
    return rules.figures_of(scheme) | set(RFM_FIGURES)
