"""The column contract of the frames."""

import pytest

from guanxi.engine.frames import CUSTOMERS, ORDERS, SCORES, FrameMismatch, check_columns
from guanxi.scoring.measures import FIGURES


class TestCheckColumns:
    def test_accepts_more_columns_than_the_contract(self) -> None:
        check_columns("orders", ORDERS, [*ORDERS, "note"])

    def test_names_what_is_missing_and_the_remedy(self) -> None:
        with pytest.raises(FrameMismatch, match="frame of customers has no column country, kind; build"):
            check_columns("customers", CUSTOMERS, ["customer_id", "name"])


def test_the_scores_are_the_figures_of_all_measures() -> None:
    assert list(SCORES) == ["customer_id", *FIGURES]
