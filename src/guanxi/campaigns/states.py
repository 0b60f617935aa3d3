"""What a campaign may become, in one table. Pure.

    draft ─▶ unapproved ─▶ scheduled ─▶ freezing ─▶ proposing ─▶ sending ─▶ finished
      └──────────────────────┘              │       │      ▲        │
                                            │       ▼      │        │
                                            │     observing┘        │
                                            └─────── any ─▶ stopping ─▶ stopped

A pause is no state: it keeps the place at which the campaign goes on.
"""

from __future__ import annotations

DRAFT = "draft"  # being written
UNAPPROVED = "unapproved"  # waits for a second person (RE-20)
SCHEDULED = "scheduled"  # waits for its moment
FREEZING = "freezing"  # its readers are written down
PROPOSING = "proposing"  # their mails are put into the outbox
OBSERVING = "observing"  # the test has left, its answers are awaited
SENDING = "sending"  # everything is in the outbox
STOPPING = "stopping"  # nothing leaves any more; what waits is being taken back
STOPPED = "stopped"
FINISHED = "finished"

MOVES: dict[str, frozenset[str]] = {
    DRAFT: frozenset({UNAPPROVED, SCHEDULED}),
    UNAPPROVED: frozenset({SCHEDULED, DRAFT}),
    SCHEDULED: frozenset({FREEZING, DRAFT}),
    FREEZING: frozenset({PROPOSING, STOPPING}),
    PROPOSING: frozenset({OBSERVING, SENDING, STOPPING}),
    OBSERVING: frozenset({PROPOSING, STOPPING}),
    SENDING: frozenset({FINISHED, STOPPING}),
    STOPPING: frozenset({STOPPED}),
    STOPPED: frozenset(),
    FINISHED: frozenset(),
}
STATES = tuple(MOVES)
# The pulse looks at these when they are due.
WORKED_ON = (SCHEDULED, FREEZING, PROPOSING, OBSERVING, SENDING, STOPPING)
# Mails may be leaving.
UNDER_WAY = (FREEZING, PROPOSING, OBSERVING, SENDING)
BEGUN = (*UNDER_WAY, STOPPING, STOPPED, FINISHED)


class IllegalMove(Exception):
    """A campaign cannot go from its state to that one."""

    def __init__(self, state: str, into: str) -> None:
        super().__init__(f"A campaign that is {state} cannot become {into}.")


def check_move(state: str, into: str) -> str:
    """`into`, when the move is legal; raises IllegalMove."""
    if into not in MOVES[state]:
        raise IllegalMove(state, into)
    return into
