"""What people write for a country, a currency, a language, a zone."""

from __future__ import annotations

import pytest

from guanxi.kernel import places


class TestCountryCode:
    @pytest.mark.parametrize(
        ("text", "code"),
        [
            ("DE", "DE"), ("de", "DE"), (" gb ", "GB"), ("DEU", "DE"), ("usa", "US"), ("GBR", "GB"),
            ("Germany", "DE"), ("United Kingdom", "GB"), ("United States", "US"), ("South Korea", "KR"),
            ("Hong Kong SAR China", "HK"), ("Hong Kong", "HK"), ("Türkiye", "TR"), ("Turkey", "TR"),
            ("Côte d’Ivoire", "CI"), ("Cote d'Ivoire", "CI"), ("Ivory Coast", "CI"), ("Viet Nam", "VN"),
            ("Trinidad & Tobago", "TT"), ("Trinidad and Tobago", "TT"), ("Bosnia and Herzegovina", "BA"),
            ("德国", "DE"), ("美国", "US"), ("台湾", "TW"), ("臺灣", "TW"), ("中国香港", "HK"), ("沙特阿拉伯", "SA"),
            ("日本", "JP"), ("日本国", ""), ("Deutschland", "DE"), ("España", "ES"), ("México", "MX"),
            ("Россия", "RU"), ("대한민국", "KR"), ("السعودية", ""), ("المملكة العربية السعودية", "SA"),
        ],
    )  # fmt: skip
    def test_reads_codes_and_names(self, text: str, code: str) -> None:
        assert places.country_code(text) == code

    @pytest.mark.parametrize(
        ("text", "code"),
        [
            ("EIRE", "IE"), ("RSA", "ZA"), ("USA", "US"), ("U.S.A.", "US"), ("UK", "GB"), ("U.K.", "GB"),
            ("England", "GB"), ("Channel Islands", "JE"), ("U.A.E.", "AE"), ("UAE", "AE"), ("Korea", "KR"),
            ("Korea, Republic of", "KR"), ("Czech Republic", "CZ"), ("Holland", "NL"), ("KSA", "SA"),
            ("P.R. China", "CN"), ("英国(UK)", "GB"), ("Germany (DE)", "DE"), ("美国US", "US"), ("Taiwan, China", "TW"),
            ("Georgia (USA)", ""), ("Russian Federation", "RU"), ("Iran, Islamic Republic of", "IR"),
        ],
    )  # fmt: skip
    def test_reads_what_traders_write(self, text: str, code: str) -> None:
        assert places.country_code(text) == code

    @pytest.mark.parametrize("text", ["", "Unspecified", "European Community", "EU", "Atlantis", "XX", "其他", "?"])
    def test_is_empty_when_no_country_is_named(self, text: str) -> None:
        assert places.country_code(text) == ""

    def test_knows_every_country_of_the_online_retail_file(self) -> None:
        written = [
            "United Kingdom", "France", "Australia", "Netherlands", "Germany", "Norway",
            "EIRE", "Switzerland", "Spain", "Poland", "Portugal", "Italy",
            "Belgium", "Lithuania", "Japan", "Iceland", "Channel Islands", "Denmark",
            "Cyprus", "Sweden", "Austria", "Israel", "Finland", "Bahrain",
            "Greece", "Hong Kong", "Singapore", "Lebanon", "United Arab Emirates", "Saudi Arabia",
            "Czech Republic", "Canada", "Brazil", "USA", "Malta", "RSA",
        ]  # fmt: skip

        assert [name for name in written if not places.country_code(name)] == []

    def test_reads_back_every_name_it_gives(self) -> None:
        for code in sorted(places._countries()):
            assert places.country_code(places.country_name(code, "en")) == code
            assert places.country_code(places.country_name(code, "zh-Hans")) == code


class TestCountryName:
    @pytest.mark.parametrize(
        ("code", "language", "name"),
        [
            ("DE", "en", "Germany"), ("DE", "zh-Hans", "德国"), ("DE", "zh-hans", "德国"), ("DE", "de", "Deutschland"),
            ("JP", "ja", "日本"), ("DE", "tlh", "Germany"), ("??", "en", "??"),
            ("TW", "zh-hans", "中国台湾"), ("HK", "zh-Hans", "中国香港"), ("MO", "zh-Hans", "中国澳门"),
            ("TW", "en", "Taiwan"),
        ],
    )  # fmt: skip
    def test_speaks_the_readers_language(self, code: str, language: str, name: str) -> None:
        assert places.country_name(code, language) == name


class TestLanguageName:
    @pytest.mark.parametrize(
        ("tag", "language", "name"),
        [
            ("de", "en", "German"), ("de", "zh-hans", "德语"), ("zh-Hans", "zh-hans", "简体中文"),
            ("pt-BR", "en", "Brazilian Portuguese"), ("de-LU", "en", "German"), ("x!", "en", "x!"),
        ],
    )  # fmt: skip
    def test_speaks_the_readers_language(self, tag: str, language: str, name: str) -> None:
        assert places.language_name(tag, language) == name


class TestCurrencyCode:
    @pytest.mark.parametrize(
        ("text", "country", "code"),
        [
            ("USD", "", "USD"), ("eur", "", "EUR"), ("US$", "", "USD"), ("€", "", "EUR"), ("£", "", "GBP"),
            ("RMB", "", "CNY"), ("人民币", "", "CNY"), ("CN¥", "", "CNY"), ("元", "", "CNY"), ("美元", "", "USD"),
            ("US Dollar", "", "USD"), ("Chinese Yuan", "", "CNY"), ("日元", "", "JPY"), ("HK$", "", "HKD"),
            ("¥", "CN", "CNY"), ("¥", "JP", "JPY"), ("¥", "DE", ""), ("¥", "", ""), ("￥", "CN", "CNY"),
            ("$", "", "USD"), ("$", "CA", "CAD"), ("$", "MX", "MXN"), ("$", "DE", "USD"), ("kr", "NO", "NOK"),
            ("kr", "", ""), ("Rs.", "PK", "PKR"), ("XXXX", "", ""), ("", "", ""), ("$", "??", "USD"),
        ],
    )  # fmt: skip
    def test_reads_codes_signs_and_names(self, text: str, country: str, code: str) -> None:
        assert places.currency_code(text, country) == code


class TestChecks:
    @pytest.mark.parametrize(
        ("name", "answer"), [("Asia/Shanghai", True), ("Europe/Berlin", True), ("Mars/Base", False), ("", False)]
    )
    def test_time_zones(self, name: str, answer: bool) -> None:
        assert places.is_time_zone(name) is answer

    @pytest.mark.parametrize(
        ("tag", "answer"),
        [
            ("de", True),
            ("zh-Hans", True),
            ("zh_hans", True),
            ("pt-BR", True),
            ("xx", False),
            ("", False),
            ("q!", False),
        ],
    )
    def test_languages(self, tag: str, answer: bool) -> None:
        assert places.is_language(tag) is answer

    def test_the_union_has_its_members(self) -> None:
        assert len(places.EU) == 27
        assert all(places.is_country(code) for code in places.EU)
        assert not places.is_country("EU")
