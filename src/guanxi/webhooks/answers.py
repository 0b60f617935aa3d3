"""What came of one try, and what that means for the endpoint. Pure."""

from __future__ import annotations

from dataclasses import dataclass

OUTCOMES: dict[str, str] = {
    "ok": "The receiver took it (2xx).",
    "refused": "The receiver answered with an error.",
    "redirect": "The receiver sent us elsewhere; redirects are not followed.",
    "gone": "The receiver wants no more of these (410).",
    "busy": "The receiver has no time now (429, 502, 503, 504).",
    "timeout": "No complete answer within ten seconds.",
    "no_connection": "No connection to the receiver.",
    "tls": "The receiver's certificate is not the host's, or not trusted.",
    "not_allowed": "The address may not be called.",
    "secret_lost": "The secret cannot be read any more; make a new one.",
}
BUSY = frozenset({429, 502, 503, 504})
# After these the whole endpoint waits: the next event would meet the same closed door.
CLOSED_DOOR = frozenset({"busy", "timeout", "no_connection", "tls", "not_allowed", "secret_lost"})


@dataclass(frozen=True, slots=True)
class Answer:
    """The outcome (a key of OUTCOMES) of one try; `asked_seconds` is the pause the receiver asked for."""

    outcome: str
    status: int | None = None
    excerpt: str = ""
    asked_seconds: int = 0

    @classmethod
    def of_status(cls, status: int, excerpt: str = "", *, asked_seconds: int = 0) -> Answer:
        return cls(outcome_of(status), status, excerpt, asked_seconds)

    @property
    def is_ok(self) -> bool:
        return self.outcome == "ok"

    @property
    def closes_the_door(self) -> bool:
        return self.outcome in CLOSED_DOOR


def outcome_of(status: int) -> str:
    if 200 <= status < 300:
        return "ok"
    if 300 <= status < 400:
        return "redirect"
    if status == 410:
        return "gone"
    return "busy" if status in BUSY else "refused"
