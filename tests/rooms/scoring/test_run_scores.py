"""Measuring the workspace: one file and one row per run."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from guanxi.catalogue.models import MarginReference
from guanxi.engine.connection import open_engine, quoted, write_parquet
from guanxi.firm.actions import describe_firm
from guanxi.ledger import actions as ledger_actions
from guanxi.ledger.facts import LineFacts
from guanxi.ledger.models import Invoice
from guanxi.scoring import actions, queries
from guanxi.scoring.measures import FIGURES
from guanxi.scoring.models import ScoreRun
from tests import cast

pytestmark = pytest.mark.django_db


def buy(contact: Any, number: str, *, days_ago: int, amount: str, now: datetime, kind: str = "order") -> None:
    ledger_actions.record_order(
        customer=contact.customer, number=number, placed_at=now - timedelta(days=days_ago), currency="USD", now=now,
        lines=[LineFacts(product_code="A", quantity=Decimal(1), unit_price=Decimal(amount))], kind=kind,
    )  # fmt: skip


class TestRunScores:
    def test_measures_every_customer_in_the_reporting_currency(self, lena: Any, yuki: Any, now: datetime) -> None:
        buy(lena, "1", days_ago=12, amount="100", now=now)
        buy(lena, "2", days_ago=400, amount="50.5", now=now)

        run = actions.run_scores(as_of=now, now=now)

        assert (run.customers, run.orders, run.spend, run.currency) == (2, 2, Decimal("150.5"), "USD")
        found = queries.score_of(lena.customer_id, run)
        assert found is not None
        assert found["days_since_last_order"] == 12
        assert (found["order_count"], found["order_count_window"]) == (2, 1)
        assert (found["spend_total"], found["spend_window"]) == (Decimal("150.5"), Decimal(100))
        nobody = queries.score_of(yuki.customer_id, run)
        assert nobody is not None
        assert (nobody["days_since_last_order"], nobody["order_count"]) == (None, 0)

    def test_counts_days_at_the_firm(self, lena: Any, now: datetime) -> None:
        describe_firm(changes={"time_zone": "Asia/Shanghai"})
        buy(lena, "1", days_ago=1, amount="100", now=now)
        # 17:00 UTC is already the next day in Ningbo.
        evening = datetime(2026, 5, 13, 17, 0, tzinfo=UTC)

        run = actions.run_scores(as_of=evening, now=evening)

        found = queries.score_of(lena.customer_id, run)
        assert found is not None
        assert found["days_since_last_order"] == 2

    def test_the_same_moment_is_not_measured_twice(self, lena: Any, now: datetime) -> None:
        buy(lena, "1", days_ago=1, amount="100", now=now)

        first = actions.run_scores(as_of=now, now=now)
        again = actions.run_scores(as_of=now, now=now + timedelta(hours=1))

        assert again == first
        assert ScoreRun.objects.count() == 1

    def test_a_new_order_makes_a_new_run(self, lena: Any, now: datetime) -> None:
        first = actions.run_scores(as_of=now, now=now)
        buy(lena, "1", days_ago=0, amount="100", now=now)

        later = actions.run_scores(as_of=now, now=now + timedelta(minutes=1))

        assert later != first
        assert queries.latest_run() == later

    def test_forgets_the_files_of_old_runs(
        self, lena: Any, now: datetime, data_folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(actions, "KEPT_RUNS", 2)
        for day in range(4):
            actions.run_scores(as_of=now + timedelta(days=day), now=now)

        assert len(list((data_folder / "frames" / "scores").iterdir())) == 2
        assert ScoreRun.objects.count() == 4

    def test_an_empty_workspace_has_no_customers(self, now: datetime) -> None:
        run = actions.run_scores(as_of=now, now=now)

        assert (run.customers, run.orders, run.spend) == (0, 0, 0)
        assert all(cell.customers == 0 for cell in queries.rfm_matrix(run))


class TestQueries:
    def test_before_the_first_run_there_is_nothing(self, lena: Any) -> None:
        assert queries.latest_run() is None
        assert queries.score_of(lena.customer_id) is None
        assert queries.rfm_matrix() == []
        assert queries.distribution("order_count") == []
        assert queries.customers_in_cell(r_score=5, fm_score=5) == []

    def test_the_matrix_holds_every_buyer_once(self, lena: Any, yuki: Any, fatima: Any, now: datetime) -> None:
        buy(lena, "1", days_ago=12, amount="100", now=now)
        buy(yuki, "2", days_ago=300, amount="9000", now=now)

        actions.run_scores(as_of=now, now=now)
        matrix = queries.rfm_matrix()

        assert len(matrix) == 25
        assert sum(cell.customers for cell in matrix) == 2
        assert sum(cell.spend for cell in matrix) == Decimal(9100)
        filled = next(cell for cell in matrix if cell.spend == 9000)
        assert queries.customers_in_cell(r_score=filled.r_score, fm_score=filled.fm_score) == [yuki.customer_id]

    def test_the_distribution_of_a_figure(self, lena: Any, yuki: Any, now: datetime) -> None:
        buy(lena, "1", days_ago=12, amount="100", now=now)
        actions.run_scores(as_of=now, now=now)

        assert queries.distribution("order_count") == [(0, 1), (1, 1)]
        with pytest.raises(ValueError, match="'rank' is no figure"):
            queries.distribution("rank")

    def test_a_customer_who_came_later_has_no_score(self, lena: Any, now: datetime) -> None:
        actions.run_scores(as_of=now, now=now)

        assert queries.score_of(cast.yuki().customer_id) is None


class TestLatestRun:
    def test_is_the_one_measured_last_even_of_a_past_day(self, lena: Any, now: datetime) -> None:
        actions.run_scores(as_of=now, now=now)

        past = actions.run_scores(as_of=now - timedelta(days=30), now=now + timedelta(minutes=1))

        assert queries.latest_run() == past

    def test_is_over_the_default_window(self, lena: Any, now: datetime) -> None:
        """CN-07: a run over the lifetime does not replace the figures that pages show."""
        usual = actions.run_scores(as_of=now, now=now)
        actions.run_scores(as_of=now, now=now, window_days=None)

        assert queries.latest_run() == usual


class TestFiguresOfACustomer:
    def test_hold_every_figure_of_every_measure(self, lena: Any, now: datetime) -> None:
        """D-09: purchasing scale, cooperation frequency, payment credit and margin stand side by side."""
        MarginReference.objects.create(percent=Decimal(20), source="made up", as_of_on=now.date())
        ledger_actions.record_order(
            customer=lena.customer, number="1", placed_at=now - timedelta(days=100), currency="USD", now=now,
            lines=[LineFacts(product_code="A", quantity=Decimal(1), unit_price=Decimal(100), cost=Decimal(70))],
        )  # fmt: skip
        Invoice.objects.create(
            customer=lena.customer, source="test", number="1", issued_on=date(2026, 2, 1), due_on=date(2026, 3, 3),
            paid_on=date(2026, 3, 4), currency="USD", amount=Decimal(100),
        )  # fmt: skip

        actions.run_scores(as_of=now, now=now)

        found = queries.score_of(lena.customer_id)
        assert found is not None
        assert set(found) == set(FIGURES)
        assert (found["spend_share"], found["order_count_window"]) == (100, 1)
        assert (found["late_invoice_count_year"], found["overdue_invoice_count"]) == (1, 0)
        assert (found["margin_percent"], found["margin_index"]) == (30, 150)

    def test_show_the_last_eight_quarters_the_oldest_first(self, lena: Any, yuki: Any, now: datetime) -> None:
        buy(lena, "1", days_ago=60, amount="100", now=now)  # 2026-03-14
        run = actions.run_scores(as_of=now, now=now)

        quarters = queries.quarters_of(lena.customer_id)

        assert [quarter.spend for quarter in quarters] == [0, 0, 0, 0, 0, 0, 0, 100]
        assert (quarters[-1].first_on, quarters[-1].last_on) == (date(2026, 1, 1), date(2026, 3, 31))
        assert quarters[-1].order_count == 1
        both = queries.quarters_of_many([lena.customer_id, yuki.customer_id], run)
        assert both == {lena.customer_id: quarters, yuki.customer_id: queries.quarters_of(yuki.customer_id)}

    def test_of_an_older_shape_are_unknown(self, lena: Any, now: datetime) -> None:
        """The scores of a run that was made before a figure existed."""
        run = actions.run_scores(as_of=now, now=now)
        with open_engine() as engine:
            path = queries.scores_path(run)
            rfm = "customer_id, days_since_last_order, order_count, spend_total"
            write_parquet(engine, f"SELECT {rfm} FROM read_parquet({quoted(path)})", path)

        found = queries.score_of(lena.customer_id, run)

        assert found is not None
        assert (found["order_count"], found["spend_share"]) == (0, None)
        assert queries.quarters_of(lena.customer_id, run) == []
        assert queries.histogram("spend_share", run=run) == []


class TestHistogram:
    def test_counts_everybody_in_bars_of_equal_width(self, lena: Any, yuki: Any, fatima: Any, now: datetime) -> None:
        for place, contact in enumerate((lena, yuki, fatima)):
            buy(contact, str(place), days_ago=place * 10, amount="100", now=now)
        actions.run_scores(as_of=now, now=now)

        bars = queries.histogram("days_since_last_order", bars=4)

        assert [(bar.low, bar.high, bar.customers) for bar in bars] == [(0, 5, 1), (5, 10, 0), (10, 15, 1), (15, 20, 1)]

    def test_equal_figures_make_one_bar(self, lena: Any, yuki: Any, now: datetime) -> None:
        actions.run_scores(as_of=now, now=now)

        assert queries.histogram("order_count") == [queries.Bar(Decimal(0), Decimal(0), 2)]

    def test_nobody_has_it(self, lena: Any, now: datetime) -> None:
        actions.run_scores(as_of=now, now=now)

        assert queries.histogram("margin_index") == []

    def test_refuses_what_is_no_figure(self, db: None) -> None:
        with pytest.raises(ValueError, match="is no figure"):
            queries.histogram("loyalty")
