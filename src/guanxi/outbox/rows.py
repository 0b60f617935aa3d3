"""Many rows of one table changed at once by one prepared statement.

Django's bulk_update builds a CASE per column and took most of the time of a turn; this is executemany.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter

from django.db.models import Model

from guanxi.kernel.bulk import update_rows


def write(rows: Sequence[Model], fields: Sequence[str]) -> None:
    """Save these fields of rows that are locked in the transaction under way."""
    if rows:
        update_rows(type(rows[0]), fields, map(attrgetter("id", *fields), rows))
