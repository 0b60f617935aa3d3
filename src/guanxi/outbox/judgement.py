"""All gates together: may the message go, must it wait, or is it over? Pure (CN-24)."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from functools import cached_property
from operator import attrgetter
from typing import Any, NamedTuple

from guanxi.outbox.gates import GATES
from guanxi.outbox.gates.base import DROP, HOLD, PASS, Facts, Opinion, drop
from guanxi.outbox.gates.permission import STATEMENT
from guanxi.outbox.states import EXPIRED, HELD, QUEUED, SUPPRESSED

ALL, PASSED = "gates", "passed"


class Entry(NamedTuple):
    """A row of the record; `is_his_word` when it rests on a statement of the reader, each on his own."""

    gate: str
    outcome: str
    reason: str
    detail: dict[str, Any]
    until: datetime | None = None
    is_his_word: bool = False


@dataclass(frozen=True)
class Judgement:
    """`state` is queued (may go), held (until `due_at`), suppressed or expired; `opinions` by gate name, in order."""

    state: str
    opinions: tuple[tuple[str, Opinion], ...]
    due_at: datetime

    @property
    def passes(self) -> bool:
        return self.state == QUEUED

    @cached_property
    def record(self) -> tuple[Entry, ...]:
        """What is kept of it, the same for all messages that are judged alike: each gate that holds or drops, and as
        one, ALL, those that let it pass.
        """
        said = [_entry(*each) for each in self.opinions]
        passed = [each for each in said if each.outcome == PASS]
        together = {PASSED: [(each.gate, each.reason, each.detail) for each in passed]}
        of_all = Entry(ALL, PASS, PASSED, together, is_his_word=any(each.is_his_word for each in passed))
        return (*(each for each in said if each.outcome != PASS), *((of_all,) if passed else ()))


def _entry(gate: str, opinion: Opinion) -> Entry:
    detail = {name: value for name, value in opinion.detail.items() if name != STATEMENT}
    return Entry(gate, opinion.outcome, opinion.reason, detail, opinion.until, STATEMENT in opinion.detail)


EVERYTHING = attrgetter(*(each.name for each in fields(Facts)))


class Judge:
    """Judges one table of messages, most of whose readers stand alike: the gates are asked once for all of which they
    are told the same.

    Two statements that say the same are the same here; which of them is on record is for outbox.reasons to tell.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[Any, ...], Judgement] = {}

    def judge(self, facts: Facts, *, expires_at: datetime) -> Judgement:
        told = (*EVERYTHING(facts), expires_at)
        if (known := self._known.get(told)) is None:
            known = self._known[told] = judge(facts, expires_at=expires_at)
        return known


def judge(facts: Facts, *, expires_at: datetime) -> Judgement:
    """Every gate is asked; one drop ends it, else the longest hold counts.

    A hold that lasts to the end of the message's time ends it too: it is skipped with the reason, not sent late.
    """
    if facts.now >= expires_at:
        late = ("expiry", drop("too_late", expired_at=expires_at.isoformat()))
        return Judgement(EXPIRED, (late,), facts.now)
    opinions = tuple((name, gate(facts)) for name, gate in GATES)
    if any(opinion.outcome == DROP for _, opinion in opinions):
        return Judgement(SUPPRESSED, opinions, facts.now)
    holds = [(opinion.until, name, opinion.reason) for name, opinion in opinions if opinion.outcome == HOLD]
    if not holds:
        return Judgement(QUEUED, opinions, facts.now)
    if any(until is None for until, _, _ in holds):
        # Whoever ends such a hold makes the message due again.
        return Judgement(HELD, opinions, expires_at)
    until, gate, reason = max((until or facts.now, name, reason) for until, name, reason in holds)
    if until >= expires_at:
        outlasted = drop("hold_outlasts_expiry", gate=gate, reason=reason, held_until=until.isoformat())
        return Judgement(EXPIRED, (*opinions, ("expiry", outlasted)), facts.now)
    return Judgement(HELD, opinions, until)
