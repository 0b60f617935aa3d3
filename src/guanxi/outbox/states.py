"""The life of a message: every legal move, in one table (reliability.md 4.1). Pure.

    queued ─▶ held ─▶ queued ─▶ claimed ─▶ handing_off ─▶ accepted | failed | uncertain
                                                       └▶ deferred ─▶ claimed …

`claimed` is safe to take back: nothing has left the house. `handing_off` is committed before the first byte goes out,
so a worker that dies there leaves `uncertain`, never a silent loss and never a second mail.
"""

from __future__ import annotations

QUEUED = "queued"  # waits for its moment, or judged and ready
HELD = "held"  # a gate said: not before `due_at`
CLAIMED = "claimed"  # a worker prepares it
HANDING_OFF = "handing_off"  # a worker speaks to the mail server
ACCEPTED = "accepted"  # the mail server took it
DEFERRED = "deferred"  # the mail server said: later
FAILED = "failed"  # the mail server said: never
UNCERTAIN = "uncertain"  # handed over, and no answer
SUPPRESSED = "suppressed"  # a gate said: never
EXPIRED = "expired"  # its time was over before it could go
QUARANTINED = "quarantined"  # three workers died on it

MOVES: dict[str, frozenset[str]] = {
    QUEUED: frozenset({HELD, CLAIMED, SUPPRESSED, EXPIRED}),
    HELD: frozenset({QUEUED, HELD, SUPPRESSED, EXPIRED}),
    CLAIMED: frozenset({QUEUED, HELD, HANDING_OFF, SUPPRESSED, EXPIRED, FAILED, QUARANTINED}),
    # Back to the queue when it was called back at the last moment, or may be handed over again byte by byte.
    HANDING_OFF: frozenset({ACCEPTED, DEFERRED, FAILED, UNCERTAIN, EXPIRED, QUEUED, QUARANTINED}),
    DEFERRED: frozenset({CLAIMED, SUPPRESSED, EXPIRED}),
    # The late word of the worker that handed it over, or the one repetition of a transactional mail.
    UNCERTAIN: frozenset({ACCEPTED, DEFERRED, FAILED, EXPIRED, QUEUED}),
    QUARANTINED: frozenset({QUEUED, SUPPRESSED}),
    ACCEPTED: frozenset(),
    FAILED: frozenset(),
    SUPPRESSED: frozenset(),
    EXPIRED: frozenset(),
}
STATES = tuple(MOVES)
WAITING = (QUEUED, HELD, DEFERRED)
LEASED = (CLAIMED, HANDING_OFF)
# What counts as a mail the contact may have got.
OUT_OF_THE_HOUSE = (HANDING_OFF, ACCEPTED, UNCERTAIN)
FINAL = frozenset(state for state, moves in MOVES.items() if not moves)


class IllegalMove(Exception):
    """A message cannot go from its state to that one."""

    def __init__(self, state: str, into: str) -> None:
        super().__init__(f"A message that is {state} cannot become {into}.")


def may_move(state: str, into: str) -> bool:
    return into in MOVES.get(state, frozenset())


def sources_of(into: str) -> tuple[str, ...]:
    """The states from which a message may move `into` that one."""
    return tuple(state for state, moves in MOVES.items() if into in moves)


def check_move(state: str, into: str) -> str:
    """`into`, when the move is legal; raises IllegalMove."""
    if not may_move(state, into):
        raise IllegalMove(state, into)
    return into
