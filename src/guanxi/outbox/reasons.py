"""What the gates said, kept row by row: every "why not" has an answer."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from guanxi.kernel.bulk import insert_rows
from guanxi.outbox.gates.base import Facts
from guanxi.outbox.gates.permission import STATEMENT
from guanxi.outbox.judgement import Judgement
from guanxi.outbox.models import Message, Verdict

FIELDS = ("message_id", "gate", "outcome", "reason", "detail", "until_at", "at")
Row = tuple[int, str, str, str, Mapping[str, Any], datetime | None, datetime]


def of(message: Message, judgement: Judgement, facts: Facts) -> list[Row]:
    """One row for each gate that was asked; of equal statements the reader's own is on record."""
    number, now = message.id, facts.now
    own = {STATEMENT: facts.permission.permission_id} if facts.permission else {}
    return [
        (
            number, gate, opinion.outcome, opinion.reason,
            opinion.detail | own if STATEMENT in opinion.detail else opinion.detail, opinion.until, now,
        )
        for gate, opinion in judgement.opinions
    ]  # fmt: skip


def drop(message: Message, *, gate: str, reason: str, detail: Mapping[str, Any], now: datetime) -> Row:
    """The end of a message for a reason that is no gate's."""
    return message.id, gate, "drop", reason, detail, None, now


def keep(rows: Collection[Row]) -> None:
    """Append them, in the order given."""
    if rows:
        insert_rows(Verdict, FIELDS, rows)
