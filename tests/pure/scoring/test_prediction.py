"""BG/NBD and Gamma-Gamma against the published figures of the CDNOW sample, and what they do with poor data."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from guanxi.cli.benches import predict as predict_bench
from guanxi.scoring.prediction import bgnbd, gammagamma
from guanxi.scoring.prediction.fitting import Fit
from guanxi.scoring.prediction.groups import Groups, grouped

WEEK = 7
CALIBRATED_UNTIL, OBSERVED_UNTIL = date(1997, 9, 30), date(1998, 6, 30)


def rows_of(path: Path) -> Iterator[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        yield from csv.DictReader(file)


def grouped_weeks(rows: list[tuple[float, float, float]]) -> Groups:
    repeats, ages, spans = (np.array(column) for column in zip(*rows, strict=True))
    return grouped(
        repeats=repeats.astype(np.int64), age_at_last_days=np.rint(ages * WEEK).astype(np.int64),
        observed_days=np.rint(spans * WEEK).astype(np.int64), unit_days=WEEK,
    )  # fmt: skip


@pytest.fixture(scope="module")
def cdnow(shared_data: Path) -> Groups:
    """The published summary of the calibration period."""
    rows = rows_of(shared_data / "cdnow_sample" / "cdnow_customers_summary.csv.gz")
    return grouped_weeks([(float(row["frequency"]), float(row["recency"]), float(row["T"])) for row in rows])


@pytest.fixture(scope="module")
def fitted(cdnow: Groups) -> Fit:
    return bgnbd.fit(cdnow)


@pytest.fixture(scope="module")
def spent(shared_data: Path) -> tuple[Any, Any]:
    rows = list(rows_of(shared_data / "cdnow_sample" / "cdnow_customers_summary_with_transactions.csv.gz"))
    return np.array([int(row["x"]) for row in rows]), np.array([float(row["zbar"]) for row in rows])


@pytest.fixture(scope="module")
def purchase_days(shared_data: Path) -> dict[str, list[int]]:
    """The days of purchase of each customer of the sample, as ordinals; every day counts, also one of 0.00 dollars."""
    found: dict[str, set[int]] = {}
    with gzip.open(shared_data / "cdnow_sample" / "CDNOW_sample.txt.gz", "rt", encoding="utf-8") as file:
        for line in file:
            _, customer, day, *_ = line.split()
            found.setdefault(customer, set()).add(date(int(day[:4]), int(day[4:6]), int(day[6:])).toordinal())
    return {customer: sorted(days) for customer, days in found.items()}


class TestBgNbd:
    """B-11, B-22: what customers will do is computed from what they did; the figures of the paper come out."""

    def test_finds_the_published_parameters(self, fitted: Fit) -> None:
        assert fitted.converged
        assert {name: round(value, 3) for name, value in fitted.parameters.items()} == {
            "r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426,
        }  # fmt: skip
        assert fitted.log_likelihood == pytest.approx(-9582.4, abs=0.05)

    def test_tells_how_sure_it_is(self, fitted: Fit) -> None:
        assert fitted.standard_errors == pytest.approx(
            {"r": 0.0126, "alpha": 0.378, "a": 0.186, "b": 0.705}, rel=0.01
        )  # fmt: skip

    def test_expects_of_a_new_customer_what_the_paper_expects(self, fitted: Fit) -> None:
        model = bgnbd.model_of(fitted)
        assert model is not None

        found = model.expected_of_a_new_customer([0.1429, 1, 3, 31.8571, 32, 78])

        assert found == pytest.approx([0.0078, 0.0532, 0.1506, 1.0405, 1.0437, 1.8576], abs=5e-4)

    def test_expects_of_a_known_customer_what_the_paper_expects(self, fitted: Fit) -> None:
        model = bgnbd.model_of(fitted)
        assert model is not None

        assert model.expected_orders(39, 2, 30.43, 38.86) == pytest.approx([1.226], abs=5e-4)

    def test_counts_equal_customers_as_one_group(self, cdnow: Groups) -> None:
        values = np.array([0.3, 5.0, 0.7, 2.0])
        alone = Groups(
            cdnow.repeats[cdnow.member_of], cdnow.age_at_last[cdnow.member_of], cdnow.observed[cdnow.member_of],
            np.ones(cdnow.customers), np.arange(cdnow.customers),
        )  # fmt: skip

        assert len(cdnow.repeats) < cdnow.customers / 2
        assert bgnbd.log_likelihood(cdnow, values) == pytest.approx(bgnbd.log_likelihood(alone, values))

    def test_knows_its_slope(self, cdnow: Groups) -> None:
        loss, values, step = bgnbd._Loss(cdnow), np.array([0.3, 5.0, 0.7, 2.0]), 1e-6
        steps = np.eye(4) * step

        slope = [(loss(values + each)[0] - loss(values - each)[0]) / (2 * step) for each in steps]

        assert loss(values)[1] == pytest.approx(slope, rel=1e-5)

    @pytest.mark.parametrize(
        ("repeats", "age", "chance"),
        [(0, 0.0, 1.0), (2, 30.43, 0.726), (9, 5.0, 0.0)],
        ids=["nobody is lost before he has come back", "lately active", "often, and long ago"],
    )
    def test_tells_the_living_from_the_lost(self, fitted: Fit, repeats: int, age: float, chance: float) -> None:
        model = bgnbd.model_of(fitted)
        assert model is not None

        assert model.chance_alive(repeats, age, 38.86) == pytest.approx([chance], abs=2e-3)

    def test_knows_the_chance_of_an_order(self, fitted: Fit) -> None:
        """B-11: the purchase probability lies below the chance to be alive and grows with the time given."""
        model = bgnbd.model_of(fitted)
        assert model is not None
        spans = [1.0, 13.0, 52.0, 10_000.0]

        chances = [float(model.chance_of_order(span, 2, 30.43, 38.86)[0]) for span in spans]

        assert chances == sorted(chances)
        assert chances[0] < 0.1
        assert chances[-1] == pytest.approx(float(model.chance_alive(2, 30.43, 38.86)[0]), abs=1e-4)

    def test_stays_finite_where_a_is_one(self) -> None:
        at_one, beside = (bgnbd.Model(0.3, 5.0, a, 2.0).expected_orders(52, 3, 20, 30)[0] for a in (1.0, 1.001))

        assert at_one == pytest.approx(beside, rel=1e-2)


class TestPoorData:
    """B-22: where the data do not tell, the models say so and predict nothing."""

    def test_too_few_customers(self) -> None:
        found = bgnbd.fit(grouped_weeks([(2, 10, 20)] * 30))

        assert not found.converged
        assert bgnbd.model_of(found) is None
        assert found.notes == (
            "too few data: 30 customers in all, 30 with a repeat order; the model asks for 50 and 20",
        )

    def test_nobody_ever_stops(self) -> None:
        """Clockwork customers show no dropout: `a` runs to zero, and the likelihood has no inner optimum."""
        rows = [(span // gap, span // gap * gap, float(span)) for span in range(40, 100) for gap in (2, 3, 4, 6)]

        found = bgnbd.fit(grouped_weeks([(float(x), float(age), span) for x, age, span in rows]))

        assert not found.converged
        assert "no inner optimum" in found.notes[0]
        assert not found.standard_errors

    def test_amounts_of_too_few(self) -> None:
        found = gammagamma.fit(repeats=np.array([1, 2, 0]), repeat_spend_average=np.array([5.0, 6.0, 0.0]))

        assert not found.converged
        assert "too few data" in found.notes[0]

    def test_amounts_that_depend_on_the_number_of_orders(self) -> None:
        chance = np.random.default_rng(3)
        repeats = chance.integers(1, 30, 500)

        found = gammagamma.fit(repeats=repeats, repeat_spend_average=repeats * chance.gamma(9, 1, 500))

        assert any("depend on how often" in note for note in found.notes)

    def test_amounts_that_all_are_alike(self) -> None:
        found = gammagamma.fit(repeats=np.full(100, 3), repeat_spend_average=np.full(100, 20.0))

        assert not found.converged


class TestGammaGamma:
    """B-22: what the orders to come are worth; Fader and Hardie's own figures come out."""

    def test_finds_the_published_parameters(self, spent: tuple[Any, Any]) -> None:
        repeats, average = spent

        found = gammagamma.fit(repeats=repeats, repeat_spend_average=average)

        assert found.converged
        assert found.parameters == pytest.approx({"p": 6.25, "q": 3.74, "v": 15.44}, abs=0.01)
        assert set(found.standard_errors) == {"p", "q", "v"}

    def test_pulls_means_towards_the_mean_of_all(self, spent: tuple[Any, Any]) -> None:
        repeats, average = spent[0][:10], spent[1][:10]
        model = gammagamma.Model(6.25, 3.74, 15.44)

        assert model.expected_amount(repeats, average) == pytest.approx(
            [24.65, 18.91, 35.17, 35.17, 35.17, 71.46, 18.91, 35.17, 27.28, 35.17], abs=0.06
        )

    def test_does_not_depend_on_the_currency(self, spent: tuple[Any, Any]) -> None:
        repeats, average = spent
        dollars, dong = (
            gammagamma.fit(repeats=repeats, repeat_spend_average=average * each) for each in (1, 25_000)
        )  # fmt: skip

        assert dong.parameters["v"] == pytest.approx(dollars.parameters["v"] * 25_000, rel=1e-3)
        assert dong.parameters["p"] == pytest.approx(dollars.parameters["p"], rel=1e-3)

    def test_has_no_mean_where_there_is_none(self) -> None:
        model = gammagamma.Model(2.0, 0.8, 10.0)

        assert np.isnan(model.expected_amount(0, 0)[0])
        assert np.isfinite(model.expected_amount(3, 40)[0])


