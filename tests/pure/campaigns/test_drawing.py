"""Who is drawn into a test, and which letter he gets."""

from collections import Counter

from guanxi.campaigns.drawing import arm_of, is_in_test, share_of

READERS = range(20_000)


class TestDrawing:
    def test_gives_the_same_answer_again(self) -> None:
        assert [arm_of(7, each, 3) for each in READERS] == [arm_of(7, each, 3) for each in READERS]

    def test_draws_the_asked_share(self) -> None:
        drawn = sum(is_in_test(7, each, 20) for each in READERS)

        assert abs(drawn - 4_000) < 250

    def test_draws_nobody_for_zero_and_everybody_for_a_hundred(self) -> None:
        assert not any(is_in_test(7, each, 0) for each in READERS)
        assert all(is_in_test(7, each, 100) for each in READERS)

    def test_gives_every_letter_equally_often_within_the_test(self) -> None:
        arms = Counter(arm_of(7, each, 4) for each in READERS if is_in_test(7, each, 50))

        assert set(arms) == {0, 1, 2, 3}
        assert max(arms.values()) - min(arms.values()) < 250

    def test_draws_anew_for_each_campaign(self) -> None:
        both = sum(is_in_test(7, each, 50) and is_in_test(8, each, 50) for each in READERS)

        assert abs(both - 5_000) < 300

    def test_spreads_evenly(self) -> None:
        tenths = Counter(int(share_of(7, each, "spread") * 10) for each in READERS)

        assert set(tenths) == set(range(10))
        assert min(tenths.values()) > 1_800
