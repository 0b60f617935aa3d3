"""The cause of a move (M-15)."""

import pytest

from guanxi.tiering.moves import cause_of

ORDER = ("high", "developing", "general", "dormant", "prospect")


@pytest.mark.parametrize(
    ("before", "after", "has_ordered", "is_same_version", "cause"),
    [
        (None, "high", True, True, "first"),
        ("developing", "high", True, True, "growth"),
        ("dormant", "general", True, True, "growth"),
        ("high", "general", True, True, "risk"),  # a credit came, or the others bought more
        ("general", "dormant", False, True, "time"),
        ("general", "developing", False, True, "policy"),  # the firm's own percentiles moved
        ("general", "dormant", False, False, "policy"),  # the scheme was edited
        ("gone", "general", True, True, "policy"),  # a tier the scheme no longer has
    ],
)
def test_a_move_has_one_cause(
    before: str | None, after: str, has_ordered: bool, is_same_version: bool, cause: str
) -> None:
    found = cause_of(
        before=before, after=after, order=ORDER, has_ordered=has_ordered, is_same_version=is_same_version
    )  # fmt: skip

    assert found == cause
