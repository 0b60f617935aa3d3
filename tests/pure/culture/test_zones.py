"""Where a contact's clock stands, and how that is known."""

from __future__ import annotations

import pytest

from guanxi.culture import zones
from guanxi.culture.zones import Zone, zone_for

# Facts: area code 212 is Manhattan, +81 6 Osaka; the rest of the numbers is made up.
MANHATTAN, OSAKA = "+1 212 555 2368", "+81 6 6123 4567"


class TestZoneFor:
    @pytest.mark.parametrize(
        ("facts", "zone"),
        [
            ({"contact_zone": "Asia/Tokyo", "country": "DE"}, Zone("Asia/Tokyo", "contact", "high")),
            ({"city": "San Diego", "country": "US"}, Zone("America/Los_Angeles", "city", "high")),
            ({"city": "São Paulo", "country": "BR"}, Zone("America/Sao_Paulo", "city", "high")),
            ({"city": "Riyadh", "country": "SA"}, Zone("Asia/Riyadh", "city", "high")),
            ({"city": "Smallville", "region": "TX", "country": "US"}, Zone("America/Chicago", "region", "medium")),
            ({"region": "oregon", "country": "US"}, Zone("America/Los_Angeles", "region", "medium")),
            ({"region": "ON", "country": "CA"}, Zone("America/Toronto", "region", "medium")),
            ({"region": "Nuevo León", "country": "MX"}, Zone("America/Monterrey", "region", "medium")),
            ({"phone": MANHATTAN, "country": "US"}, Zone("America/New_York", "phone", "medium")),
            ({"phone": OSAKA}, Zone("Asia/Tokyo", "phone", "medium")),
            ({"phone": MANHATTAN, "country": "JP"}, Zone("Asia/Tokyo", "country", "high")),
            ({"phone": "no number", "country": "JP"}, Zone("Asia/Tokyo", "country", "high")),
            ({"country": "US"}, Zone("America/New_York", "country", "low")),
            ({"country": "AU"}, Zone("Australia/Sydney", "country", "low")),
            ({"country": "DE"}, Zone("Europe/Berlin", "country", "high")),
            ({"country": "CN"}, Zone("Asia/Shanghai", "country", "high")),
            ({"fallback": "Asia/Shanghai"}, Zone("Asia/Shanghai", "firm", "low")),
            ({"fallback": "Moon/Sea"}, Zone("UTC", "firm", "low")),
            ({"country": "ZZ", "fallback": "Asia/Shanghai"}, Zone("Asia/Shanghai", "firm", "low")),
        ],
    )
    def test_trusts_the_nearest_fact(self, facts: dict[str, str], zone: Zone) -> None:
        assert zone_for(**facts) == zone

    def test_says_which_entry_was_wrong(self) -> None:
        zone = zone_for(contact_zone="Europe/Hamburg", country="AT")

        assert zone == Zone("Europe/Vienna", "country", "high", "'Europe/Hamburg' is no time zone.")
        assert zone_for(contact_zone="X", fallback="UTC").note == "'X' is no time zone."


class TestZoneOfCountry:
    def test_every_zone_of_the_table_exists(self) -> None:
        table = zones._table()
        named = [entry["zone"] for entry in table.values()]
        named += [zone for entry in table.values() for level in ("regions", "cities") for zone in entry.get(level, {})]

        assert [zone for zone in named if not zones.zone_info(zone)] == []
        listed = [names for entry in table.values() for level in ("regions", "cities")
                  for names in entry.get(level, {}).values()]  # fmt: skip
        # YAML reads a bare NO or ON as a truth value.
        assert all(isinstance(name, str) for names in listed for name in names)

    @pytest.mark.parametrize(
        ("country", "zone"), [("RU", "Europe/Moscow"), ("VN", "Asia/Ho_Chi_Minh"), ("", ""), ("ZZ", "")]
    )
    def test_is_the_business_centres(self, country: str, zone: str) -> None:
        assert zones.zone_of_country(country) == zone


class TestSpelling:
    @pytest.mark.parametrize(
        ("entered", "name"),
        [("europe/berlin", "Europe/Berlin"), ("America/New York", "America/New_York"), (" asia/tokyo ", "Asia/Tokyo")],
    )
    def test_capitals_and_spaces_are_forgiven(self, entered: str, name: str) -> None:
        assert zones.zone_for(contact_zone=entered, country="SA") == zones.Zone(name, "contact", "high")

    @pytest.mark.parametrize(
        "entered", ["UTC+8", "Mars/Olympus", "W. Europe Standard Time", "../etc/passwd", "x" * 500]
    )
    def test_what_is_no_zone_is_noted_and_the_next_fact_used(self, entered: str) -> None:
        found = zones.zone_for(contact_zone=entered, country="SA")

        assert (found.name, found.source) == ("Asia/Riyadh", "country")
        assert "is no time zone" in found.note

    def test_a_region_of_russia_has_its_own_clock(self) -> None:
        assert zones.zone_for(region="Приморский край", country="RU").name == "Asia/Vladivostok"
