"""When a mail may leave: working hours, weekends, holidays, holds, quiet hours, and the clock that jumps."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guanxi.culture import holds, profiles, windows, zones
from guanxi.culture.windows import Fitting, next_fitting_moment

RIYADH, OSAKA, HAMBURG = ("SA", "Asia/Riyadh"), ("JP", "Asia/Tokyo"), ("DE", "Europe/Berlin")
# First and last day of Ramadan, and Eid al-Fitr, as published (requirements.md section 6, group C).
GOLDEN = [
    (date(2025, 3, 1), date(2025, 3, 29), date(2025, 3, 30)),
    (date(2026, 2, 18), date(2026, 3, 19), date(2026, 3, 20)),
    (date(2027, 2, 8), date(2027, 3, 8), date(2027, 3, 9)),
]
KEEPS_RAMADAN = ["SA", "AE", "QA", "KW", "BH", "OM", "EG", "JO", "MA", "DZ", "TN", "IQ", "YE", "PK", "BD"]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def fit(now: datetime, place: tuple[str, str], kind: str = "marketing", **options: object) -> Fitting:
    return next_fitting_moment(now=now, country=place[0], zone=place[1], kind=kind, **options)  # type: ignore[arg-type]


def codes(fitting: Fitting) -> list[str]:
    return [reason.code for reason in fitting.reasons]


class TestRamadan:
    @pytest.mark.parametrize("country", KEEPS_RAMADAN)
    @pytest.mark.parametrize(("first", "last", "eid"), GOLDEN, ids=["2025", "2026", "2027"])
    def test_no_marketing_leaves_on_the_golden_days(self, country: str, first: date, last: date, eid: date) -> None:
        zone = zones.zone_of_country(country)
        moment = datetime.combine(first, datetime.min.time(), tzinfo=UTC) - timedelta(days=3)
        while moment.date() <= eid:
            leaves = fit(moment, (country, zone)).moment.astimezone(zones.zone_info(zone)).date()
            assert not first <= leaves <= eid
            assert fit(moment, (country, zone), "transactional").moment == moment
            moment += timedelta(hours=3)
        assert last + timedelta(days=1) == eid

    def test_names_the_hold_and_its_end(self) -> None:
        fitting = fit(at("2026-03-02T08:00"), RIYADH)

        ramadan = fitting.reasons[0]
        assert (ramadan.code, ramadan.detail["name"]) == ("ramadan", "Ramadan")
        assert ramadan.detail["until"] == "2026-03-19"
        assert ramadan.until == at("2026-03-19T21:00")
        assert {"ramadan", "eid_al_fitr", "public_holiday"} <= set(codes(fitting))
        assert fitting.moment == at("2026-03-25T06:00")

    def test_lets_service_mail_go_on(self) -> None:
        noon = at("2026-03-02T08:00")

        assert fit(noon, RIYADH, "service") == Fitting(noon)

    def test_lets_a_contact_opt_out(self) -> None:
        noon = at("2026-03-02T08:00")

        assert fit(noon, RIYADH, keeps_hold=False).moment == noon

    def test_opting_out_does_not_open_the_feast(self) -> None:
        assert "eid_al_fitr" in codes(fit(at("2026-03-20T08:00"), RIYADH, keeps_hold=False))

    @pytest.mark.parametrize(
        ("shift", "day", "is_held"),
        [(0, "2026-02-17", False), (-1, "2026-02-17", True), (0, "2026-02-18", True), (1, "2026-02-18", False)],
    )
    def test_moves_with_the_sighting_of_the_moon(self, shift: int, day: str, is_held: bool) -> None:
        fitting = fit(at(f"{day}T08:00"), RIYADH, ramadan_shift_days=shift)

        assert ("ramadan" in codes(fitting)) is is_held

    def test_does_not_hold_other_countries(self) -> None:
        assert fit(at("2026-03-02T09:00"), HAMBURG).reasons == ()


class TestMarketing:
    @pytest.mark.parametrize(
        ("case", "now", "place", "moment", "reasons"),
        [
            ("in working hours", "2026-05-13T08:00", HAMBURG, "2026-05-13T08:00", []),
            ("before work", "2026-05-13T05:30", HAMBURG, "2026-05-13T06:00", ["quiet_hours"]),
            ("after work", "2026-05-13T15:30", HAMBURG, "2026-05-15T06:00",
             ["outside_working_hours", "public_holiday"]),
            ("at night", "2026-05-12T20:00", HAMBURG, "2026-05-13T06:00", ["quiet_hours"]),
            ("on Saturday", "2026-05-16T10:00", HAMBURG, "2026-05-18T06:00", ["weekend"]),
            ("Friday evening", "2026-05-08T18:30", HAMBURG, "2026-05-11T06:00", ["quiet_hours", "weekend"]),
            ("on Friday in Riyadh", "2026-05-15T08:00", RIYADH, "2026-05-17T06:00", ["weekend"]),
            ("on Sunday in Riyadh", "2026-05-17T08:00", RIYADH, "2026-05-17T08:00", []),
            ("at Christmas", "2026-12-24T09:00", HAMBURG, "2027-01-04T07:00",
             ["christmas", "public_holiday", "weekend", "year_end"]),
            ("in Golden Week", "2026-04-30T02:00", OSAKA, "2026-05-07T00:00",
             ["golden_week_jp", "weekend", "public_holiday"]),
            ("Spring Festival", "2026-02-16T02:00", ("CN", "Asia/Shanghai"), "2026-02-25T01:00",
             ["spring_festival", "public_holiday", "weekend"]),
        ],
    )  # fmt: skip
    def test_waits_for_working_hours(
        self, case: str, now: str, place: tuple[str, str], moment: str, reasons: list[str]
    ) -> None:
        fitting = fit(at(now), place)

        assert fitting.moment == at(moment), case
        assert list(dict.fromkeys(codes(fitting))) == reasons, case

    def test_names_the_public_holiday(self) -> None:
        reasons = fit(at("2026-05-14T08:00"), HAMBURG).reasons

        assert [reason.detail["name"] for reason in reasons] == ["Ascension Day"]
        assert reasons[0].until == at("2026-05-14T22:00")

    def test_says_the_local_time(self) -> None:
        reason = fit(at("2026-05-12T20:00"), HAMBURG).reasons[0]

        assert reason.detail == {
            "local_time": "2026-05-12 22:00", "zone": "Europe/Berlin", "hours": "08:00–17:00",
            "opens_at": "2026-05-13T06:00:00+00:00",
        }  # fmt: skip


class TestService:
    @pytest.mark.parametrize(
        ("now", "place", "moment"),
        [
            ("2026-05-13T08:00", HAMBURG, "2026-05-13T08:00"),
            ("2026-05-16T10:00", HAMBURG, "2026-05-16T10:00"),
            ("2026-05-13T18:00", HAMBURG, "2026-05-14T06:00"),
            ("2026-05-13T03:00", HAMBURG, "2026-05-13T06:00"),
            ("2026-05-13T11:30", ("KR", "Asia/Seoul"), "2026-05-13T11:30"),
            ("2026-05-13T12:30", ("KR", "Asia/Seoul"), "2026-05-13T23:00"),
        ],
    )
    def test_waits_only_for_the_end_of_the_quiet_hours(self, now: str, place: tuple[str, str], moment: str) -> None:
        fitting = fit(at(now), place, "service")

        assert fitting.moment == at(moment)
        assert codes(fitting) == ([] if now == moment else ["quiet_hours"])


class TestUnknownPlaces:
    def test_an_unknown_zone_falls_back_to_the_countrys_with_a_note(self) -> None:
        fitting = fit(at("2026-05-13T08:00"), ("DE", "Europe/Hamburg"))

        assert codes(fitting) == ["unknown_zone"]
        assert fitting.reasons[0].detail == {"given": "Europe/Hamburg", "used": "Europe/Berlin"}
        assert fitting.moment == at("2026-05-13T08:00")

    def test_an_unknown_country_has_the_default_hours(self) -> None:
        fitting = fit(at("2026-05-13T08:00"), ("", ""))

        assert fitting.moment == at("2026-05-13T09:00")
        assert codes(fitting) == ["unknown_zone", "outside_working_hours"]

    def test_an_unknown_kind_is_refused(self) -> None:
        with pytest.raises(ValueError, match="transactional"):
            fit(at("2026-05-13T08:00"), HAMBURG, "newsletter")

    def test_a_mail_goes_out_rather_than_never(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(windows, "_LONGEST_SEARCH_DAYS", 2)
        windows._next_working_day.cache_clear()

        fitting = fit(at("2026-03-02T08:00"), ("KW", "Asia/Kuwait"))

        windows._next_working_day.cache_clear()
        assert fitting.moment == at("2026-03-04T06:00")


class TestJumpingClocks:
    def test_quiet_hours_that_end_in_a_gap_end_after_it(self) -> None:
        # Cairo jumps from 00:00 to 01:00 on Friday, 24 April 2026.
        gap = windows._moment(
            date(2026, 4, 24), datetime.min.time(), zones.zone_info("Africa/Cairo"), at("2026-04-23T12:00")
        )  # type: ignore[arg-type]

        assert gap == at("2026-04-23T22:00")

    def test_an_hour_that_comes_twice_never_leads_backwards(self) -> None:
        # Berlin's 02:30 of 25 October 2026 comes at 00:30 and at 01:30 UTC.
        place = zones.zone_info("Europe/Berlin")
        half_past_two = datetime.min.time().replace(hour=2, minute=30)

        assert windows._moment(date(2026, 10, 25), half_past_two, place, at("2026-10-25T00:10")) == at(
            "2026-10-25T00:30"
        )  # type: ignore[arg-type]
        assert windows._moment(date(2026, 10, 25), half_past_two, place, at("2026-10-25T01:10")) == at(
            "2026-10-25T01:30"
        )  # type: ignore[arg-type]

    @given(
        now=st.datetimes(min_value=datetime(2024, 1, 1), max_value=datetime(2028, 12, 31), timezones=st.just(UTC)),
        country=st.sampled_from(["DE", "JP", "SA", "EG", "US", "CL", "IL", "AU", "IR", "GB"]),
        kind=st.sampled_from(["service", "marketing"]),
    )
    def test_the_moment_found_is_never_early_and_fits(self, now: datetime, country: str, kind: str) -> None:
        place = (country, zones.zone_of_country(country))

        found = fit(now, place, kind).moment

        assert found >= now
        assert fit(found, place, kind) == Fitting(found)
        if kind == "marketing":
            local = found.astimezone(zones.zone_info(place[1]))
            assert profiles.profile_for(country).working_hours.holds(local.time())


class TestClasses:
    """promotion_hold, greeting_window, working_time_only, firm_closed."""

    def test_a_greeting_leaves_on_its_feast_only(self) -> None:
        """C-06, J-21.2: the Eid greeting on the day of the feast, which is a holiday; nothing else."""
        feast = at("2026-03-20T08:00")

        assert fit(feast, RIYADH, occasion="eid_al_fitr").moment == feast
        assert fit(feast, RIYADH, occasion="eid_al_adha").moment > feast
        assert fit(feast, RIYADH).moment > feast
        assert fit(at("2026-03-10T08:00"), RIYADH, occasion="eid_al_fitr").moment == at("2026-03-20T06:00")

    def test_a_greeting_keeps_to_the_working_hours(self) -> None:
        assert fit(at("2026-03-20T01:00"), RIYADH, occasion="eid_al_fitr").moment == at("2026-03-20T06:00")

    def test_a_promotion_hold_opens_for_no_occasion(self) -> None:
        """C-05: Ramadan is no feast to promote in."""
        assert fit(at("2026-03-02T08:00"), RIYADH, occasion="ramadan").moment > at("2026-03-19T00:00")

    def test_working_time_only_shortens_the_day(self) -> None:
        jakarta = ("ID", "Asia/Jakarta")

        assert fit(at("2026-03-03T01:10"), jakarta).moment == at("2026-03-03T02:30")
        assert fit(at("2026-03-03T08:30"), jakarta).moment == at("2026-03-04T02:30")
        assert fit(at("2026-02-03T08:30"), jakarta).moment == at("2026-02-03T08:30")

    def test_who_opts_out_of_ramadan_is_written_to_in_its_hours(self) -> None:
        assert fit(at("2026-03-02T06:00"), RIYADH, keeps_hold=False).moment == at("2026-03-02T07:00")
        assert fit(at("2026-03-02T12:30"), RIYADH, keeps_hold=False).moment == at("2026-03-03T07:00")

    def test_the_firms_own_closure_holds_mail_everywhere(self) -> None:
        """Spring Festival on both sides."""
        china = profiles.profile_for("CN")

        fitting = fit(at("2026-02-18T09:00"), HAMBURG, firm=china)

        assert fitting.moment == at("2026-02-25T07:00")
        assert "firm_closed" in codes(fitting)
        assert fit(at("2026-02-18T09:00"), HAMBURG).moment == at("2026-02-18T09:00")
        assert fit(at("2026-02-18T09:00"), HAMBURG, "service", firm=china).moment == at("2026-02-18T09:00")

    @pytest.mark.parametrize("country", ["CN", "TW", "HK", "MO", "SG", "MY", "VN", "KR"])
    def test_readers_of_the_lunar_new_year_are_left_in_peace(self, country: str) -> None:
        day = date(2026, 2, 17)

        assert {"spring_festival", "lunar_new_year", "tet"} & {rest.code for rest in holds.rests_on(country, day)}

    def test_one_country_moves_with_its_own_moon(self) -> None:
        """CN-25: ±1 day, by country as well."""
        late = profiles.profile_of("PK", (("PK", "moon_shift_days", "1"),))
        first = at("2026-02-18T06:00")

        assert fit(first, ("PK", "Asia/Karachi"), profile=late).moment == first
        assert fit(first, ("PK", "Asia/Karachi")).moment > first
