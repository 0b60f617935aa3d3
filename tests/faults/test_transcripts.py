"""RT-06: two hundred bad dialogues, each with the right class, the connection closed, no recipient charged."""

from __future__ import annotations

import pytest

from guanxi.transports.base import BLOCKED, DEFERRED, RATE_LIMITED, Receipt
from guanxi.transports.smtp import Smtp
from tests.faults.servers import FaultServer
from tests.faults.transcripts import STEPS, Transcript, transcripts
from tests.pure.transports.test_smtp import ENOUGH, envelope

ALL = list(transcripts())
PIPELINING = b"250-faults.example\r\n250-PIPELINING\r\n250 8BITMIME\r\n"


def test_there_are_enough_of_them() -> None:
    """RT-06: at least 200."""
    assert len(ALL) >= 200


@pytest.mark.parametrize("step", STEPS)
class TestTranscripts:
    def test_every_answer_is_taken_for_what_it_says(self, step: str) -> None:
        """RT-06, RP-17…RP-23: class and reason of each; after 421 and nonsense the connection is closed (RP-19)."""
        wrong = []
        for each in (transcript for transcript in ALL if transcript.step == step):
            receipt, connections = play(each, {})
            if (receipt.outcome, receipt.reason) != (each.outcome, each.reason):
                wrong.append((each.reply[:60], each.outcome, each.reason, receipt))
            if (receipt.code == 421 or receipt.reason == "protocol") and connections != 2:
                wrong.append((each.reply[:60], "the connection was used again", connections))
        assert wrong == []

    def test_a_pipelined_dialogue_says_the_same(self, step: str) -> None:
        """RFC 2920: MAIL, RCPT and DATA at once change no verdict, and nobody's message is taken by mistake."""
        if step == "ehlo":
            pytest.skip("the answer to EHLO itself is replaced")
        wrong = []
        for each in (transcript for transcript in ALL if transcript.step == step and not transcript.is_heavy):
            receipt, _ = play(each, {"ehlo": PIPELINING})
            if (receipt.outcome, receipt.reason) != (each.outcome, each.reason):
                wrong.append((each.reply[:60], each.outcome, each.reason, receipt))
        assert wrong == []


def test_no_reader_pays_for_a_busy_server() -> None:
    """RP-19, RP-20: what is about us or the server never ends a message nor names a mailbox that does not exist."""
    about_us = [each for each in ALL if each.reply.startswith((b"421", b"451"))]

    assert all(each.outcome in (DEFERRED, RATE_LIMITED, BLOCKED) for each in about_us)


def play(each: Transcript, faults: dict[str, bytes]) -> tuple[Receipt, int]:
    """The message's receipt, and how many connections a second message needed in all."""
    with FaultServer({**faults, each.step: each.reply}) as server:
        transport = Smtp(server.url, ENOUGH)
        [receipt] = transport.carry([envelope(rcpt_to=f"lena@{each.domain}")])
        closes = receipt.code == 421 or receipt.reason == "protocol"
        if closes:
            server.faults = {**faults}
            transport.carry([envelope(2, rcpt_to=f"yuki@{each.domain}")])
        transport.close()
        return receipt, server.connections
