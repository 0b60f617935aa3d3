"""The transport socket: envelopes in, one receipt each out. Pure.

A transport reports what it knows and nothing more: once the far side may have taken the message, only its own word
makes `accepted` or `failed` of it; silence is `uncertain` (RP-18).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

ACCEPTED = "accepted"  # the far side took it
DEFERRED = "deferred"  # not now: try again later
RATE_LIMITED = "rate_limited"  # we are too fast: slow down, the recipient is not to blame (RP-19, RP-22)
FAILED = "failed"  # never
BLOCKED = "blocked"  # our own authentication is refused: stop the stream, the recipient is not to blame (RP-20)
UNCERTAIN = "uncertain"  # handed over, no answer
KEPT_BACK = "kept_back"  # called back before the message was handed over; nothing has left
OUTCOMES = (ACCEPTED, DEFERRED, RATE_LIMITED, FAILED, BLOCKED, UNCERTAIN, KEPT_BACK)


class Smooth(bytes):
    """A message every line of which ends in CRLF and begins with no dot.

    Whoever wrote it knows; to look at each of its bytes again takes as long as to send them.
    """


class Envelope(NamedTuple):
    """One message for one recipient: bare ASCII-domain addresses and the finished bytes, `Smooth` if that is known."""

    mail_from: str
    rcpt_to: str
    message: bytes
    message_id: str
    at: datetime
    needs_smtputf8: bool = False


class Receipt(NamedTuple):
    """What became of one envelope. `reason` is a code of classes.REASONS; `text` the far side's own words;
    `provider_id` what a provider's webhooks will call the message. When it asks for a slower pace, `slows` says for
    whom, `stream` or `domain`, and `pause` for how long, where that is known.
    """

    outcome: str
    phase: str
    code: int | None = None
    enhanced: str = ""
    text: str = ""
    reason: str = ""
    provider_id: str = ""
    slows: str = ""
    pause: timedelta | None = None

    @property
    def reply(self) -> str:
        """One line for people: code, enhanced code and text."""
        parts = (str(self.code or ""), self.enhanced, self.text)
        return " ".join(part for part in parts if part)


@dataclass(frozen=True, slots=True)
class Promise:
    """What a transport makes of a second hand-over of the same message (RD-10).

    `idempotent`: within `window` the same key and bytes are taken once. `event_reconcile`: its webhooks tell later
    what became of a message whose fate is unknown.
    """

    idempotent: bool = False
    window: timedelta = timedelta(0)
    event_reconcile: bool = False


NO_PROMISE = Promise()


class Transport(Protocol):
    """Carries messages. `carry` blocks until each has its receipt, in the order given, and never raises for one.

    `lanes` says how many it carries side by side. A caller hands over no more at once, so that none waits its turn
    between the last look at its permission and its way out.
    """

    @property
    def lanes(self) -> int: ...

    def carry(self, envelopes: Sequence[Envelope]) -> list[Receipt]: ...

    def close(self) -> None: ...


def promise_of(transport: Transport) -> Promise:
    """What it declares as `promise`, nothing when it declares none."""
    return getattr(transport, "promise", NO_PROMISE)


class Posting(Transport, Protocol):
    """A transport that takes messages one by one, while others are under way.

    `done` is called once for each, from any thread. `is_wanted` is asked for the last time before the message leaves.
    """

    def post(
        self, envelope: Envelope, done: Callable[[Receipt], None], is_wanted: Callable[[], Awaitable[bool]]
    ) -> None: ...
