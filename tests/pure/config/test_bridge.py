"""Pages behind the server's asynchronous interface."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator
from typing import Any

import pytest

from guanxi.config.bridge import PIECE, Bridge
from tests.doors.public import rsgi


class Page:
    """A WSGI application: notes what it was told, reads `reads` of the body, answers `pieces`."""

    def __init__(self, pieces: Iterable[bytes] = (b"",), reads: bool = True) -> None:
        self.pieces = pieces
        self.reads = reads
        self.told: dict[str, Any] = {}
        self.body = b""
        self.is_closed = False

    def __call__(self, environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        self.told = environ
        if self.reads:
            self.body = environ["wsgi.input"].read()
        start("201 Created", [("Set-Cookie", " a=1"), ("Set-Cookie", "b=2")])
        return self

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.pieces)

    def close(self) -> None:
        self.is_closed = True


def ask(page: Page, address: str = "/", **named: Any) -> rsgi.Protocol:
    return rsgi.ask(Bridge(page, threads=1), address, **named)


class TestTheRequest:
    def test_is_told_as_pep_3333_asks(self) -> None:
        page = Page()
        ask(page, "/p/张?q=%E5", method="HEAD", headers=[("host", "firm.example"), ("x-a", "1"), ("x-a", "2")])

        asked = {
            "REQUEST_METHOD": "HEAD", "PATH_INFO": "/p/张".encode().decode("latin-1"), "QUERY_STRING": "q=%E5",
            "REMOTE_ADDR": "203.0.113.9", "SERVER_NAME": "127.0.0.1", "SERVER_PORT": "8000",
            "HTTP_HOST": "firm.example", "HTTP_X_A": "1,2", "wsgi.url_scheme": "http", "SERVER_PROTOCOL": "HTTP/1.1",
        }  # fmt: skip
        assert asked.items() <= page.told.items()

    @pytest.mark.parametrize(("client", "address"), [("[2001:db8::7]:80", "2001:db8::7"), ("10.0.0.1:9", "10.0.0.1")])
    def test_comes_from_its_address(self, client: str, address: str) -> None:
        page = Page()
        ask(page, client=client)

        assert page.told["REMOTE_ADDR"] == address

    def test_believes_no_header_with_an_underscore(self) -> None:
        """RP-45: `X_Forwarded_For` would pass for the header that our own proxy writes."""
        page = Page()
        ask(page, headers=[("x_forwarded_for", "6.6.6.6"), ("x-forwarded-for", "198.51.100.1")])

        assert page.told["HTTP_X_FORWARDED_FOR"] == "198.51.100.1"

    def test_brings_its_body_in_pieces(self) -> None:
        page = Page()
        ask(page, method="POST", headers=[("content-length", "7")], body=[b"abc", b"", b"defg"])

        assert page.body == b"abcdefg"

    def test_that_breaks_off_is_no_whole_one(self) -> None:
        """A file half sent must not pass for the file."""
        with pytest.raises(OSError, match="hung up"):
            ask(Page(), method="POST", headers=[("content-length", "7")], body=[b"abc"])

    def test_whose_connection_breaks_is_no_whole_one(self, monkeypatch: pytest.MonkeyPatch) -> None:
        async def broken(_: rsgi.Protocol) -> AsyncIterator[bytes]:
            yield b"abc"
            raise RuntimeError("RSGI protocol error")

        monkeypatch.setattr(rsgi.Protocol, "__aiter__", broken)

        with pytest.raises(OSError, match="hung up"):
            ask(Page(), method="POST", headers=[("content-length", "7")])


class TestTheAnswer:
    def test_is_given_whole_with_every_header(self) -> None:
        page = Page([b"a", b"b"], reads=False)
        protocol = ask(page)

        assert (protocol.status, protocol.pieces, page.is_closed) == (201, [b"ab"], True)
        assert protocol.headers == [("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")]

    def test_that_is_long_goes_in_pieces(self) -> None:
        page = Page((b"x" * 4096 for _ in range(100)), reads=False)
        protocol = ask(page)

        assert [len(piece) for piece in protocol.pieces] == [PIECE, PIECE, PIECE, 4096 * 100 - 3 * PIECE]
        assert page.is_closed

    def test_is_closed_also_when_it_breaks(self) -> None:
        def broken() -> Iterator[bytes]:
            yield b"a"
            raise ValueError("no")

        page = Page(broken(), reads=False)

        with pytest.raises(ValueError, match="no"):
            ask(page)
        assert page.is_closed
