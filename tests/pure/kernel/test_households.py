"""Whose tries are counted together."""

import pytest

from guanxi.kernel.households import household_of


class TestHousehold:
    @pytest.mark.parametrize(
        ("address", "household"),
        [
            ("203.0.113.9", "203.0.113.9"),
            ("::ffff:203.0.113.9", "203.0.113.9"),
            ("2001:db8:0:1:abcd::9", "2001:db8:0:1::/64"),
            ("2001:DB8:0:1::2", "2001:db8:0:1::/64"),
            ("", ""),
            ("somewhere", ""),
        ],
    )
    def test_counts_a_whole_ipv6_network_as_one(self, address: str, household: str) -> None:
        """RS-30: a household of IPv6 may call from any of 2⁶⁴ addresses."""
        assert household_of(address) == household