class TestHoldout:
    """B-22: of 1,882 purchase days in the 39 weeks to come it foretells more than the same as before does."""

    def test_beats_the_same_as_before(self, purchase_days: dict[str, list[int]]) -> None:
        split, end = CALIBRATED_UNTIL.toordinal(), OBSERVED_UNTIL.toordinal()
        before = {customer: [day for day in days if day <= split] for customer, days in purchase_days.items()}
        came = np.array([sum(split < day <= end for day in days) for days in purchase_days.values()])
        rows = [((len(days) - 1), (days[-1] - days[0]) / WEEK, (split - days[0]) / WEEK) for days in before.values()]
        groups = grouped_weeks(rows)
        model = bgnbd.model_of(bgnbd.fit(groups))
        assert model is not None

        forecast = model.expected_orders((end - split) / WEEK, groups.repeats, groups.age_at_last, groups.observed)
        forecast = forecast[groups.member_of]
        span = (end - split) / WEEK
        same = np.array([repeats * span / observed for repeats, _, observed in rows])

        assert came.sum() == 1_882
        assert abs(forecast.sum() - 1_882) < 0.15 * 1_882
        assert abs(forecast.sum() - 1_882) < 0.5 * abs(same.sum() - 1_882)
        assert np.square(forecast - came).mean() < 0.8 * np.square(same - came).mean()


