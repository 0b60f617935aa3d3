"""Which letter was better, or that nobody can tell."""

import numpy as np
import pytest

from guanxi.campaigns.winning import CLEAR, NO_DIFFERENCE, TOO_FEW, Arm, decide, detectable, interval_of


def arms(*pairs: tuple[int, int]) -> list[Arm]:
    return [Arm("ABCD"[place], sent, answered) for place, (sent, answered) in enumerate(pairs)]


class TestIntervals:
    def test_of_the_difference_is_newcombes(self) -> None:
        """Newcombe 1998, Table II, example (a), method 10: 56/70 − 48/80 is 0.0524 to 0.3339."""
        [comparison] = decide(arms((70, 56), (80, 48)), least_sample=1).comparisons

        assert (round(comparison.low, 4), round(comparison.high, 4)) == (0.0524, 0.3339)

    @pytest.mark.parametrize(
        ("first", "second", "low", "high"),
        [((10, 9), (10, 3), 0.1705, 0.8090), ((56, 5), (29, 0), -0.0381, 0.1926), ((10, 10), (10, 0), 0.6075, 1.0)],
    )
    def test_hold_at_the_edges(self, first: tuple[int, int], second: tuple[int, int], low: float, high: float) -> None:
        """The further examples of the same table, among them shares of nothing and of everything."""
        [comparison] = decide(arms(first, second), least_sample=1).comparisons

        assert (round(comparison.low, 4), round(comparison.high, 4)) == (low, high)

    def test_of_one_letter_is_wilsons(self) -> None:
        """Newcombe 1998 (the single proportion), 81 of 263: 0.2553 to 0.3662."""
        low, high = interval_of(Arm("A", 263, 81))

        assert (round(low, 4), round(high, 4)) == (0.2553, 0.3662)

    def test_of_nothing_is_everything(self) -> None:
        assert interval_of(Arm("A", 0, 0)) == (0.0, 1.0)


class TestDecide:
    def test_names_a_letter_that_is_clearly_better(self) -> None:
        decision = decide(arms((1000, 30), (1000, 70)), least_sample=100)

        assert (decision.winner, decision.reason) == ("B", CLEAR)

    def test_says_when_no_difference_was_found(self) -> None:
        decision = decide(arms((1000, 30), (1000, 36)), least_sample=100)

        assert (decision.winner, decision.reason) == ("", NO_DIFFERENCE)

    def test_says_when_there_were_too_few(self) -> None:
        decision = decide(arms((99, 0), (99, 60)), least_sample=100)

        assert (decision.winner, decision.reason) == ("", TOO_FEW)
        assert decision.comparisons

    def test_names_nobody_when_two_lead_together(self) -> None:
        decision = decide(arms((1000, 90), (1000, 88), (1000, 20)), least_sample=100)

        assert (decision.winner, decision.reason) == ("", NO_DIFFERENCE)

    def test_asks_more_of_more_letters(self) -> None:
        """What is clear between two letters is not when they were the best and the worst of four."""
        assert decide(arms((1000, 30), (1000, 48)), least_sample=100).winner == "B"
        assert decide(arms((1000, 30), (1000, 48), (1000, 36), (1000, 40)), least_sample=100).winner == ""

    @pytest.mark.parametrize(
        ("letters", "rate", "sent"), [(2, 0.03, 400), (4, 0.03, 400), (2, 0.3, 150), (3, 0.01, 300)]
    )
    def test_rarely_finds_what_is_not_there(self, letters: int, rate: float, sent: int) -> None:
        """Of equal letters one is called the winner in at most one test of twenty (and a bit for chance)."""
        dice = np.random.default_rng(20260513)
        tests = dice.binomial(sent, rate, size=(2_000, letters)).tolist()
        found = sum(bool(decide(arms(*((sent, each) for each in test)), least_sample=100).winner) for test in tests)

        assert found / len(tests) < 0.06


class TestDetectable:
    def test_agrees_with_the_sample_size_tables(self) -> None:
        """3 % against 5 % needs about 1,506 readers of each letter (80 % power, 5 % error, both sides)."""
        assert detectable(sent=1_506, base=0.03) == pytest.approx(0.02, abs=0.0002)

    def test_is_everything_without_readers(self) -> None:
        assert detectable(sent=0, base=0.03) == 1.0

    def test_grows_with_the_number_of_letters(self) -> None:
        assert detectable(sent=500, base=0.03, arms=4) > detectable(sent=500, base=0.03)
