"""Addresses as they go over the wire."""

import pytest

from guanxi.transports.addresses import BadAddress, needs_smtputf8, wire_address


class TestWireAddress:
    @pytest.mark.parametrize(
        ("given", "wire"),
        [
            ("lena@straße.de", "lena@xn--strae-oqa.de"),
            ("Lena@Example.DE", "Lena@example.de"),
            ("用户@例え.jp", "用户@xn--r8jz45g.jp"),
            ("root@localhost", "root@localhost"),
            ("o'brien+tag@example.ie", "o'brien+tag@example.ie"),
        ],
    )
    def test_uses_idna_2008(self, given: str, wire: str) -> None:
        """RP-09."""
        assert wire_address(given) == wire

    @pytest.mark.parametrize(
        "given",
        ["", "lena", "@a.de", "lena@", "-f@a.de", ".a@b.de", "a.@b.de", "a..b@c.de", "a b@c.de", "a@b c.de",
         "a\n@b.de", "a@b.de>", "a@b@c.de", "a" * 65 + "@b.de", "é" * 33 + "@b.de", "a@-b.de", "a@" + "b" * 64 + ".de",
         "a@" + ".".join(["b" * 60] * 5), "a@\u200b.de"],
    )  # fmt: skip
    def test_refuses_what_no_server_takes(self, given: str) -> None:
        with pytest.raises(BadAddress):
            wire_address(given)


class TestNeedsSmtputf8:
    def test_looks_at_the_local_part_only(self) -> None:
        assert needs_smtputf8("用户@例え.jp")
        assert not needs_smtputf8("lena@straße.de")
