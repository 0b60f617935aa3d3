"""Numbers, names and pages by which a person is reached beside mail."""

import pytest

from guanxi.consent.channels import CHANNELS, BadChannel, BadReach, read_address


class TestReadAddress:
    @pytest.mark.parametrize(
        ("channel", "typed", "kept", "link"),
        [
            ("whatsapp", " +49 (40) 123-45 67", "+49401234567", "https://wa.me/49401234567"),
            ("whatsapp", "0086 138 0013 8000", "+8613800138000", "https://wa.me/8613800138000"),
            ("whatsapp", "13800138000", "13800138000", ""),  # without its country it is nobody's
            ("sms", "+49 151 2345678", "+491512345678", "sms:+491512345678"),
            ("wechat", "chen_wei-88", "chen_wei-88", ""),
            ("telegram", "@diego.garza", "diego.garza", "https://t.me/diego.garza"),
            ("line", "yuki", "yuki", "https://line.me/R/ti/p/~yuki"),
            ("linkedin", "lena-petersen", "https://www.linkedin.com/in/lena-petersen", None),
            ("linkedin", "de.linkedin.com/in/lena", "https://de.linkedin.com/in/lena", None),
            ("post", "Papierkai 17b,\n20457 Hamburg", "Papierkai 17b, 20457 Hamburg", ""),
        ],
    )
    def test_keeps_what_leads_there(self, channel: str, typed: str, kept: str, link: str | None) -> None:
        """X-17: another way is worked by a link, where it has one."""
        assert read_address(channel, typed) == kept
        assert CHANNELS[channel].link(kept) == (kept if link is None else link)

    @pytest.mark.parametrize(
        ("channel", "typed"),
        [
            ("whatsapp", "call me"), ("whatsapp", "123"), ("sms", "12345678 ext 9"), ("wechat", "chen wei"),
            ("linkedin", "https://linkedin.com.evil.example/in/lena"), ("linkedin", "javascript://linkedin.com/%0aalert(1)"),
            ("linkedin", "http://www.linkedin.com/in/lena"), ("linkedin", "https://www.linkedin.com/"),
        ],
    )  # fmt: skip
    def test_refuses_what_leads_to_nobody(self, channel: str, typed: str) -> None:
        """RS-25: a link leads to that site alone."""
        with pytest.raises(BadReach):
            read_address(channel, typed)

    def test_knows_no_other_way(self) -> None:
        with pytest.raises(BadChannel):
            read_address("pigeon", "coo")

    @pytest.mark.parametrize(("phone", "link"), [("+49 40 1234567", "tel:+49401234567"), ("ask Jan", "")])
    def test_dials_only_a_number(self, phone: str, link: str) -> None:
        assert CHANNELS["phone"].link(phone) == link
