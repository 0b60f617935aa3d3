"""The SMTP client against a server that fails at each step (RT-05, RT-06, RT-07)."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Mapping
from dataclasses import replace

import pytest

from guanxi.transports.base import Envelope, Receipt
from guanxi.transports.dialogue import Deadlines
from guanxi.transports.smtp import Smtp
from guanxi.transports.smtp_url import Server, parse
from tests.cast import NOW
from tests.faults.servers import DRIP, DROP, SILENT, FaultServer

# Long for a machine that stands still for a moment, short for a test that fails.
ENOUGH = Deadlines(connect=20, greeting=20, command=20, data=20, block=20, dot=20, quit=20)


def slow_at(faults: Mapping[str, bytes | str]) -> Deadlines:
    return next((soon(step) for step, fault in faults.items() if fault == SILENT), ENOUGH)


def soon(step: str) -> Deadlines:
    """Patient but for the command at which a server keeps its client waiting."""
    if step in ("greeting", "data", "dot", "quit"):
        return replace(ENOUGH, **{step: 0.5})
    return replace(ENOUGH, command=0.5)


BODY = b"Subject: Hello\r\n\r\n.A line with a dot\r\n" + b"x" * 70 + b"\r\n"


def envelope(number: int = 1, *, message: bytes = BODY, **changes: object) -> Envelope:
    fields = {
        "mail_from": "sales@ningbo-firm.example", "rcpt_to": f"lena{number}@alsterkontor.example",
        "message": message, "message_id": f"<{number}@ningbo-firm.example>", "at": NOW,
    } | changes  # fmt: skip
    return Envelope(**fields)  # type: ignore[arg-type]


def carry(server: FaultServer, *envelopes: Envelope, deadlines: Deadlines = ENOUGH) -> list[Receipt]:
    transport = Smtp(server.url, deadlines)
    try:
        return transport.carry(envelopes or [envelope()])
    finally:
        transport.close()


class TestPhases:
    @pytest.mark.parametrize(
        ("faults", "outcome", "phase", "reason"),
        [
            ({}, "accepted", "done", ""),
            ({"greeting": DROP}, "deferred", "greeting", "lost"),
            ({"greeting": b"554 5.3.2 No service\r\n"}, "deferred", "greeting", "unavailable"),
            ({"greeting": b"421 4.3.2 Busy\r\n"}, "rate_limited", "greeting", "rate"),
            ({"ehlo": DROP}, "deferred", "ehlo", "lost"),
            ({"mail": DROP}, "deferred", "mail", "lost"),
            ({"mail": b"421 4.7.0 Too fast\r\n"}, "rate_limited", "mail", "rate"),
            ({"mail": b"451 4.3.0 Later\r\n"}, "deferred", "mail", "temporary"),
            ({"mail": b"550 5.7.515 Domain not compliant\r\n"}, "blocked", "mail", "authentication"),
            ({"rcpt": DROP}, "deferred", "rcpt", "lost"),
            ({"rcpt": b"450 4.2.1 Greylisted\r\n"}, "deferred", "rcpt", "temporary"),
            ({"rcpt": b"550 5.1.1 User unknown\r\n"}, "failed", "rcpt", "no_such_mailbox"),
            ({"rcpt": b"550 Mailbox not found\r\n"}, "failed", "rcpt", "no_such_mailbox"),
            ({"rcpt": b"550 Domain frequency limited\r\n"}, "rate_limited", "rcpt", "rate"),
            ({"rcpt": b"552 5.2.2 Over quota\r\n"}, "deferred", "rcpt", "mailbox_full"),
            ({"data": DROP}, "deferred", "data", "lost"),
            ({"data": b"451 4.3.0 Later\r\n"}, "deferred", "data", "temporary"),
            ({"data": b"250 Surprise\r\n"}, "deferred", "data", "protocol"),
            ({"body": DROP}, "deferred", "data", "lost"),
            ({"dot": DROP}, "uncertain", "dot", "lost"),
            ({"dot": SILENT}, "uncertain", "dot", "deadline"),
            ({"dot": b"gibberish\r\n"}, "uncertain", "dot", "protocol"),
            ({"dot": b"354 Again?\r\n"}, "uncertain", "dot", "protocol"),
            ({"dot": b"451 4.3.0 Later\r\n"}, "deferred", "dot", "temporary"),
            ({"dot": b"421 4.3.2 Shutting down\r\n"}, "rate_limited", "dot", "rate"),
            ({"dot": b"554 DT:SPM 163\r\n"}, "failed", "dot", "content"),
            ({"dot": b"550 Mail content denied\r\n"}, "failed", "dot", "content"),
            ({"quit": DROP}, "accepted", "done", ""),
            ({"quit": b"554 5.0.0 Never mind\r\n"}, "accepted", "done", ""),
            ({"quit": SILENT}, "accepted", "done", ""),
        ],
    )
    def test_knows_how_far_it_came(
        self, faults: Mapping[str, bytes | str], outcome: str, phase: str, reason: str
    ) -> None:
        """RT-05: 30 phases, the table of RP-17, RP-18 and RP-24 exactly."""
        # Large enough that a server which hangs up meanwhile is noticed before the end.
        large = envelope(message=BODY + (b"y" * 76 + b"\r\n") * 100_000)

        with FaultServer(faults) as server:
            message = large if faults.get("body") or faults.get("data") else envelope()
            [receipt] = carry(server, message, deadlines=slow_at(faults))

        assert (receipt.outcome, receipt.phase, receipt.reason) == (outcome, phase, reason)

    @pytest.mark.parametrize("step", ["greeting", "ehlo", "mail", "rcpt", "data", "dot"])
    def test_is_held_by_no_slow_server(self, step: str) -> None:
        """RT-07, RP-15: a byte now and then keeps nobody beyond the deadline of the command."""
        began = time.monotonic()

        with FaultServer({step: DRIP}) as server:
            [receipt] = carry(server, deadlines=soon(step))
            took = time.monotonic() - began

        assert took < 30, "the dripping would never end"
        assert receipt.outcome == ("uncertain" if step == "dot" else "deferred")
        assert receipt.reason == "deadline"

    @pytest.mark.parametrize(
        "reply", [b"250-" + b"a" * 2_000_000 + b"\r\n", b"250-more\r\n" * 200, b"\xff\xfe\r\n", b"2\r\n"]
    )
    def test_survives_answers_without_end_or_sense(self, reply: bytes) -> None:
        with FaultServer({"mail": reply}) as server:
            [receipt] = carry(server)

        assert (receipt.outcome, receipt.reason) == ("deferred", "protocol")

    def test_reads_answers_of_several_lines(self) -> None:
        with FaultServer({"rcpt": b"550-5.1.1 The account\r\n550 5.1.1 does not exist\r\n"}) as server:
            [receipt] = carry(server)

        assert receipt.reply == "550 5.1.1 The account 5.1.1 does not exist"


class TestCarry:
    def test_hands_over_the_bytes_unchanged(self) -> None:
        with FaultServer() as server:
            carry(server)

        assert server.accepted == [BODY]
        assert "MAIL FROM:<sales@ningbo-firm.example> SIZE=110" in server.commands

    def test_reuses_a_connection(self) -> None:
        with FaultServer() as server:
            receipts = carry(server, *(envelope(number) for number in range(5)))

        assert [receipt.outcome for receipt in receipts] == ["accepted"] * 5
        assert (server.connections, len(server.accepted)) == (1, 5)

    def test_goes_on_after_a_refused_recipient(self) -> None:
        with FaultServer({"rcpt": b"550 5.1.1 User unknown\r\n"}) as server:
            receipts = carry(server, envelope(1), envelope(2))

        assert [receipt.outcome for receipt in receipts] == ["failed", "failed"]
        assert server.connections == 1

    def test_tries_no_further_when_the_server_is_busy(self) -> None:
        with FaultServer({"mail": b"421 4.7.0 Busy\r\n"}) as server:
            receipts = carry(server, *(envelope(number) for number in range(5)))

        assert {receipt.outcome for receipt in receipts} == {"rate_limited"}
        assert server.connections == 1

    def test_opens_a_new_connection_when_the_kept_one_was_closed(self) -> None:
        with FaultServer() as server:
            transport = Smtp(server.url, ENOUGH)
            transport.carry([envelope(1)])
            server._open[0].shutdown(2)
            [receipt] = transport.carry([envelope(2)])
            transport.close()

        assert (receipt.outcome, server.connections) == ("accepted", 2)

    def test_says_when_nobody_listens(self) -> None:
        transport = Smtp(dead_url(), ENOUGH)

        [receipt] = transport.carry([envelope()])
        transport.close()

        assert (receipt.outcome, receipt.phase, receipt.reason) == ("deferred", "connect", "unavailable")

    @pytest.mark.parametrize("message", [b"Subject: a\n\r\n", b"Subject: a\r\n\rb\r\n", b"a\r\n.\nb\r\n"])
    def test_refuses_bare_line_ends(self, message: bytes) -> None:
        with FaultServer() as server:
            [receipt] = carry(server, envelope(message=message))

        assert (receipt.outcome, receipt.reason) == ("failed", "protocol")
        assert not any(command.startswith("MAIL") for command in server.commands)

    def test_needs_smtputf8_for_an_international_mailbox(self) -> None:
        """RP-08: `eai_unsupported` before DATA, never a downgraded local part."""
        ehlo = b"250-faults.example\r\n250-SMTPUTF8\r\n250 8BITMIME\r\n"
        letter = envelope(rcpt_to="用户@xn--r8jz45g.jp", needs_smtputf8=True, message="Subject: é\r\n\r\n".encode())

        with FaultServer() as plain, FaultServer({"ehlo": ehlo}) as modern:
            [refused], [receipt] = carry(plain, letter), carry(modern, letter)

        assert (refused.outcome, refused.reason) == ("failed", "eai_unsupported")
        assert receipt.outcome == "accepted"
        assert "MAIL FROM:<sales@ningbo-firm.example> SMTPUTF8 BODY=8BITMIME" in modern.commands
        assert "RCPT TO:<用户@xn--r8jz45g.jp>" in modern.commands

    def test_asks_the_size_before_sending(self) -> None:
        with FaultServer({"ehlo": b"250-faults.example\r\n250 SIZE 100\r\n"}) as server:
            [receipt] = carry(server)

        assert (receipt.outcome, receipt.reason) == ("failed", "too_large")


class TestLastQuestion:
    def test_leaves_nothing_when_the_answer_is_no(self) -> None:
        """RL-02, RT-10: asked after 354, before the first byte of the message; the connection is dropped."""
        with FaultServer() as server:
            transport, found = Smtp(server.url, ENOUGH), []
            done = threading.Event()

            def take(receipt: Receipt) -> None:
                found.append(receipt)
                done.set()

            async def nobody_wants_it() -> bool:
                return False

            transport.post(envelope(), take, nobody_wants_it)
            assert done.wait(5)
            transport.close()

        assert (found[0].outcome, found[0].phase, server.accepted) == ("kept_back", "data", [])
        assert "DATA" in server.commands


class TestSigningIn:
    def url(self, server: FaultServer, options: str = "") -> str:
        return server.url.replace("smtp://", "smtp://ada:s%40cret@") + options

    def test_signs_in_on_this_machine(self) -> None:
        with FaultServer() as server:
            transport = Smtp(self.url(server), ENOUGH)
            [receipt] = transport.carry([envelope()])
            transport.close()

        assert receipt.outcome == "accepted"
        assert "AUTH PLAIN AGFkYQBzQGNyZXQ=" in server.commands

    def test_blames_no_recipient_for_a_wrong_password(self) -> None:
        with FaultServer({"auth": b"535 5.7.8 Wrong\r\n"}) as server:
            transport = Smtp(self.url(server), ENOUGH)
            [receipt] = transport.carry([envelope()])
            transport.close()

        assert (receipt.outcome, receipt.phase, receipt.reason) == ("deferred", "auth", "authentication")

    def test_sends_no_password_when_encryption_is_missing(self) -> None:
        """RT-26: STARTTLS stripped is deferred, and no password leaves."""
        with FaultServer() as server:
            transport = Smtp(self.url(server, "&starttls=always"), ENOUGH)
            [receipt] = transport.carry([envelope()])
            transport.close()

        assert (receipt.outcome, receipt.phase, receipt.reason) == ("deferred", "tls", "insecure")
        assert not any(command.startswith("AUTH") for command in server.commands)

    def test_sends_no_password_in_the_open_to_another_machine(self) -> None:
        with FaultServer() as server:
            port = parse(server.url).port
            transport = Smtp(Elsewhere("127.0.0.1", port, user="ada", password="s@cret"), ENOUGH)
            [receipt] = transport.carry([envelope()])
            transport.close()

        assert (receipt.outcome, receipt.phase, receipt.reason) == ("deferred", "auth", "insecure")
        assert server.commands == ["EHLO [127.0.0.1]"]


class Elsewhere(Server):
    """A server that counts as another machine."""

    @property
    def is_local(self) -> bool:
        return False


def dead_url() -> str:
    """An address where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    return f"smtp://127.0.0.1:{port}"
