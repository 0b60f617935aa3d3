"""When two records are one contact."""

import pytest

from guanxi.ledger.identity import BadAddress, canonical_domain, canonical_email, canonical_phone, firm_domain


class TestCanonicalEmail:
    @pytest.mark.parametrize(
        ("given", "key"),
        [
            ("Lena@Example.DE", "lena@example.de"),  # case
            ("  lena@example.de ", "lena@example.de"),  # blanks around
            ("mailto:lena@example.de", "lena@example.de"),  # copied link
            ("ｌena@example.de", "lena@example.de"),  # full-width letter
            ("lena@straße.de", "lena@xn--strae-oqa.de"),  # IDNA 2008, not strasse.de
            ("用户@例え.jp", "用户@xn--r8jz45g.jp"),  # international local part stays
            ("o'brien@example.ie", "o'brien@example.ie"),  # apostrophe is allowed
            ("lena+shop@example.de", "lena+shop@example.de"),  # a tag is another address
            ("lena@example.de.", "lena@example.de"),  # root dot
        ],
    )
    def test_finds_the_same_address_again(self, given: str, key: str) -> None:
        assert canonical_email(given) == key

    @pytest.mark.parametrize(
        "given",
        [
            "", "lena", "@example.de", "lena@", "lena@localhost", "lena@@example.de", "le na@example.de",
            "-f@example.de", ".lena@example.de", "lena.@example.de", "le..na@example.de", "lena@-example.de",
            "lena@exam ple.de", "lena@127.0.0.1", "lena@[127.0.0.1]", "lena\n@example.de", "lena\x00@example.de",
            "le\u200bna@example.de", "lena@example.de\r\nBcc: x@y.z", "a" * 65 + "@example.de",
            "lena@" + "a" * 64 + ".de", "l@" + ".".join(["a" * 60] * 5) + ".de", '"lena"@example.de',
        ],
    )  # fmt: skip
    def test_refuses_what_cannot_be_mailed_to(self, given: str) -> None:
        with pytest.raises(BadAddress):
            canonical_email(given)

    def test_counts_octets_not_letters(self) -> None:
        assert canonical_email("é" * 32 + "@example.de")

        with pytest.raises(BadAddress, match="64 octets"):
            canonical_email("é" * 33 + "@example.de")

    def test_is_its_own_canonical_form(self) -> None:
        key = canonical_email("Lena@Straße.DE")

        assert canonical_email(key) == key


class TestDomains:
    def test_reads_a_bare_domain(self) -> None:
        assert canonical_domain("WWW.Example.COM") == "www.example.com"

    @pytest.mark.parametrize(("key", "domain"), [("a@acme.de", "acme.de"), ("a@qq.com", ""), ("a@gmail.com", "")])
    def test_tells_a_firm_from_a_shared_mail_host(self, key: str, domain: str) -> None:
        assert firm_domain(key) == domain


class TestCanonicalPhone:
    @pytest.mark.parametrize(
        ("text", "country", "expected"),
        [
            ("+86 138 0013 8000", "", "+8613800138000"),  # international form
            ("040 123456", "DE", "+4940123456"),  # national form with its country
            ("040 123456", "", ""),  # national form alone says nothing
            ("call me", "DE", ""),
            ("123", "DE", ""),  # too short to be valid
        ],
    )
    def test_gives_e164_or_nothing(self, text: str, country: str, expected: str) -> None:
        assert canonical_phone(text, country) == expected
