"""Where hits are written down: in the server's notebook, as sheets in the database, later one by one (decision 20).

A commit that is safe on disk takes as long as hundreds of inserts, and while another process holds SQLite's one write
lock there is none. So the server notes the hits of a moment in a file before it answers them, and brings its pages into
the database as *sheets* soon after; the worker writes the hits and takes the sheets away in one transaction.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from django.conf import settings
from django.db import IntegrityError, connection, transaction

from guanxi.tracking import notebook
from guanxi.tracking.models import HitPage, HitSheet
from guanxi.tracking.notebook import Notebook

# How much is kept of one message and kind (RS-26).
KEPT_PER_KIND = 50
SHEETS_AT_ONCE = 20
SHEET_OF = 50_000  # characters, some five hundred hits
PAGES_KNOWN = timedelta(days=30)

# The bound is asked within the statement, so that hits of one commit count each other.
INSERT = (
    "INSERT INTO tracking_hit (message_id, kind, link_index, at, method, verdict, rule, rule_version, network,"
    " user_agent, settled_at) SELECT %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, NULL"
    " WHERE (SELECT COUNT(*) FROM tracking_hit WHERE message_id = %s AND kind = %s) < %s"
)


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


def folder() -> Path:
    """Where the pages of notebooks lie."""
    return Path(settings.GUANXI_DATA) / "hits"


def note(knocks: Sequence[Knock], book: Notebook) -> None:
    """One line for all of them, on disk when this returns."""
    book.note(f"[{','.join(map(_written, knocks))}]")


def _written(knock: Knock) -> str:
    """As JSON, by hand: the encoder takes three times as long, most of it for what is the same in many."""
    message_id, kind, link_index, at, method, network, user_agent = knock
    link = "null" if link_index is None else link_index
    return f'[{message_id},"{kind}",{link},{_moment(at)},{_end(method, network, user_agent)}'


@lru_cache(maxsize=16)
def _moment(at: float) -> str:
    """Those that came together have the same."""
    return repr(at)


@lru_cache(maxsize=4096)
def _end(method: str, network: str, user_agent: str) -> str:
    return json.dumps([method, network, user_agent], separators=(",", ":"))[1:]


def bring_in() -> None:
    """Make sheets of the pages that lie there and tear them out; they stay, for later, when the database fails.

    Of a page that was brought in before it could be torn out (by a process that was killed), no more.
    """
    for page in notebook.left_in(folder()):
        if lines := page.lines():
            _lay_down(page.name, lines)
        page.tear_out()
        HitPage.objects.filter(name=page.name).delete()


@transaction.atomic
def _lay_down(name: str, lines: Sequence[str]) -> None:
    if HitPage.objects.get_or_create(name=name)[1]:
        HitSheet.objects.bulk_create([HitSheet(lines=sheet) for sheet in _sheets(lines)], batch_size=100)


def _sheets(lines: Iterable[str]) -> Iterator[str]:
    """Lines put together; each is a list of hits."""
    gathered: list[str] = []
    length = 0
    for line in lines:
        gathered.append(line[1:-1])
        length += len(line)
        if length >= SHEET_OF:
            yield f"[{','.join(gathered)}]"
            gathered, length = [], 0
    if gathered:
        yield f"[{','.join(gathered)}]"


def forget_pages(*, now: datetime) -> None:
    """The names of pages that a kill left behind between tearing out and forgetting."""
    HitPage.objects.filter(brought_in_at__lt=now - PAGES_KNOWN).delete()


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
