"""Profiles of countries: what they say, and what is only assumed."""

from __future__ import annotations

from datetime import time
from pathlib import Path

import pytest

from guanxi.culture import hold_kinds, profiles
from guanxi.kernel import places

MARKETS = [
    "US", "CA", "MX", "BR", "AR", "CL", "JP", "KR", "CN", "TW", "HK", "SG", "MY", "TH", "VN",
    "ID", "PH", "IN", "PK", "BD", "AU", "NZ", "ZA", "NG", "KE", "EG", "MA", "SA", "AE", "QA",
    "KW", "TR", "IL", "RU", "UA", "KZ", "CH", "NO", "GB",
]  # fmt: skip


class TestProfileFor:
    @pytest.mark.parametrize("country", [*MARKETS, *sorted(places.EU)])
    def test_every_market_has_a_profile(self, country: str) -> None:
        assert country in profiles.known_countries()

    @pytest.mark.parametrize("country", profiles.known_countries())
    def test_every_profile_is_sound(self, country: str) -> None:
        profile = profiles.profile_for(country)

        assert places.is_country(country)
        assert all(places.is_language(tag) for tag in profile.languages)
        assert set(profile.holds) <= set(hold_kinds.all_holds())
        assert profile.working_hours.begin < profile.working_hours.end
        assert not profile.quiet_hours.holds(profile.morning)
        assert len((profiles.FOLDER / f"{country}.yaml").read_text("utf-8").splitlines()) <= 30

    def test_tells_what_is_assumed(self) -> None:
        germany = profiles.profile_for("DE")

        assert "weekend" in germany.defaults
        assert "languages" not in germany.defaults
        assert germany.languages == ("de", "en")
        assert germany.law.source == "UWG § 7"

    def test_an_unknown_country_is_all_default(self) -> None:
        nowhere = profiles.profile_for("ZZ")

        assert nowhere.languages == ("en",)
        assert {"weekend", "law.basis", "quiet_hours"} <= nowhere.defaults
        assert profiles.profile_for("../DE").defaults == nowhere.defaults

    @pytest.mark.parametrize(
        ("country", "days"),
        [
            ("SA", {4, 5}),
            ("AE", {5, 6}),
            ("EG", {4, 5}),
            ("MA", {5, 6}),
            ("IL", {4, 5}),
            ("BD", {4, 5}),
            ("DE", {5, 6}),
        ],
    )
    def test_knows_the_weekend(self, country: str, days: set[int]) -> None:
        assert profiles.profile_for(country).weekend == days

    @pytest.mark.parametrize(("country", "mark"), [("CN", "AD "), ("KR", "(광고) "), ("US", ""), ("DE", "")])
    def test_knows_how_advertising_is_marked(self, country: str, mark: str) -> None:
        assert profiles.profile_for(country).law.subject_prefix == mark

    def test_japan_asks_for_rank_and_modesty(self) -> None:
        japan = profiles.profile_for("JP")

        assert (japan.address_by, japan.modest_close, japan.name_order) == ("position", True, "family_first")

    @pytest.mark.parametrize(
        "line",
        ["weekend: [fri, sat, sun, mon, tue, wed]", "name_order: any", "law: {basis: none}", "quiet_hours: [8, 9]"],
    )
    def test_names_the_file_of_a_mistake(self, line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "_default.yaml").write_text((profiles.FOLDER / "_default.yaml").read_text("utf-8"), "utf-8")
        (tmp_path / "QQ.yaml").write_text(line, "utf-8")
        monkeypatch.setattr(profiles, "FOLDER", tmp_path)

        with pytest.raises(profiles.BadProfile, match=r"QQ\.yaml"):
            profiles.profile_of.__wrapped__("QQ")


class TestHours:
    @pytest.mark.parametrize(("at", "answer"), [(8, False), (9, True), (16, True), (17, False)])
    def test_hold_within_a_day(self, at: int, answer: bool) -> None:
        assert profiles.Hours(time(9), time(17)).holds(time(at)) is answer

    @pytest.mark.parametrize(("at", "answer"), [(19, False), (20, True), (0, True), (7, True), (8, False)])
    def test_run_over_midnight(self, at: int, answer: bool) -> None:
        assert profiles.Hours(time(20), time(8)).holds(time(at)) is answer
