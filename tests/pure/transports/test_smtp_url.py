"""The mail server's address in the environment."""

import pytest

from guanxi.transports.smtp_url import OddSmtpUrl, Server, parse


class TestParse:
    @pytest.mark.parametrize(
        ("url", "server"),
        [
            ("smtp://mail.example", Server("mail.example", 587)),
            ("smtps://mail.example", Server("mail.example", 465, is_tls=True)),
            ("smtp://127.0.0.1:2525", Server("127.0.0.1", 2525)),
            (
                "smtp://a%40b.example:p%2Fw%23@mail.example:25",
                Server("mail.example", 25, user="a@b.example", password="p/w#"),
            ),
            (
                "smtp://mail.example?starttls=always&connections=3&name=crm.example",
                Server("mail.example", 587, starttls="always", connections=3, name="crm.example"),
            ),
            ("smtp://[::1]:25", Server("::1", 25)),
        ],
    )
    def test_reads_host_user_and_options(self, url: str, server: Server) -> None:
        assert parse(url) == server

    @pytest.mark.parametrize(
        "url",
        ["mail.example", "http://mail.example", "smtp://", "smtp://mail.example:0", "smtp://mail.example:x",
         "smtp://mail.example:99999", "smtp://ada@mail.example", "smtp://mail.example/path", "smtp://mail.example#x",
         "smtp://mail.example?tls=1", "smtp://mail.example?starttls=perhaps", "smtp://mail.example?connections=0",
         "smtp://mail.example?connections=many", "smtp://mail.example?name=a%20b",
         "smtp://ada:secret@mail.example?starttls=never"],
    )  # fmt: skip
    def test_says_what_is_odd(self, url: str) -> None:
        with pytest.raises(OddSmtpUrl) as caught:
            parse(url)

        assert str(caught.value).endswith(".")
        assert "secret" not in str(caught.value)


class TestServer:
    @pytest.mark.parametrize(
        ("host", "local"),
        [("localhost", True), ("127.0.0.1", True), ("::1", True), ("10.0.0.1", False), ("a.example", False)],
    )
    def test_knows_this_machine(self, host: str, local: bool) -> None:
        assert Server(host, 25).is_local == local
