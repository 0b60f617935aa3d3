"""Applying schemes: what moved becomes a standing, a change and an event; the rest is left alone."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from guanxi.ledger import actions as ledger_actions
from guanxi.ledger.facts import LineFacts
from guanxi.ledger.models import Event, ExchangeRate
from guanxi.scoring.actions import run_scores
from guanxi.tiering import actions, documents, queries
from guanxi.tiering.models import Scheme, SchemeRun, Standing, StandingChange

pytestmark = pytest.mark.django_db

SIMPLE = """
name: simple
currency: USD
window_days: 90
tiers: {good: Good, poor: Poor, asleep: Asleep}
rules:
  - {tier: asleep, when: {days_since_last_order: {at_least: 100}}}
  - {tier: good, when: {spend_window: {at_least: 1000}}}
otherwise: poor
"""


@pytest.fixture
def simple(now: datetime) -> Scheme:
    scheme = actions.save_scheme(text=SIMPLE, now=now)
    actions.set_default_scheme(scheme=scheme, now=now)
    return scheme


def buy(contact: Any, number: str, amount: str, at: datetime, *, historical: bool = False) -> None:
    ledger_actions.record_order(
        customer=contact.customer, number=number, placed_at=at, currency="USD", now=at, historical=historical,
        lines=[LineFacts(product_code="A", quantity=Decimal(1), unit_price=Decimal(amount))],
    )  # fmt: skip


def apply(at: datetime) -> dict[str, Any]:
    return actions.apply_scores(run=run_scores(as_of=at, now=at), now=at)


class TestInstallPresets:
    def test_one_per_axis_is_switched_on(self, now: datetime) -> None:
        actions.install_presets(now=now)
        actions.install_presets(now=now)

        kept = {scheme.name: (scheme.is_active, scheme.is_default) for scheme in Scheme.objects.all()}
        assert kept == {
            name: (name in documents.ACTIVE_PRESETS, name == documents.DEFAULT_PRESET)
            for name in documents.preset_names()
        }

    def test_leaves_what_the_firm_has_chosen(self, simple: Scheme, now: datetime) -> None:
        actions.install_presets(now=now)

        assert queries.default_scheme() == simple


class TestSaveScheme:
    def test_a_changed_text_is_a_new_version(self, simple: Scheme, now: datetime) -> None:
        actions.save_scheme(text=SIMPLE, now=now)
        changed = actions.save_scheme(text=SIMPLE.replace("1000", "2000"), now=now)

        assert (simple.version, changed.version) == (1, 2)

    def test_a_wrong_text_is_refused(self, now: datetime) -> None:
        with pytest.raises(documents.SchemeError):
            actions.save_scheme(text="name: x", now=now)


class TestApplyScores:
    def test_everybody_gets_a_standing_with_its_reason_and_event(
        self, simple: Scheme, lena: Any, yuki: Any, now: datetime
    ) -> None:
        buy(lena, "1", "1500", now - timedelta(days=12))

        answer = apply(now)

        assert answer == {"simple": {"first": 2, "moved": 0}}
        standing = queries.standing_of(lena.customer_id)
        assert standing is not None
        assert (standing.tier, standing.rule, standing.since_at) == ("good", "good", now)
        assert standing.reason == "USD 1,500.00 in 90 days (at least USD 1,000.00)"
        assert standing.figures["days_since_last_order"] == 12
        assert standing.figures["spend_total"] == "1500.00"
        event = Event.objects.get(name="standing.changed", customer=lena.customer)
        assert (event.contact, event.is_historical) == (None, False)
        assert {key: event.properties[key] for key in ("scheme", "from", "to", "cause")} == {
            "scheme": "simple",
            "from": "",
            "to": "good",
            "cause": "first",
        }

    def test_the_same_run_again_changes_nothing(self, simple: Scheme, lena: Any, now: datetime) -> None:
        buy(lena, "1", "1500", now)
        run = run_scores(as_of=now, now=now)
        actions.apply_scores(run=run, now=now)

        answer = actions.apply_scores(run=run, now=now + timedelta(hours=1))

        assert answer == {"simple": {"first": 0, "moved": 0}}
        assert StandingChange.objects.count() == 1
        assert Event.objects.filter(name="standing.changed").count() == 1
        assert SchemeRun.objects.get().first == 1

    def test_only_what_moved_is_written(self, simple: Scheme, lena: Any, yuki: Any, now: datetime) -> None:
        apply(now)
        later = now + timedelta(days=1)
        buy(lena, "1", "1500", later)

        answer = apply(later)

        assert answer == {"simple": {"first": 0, "moved": 1}}
        change = queries.changes_of(lena.customer_id, simple).first()
        assert change is not None
        assert (change.from_tier, change.to_tier, change.cause, change.at) == ("poor", "good", "growth", later)
        assert queries.changes_of(yuki.customer_id).count() == 1

    def test_time_alone_lets_a_customer_fall_asleep(self, simple: Scheme, lena: Any, now: datetime) -> None:
        buy(lena, "1", "1500", now, historical=True)
        apply(now)

        apply(now + timedelta(days=100))

        change = queries.changes_of(lena.customer_id).first()
        assert change is not None
        assert (change.to_tier, change.cause) == ("asleep", "time")
        assert change.reason == "last order 100 days ago (at least 100 days)"
        # However he came into the house, falling asleep happens today.
        assert Event.objects.filter(name="standing.changed", is_unread=True).count() >= 1

    def test_an_edited_scheme_moves_as_policy(self, simple: Scheme, lena: Any, now: datetime) -> None:
        buy(lena, "1", "1500", now)
        apply(now)
        actions.save_scheme(text=SIMPLE.replace("1000", "2000"), now=now)

        apply(now)

        change = queries.changes_of(lena.customer_id).first()
        assert change is not None
        assert (change.to_tier, change.cause, change.scheme_version) == ("poor", "policy", 2)

    def test_a_protected_standing_keeps_its_tier(self, simple: Scheme, lena: Any, now: datetime) -> None:
        apply(now)
        Standing.objects.update(tier="good", basis="person", protected_until=now + timedelta(days=5))

        apply(now + timedelta(days=1))
        assert queries.standing_of(lena.customer_id).tier == "good"  # type: ignore[union-attr]

        apply(now + timedelta(days=6))
        assert queries.standing_of(lena.customer_id).tier == "poor"  # type: ignore[union-attr]

    def test_a_scheme_in_another_currency_takes_the_rate_of_the_day(self, lena: Any, now: datetime) -> None:
        text = SIMPLE.replace("USD", "EUR")
        actions.set_default_scheme(scheme=actions.save_scheme(text=text, now=now), now=now)
        buy(lena, "1", "1500", now)

        assert "No rate from USD to EUR" in apply(now)["simple"]["skipped"]

        ExchangeRate.objects.create(currency="USD", into="EUR", on=now.date(), value=Decimal("0.5"))
        apply(now)
        assert queries.standing_of(lena.customer_id).tier == "poor"  # type: ignore[union-attr]


class TestHistory:
    def first_event(self, contact: Any) -> Event:
        return Event.objects.filter(name="standing.changed", customer=contact.customer).earliest("id")

    def test_a_first_standing_from_history_starts_nothing(self, simple: Scheme, lena: Any, now: datetime) -> None:
        buy(lena, "1", "1500", now, historical=True)

        apply(now)

        assert self.first_event(lena).is_historical
        assert not self.first_event(lena).is_unread

    def test_a_live_order_makes_it_live(self, simple: Scheme, lena: Any, now: datetime) -> None:
        buy(lena, "1", "1500", now, historical=True)
        buy(lena, "2", "1500", now)

        apply(now)

        assert not self.first_event(lena).is_historical

    def test_a_later_move_by_imported_orders_starts_nothing_either(
        self, simple: Scheme, lena: Any, now: datetime
    ) -> None:
        apply(now)
        later = now + timedelta(days=1)
        buy(lena, "1", "1500", later, historical=True)

        apply(later)

        event = Event.objects.filter(name="standing.changed", customer=lena.customer).latest("id")
        assert event.properties["to"] == "good"
        assert event.is_historical

    def test_time_moves_a_customer_of_history_live_under_a_clock_that_is_handed_in(
        self, simple: Scheme, lena: Any, now: datetime
    ) -> None:
        buy(lena, "1", "1500", now, historical=True)
        past = now - timedelta(days=300)
        apply(past)

        # The import wrote later than the moment of the first run, yet before that run.
        apply(past + timedelta(days=10))
        apply(now + timedelta(days=100))

        event = Event.objects.filter(name="standing.changed", customer=lena.customer).latest("id")
        assert event.properties["to"] == "asleep"
        assert not event.is_historical


class TestQueries:
    def test_before_the_first_run(self, simple: Scheme, lena: Any) -> None:
        assert queries.tier_table(simple) is None
        assert queries.explain(lena.customer_id, simple) is None
        assert queries.standing_of(lena.customer_id) is None
        assert queries.preview(SIMPLE) is None

    def test_the_table_counts_customers_and_money_in_the_order_of_the_scheme(
        self, simple: Scheme, lena: Any, yuki: Any, now: datetime
    ) -> None:
        buy(lena, "1", "1500", now)
        buy(yuki, "2", "500", now)
        apply(now)

        table = queries.tier_table(simple)

        assert table is not None
        assert [(row.tier, row.customers, row.spend) for row in table.rows] == [
            ("good", 1, Decimal(1500)),
            ("poor", 1, Decimal(500)),
            ("asleep", 0, Decimal(0)),
        ]
        assert (table.customers, table.spend, table.currency, table.window_days) == (2, Decimal(2000), "USD", 90)
        assert table.rows[0].spend_share == pytest.approx(0.75)

    def test_explains_by_the_figures_of_the_run(self, simple: Scheme, lena: Any, now: datetime) -> None:
        buy(lena, "1", "400", now - timedelta(days=12))
        apply(now)

        explanation = queries.explain(lena.customer_id, simple)

        assert explanation is not None
        assert explanation.decision.tier == "poor"
        good = explanation.decision.outcomes[1]
        assert (good.rule, good.checks[0].missed_by, good.checks[0].window_days) == ("good", Decimal(600), 90)
        assert explanation.standing is not None
        assert explanation.titles["good"] == "Good"

    def test_the_default_scheme_explains_with_its_own_percentiles(self, lena: Any, yuki: Any, now: datetime) -> None:
        actions.install_presets(now=now)
        buy(lena, "1", "400", now - timedelta(days=12))
        buy(yuki, "2", "900", now - timedelta(days=2))
        apply(now)
        scheme = queries.default_scheme()
        assert scheme is not None

        explanation = queries.explain(lena.customer_id, scheme)

        assert explanation is not None
        assert explanation.standing is not None
        assert explanation.decision.tier == explanation.standing.tier
        assert explanation.decision.outcomes[0].checks[0].source.percentile == Decimal(50)  # type: ignore[union-attr]

    def test_previews_a_scheme_that_is_not_kept(self, simple: Scheme, lena: Any, now: datetime) -> None:
        buy(lena, "1", "1500", now)
        apply(now)

        overview = queries.preview(SIMPLE.replace("spend_window: {at_least: 1000}", "spend_total: {at_least: 9000}"))

        assert overview is not None
        assert {row.tier: row.customers for row in overview.tiers} == {"good": 0, "poor": 1, "asleep": 0}

    def test_titles_in_the_readers_language(self, now: datetime) -> None:
        actions.install_presets(now=now)
        scheme = queries.default_scheme()
        assert scheme is not None

        assert ("high", "高价值客户") in queries.tiers_of(scheme, "zh-hans")
        assert ("high", "High value") in queries.tiers_of(scheme, "de")
        assert queries.title_of(scheme, "zh-hans") == "按本公司客户分布"
