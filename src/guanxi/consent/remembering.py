"""Permissions remembered by a server that is asked about the same contacts again and again, as long as they are true.

Nothing is remembered on trust: the database is asked each time whether anybody has said anything since.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import connection

from guanxi.consent import queries
from guanxi.consent.queries import Statement
from guanxi.kernel import fetching

MOST_KNOWN = 20_000
# SQLite counts the rows that were ever put into a table. A statement is never changed, and taken away only by way of
# an Opening (consent.guards): whatever changes a permission makes this number greater.
EVER_SAID = "SELECT SUM(seq) FROM sqlite_sequence WHERE name IN ('consent_permission', 'consent_opening')"


class Permissions:
    """Who permits `purpose`. For one thread, whose connection writes nothing: what a transaction of its own took back
    would be remembered.
    """

    def __init__(self, purpose: str) -> None:
        self._purpose = purpose
        self._newest: dict[int, Statement | None] = {}
        self._true_at: int | None = None

    def among(self, contact_ids: Collection[int], now: datetime) -> set[int]:
        """Which of these contacts permit it at this moment (RL-05)."""
        if connection.vendor != "sqlite":
            # PostgreSQL's counters run ahead of what is committed.
            return queries.permitting(contact_ids, now, purpose=self._purpose)
        self._forget_what_changed()
        newest = self._newest
        if missing := set(contact_ids).difference(newest):
            newest |= dict.fromkeys(missing) | queries.newest_statements(missing, purpose=self._purpose)
        permit = queries.in_force({newest[each] for each in contact_ids}, now)
        return {each for each in contact_ids if newest[each] in permit}

    def _forget_what_changed(self) -> None:
        [[said]] = fetching.rows_of(EVER_SAID)
        if said != self._true_at or len(self._newest) > MOST_KNOWN:
            self._newest.clear()
            self._true_at = said
