"""When to try again."""

from datetime import timedelta

import pytest

from guanxi.outbox.retry import may_repeat, next_try, state_after_crash
from tests.cast import NOW


class TestNextTry:
    @pytest.mark.parametrize(
        ("attempts", "minutes"),
        [(0, 1), (1, 1), (2, 5), (3, 15), (4, 30), (5, 60), (6, 120), (7, 240), (8, 480), (30, 480)],
    )
    def test_waits_longer_each_time(self, attempts: int, minutes: int) -> None:
        assert next_try(now=NOW, attempts=attempts) == NOW + timedelta(minutes=minutes)


class TestStateAfterCrash:
    @pytest.mark.parametrize(
        ("state", "crashes", "into"),
        [
            ("claimed", 1, "queued"),
            ("claimed", 2, "queued"),
            ("claimed", 3, "quarantined"),
            ("handing_off", 1, "uncertain"),
        ],
    )
    def test_takes_back_only_what_has_not_left(self, state: str, crashes: int, into: str) -> None:
        assert state_after_crash(state=state, crashes=crashes) == into


class TestMayRepeat:
    @pytest.mark.parametrize(
        ("kind", "tries", "repeats"),
        [("transactional", 1, True), ("transactional", 2, False), ("marketing", 1, False), ("service", 1, False)],
    )
    def test_repeats_an_order_notice_once_and_advertising_never(self, kind: str, tries: int, repeats: bool) -> None:
        assert may_repeat(kind=kind, uncertain_tries=tries) == repeats