class TestOtherFirms:
    """B-22: the same on an online grocer and on a textbook's B2B customers."""

    def test_the_grocers_cohort(self, shared_data: Path) -> None:
        days: dict[str, list[int]] = {}
        for row in rows_of(shared_data / "grocery_elog" / "grocery_elog.csv.gz"):
            days.setdefault(row["cust"], []).append(date.fromisoformat(row["date"]).toordinal())
        split, end = date(2006, 12, 31).toordinal(), date(2007, 12, 30).toordinal()
        seen = [sorted(day for day in each if day <= split) for each in days.values()]
        rows = [(len(each) - 1, (each[-1] - each[0]) / WEEK, (split - each[0]) / WEEK) for each in seen]
        came = sum(day > split for each in days.values() for day in each)
        groups = grouped_weeks(rows)
        found = bgnbd.fit(groups)
        model = bgnbd.model_of(found)
        assert model is not None

        forecast = model.expected_orders((end - split) / WEEK, groups.repeats, groups.age_at_last, groups.observed)
        forecast = forecast[groups.member_of].sum()

        assert sum(map(len, days.values())) == 10_483
        assert abs(forecast - came) < 0.25 * came
        assert abs(forecast - came) < abs(sum(row[0] for row in rows) - came)

    def test_the_textbooks_customers(self, shared_data: Path) -> None:
        path = shared_data / "smcrm" / "customerRetentionLifetimeDuration.csv.gz"
        groups = grouped_weeks([(float(row["x"]), float(row["tx"]), float(row["T"])) for row in rows_of(path)])

        found = bgnbd.fit(groups)

        assert groups.customers == 500
        assert found.converged or found.notes


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> list[Any]:
    """Repeats, days of age and of observation, and mean amounts of customers drawn from the models themselves."""
    folder = tmp_path_factory.mktemp("many")
    predict_bench.make_data(folder, customers=40_000)
    return predict_bench._load(folder)


class TestManyCustomers:
    """B-22: with many customers the search begins at the optimum of a sample, and ends at the same place."""

    def test_counts_alike(self, many: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
        groups = grouped(repeats=many[0], age_at_last_days=many[1], observed_days=many[2], unit_days=WEEK)

        by_sample = bgnbd.fit(groups)
        monkeypatch.setattr(bgnbd, "ROUGH_SAMPLE", 10**9)
        whole = bgnbd.fit(groups)

        assert by_sample.converged
        assert by_sample.parameters == pytest.approx(whole.parameters, rel=1e-3)
        assert by_sample.log_likelihood == pytest.approx(whole.log_likelihood, rel=1e-9)

    def test_values_alike(self, many: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
        by_sample = gammagamma.fit(repeats=many[0], repeat_spend_average=many[3])
        monkeypatch.setattr(gammagamma, "ROUGH_SAMPLE", 10**9)
        whole = gammagamma.fit(repeats=many[0], repeat_spend_average=many[3])

        assert by_sample.parameters == pytest.approx(whole.parameters, rel=1e-3)
        assert by_sample.log_likelihood == pytest.approx(whole.log_likelihood, rel=1e-9)
