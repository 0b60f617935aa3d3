from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from guanxi.supply.clocks import DISPATCH_DAYS, DRAWING_DAYS, SAMPLE_DAYS, Pause, promise

ACCEPTED = datetime(2026, 5, 13, 8, 0, tzinfo=UTC)
DAY = timedelta(days=1)


class TestPromise:
    """P-03, P-08, P-09: three days, three days, ten days, and a deadline includes its moment (CN-37)."""

    def test_days_are_those_of_the_articles(self) -> None:
        assert (DISPATCH_DAYS, DRAWING_DAYS, SAMPLE_DAYS) == (3, 3, 10)

    @pytest.mark.parametrize(
        ("now", "done", "state"),
        [
            (2.9, None, "running"), (3, None, "running"), (3.1, None, "overdue"),
            (9, 3, "kept"), (9, 3.01, "missed"), (9, 0, "kept"),
        ],
    )  # fmt: skip
    def test_stands(self, now: float, done: float | None, state: str) -> None:
        found = promise(
            since=ACCEPTED, days=3, now=ACCEPTED + now * DAY, done_at=None if done is None else ACCEPTED + done * DAY
        )

        assert (found.state, found.due_at) == (state, ACCEPTED + 3 * DAY)

    def test_waits_while_the_customer_has_to_answer(self) -> None:
        """CN-45: the clock pauses while waiting for the customer, shown as such."""
        waiting = Pause(ACCEPTED + DAY)

        found = promise(since=ACCEPTED, days=3, now=ACCEPTED + 20 * DAY, pauses=[waiting])

        assert found.state == "waiting"

    def test_moves_on_by_the_pause(self) -> None:
        over = Pause(ACCEPTED + DAY, ACCEPTED + 5 * DAY)

        found = promise(since=ACCEPTED, days=3, now=ACCEPTED + 6 * DAY, pauses=[over])

        assert (found.state, found.due_at) == ("running", ACCEPTED + 7 * DAY)

    def test_a_pause_after_the_end_does_not_matter(self) -> None:
        late = Pause(ACCEPTED + 5 * DAY)

        found = promise(since=ACCEPTED, days=3, now=ACCEPTED + 9 * DAY, done_at=ACCEPTED + 4 * DAY, pauses=[late])

        assert found.state == "missed"

    def test_skips_days_off_where_the_firm_counts_working_days(self) -> None:
        weekend = [date(2026, 5, 16), date(2026, 5, 17)]

        found = promise(since=ACCEPTED, days=3, now=ACCEPTED, days_off=weekend)

        assert found.due_at == ACCEPTED + 5 * DAY
