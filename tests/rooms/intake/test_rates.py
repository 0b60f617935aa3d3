"""CN-41: the dated table of rates in the European Central Bank's form, and what a missing day takes."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from guanxi.ledger import currencies
from guanxi.ledger.models import ExchangeRate, Order

pytestmark = pytest.mark.django_db
Run = Callable[..., dict[str, Any]]

# The first columns of eurofxref-hist.csv, which ends each line with a comma; CYP went out of use.
HISTORY = """Date,USD,JPY,BGN,CYP,CZK,GBP,
2026-01-09,1.1600,183.10,1.9558,N/A,24.3,0.8680,
2026-01-08,1.1650,182.90,1.9558,N/A,24.2,0.8670,
2026-01-07,1.1660,182.90,1.9558,N/A,24.2,0.8670,
2025-12-31,1.1750,184.00,1.9558,N/A,24.1,0.8700,
"""
# The day's file has blanks after its commas and the date in words.
DAILY = "Date, USD, JPY, BGN, CZK, GBP, \n12 January 2026, 1.1612, 183.50, 1.9558, 24.31, 0.8690, \n"


def worth(currency: str, on: date) -> Decimal | None:
    return ExchangeRate.objects.filter(currency=currency, into="USD", on=on).values_list("value", flat=True).first()


class TestTheBanksTable:
    """CN-41."""

    def test_of_all_days_is_read(self, run: Run) -> None:
        answer = run(HISTORY, name="eurofxref-hist.csv")

        assert (answer["kind"], answer["rejected"]) == ("rates", 0)
        assert worth("EUR", date(2026, 1, 9)) == Decimal("1.16")
        assert worth("GBP", date(2025, 12, 31)) == round(Decimal("1.1750") / Decimal("0.8700"), 10)
        assert worth("CYP", date(2026, 1, 9)) is None

    def test_is_read_from_its_zip(self, run: Run, tmp_path: Path) -> None:
        path = tmp_path / "eurofxref-hist.zip"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("eurofxref-hist.csv", HISTORY)

        run(path)

        assert worth("EUR", date(2026, 1, 8)) == Decimal("1.165")

    def test_of_one_day_is_read(self, run: Run) -> None:
        assert run(DAILY, name="eurofxref.csv")["rejected"] == 0
        assert worth("EUR", date(2026, 1, 12)) == Decimal("1.1612")

    def test_again_creates_nothing(self, run: Run) -> None:
        run(HISTORY)
        before = ExchangeRate.objects.count()

        assert run(HISTORY)["updated"] == 0
        assert ExchangeRate.objects.count() == before


class TestAMissingDay:
    """CN-41: it takes the last rate before it, and says so."""

    def test_takes_the_last_rate_before_it(self, run: Run) -> None:
        run(HISTORY)

        answer = run("Customer,Order ID,Date,Amount,Currency\nA,1,2026-01-06,10,EUR\nA,2,2026-01-08,10,EUR\n")

        first, second = Order.objects.order_by("number")
        assert (first.rate, first.rate_on) == (Decimal("1.175"), date(2025, 12, 31))
        assert (second.rate, second.rate_on) == (Decimal("1.165"), date(2026, 1, 8))
        assert answer["notes"] == ["1 orders in EUR took the last rate before their day, which has none of its own."]

    def test_is_told_too_when_the_rates_come_last(self, run: Run) -> None:
        rows = "A,1,2026-01-06,10,EUR\nA,2,2025-12-30,10,EUR\nA,3,2026-01-06,10,USD\n"
        run(f"Customer,Order ID,Date,Amount,Currency\n{rows}")

        notes = run("Date,USD,JPY\n2025-12-31,1.1750,184.00\n")["notes"]

        assert notes == [
            "1 orders in EUR took the last rate before their day, which has none of its own.",
            "Orders in EUR from before 2025-12-31 are counted at the rate of that day, the first one known.",
        ]

    def test_is_a_gap_when_it_is_long(self, run: Run) -> None:
        run(HISTORY)

        gaps = currencies.gaps_of(on for on, _, _ in currencies.rates_of("EUR", "USD"))

        assert [(gap.after_on, gap.before_on, gap.days) for gap in gaps] == [(date(2025, 12, 31), date(2026, 1, 7), 6)]
