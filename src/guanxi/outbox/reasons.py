"""What the gates said, kept so that every "why not" has an answer.

A gate that holds or drops a message has a row of its own; all that let it pass share one, the row of ALL, in whose
detail each is told with its reason. `read` hands out gate by gate whichever way they are kept.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from guanxi.kernel.bulk import insert_rows
from guanxi.outbox.gates import GATES
from guanxi.outbox.gates.base import PASS, Facts
from guanxi.outbox.gates.permission import STATEMENT
from guanxi.outbox.judgement import ALL, PASSED, Judgement
from guanxi.outbox.models import Message, Verdict

FIELDS = ("message_id", "gate", "outcome", "reason", "detail", "rests_on", "until_at", "at")
Row = tuple[int, str, str, str, Mapping[str, Any], int | None, datetime | None, datetime]
PERMISSION = "permission"
ASKED = {gate: place for place, (gate, _) in enumerate(GATES)}


@dataclass(frozen=True, slots=True)
class VerdictLine:
    """What one gate said, and when."""

    gate: str
    outcome: str
    reason: str
    detail: dict[str, Any]
    until_at: datetime | None
    at: datetime


def of(message: Message, judgement: Judgement, facts: Facts) -> list[Row]:
    """What is kept of a judgement; of equal statements the reader's own is on record."""
    number, now = message.id, facts.now
    his_own = facts.permission.permission_id if facts.permission else None
    return [
        (number, gate, outcome, reason, detail, his_own if is_his_word else None, until, now)
        for gate, outcome, reason, detail, until, is_his_word in judgement.record
    ]


def drop(message: Message, *, gate: str, reason: str, detail: Mapping[str, Any], now: datetime) -> Row:
    """The end of a message for a reason that is no gate's."""
    return message.id, gate, "drop", reason, detail, None, None, now


def keep(rows: Collection[Row]) -> None:
    """Append them, in the order given."""
    if rows:
        insert_rows(Verdict, FIELDS, rows)


def read(verdicts: Iterable[Verdict]) -> list[VerdictLine]:
    """Gate by gate: the newest judgement first, and within each as they were asked."""
    lines = [line for verdict in verdicts for line in lines_of(verdict)]
    lines.sort(key=lambda line: ASKED.get(line.gate, len(ASKED)))
    return sorted(lines, key=lambda line: line.at, reverse=True)


def lines_of(verdict: Verdict) -> Iterator[VerdictLine]:
    """What is said in one row."""
    his_word = {} if verdict.rests_on is None else {STATEMENT: verdict.rests_on}
    if verdict.gate != ALL:
        detail = verdict.detail | his_word
        yield VerdictLine(verdict.gate, verdict.outcome, verdict.reason, detail, verdict.until_at, verdict.at)
        return
    for gate, reason, detail in verdict.detail[PASSED]:
        told = detail | his_word if gate == PERMISSION else detail
        yield VerdictLine(gate, PASS, reason, told, None, verdict.at)
