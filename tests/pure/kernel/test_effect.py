"""Difference and ratio with their intervals, against worked examples and an independent computation."""

import math

import numpy as np
import pytest
from scipy import stats

from guanxi.kernel.effect import Sample, effect_of

HOURS = Sample(12, 10.0, 4.0), Sample(15, 8.0, 9.0)


def sample_of(values: list[float]) -> Sample:
    return Sample(len(values), float(np.mean(values)), float(np.var(values, ddof=1)))


class TestDifference:
    @pytest.mark.parametrize("level", [0.8, 0.95, 0.99])
    def test_is_what_welch_finds(self, level: float) -> None:
        dice = np.random.default_rng(7)
        arm, control = list(dice.gamma(2, 30, 60)), list(dice.gamma(2, 25, 45))

        found = effect_of(sample_of(arm), sample_of(control), level=level)

        theirs = stats.ttest_ind(arm, control, equal_var=False)
        interval = theirs.confidence_interval(level)
        assert found.difference.low == pytest.approx(interval.low, rel=1e-9)
        assert found.difference.high == pytest.approx(interval.high, rel=1e-9)
        assert found.p_value == pytest.approx(theirs.pvalue, rel=1e-9)

    def test_of_shares_is_the_large_sample_interval(self) -> None:
        """3,894 of 21,307 against 2,262 of 21,306 visits."""
        shares = [(3894, 21_307), (2262, 21_306)]
        samples = [Sample(n, x / n, x / n * (1 - x / n) * n / (n - 1)) for x, n in shares]

        found = effect_of(*samples)

        error = math.sqrt(sum(x / n * (1 - x / n) / n for x, n in shares))
        assert found.difference.estimate == pytest.approx(0.076590, abs=1e-6)
        assert found.difference.low == pytest.approx(0.076590 - 1.959964 * error, abs=1e-6)
        assert found.is_clear

    def test_is_told_without_bounds_where_data_are_too_few(self) -> None:
        found = effect_of(Sample(1, 5.0, 0.0), HOURS[1])

        assert (found.difference.estimate, found.difference.low, found.p_value) == (-3.0, None, None)
        assert not found.is_clear

    def test_of_nobody_is_unknown(self) -> None:
        assert effect_of(Sample(0, 0.0, 0.0), HOURS[1]).difference.estimate is None

    def test_of_two_constants_has_no_bounds(self) -> None:
        assert not effect_of(Sample(9, 1.0, 0.0), Sample(9, 1.0, 0.0)).difference.tells

    @pytest.mark.parametrize("level", [0, 1, 95])
    def test_wants_a_level_between_nought_and_one(self, level: float) -> None:
        with pytest.raises(ValueError, match="between 0 and 1"):
            effect_of(*HOURS, level=level)


class TestRatio:
    def test_follows_the_logarithm_of_the_means(self) -> None:
        found = effect_of(*HOURS).ratio

        reach = 1.959964 * math.sqrt(4 / 12 / 100 + 9 / 15 / 64)
        assert found.estimate == pytest.approx(1.25)
        assert found.low == pytest.approx(1.25 * math.exp(-reach), rel=1e-6)
        assert found.high == pytest.approx(1.25 * math.exp(reach), rel=1e-6)

    @pytest.mark.parametrize(("arm", "estimate"), [(0.0, 0.0), (-2.0, -0.25)])
    def test_of_nothing_or_less_has_no_bounds(self, arm: float, estimate: float) -> None:
        found = effect_of(Sample(12, arm, 4.0), HOURS[1]).ratio

        assert (found.estimate, found.low) == (estimate, None)

    def test_to_a_control_of_nothing_is_unknown(self) -> None:
        assert effect_of(HOURS[0], Sample(9, 0.0, 1.0)).ratio.estimate is None


def test_without_an_effect_one_in_twenty_looks_clear() -> None:
    """The A/A check: 3.5 to 6.5 % false alarms at 5 %."""
    dice = np.random.default_rng(20)
    alarms = 0
    for _ in range(2_000):
        arm, control = dice.poisson(2, 200).astype(float), dice.poisson(2, 200).astype(float)
        alarms += effect_of(sample_of(list(arm)), sample_of(list(control))).is_clear

    assert 0.035 <= alarms / 2_000 <= 0.065
