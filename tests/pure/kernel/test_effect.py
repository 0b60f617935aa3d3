"""Difference and ratio with their intervals, against worked examples and an independent computation."""

import math

import numpy as np
import pytest
from scipy import stats

from guanxi.kernel.effect import Sample, detectable, effect_of, needed, share_interval

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


class TestSizes:
    @pytest.mark.parametrize(
        ("base", "change", "wanted"),
        [
            (0.30, 0.22, 800), (0.10, 0.22, 3_200), (0.05, 0.35, 2_800), (0.20, 0.40, 450), (0.05, 0.27, 4_600),
            (0.08, 0.23, 3_800), (0.30, 1.0, 40),
        ],
    )  # fmt: skip
    def test_are_those_the_claims_were_judged_by(self, base: float, change: float, wanted: int) -> None:
        """F-01, F-06, F-07, F-09, F-10, F-12: customers per arm for 80 % power at 5 %, two-sided."""
        assert needed(base, base * change) == pytest.approx(wanted, rel=0.02)

    def test_what_can_be_seen_is_what_is_needed(self) -> None:
        assert detectable(0.3, 797, 797) == pytest.approx(0.3 * 0.22, rel=0.03)
        assert detectable(0.0, 100, 100) is None
        assert needed(0.3, 0.8) is None

    def test_a_share_lies_between_wilsons_bounds(self) -> None:
        """81 of 263, a worked example of Newcombe (Statistics in Medicine 17, 1998): 0.2553 to 0.3662."""
        found = share_interval(81, 263)

        assert found is not None
        assert found[1:] == (pytest.approx(0.2553, abs=1e-4), pytest.approx(0.3662, abs=1e-4))
        assert share_interval(0, 0) is None

    def test_one_variance_is_what_student_finds(self) -> None:
        dice = np.random.default_rng(7)
        arm, control = list(dice.gamma(2, 30, 60)), list(dice.gamma(2, 25, 45))

        found = effect_of(sample_of(arm), sample_of(control), pooled=True)

        interval = stats.ttest_ind(arm, control).confidence_interval(0.95)
        assert found.difference.low == pytest.approx(interval.low, rel=1e-9)
        assert found.difference.high == pytest.approx(interval.high, rel=1e-9)
