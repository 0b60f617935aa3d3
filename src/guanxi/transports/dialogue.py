"""One SMTP connection, driven command by command so that the phase of a failure is known (reliability findings 5, 6).

Every command has a deadline by the wall clock, from the first byte written to the last byte of the reply: a server
that sends a byte a second holds nobody longer than that (RP-15).
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from guanxi.transports.base import ACCEPTED, DEFERRED, FAILED, KEPT_BACK, UNCERTAIN, Envelope, Receipt, Smooth
from guanxi.transports.classes import enhanced_code, judge_reply, pace_asked
from guanxi.transports.smtp_url import Server
from guanxi.transports.wire import Broken, Reply, Wire

BLOCK = 64 * 1024


@dataclass(frozen=True, slots=True)
class Deadlines:
    """Seconds per step; RFC 5321 4.5.3.2. The final dot is the longest: giving up early makes duplicates."""

    connect: float = 30
    greeting: float = 300
    command: float = 300
    data: float = 120
    block: float = 180
    dot: float = 600
    quit: float = 5


class Refused(Exception):
    """A reply other than the one the step needs."""

    def __init__(self, reply: Reply) -> None:
        self.reply = reply
        super().__init__(reply.text)


class Dialogue:
    """A connection to the mail server. `phase` names the step under way: connect, greeting, ehlo, tls, auth, mail,
    rcpt, data, dot or done.
    """

    def __init__(
        self,
        server: Server,
        deadlines: Deadlines,
        context: Callable[[], ssl.SSLContext],
        provider_id: Callable[[str], str] = lambda reply: "",
    ) -> None:
        """`provider_id` finds in the words of an acceptance what a provider calls the message."""
        self.server, self.deadlines, self._context, self._provider_id = server, deadlines, context, provider_id
        self.phase = "connect"
        self.carried = 0
        self.is_broken = False
        self.is_encrypted = server.is_tls
        self.features: dict[str, str] = {}
        self._wire: Any = None
        self._domain = ""  # of the recipient under way

    async def open(self) -> Receipt | None:
        """Connect, greet, encrypt, sign in; a Receipt when that failed."""
        try:
            await self._connect()
            self.phase = "greeting"
            _expect(await self._wire.reply(self.deadlines.greeting), 220)
            await self._introduce()
            await self._encrypt()
            await self._sign_in()
        except (Broken, Refused) as failure:
            self.abandon()
            return self._receipt_of(failure)
        return None

    async def deliver(self, envelope: Envelope, is_wanted: Callable[[], Awaitable[bool]] | None = None) -> Receipt:
        """One mail transaction; never raises for it. A broken connection is marked by `is_broken`.

        `is_wanted` is asked for the last time when the server is ready to take the message.
        """
        self.phase, self._domain = "mail", envelope.rcpt_to.rpartition("@")[2]
        if obstacle := self._obstacle(envelope):
            return obstacle
        try:
            await self._announce(envelope)
            if is_wanted is not None and not await is_wanted():
                raise Broken("unwanted", "It was called back before the message was handed over.")
            reply = await self._hand_over(envelope.message)
        except (Broken, Refused) as failure:
            receipt = self._receipt_of(failure)
            await self._recover(failure)
            return receipt
        self.phase = "done"
        self.carried += 1
        return self._receipt(reply)

    async def quit(self) -> None:
        """Part politely; what the server answers no longer matters (RP-24)."""
        if not self.is_broken:
            with contextlib.suppress(Broken, Refused):
                await self._command("QUIT", 221, within=self.deadlines.quit)
        self.abandon()

    def abandon(self) -> None:
        """Drop the connection without another word."""
        self.is_broken = True
        if self._wire is not None:
            self._wire.abort()

    # Steps of opening

    async def _connect(self) -> None:
        context = self._context() if self.server.is_tls else None
        try:
            async with asyncio.timeout(self.deadlines.connect):
                _, self._wire = await asyncio.get_running_loop().create_connection(
                    Wire, self.server.host, self.server.port, ssl=context
                )
        except TimeoutError:
            raise Broken("deadline", f"No connection within {self.deadlines.connect:g} s.") from None
        except ssl.SSLError as error:
            raise Broken("insecure", str(error.reason or error)) from None
        except OSError as error:
            raise Broken("lost", str(error.strerror or "Nobody answers.")) from None

    async def _introduce(self) -> None:
        self.phase = "ehlo"
        name = self.server.name or _literal(self._wire.transport.get_extra_info("sockname"))
        reply = await self._command(f"EHLO {name}", 250)
        pairs = (line.upper().partition(" ") for line in reply.lines[1:])
        self.features = {keyword: rest for keyword, _, rest in pairs}

    async def _encrypt(self) -> None:
        policy = self.server.starttls
        # On loopback nobody listens in, and a local relay's certificate seldom names it.
        wanted = policy == "always" or (policy == "auto" and not self.server.is_local)
        if self.is_encrypted or not wanted:
            return
        self.phase = "tls"
        if "STARTTLS" not in self.features:
            if policy == "always":
                raise Broken("insecure", "The server offers no STARTTLS.")
            return
        await self._command("STARTTLS", 220)
        if not self._wire.is_silent:  # answers injected before the handshake (RS-41)
            raise Broken("protocol", "The server spoke before the encryption began.")
        await self._wire.start_tls(self._context(), self.server.host, self.deadlines.command)
        self.is_encrypted = True
        await self._introduce()

    async def _sign_in(self) -> None:
        if not self.server.user:
            return
        self.phase = "auth"
        if not self.is_encrypted and not self.server.is_local:
            raise Broken("insecure", "The server offers no encryption; the password was not sent.")
        mechanisms = self.features.get("AUTH", "").split()
        user, password = self.server.user.encode(), self.server.password.encode()
        if "PLAIN" in mechanisms:
            await self._command("AUTH PLAIN " + _base64(b"\0".join((b"", user, password))), 235)
        elif "LOGIN" in mechanisms:
            await self._command("AUTH LOGIN", 334)
            await self._command(_base64(user), 334)
            await self._command(_base64(password), 235)
        else:
            raise Broken("unavailable", "The server offers no way to sign in that we know (PLAIN, LOGIN).")

    # Steps of a delivery

    def _obstacle(self, envelope: Envelope) -> Receipt | None:
        message = envelope.message
        if not isinstance(message, Smooth) and len({message.count(end) for end in (b"\n", b"\r", b"\r\n")}) != 1:
            return Receipt(FAILED, "mail", reason="protocol", text="The message has a bare CR or LF.")
        if envelope.needs_smtputf8 and "SMTPUTF8" not in self.features:
            return Receipt(FAILED, "mail", reason="eai_unsupported")
        limit = self.features.get("SIZE", "")
        if limit.isdigit() and 0 < int(limit) < len(message):
            return Receipt(FAILED, "mail", reason="too_large", text=f"The server takes {limit} octets.")
        return None

    def _mail_options(self, envelope: Envelope) -> str:
        options = f" SIZE={len(envelope.message)}" if "SIZE" in self.features else ""
        if envelope.needs_smtputf8:
            options += " SMTPUTF8"
        if "8BITMIME" in self.features and not envelope.message.isascii():
            options += " BODY=8BITMIME"
        return options

    async def _announce(self, envelope: Envelope) -> None:
        """MAIL, RCPT and DATA, in one go where the server can take them so; the first refusal counts."""
        steps = (
            ("mail", f"MAIL FROM:<{envelope.mail_from}>{self._mail_options(envelope)}", (250,), self.deadlines.command),
            ("rcpt", f"RCPT TO:<{envelope.rcpt_to}>", (250, 251), self.deadlines.command),
            ("data", "DATA", (354,), self.deadlines.data),
        )
        is_pipelined = "PIPELINING" in self.features
        if is_pipelined:
            self._wire.write("".join(f"{line}\r\n" for _, line, _, _ in steps).encode())
        refusal: tuple[str, Refused] | None = None
        for phase, line, codes, within in steps:
            if refusal is None:
                self.phase = phase
            if not is_pipelined:
                self._wire.write(f"{line}\r\n".encode())
            reply = await self._wire.reply(within)
            if refusal is None:
                try:
                    _expect(reply, *codes)
                except Refused as failure:
                    if not is_pipelined:
                        raise
                    refusal = (phase, failure)
            elif phase == "data" and reply.code == 354:
                # The server waits for a message that nobody may get.
                self.abandon()
        if refusal is not None:
            raise refusal[1]

    async def _hand_over(self, message: bytes) -> Reply:
        body = message if isinstance(message, Smooth) else stuffed(message)
        *blocks, last = [body[start : start + BLOCK] for start in range(0, len(body), BLOCK)]
        for block in blocks:
            self._wire.write(block)
            await self._wire.flush(self.deadlines.block)
        try:
            # The dot goes in one piece with what comes before it, and is the last of it to be taken.
            self._wire.write(last + b".\r\n")
            await self._wire.flush(self.deadlines.block)
        finally:
            # From here on the server may have the whole message (RFC 1047, RP-18).
            if self._wire.has_taken_all:
                self.phase = "dot"
        return _expect(await self._wire.reply(self.deadlines.dot), 250)

    async def _recover(self, failure: Broken | Refused) -> None:
        if isinstance(failure, Broken) or failure.reply.code == 421:
            self.abandon()
        elif self.phase != "dot" and not self.is_broken:
            try:
                await self._command("RSET", 250)
            except (Broken, Refused):
                self.abandon()

    # Wire

    async def _command(self, line: str, *expected: int, within: float | None = None) -> Reply:
        self._wire.write(line.encode() + b"\r\n")
        reply: Reply = await self._wire.reply(self.deadlines.command if within is None else within)
        return _expect(reply, *expected)

    # Receipts

    def _receipt_of(self, failure: Broken | Refused) -> Receipt:
        if isinstance(failure, Refused):
            return self._receipt(failure.reply)
        if failure.reason == "unwanted":
            return Receipt(KEPT_BACK, self.phase, text=str(failure), reason=failure.reason)
        outcome = UNCERTAIN if self.phase == "dot" else DEFERRED
        reason = "unavailable" if self.phase == "connect" and failure.reason == "lost" else failure.reason
        return Receipt(outcome, self.phase, text=str(failure), reason=reason)

    def _receipt(self, reply: Reply) -> Receipt:
        code, text = reply.code, reply.text
        enhanced = enhanced_code(text)
        outcome, reason = judge_reply(phase=self.phase, code=code, enhanced=enhanced, text=text, domain=self._domain)
        said = text.removeprefix(enhanced).strip()
        if outcome == ACCEPTED:
            return Receipt(outcome, self.phase, code, enhanced, said, provider_id=self._provider_id(said))
        slows, pause = pace_asked(phase=self.phase, code=code, enhanced=enhanced, text=text, domain=self._domain)
        return Receipt(outcome, self.phase, code, enhanced, said, reason, slows=slows, pause=pause)


def stuffed(message: bytes) -> bytes:
    """The message with its leading dots doubled (RFC 5321 4.5.2) and a line end at its end."""
    body = message.replace(b"\r\n.", b"\r\n..")
    body = b"." + body if body.startswith(b".") else body
    return body if body.endswith(b"\r\n") else body + b"\r\n"


def _expect(reply: Reply, *codes: int) -> Reply:
    if reply.code in codes:
        return reply
    if reply.code < 400:
        raise Broken("protocol", f"The server answered {reply.code} where {codes[0]} was due.")
    raise Refused(reply)


def _literal(sockname: tuple[str, int]) -> str:
    """Our address as RFC 5321 4.1.3 writes it, for a machine without a public name."""
    address = sockname[0]
    return f"[IPv6:{address}]" if ":" in address else f"[{address}]"


def _base64(value: bytes) -> str:
    return base64.b64encode(value).decode("ascii")
