from __future__ import annotations

from datetime import UTC, datetime

import pytest

from guanxi.care.rhythm import next_contact
from guanxi.care.treatments import policy


def on(month: int, day: int, year: int = 2026) -> datetime:
    return datetime(year, month, day, 8, tzinfo=UTC)


class TestNextContact:
    """T-45, T-47, T-51, CN-17: windows are counted from the last contact, or from the standing."""

    @pytest.mark.parametrize(
        ("kind", "since", "last", "now", "due"),
        [
            ("needs_review", on(1, 10), None, on(3, 9), None),
            ("needs_review", on(1, 10), None, on(3, 10), on(4, 10)),
            ("needs_review", on(1, 10), on(3, 20), on(5, 19), None),
            ("needs_review", on(1, 10), on(3, 20), on(5, 20), on(6, 20)),
            ("monthly_review", on(1, 10), None, on(1, 31), on(2, 10)),
            ("monthly_review", on(1, 10), on(1, 5), on(1, 31), on(2, 10)),
            ("quarterly_market_analysis", on(1, 10), None, on(3, 10), on(4, 10)),
            ("weekly_contact", on(1, 10), on(1, 12), on(1, 17), on(1, 19)),
            ("return_visit", on(1, 10), None, on(6, 10), on(7, 10)),
            ("holiday_gift", on(1, 10), None, on(12, 10), on(1, 10, 2027)),
        ],
    )
    def test_falls_due(
        self, kind: str, since: datetime, last: datetime | None, now: datetime, due: datetime | None
    ) -> None:
        found = next_contact(policy().items[kind], since_at=since, last_at=last, now=now)

        assert (found and found.due_at) == due

    def test_of_long_ago_gets_a_week(self) -> None:
        found = next_contact(policy().items["monthly_review"], since_at=on(1, 1, 2020), last_at=None, now=on(5, 13))

        assert found is not None
        assert found.due_at == on(5, 20)

    @pytest.mark.parametrize(("last", "is_due"), [(None, True), (on(1, 9), True), (on(1, 10), False)])
    def test_made_once_is_made_once_a_standing(self, last: datetime | None, is_due: bool) -> None:
        found = next_contact(policy().items["win_back"], since_at=on(1, 10), last_at=last, now=on(1, 11))

        assert (found is not None) is is_due

    def test_an_entitlement_never_falls_due(self) -> None:
        assert next_contact(policy().items["reply_4h"], since_at=on(1, 1), last_at=None, now=on(5, 1)) is None
