"""One SMTP connection, driven command by command so that the phase of a failure is known (reliability findings 5, 6).

Every command has a deadline by the wall clock, from the first byte written to the last byte of the reply: a server
that sends a byte a second holds nobody longer than that (RP-15).
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import re
import ssl
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

from guanxi.transports.base import DEFERRED, FAILED, UNCERTAIN, Envelope, Receipt
from guanxi.transports.classes import enhanced_code, judge_reply
from guanxi.transports.smtp_url import Server

REPLY_LINE_LIMIT, REPLY_LINES = 4096, 100
BLOCK = 64 * 1024
REPLY_LINE = re.compile(rb"([2-5]\d\d)([ -]?)([^\r\n]*)\r?\n")


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


@dataclass(frozen=True, slots=True)
class Reply:
    code: int
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        return " ".join(line for line in self.lines if line)[:400]


class Broken(Exception):
    """The dialogue cannot go on: `reason` is lost, deadline, protocol, insecure or unavailable."""

    def __init__(self, reason: str, text: str = "") -> None:
        self.reason = reason
        super().__init__(text)


class Refused(Exception):
    """A reply other than the one the step needs."""

    def __init__(self, reply: Reply) -> None:
        self.reply = reply
        super().__init__(reply.text)


class Dialogue:
    """A connection to the mail server. `phase` names the step under way: connect, greeting, ehlo, tls, auth, mail,
    rcpt, data, dot or done.
    """

    def __init__(self, server: Server, deadlines: Deadlines, context: Callable[[], ssl.SSLContext]) -> None:
        self.server, self.deadlines, self._context = server, deadlines, context
        self.phase = "connect"
        self.carried = 0
        self.is_broken = False
        self.is_encrypted = server.is_tls
        self.features: dict[str, str] = {}

    async def open(self) -> Receipt | None:
        """Connect, greet, encrypt, sign in; a Receipt when that failed."""
        try:
            async with self._within(self.deadlines.connect):
                self._reader, self._writer = await asyncio.open_connection(
                    self.server.host, self.server.port, limit=REPLY_LINE_LIMIT,
                    ssl=self._context() if self.server.is_tls else None,
                )  # fmt: skip
            # With no buffer of its own, `drain` returns when the system has taken every byte.
            self._writer.transport.set_write_buffer_limits(high=0)
            self.phase = "greeting"
            async with self._within(self.deadlines.greeting):
                _expect(await self._reply(), 220)
            await self._introduce()
            await self._encrypt()
            await self._sign_in()
        except (Broken, Refused) as failure:
            self.abandon()
            return self._receipt_of(failure)
        return None

    async def deliver(self, envelope: Envelope) -> Receipt:
        """One mail transaction; never raises for it. A broken connection is marked by `is_broken`."""
        self.phase = "mail"
        obstacle = self._obstacle(envelope)
        if obstacle:
            return obstacle
        try:
            await self._command(f"MAIL FROM:<{envelope.mail_from}>{self._mail_options(envelope)}", 250)
            self.phase = "rcpt"
            await self._command(f"RCPT TO:<{envelope.rcpt_to}>", 250, 251)
            self.phase = "data"
            await self._command("DATA", 354, within=self.deadlines.data)
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
        with contextlib.suppress(OSError, TimeoutError):
            async with asyncio.timeout(self.deadlines.quit):
                await self._writer.wait_closed()

    def abandon(self) -> None:
        """Drop the connection without another word."""
        self.is_broken = True
        writer = getattr(self, "_writer", None)
        if writer is not None:
            writer.transport.abort()

    # Steps of opening

    async def _introduce(self) -> None:
        self.phase = "ehlo"
        name = self.server.name or _literal(self._writer.get_extra_info("sockname"))
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
        if self._reader._buffer:  # type: ignore[attr-defined]  # answers injected before the handshake (RS-41)
            raise Broken("protocol", "The server spoke before the encryption began.")
        async with self._within(self.deadlines.command):
            await self._writer.start_tls(self._context(), server_hostname=self.server.host)
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
        ends = {message.count(b"\n"), message.count(b"\r"), message.count(b"\r\n")}
        if len(ends) != 1:
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

    async def _hand_over(self, message: bytes) -> Reply:
        body = stuffed(message)
        for start in range(0, len(body), BLOCK):
            async with self._within(self.deadlines.block):
                self._writer.write(body[start : start + BLOCK])
                await self._writer.drain()
        if self._reader.at_eof() or self._reader.exception() is not None:
            raise Broken("lost", "The connection was lost before the end of the message.")
        # From here on the server may have the whole message (RFC 1047, RP-18).
        self.phase = "dot"
        return await self._command(".", 250, within=self.deadlines.dot)

    async def _recover(self, failure: Broken | Refused) -> None:
        if isinstance(failure, Broken) or failure.reply.code == 421:
            self.abandon()
        elif self.phase != "dot":
            try:
                await self._command("RSET", 250)
            except (Broken, Refused):
                self.abandon()

    # Wire

    async def _command(self, line: str, *expected: int, within: float | None = None) -> Reply:
        async with self._within(self.deadlines.command if within is None else within):
            self._writer.write(line.encode() + b"\r\n")
            await self._writer.drain()
            return _expect(await self._reply(), *expected)

    async def _reply(self) -> Reply:
        lines: list[str] = []
        while len(lines) < REPLY_LINES:
            match = REPLY_LINE.fullmatch(await self._reader.readuntil(b"\n"))
            if match is None:
                raise Broken("protocol", "The server's answer is no SMTP reply.")
            lines.append(match[3].decode("utf-8", "replace"))
            if match[2] != b"-":
                return Reply(int(match[1]), tuple(lines))
        raise Broken("protocol", "The server's answer does not end.")

    @contextlib.asynccontextmanager
    async def _within(self, seconds: float) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(seconds):
                yield
        except TimeoutError:
            raise Broken("deadline", f"No complete answer within {seconds:g} s.") from None
        except asyncio.LimitOverrunError:
            raise Broken("protocol", "The server's answer is too long.") from None
        except ssl.SSLError as error:
            raise Broken("insecure", str(error.reason or error)) from None
        except (OSError, asyncio.IncompleteReadError) as error:
            raise Broken("lost", str(getattr(error, "strerror", "") or "The connection was lost.")) from None

    # Receipts

    def _receipt_of(self, failure: Broken | Refused) -> Receipt:
        if isinstance(failure, Refused):
            return self._receipt(failure.reply)
        outcome = UNCERTAIN if self.phase == "dot" else DEFERRED
        reason = "unavailable" if self.phase == "connect" and failure.reason == "lost" else failure.reason
        return Receipt(outcome, self.phase, text=str(failure), reason=reason)

    def _receipt(self, reply: Reply) -> Receipt:
        enhanced = enhanced_code(reply.text)
        outcome, reason = judge_reply(phase=self.phase, code=reply.code, enhanced=enhanced, text=reply.text)
        text = reply.text.removeprefix(enhanced).strip()
        return Receipt(outcome, self.phase, reply.code, enhanced, text, reason)


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
