"""Dialogues with mail servers that answer badly, each with what must become of the message (RT-06).

(step, reply, domain of the reader, outcome, reason). The words are those of the providers' own pages, of RFC 5321 and
RFC 3463, and of nobody.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

STEPS = ("greeting", "ehlo", "mail", "rcpt", "data", "dot")
FROM_MAIL_ON = ("mail", "rcpt", "data", "dot")
PLAIN = "alsterkontor.example"


@dataclass(frozen=True, slots=True)
class Transcript:
    step: str
    reply: bytes
    domain: str
    outcome: str
    reason: str

    @property
    def is_heavy(self) -> bool:
        return len(self.reply) > 100_000


# What is said about a recipient or a message: (reply, domain, outcome, reason), at RCPT and after the dot.
ABOUT_THE_MESSAGE = (
    ("450 4.2.1 The user is receiving mail too quickly", "gmail.com", "deferred", "temporary"),
    ("450-4.2.1 The user you are trying to contact\r\n450 4.2.1 is busy", "gmail.com", "deferred", "temporary"),
    ("452 4.2.2 The email account that you tried to reach is over quota", "gmail.com", "deferred", "mailbox_full"),
    ("552 5.2.2 The email account that you tried to reach is over quota", "gmail.com", "deferred", "mailbox_full"),
    ("550 5.1.1 The email account that you tried to reach does not exist", "gmail.com", "failed", "no_such_mailbox"),
    ("421 4.7.28 Our system has detected an unusual rate of unsolicited mail", "gmail.com", "rate_limited", "rate"),
    ("451 4.7.26 Unauthenticated mail", "gmail.com", "rate_limited", "rate"),
    ("550 5.7.26 This mail has been blocked because the sender is unauthenticated", "gmail.com", "blocked",
     "authentication"),
    ("550 5.7.27 SPF did not pass", "gmail.com", "blocked", "authentication"),
    ("550 5.7.30 DKIM did not pass", "gmail.com", "blocked", "authentication"),
    ("550 5.7.1 This message is likely unsolicited mail", "gmail.com", "failed", "content"),
    ("550 5.7.515 Access denied, sending domain does not meet the level", "outlook.com", "blocked", "authentication"),
    ("550 5.7.509 Access denied, sending domain fails DMARC", "hotmail.com", "blocked", "authentication"),
    ("451 4.7.650 The mail server has been temporarily rate limited", "outlook.com", "rate_limited", "rate"),
    ("550 5.5.0 Requested action not taken: mailbox unavailable", "hotmail.com", "failed", "no_such_mailbox"),
    ("550 5.7.1 Unfortunately, messages weren't sent: block list (S3140)", "live.com", "blocked", "authentication"),
    ("550 Domain frequency limited", "qq.com", "rate_limited", "rate"),
    ("550 Sender frequency limited", "foxmail.com", "rate_limited", "rate"),
    ("550 Connection frequency limited", PLAIN, "rate_limited", "rate"),
    ("550 Mailbox unavailable or access denied", "qq.com", "rate_limited", "rate"),
    ("550 Mailbox not found", "qq.com", "failed", "no_such_mailbox"),
    ("550 Mail content denied", "qq.com", "failed", "content"),
    ("421 HL:IFC 163 smtp10", "163.com", "rate_limited", "rate"),
    ("421 HL:ICC 163 smtp10", "126.com", "rate_limited", "rate"),
    ("421 HL:REP 163 smtp10", "yeah.net", "rate_limited", "rate"),
    ("450 MI:CEL 163 smtp10", "163.com", "rate_limited", "rate"),
    ("450 MI:DMC 126 smtp3", "126.com", "rate_limited", "rate"),
    ("451 DT:SPM 163 smtp10", "163.com", "deferred", "temporary"),
    ("554 DT:SPM 163 smtp10", "163.com", "failed", "content"),
    ("550 User not found: lena@163.com", "163.com", "failed", "no_such_mailbox"),
    ("421 4.7.0 [TSS04] Messages temporarily deferred", "yahoo.com", "rate_limited", "rate"),
    ("554 5.7.9 Message not accepted [BL21]", "yahoo.com", "blocked", "authentication"),
    ("450 4.2.0 Greylisted, see you in five minutes", PLAIN, "deferred", "temporary"),
    ("451 4.3.0 Temporary failure", PLAIN, "deferred", "temporary"),
    ("451-4.3.0 Temporary failure\r\n451-4.3.0 of a long kind\r\n451 4.3.0 come back", PLAIN, "deferred", "temporary"),
    ("452 4.3.1 Insufficient system storage", PLAIN, "deferred", "temporary"),
    ("450 4.1.1 Recipient address rejected: unverified", PLAIN, "deferred", "temporary"),
    ("550 5.1.1 User unknown", PLAIN, "failed", "no_such_mailbox"),
    ("550 5.1.2 Bad destination system", PLAIN, "failed", "no_such_mailbox"),
    ("550 5.1.10 RESOLVER.ADR.RecipientNotFound", "firm.example", "failed", "no_such_mailbox"),
    ("552 5.3.4 Message too big", PLAIN, "failed", "too_large"),
    ("550 5.7.1 Relaying denied", PLAIN, "failed", "policy"),
    ("554 5.6.0 Message malformed", PLAIN, "failed", "content"),
    ("550 Too many messages from your host", PLAIN, "rate_limited", "rate"),
    ("451 Rate limit exceeded", PLAIN, "rate_limited", "rate"),
    ("554 Something went wrong", PLAIN, "deferred", "unknown"),
    ("550 Nope", PLAIN, "deferred", "unknown"),
)  # fmt: skip
# What ends the dialogue at any step.
BUSY = (
    "421 4.3.2 Service not available", "421 Too busy", "421-4.7.0 Try again\r\n421 4.7.0 later", "421 4.4.5 Too much",
)  # fmt: skip
NO_REPLY = (
    b"\xff\xfe\xfd\r\n", b"hello\r\n", b"2\r\n", b"99 Too short\r\n", b"2500 Too long\r\n", b"\r\n",
    b"250-" + b"a" * 2_000_000 + b"\r\n", b"250-more\r\n" * 200, b"HTTP/1.1 400 Bad Request\r\n", b"600 Unheard of\r\n",
)  # fmt: skip


def transcripts() -> Iterator[Transcript]:
    for reply, domain, outcome, reason in ABOUT_THE_MESSAGE:
        for step in ("rcpt", "dot"):
            yield Transcript(step, reply.encode() + b"\r\n", domain, outcome, reason)
    for step in STEPS:
        for reply in BUSY:
            yield Transcript(step, reply.encode() + b"\r\n", PLAIN, "rate_limited", "rate")
        for raw in NO_REPLY:
            outcome = "uncertain" if step == "dot" else "deferred"
            yield Transcript(step, raw, PLAIN, outcome, "protocol")
    for reply in ("451 4.3.0 Later", "450 4.7.1 Greylisted", "452 4.5.3 Too little room", "454 4.3.0 Not now"):
        for step in ("mail", "data"):
            outcome, reason = ("rate_limited", "rate") if "4.7" in reply else ("deferred", "temporary")
            yield Transcript(step, reply.encode() + b"\r\n", PLAIN, outcome, reason)
    for reply in ("554 5.3.2 No service here", "550 Go away", "500 5.5.2 What?"):
        for step in ("greeting", "ehlo"):
            yield Transcript(step, reply.encode() + b"\r\n", PLAIN, "deferred", "unavailable")
    for code in (200, 220, 251, 252, 334):
        yield Transcript("data", f"{code} Surprise\r\n".encode(), PLAIN, "deferred", "protocol")
        yield Transcript("dot", f"{354} Again {code}\r\n".encode(), PLAIN, "uncertain", "protocol")
