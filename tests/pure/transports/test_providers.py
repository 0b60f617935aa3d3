"""Providers: their SMTP entrances, and their APIs against a fake on this machine (RD-10)."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote_plus

import pytest

from guanxi.transports import of
from guanxi.transports.api import Api
from guanxi.transports.base import Envelope
from guanxi.transports.providers import PROVIDERS
from guanxi.transports.smtp import Smtp
from guanxi.transports.smtp_url import OddSmtpUrl
from tests.cast import NOW
from tests.faults.servers import FaultServer
from tests.pure.transports.test_dkim import MAIL
from tests.pure.transports.test_smtp import dead_url, envelope

from guanxi.transports.compose import compose  # isort: skip

BY_API = ("postmark", "mailgun", "brevo")
ANSWERS: dict[str, tuple[bytes, dict[str, str]]] = {
    "postmark": (b'{"ErrorCode":0,"Message":"OK","MessageID":"pm-1","To":"yuki@osaka.example"}', {}),
    "mailgun": (b'{"id":"<mg-1@ningbo-firm.example>","message":"Queued. Thank you."}', {}),
    "brevo": (b'{"messageId":"<br-1@smtp-relay.example>"}', {}),
}
IDS = {"postmark": "pm-1", "mailgun": "<mg-1@ningbo-firm.example>", "brevo": "<br-1@smtp-relay.example>"}
CODES = {"brevo": 201}


class Fake:
    """Keeps the requests; `script` holds (status, body) to answer with first, None for hanging up."""

    def __init__(self, key: str, *script: tuple[int, bytes] | None) -> None:
        self.key, self.script = key, list(script)
        self.requests: list[tuple[str, dict[str, str], bytes]] = []

    def answer(self) -> tuple[int, bytes] | None:
        if self.script:
            return self.script.pop(0)
        return CODES.get(self.key, 200), ANSWERS[self.key][0]


@contextmanager
def fake(key: str, *script: tuple[int, bytes] | None) -> Iterator[tuple[Fake, Api]]:
    books = Fake(key, *script)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            books.requests.append((self.path, dict(self.headers), body))
            answer = books.answer()
            if answer is None:
                self.connection.close()
                return
            self.send_response(answer[0])
            for name, value in ANSWERS[key][1].items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer[1])))
            self.end_headers()
            self.wfile.write(answer[1])

        def log_message(self, *_: Any) -> None:
            return None

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    url = f"http://127.0.0.1:{server.server_port}/"
    transport = of(key, settings={"via": "api", "api_url": url, "sender_domain": "ningbo-firm.example"}, secret="key")
    assert isinstance(transport, Api)
    try:
        yield books, transport
    finally:
        transport.close()
        server.shutdown()
        server.server_close()
        thread.join()


def letter() -> Envelope:
    return Envelope("sales@ningbo-firm.example", "yuki@osaka.example", compose(MAIL), MAIL.message_id, NOW)


@pytest.mark.parametrize("key", BY_API)
class TestApi:
    def test_takes_the_mail_with_both_unsubscribe_headers(self, key: str) -> None:
        """RD-10, RP-01: what the provider is told, and its own id of the message."""
        with fake(key) as (books, transport):
            [receipt] = transport.carry([letter()])

        assert (receipt.outcome, receipt.phase) == ("accepted", "done")
        assert receipt.provider_id == IDS.get(key, receipt.provider_id) != ""
        [(_, _, body)] = books.requests
        text = unquote_plus(body.decode("utf-8", "replace"))
        assert "One-Click" in text
        assert "/p/u/abc" in text
        assert "Guten Tag" in text
        assert "1@ningbo-firm.example" in text

    @pytest.mark.parametrize(
        ("answer", "outcome", "reason"),
        [
            ((429, b"{}"), "rate_limited", "rate"),
            ((401, b"{}"), "blocked", "authentication"),
            ((400, b'{"message":"invalid recipient"}'), "failed", "no_such_mailbox"),
            ((422, b'{"message":"no"}'), "failed", "policy"),
            ((500, b"{}"), "deferred", "temporary"),
            ((504, b"{}"), "uncertain", "lost"),
            (None, "uncertain", "lost"),
        ],
    )
    def test_says_what_it_knows_and_no_more(
        self, key: str, answer: tuple[int, bytes] | None, outcome: str, reason: str
    ) -> None:
        """RD-10, RP-18: silence after the request went out is uncertain."""
        with fake(key, answer) as (_, transport):
            [receipt] = transport.carry([letter()])

        assert (receipt.outcome, receipt.reason) == (outcome, reason), receipt

    def test_knows_that_nobody_listened(self, key: str) -> None:
        url = dead_url().replace("smtp", "http") + "/"
        settings = {"via": "api", "api_url": url, "sender_domain": "ningbo-firm.example"}
        transport = of(key, settings=settings, secret="key")
        [receipt] = transport.carry([letter()])
        transport.close()

        assert (receipt.outcome, receipt.reason) == ("deferred", "unavailable")


class TestIdempotency:
    def test_is_declared_where_the_provider_offers_it(self) -> None:
        """RD-10: `idempotent`, `window`, `event_reconcile` of every adapter."""
        declared = {key: (each.api_promise or each.promise).idempotent for key, each in PROVIDERS.items()}

        assert declared == {key: key == "brevo" for key in PROVIDERS}
        assert PROVIDERS["brevo"].api_promise.window < timedelta(minutes=15)  # type: ignore[union-attr]
        assert all((each.api_promise or each.promise).event_reconcile for each in PROVIDERS.values())

    def test_the_same_message_has_the_same_key_and_is_known_the_second_time(self) -> None:
        """RD-10: a repeated hand-over is answered as taken, and sent once."""
        repeated = (400, b'{"code":"duplicate_parameter","message":"Idempotency key already used"}')
        with fake("brevo", None, repeated) as (books, transport):
            first, second = transport.carry([letter()]) + transport.carry([letter()])

        assert (first.outcome, second.outcome) == ("uncertain", "accepted")
        keys = {json.loads(body)["headers"]["idempotencyKey"] for _, _, body in books.requests}
        assert len(keys) == 1


class TestBySmtp:
    @pytest.mark.parametrize(
        ("key", "reply", "known"),
        [
            ("ses", "250 Ok 0102018f3c2b1a4d-aaaa-bbbb-000000", "0102018f3c2b1a4d-aaaa-bbbb-000000"),
            ("sendgrid", "250 Ok: queued as 8Vz-aBc_1", "8Vz-aBc_1"),
            ("brevo", "250 2.0.0 OK: queued as <2026@smtp-relay.example>", "<2026@smtp-relay.example>"),
            ("directmail", "250 Data Ok: queued as freedom ### envid=600000001", "600000001"),
            ("postmark", "250 2.0.0 Ok", ""),
            ("mailgun", "250 Great success", ""),
        ],
    )
    def test_reads_the_providers_id_from_its_answer(self, key: str, reply: str, known: str) -> None:
        with FaultServer({"dot": f"{reply}\r\n".encode()}) as server:
            port = int(server.url.rpartition(":")[2].partition("?")[0])
            settings = {"host": "127.0.0.1", "port": port, "user": "ada", "is_tls": False, "connections": 1}
            settings["starttls"] = "auto"
            transport = of(key, settings=settings, secret="s@cret")
            [receipt] = transport.carry([envelope()])
            transport.close()

        assert (receipt.outcome, receipt.provider_id) == ("accepted", known)

    @pytest.mark.parametrize("key", sorted(PROVIDERS))
    def test_insists_on_encryption(self, key: str) -> None:
        """RT-26: no provider gets a password in the open."""
        transport = of(key, settings={"user": "ada"}, secret="s@cret")

        assert isinstance(transport, Smtp)
        assert transport.server.is_tls or transport.server.starttls == "always"
        assert transport.server.host in PROVIDERS[key].hosts.values()

    @pytest.mark.parametrize(
        ("kind", "settings", "secret", "sentence"),
        [
            ("smtp", {}, "", "names no host"),
            ("smtp", {"host": "mail.example", "user": "ada"}, "", "user without a password"),
            ("smtp", {"host": "mail.example", "connections": 99}, "", "connections=99"),
            ("smtp", {"host": "mail.example", "starttls": "maybe"}, "", "starttls"),
            ("smtp", {"host": "mail.example", "user": "a", "starttls": "never"}, "b", "unencrypted"),
            ("ses", {"via": "api"}, "key", "by SMTP only"),
            ("brevo", {"via": "api"}, "", "API key"),
            ("pigeon", {}, "", "no way out"),
        ],
    )
    def test_refuses_settings_in_a_sentence(
        self, kind: str, settings: dict[str, Any], secret: str, sentence: str
    ) -> None:
        with pytest.raises(OddSmtpUrl, match=sentence):
            of(kind, settings=settings, secret=secret)
