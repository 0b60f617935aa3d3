"""Where hits are written down: by the server many at once as one row, later one by one (decision 19).

A commit that is safe on disk takes as long as hundreds of inserts; and four indexes, a key and a bound for each hit
take longer than all else that is done while the reader waits. So the server lays down the hits of a moment as one row,
a *sheet*, before it answers them, and the worker writes the hits and takes the sheet away in one transaction.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from django.db import IntegrityError, connection, transaction

from guanxi.tracking.models import HitSheet

# How much is kept of one message and kind (RS-26).
KEPT_PER_KIND = 50
SHEETS_AT_ONCE = 200

# The bound is asked within the statement, so that hits of one commit count each other.
INSERT = (
    "INSERT INTO tracking_hit (message_id, kind, link_index, at, method, verdict, rule, rule_version, network,"
    " user_agent, settled_at) SELECT %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, NULL"
    " WHERE (SELECT COUNT(*) FROM tracking_hit WHERE message_id = %s AND kind = %s) < %s"
)
LAY_DOWN = "INSERT INTO tracking_hitsheet (lines) VALUES (%s)"


class Knock(NamedTuple):
    """One request with a good token, before it is judged: a line of a sheet. `at` counts seconds since 1970."""

    message_id: int
    kind: str
    link_index: int | None
    at: float
    method: str
    network: str
    user_agent: str

    def moment(self) -> datetime:
        return datetime.fromtimestamp(self.at, UTC)


class Draft(NamedTuple):
    """A hit that is to be stored."""

    message_id: int
    kind: str
    link_index: int | None
    at: datetime
    method: str
    verdict: str
    rule: str
    rule_version: int
    network: str
    user_agent: str

    def row(self) -> list[Any]:
        moment = connection.ops.adapt_datetimefield_value(self.at)
        return [*self[:3], moment, *self[4:], self.message_id, self.kind, KEPT_PER_KIND]


def lay_down(knocks: Sequence[Knock]) -> None:
    """One row for all of them, committed when this returns."""
    with connection.cursor() as cursor:
        cursor.execute(LAY_DOWN, [json.dumps(knocks)])


@transaction.atomic
def take_up(drafts: Callable[[Sequence[Knock]], Sequence[Draft]]) -> int:
    """Write the hits of the oldest sheets and take the sheets away; returns how many lines they had."""
    sheets = HitSheet.objects.order_by("id")
    if connection.features.has_select_for_update_skip_locked:
        sheets = sheets.select_for_update(skip_locked=True)
    taken = list(sheets[:SHEETS_AT_ONCE])
    knocks = [Knock(*line) for sheet in taken for line in json.loads(sheet.lines)]
    write(drafts(knocks))
    HitSheet.objects.filter(pk__in=[sheet.pk for sheet in taken]).delete()
    return len(knocks)


def write(drafts: Sequence[Draft]) -> None:
    """Insert these hits; those of messages that are gone meanwhile are left out."""
    try:
        _insert(drafts)
    except IntegrityError:
        for draft in drafts:
            try:
                _insert([draft])
            except IntegrityError:
                continue


def _insert(drafts: Sequence[Draft]) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.executemany(INSERT, [draft.row() for draft in drafts])
