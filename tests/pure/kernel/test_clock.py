from __future__ import annotations

from datetime import UTC, datetime

import pytest

from guanxi.kernel.clock import parse_moment


def test_a_moment_is_told_in_utc() -> None:
    assert parse_moment(" 2026-03-01T09:00:00+08:00 ") == datetime(2026, 3, 1, 1, tzinfo=UTC)
    assert parse_moment("2026-03-01") == datetime(2026, 3, 1, tzinfo=UTC)


@pytest.mark.parametrize("text", ["", "yesterday", "0001-01-01T00:00:00+08:00", "9999-12-31T23:59:00-08:00"])
def test_what_is_no_moment_says_what_to_write(text: str) -> None:
    with pytest.raises(ValueError, match="is no moment; write 2026-03-01"):
        parse_moment(text)


def test_a_moment_from_which_nothing_can_be_counted_is_refused() -> None:
    with pytest.raises(ValueError, match="between 1900 and 2199"):
        parse_moment("9999-12-31")
