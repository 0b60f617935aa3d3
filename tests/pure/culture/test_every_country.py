"""Every country the product names has a whole profile: walked field by field (C-01, RL-18)."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pytest

from guanxi.culture import calendars, formats, greeting, hold_kinds, holds, profiles, windows, zones
from guanxi.culture.reader import Reader
from guanxi.kernel import places

LISTED = [
    *sorted(places.EU),
    "GB", "US", "CA", "MX", "BR", "AR", "CL", "JP", "KR", "CN", "TW", "HK", "SG", "MY", "TH", "VN", "ID", "PH", "IN",
    "PK", "BD", "AU", "NZ", "ZA", "NG", "KE", "EG", "MA", "SA", "AE", "QA", "KW", "TR", "IL", "RU", "UA", "KZ",
]  # fmt: skip
EACH = pytest.mark.parametrize("country", LISTED)
# Read with care: every listed country but these names the law its values come from.
WITHOUT_A_LAW_OF_ITS_OWN = {"PK", "BD"}
NO_HOLIDAYS = {"UA"}


@EACH
class TestEveryListedCountry:
    def test_has_a_profile_of_its_own(self, country: str) -> None:
        assert country in profiles.known_countries()

    def test_says_how_one_writes(self, country: str) -> None:
        profile = profiles.profile_for(country)
        reader = Reader(given_name="Ana", family_name="Torres", gender="f", country=country)

        assert all(places.is_language(tag) for tag in profile.languages)
        assert {profile.name_order} <= set(profiles.NAME_ORDERS)
        assert {profile.address_by} <= set(profiles.FORMS_OF_ADDRESS)
        for tag in profile.languages:
            assert (
                "Torres" in greeting.greeting_for(reader, tag)
                or "Ana" in greeting.greeting_for(reader, tag)
                or (
                    tag in ("pl", "cs")  # Polish and Czech decline names: they are left out.
                )
            )
            assert greeting.closing_for(reader, tag).strip()
            assert "{" not in greeting.greeting_for(reader, tag) + greeting.greeting_for(Reader(country=country), tag)

    def test_says_when_one_writes(self, country: str) -> None:
        profile = profiles.profile_for(country)

        assert 1 <= len(profile.weekend) <= 2
        assert time(7) <= profile.working_hours.begin < profile.working_hours.end <= time(19)
        assert profile.quiet_hours.holds(time(3))
        assert bool(holds.public_holidays(country, 2026)) is (country not in NO_HOLIDAYS)
        assert all(hold_kinds.hold(code).kind in hold_kinds.CLASSES for code in (*profile.holds, *profile.closures))

    def test_forms_dates_numbers_and_money(self, country: str) -> None:
        profile = profiles.profile_for(country)
        tag = formats.reader_locale(profile.languages[0], country, profile.locale)

        assert "2026" in formats.format_date(date(2026, 4, 3), tag) or country == "TH"
        assert formats.format_number(Decimal("1234.5"), tag)
        assert formats.format_money(Decimal("10"), "USD", tag)

    def test_says_what_the_law_asks(self, country: str) -> None:
        law = profiles.profile_for(country).law

        assert {law.basis, law.basis_b2b} <= set(profiles.BASES)
        assert law.unsubscribe_works_days >= 30
        assert 0 < law.unsubscribe_days <= 10
        assert bool(law.source) is (country not in WITHOUT_A_LAW_OF_ITS_OWN)

    def test_has_a_clock(self, country: str) -> None:
        assert zones.zone_info(zones.zone_of_country(country)) is not None

    def test_lets_marketing_leave_within_a_month(self, country: str) -> None:
        """Whatever the moment of the year, a fitting one comes; transactional mail never waits."""
        zone = zones.zone_of_country(country)
        moment = datetime(2026, 1, 1, 22, 30, tzinfo=UTC)
        while moment.year == 2026:
            fitting = windows.next_fitting_moment(now=moment, country=country, zone=zone, kind="marketing")
            local = fitting.moment.astimezone(zones.zone_info(zone))
            assert timedelta(0) <= fitting.moment - moment < timedelta(days=45)
            assert not holds.rests_on(country, local.date())
            moment += timedelta(days=9, hours=5)

    def test_has_a_calendar(self, country: str) -> None:
        year = calendars.year_of(country, 2026)

        assert len(year.months) == 12
        assert {cell.day.month for week in year.months[1] for cell in week if cell} == {2}


class TestLaw:
    def test_china_marks_advertising_and_asks_for_explicit_consent(self) -> None:
        """RL-16: subject begins AD or 广告, consent beforehand, the way out works at least 30 days."""
        law = profiles.profile_for("CN").law

        assert (law.subject_prefix, law.basis, law.basis_b2b) == ("AD ", "opt_in", "opt_in")
        assert law.unsubscribe_works_days >= 30

    def test_korea_forbids_the_night(self) -> None:
        """RL-18: no marketing from 21:00 to 08:00; the subject says it is advertising."""
        law = profiles.profile_for("KR").law

        assert (str(law.night_ban), law.subject_prefix) == ("21:00–08:00", "(광고) ")
        for hour in range(24):
            moment = datetime(2026, 5, 13, hour, 30, tzinfo=UTC)
            fitting = windows.next_fitting_moment(now=moment, country="KR", zone="Asia/Seoul", kind="marketing")
            local = fitting.moment.astimezone(zones.zone_info("Asia/Seoul")).time()
            assert not law.night_ban.holds(local)

    def test_other_laws_are_values_too(self) -> None:
        """RL-18: five working days in Australia, opt-in records in Japan, the LGPD in Brazil."""
        assert profiles.profile_for("AU").law.unsubscribe_days == 5
        assert profiles.profile_for("JP").law.keeps_proof
        assert "LGPD" in profiles.profile_for("BR").law.source

    def test_an_implied_permission_runs_out_in_canada(self) -> None:
        """RL-15: two years after a purchase, six months after an inquiry."""
        law = profiles.profile_for("CA").law

        assert (law.purchase_months, law.inquiry_months) == (24, 6)

    @pytest.mark.parametrize(
        ("country", "kind", "basis"),
        [("GB", "b2b", "opt_out"), ("GB", "b2c", "soft_opt_in"), ("DE", "b2b", "soft_opt_in"), ("CN", "b2b", "opt_in"),
         ("JP", "b2b", "soft_opt_in"), ("JP", "b2c", "opt_in"), ("US", "", "opt_out")],
    )  # fmt: skip
    def test_tells_firms_from_persons(self, country: str, kind: str, basis: str) -> None:
        law = profiles.profile_for(country).law

        assert law.basis_for(kind) == basis
        assert law.allows_soft_opt_in(kind) is (basis != "opt_in")
