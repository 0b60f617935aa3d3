"""The column contract of the frames."""

import pytest

from guanxi.engine.frames import CUSTOMERS, ORDERS, FrameMismatch, check_columns


class TestCheckColumns:
    def test_accepts_more_columns_than_the_contract(self) -> None:
        check_columns("orders", ORDERS, [*ORDERS, "note"])

    def test_names_what_is_missing_and_the_remedy(self) -> None:
        with pytest.raises(
            FrameMismatch, match="frame of customers has no column cooperation_since, country, kind; build"
        ):
            check_columns("customers", CUSTOMERS, ["customer_id", "name"])
