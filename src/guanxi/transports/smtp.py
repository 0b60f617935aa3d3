"""SMTP: a few connections, kept open between calls, each carrying one message at a time."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cache

from guanxi.transports.base import Envelope, Receipt
from guanxi.transports.dialogue import Deadlines, Dialogue
from guanxi.transports.smtp_url import Server, parse

# A connection that carried this many is closed, as some servers count.
MESSAGES_PER_CONNECTION = 500


class Smtp:
    """A transport to one mail server (a relay or a provider). Not to be used by two threads at once."""

    def __init__(
        self,
        server: Server | str,
        deadlines: Deadlines | None = None,
        context: Callable[[], ssl.SSLContext] | None = None,
    ) -> None:
        self.server = parse(server) if isinstance(server, str) else server
        self.deadlines = deadlines or Deadlines()
        self._context = context or tls_context
        self._idle: list[Dialogue] = []
        self._runner: asyncio.Runner | None = None

    @property
    def lanes(self) -> int:
        return self.server.connections

    def carry(self, envelopes: Sequence[Envelope]) -> list[Receipt]:
        self._runner = self._runner or asyncio.Runner()
        return self._runner.run(self._carry_all(envelopes))

    def close(self) -> None:
        if self._runner is not None:
            self._runner.run(self._part())
            self._runner.close()
            self._runner = None

    async def _carry_all(self, envelopes: Sequence[Envelope]) -> list[Receipt]:
        receipts: dict[int, Receipt] = {}
        todo = iter(enumerate(envelopes))
        lanes = min(self.server.connections, len(envelopes))
        await asyncio.gather(*(self._lane(todo, receipts) for _ in range(lanes)))
        return [receipts[number] for number in range(len(envelopes))]

    async def _lane(self, todo: Iterator[tuple[int, Envelope]], receipts: dict[int, Receipt]) -> None:
        dialogue = self._idle.pop() if self._idle else None
        for number, envelope in todo:
            dialogue, receipt = await self._carry_one(dialogue, envelope)
            receipts[number] = receipt
            if _ends_the_turn(receipt):
                for rest, _ in todo:
                    receipts[rest] = replace(receipt, text=f"Not tried after: {receipt.reply}"[:400])
        if dialogue is not None:
            self._idle.append(dialogue)

    async def _carry_one(self, dialogue: Dialogue | None, envelope: Envelope) -> tuple[Dialogue | None, Receipt]:
        if dialogue is not None and dialogue.carried >= MESSAGES_PER_CONNECTION:
            await dialogue.quit()
            dialogue = None
        if dialogue is not None:
            receipt = await dialogue.deliver(envelope)
            if not _was_asleep(receipt):
                return None if dialogue.is_broken else dialogue, receipt
        dialogue = Dialogue(self.server, self.deadlines, self._context)
        obstacle = await dialogue.open()
        if obstacle is not None:
            return None, obstacle
        receipt = await dialogue.deliver(envelope)
        return None if dialogue.is_broken else dialogue, receipt

    async def _part(self) -> None:
        await asyncio.gather(*(dialogue.quit() for dialogue in self._idle))
        self._idle.clear()


@cache
def tls_context() -> ssl.SSLContext:
    """Certificates and host names are checked; TLS 1.2 at least (RT-26)."""
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _was_asleep(receipt: Receipt) -> bool:
    """Whether a kept connection turned out to be closed before anything was said on it."""
    return receipt.phase == "mail" and (receipt.reason == "lost" or receipt.code == 421)


def _ends_the_turn(receipt: Receipt) -> bool:
    """Whether the server itself is the trouble, so that trying the other messages now makes it worse (RP-19)."""
    return receipt.code == 421 or receipt.phase in {"connect", "greeting", "ehlo", "tls", "auth"}
