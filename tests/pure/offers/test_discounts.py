from __future__ import annotations

from decimal import Decimal

import pytest

from guanxi.offers.discounts import NotADiscount, read_discount


class TestReadDiscount:
    """CN-35: 折 says what is paid; both readings are shown."""

    @pytest.mark.parametrize(
        ("text", "percent_off"),
        [
            ("8折", "20"), ("9折", "10"), ("95折", "5"), ("9.5折", "5"), ("85折", "15"), ("八折", "20"),
            ("九五折", "5"), ("0.5折", "95"), ("20%", "20"), ("额外1%", "1"), ("12.5 % off", "12.5"), ("减5%", "5"),
            ("８折", "20"), ("20％", "20"),
        ],
    )  # fmt: skip
    def test_takes_off(self, text: str, percent_off: str) -> None:
        assert read_discount(text).percent_off == Decimal(percent_off)

    @pytest.mark.parametrize("text", ["", "折", "10折", "0%", "100%", "120%", "free", "8", "-8折", "999折"])
    def test_refuses(self, text: str) -> None:
        with pytest.raises(NotADiscount):
            read_discount(text)

    @pytest.mark.parametrize(("text", "paid", "zhe"), [("20%", 80, "8折"), ("5%", 95, "9.5折"), ("8折", 80, "8折")])
    def test_shows_both_readings(self, text: str, paid: int, zhe: str) -> None:
        found = read_discount(text)

        assert (found.percent_paid, found.zhe) == (paid, zhe)
