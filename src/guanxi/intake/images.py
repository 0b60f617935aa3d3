"""Keeps what an import changes on known rows, so that it can be taken back whole."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from guanxi.catalogue import actions as catalogue_actions
from guanxi.intake.models import BeforeImage
from guanxi.intake.tally import Tally
from guanxi.kernel.bulk import insert_rows
from guanxi.ledger.bulk_undo import Restored
from guanxi.ledger.changes import Change, plain
from guanxi.ledger.models import Order

KEPT_FOR = timedelta(days=90)
AT_ONCE = 5_000
COLUMNS = ("run_id", "kind", "row_id", "before", "after", "expires_at")


class Images:
    """Collects the changes of one run. With `run_id` 0, that is in a dry run, only the tally sees them."""

    def __init__(self, *, run_id: int, tally: Tally, now: datetime) -> None:
        self._run_id, self._tally, self._expires_at = run_id, tally, now + KEPT_FOR
        self._waiting: list[Change] = []

    def keep(self, change: Change) -> None:
        self._tally.show_change(change)
        if self._run_id:
            self._waiting.append(change)
            if len(self._waiting) >= AT_ONCE:
                self.save()

    def save(self) -> None:
        """Write what has been collected; call inside the transaction of the run."""
        insert_rows(BeforeImage, COLUMNS, (
            (self._run_id, each.kind, each.row_id, each.before, each.after, self._expires_at)
            for each in self._waiting
        ))  # fmt: skip
        self._waiting.clear()


def images_of(run_id: int, *, kind: str = "") -> Iterator[Change]:
    """The changes of a run, newest first; of one kind when asked."""
    rows = BeforeImage.objects.filter(run_id=run_id).order_by("-id")
    for row in (rows.filter(kind=kind) if kind else rows).iterator(chunk_size=AT_ONCE):
        yield Change(row.kind, row.row_id, "", row.before, row.after)


def are_kept(run_id: int) -> bool:
    return BeforeImage.objects.filter(run_id=run_id).exists()


def changed_later(run_id: int) -> int:
    """How many orders of this run a later import has changed; they go with the run that made them."""
    ours = Order.objects.filter(batch=run_id).values("pk")
    later = BeforeImage.objects.filter(run_id__gt=run_id, run__state="done", kind__in=("order", "lines"))
    return later.filter(row_id__in=ours).values("row_id").distinct().count()


def put_product_back(change: Change, restored: Restored) -> None:
    stays = catalogue_actions.put_back(
        product_id=change.row_id, before=change.before, still=lambda name, value: plain(value) == change.after[name]
    )
    if stays:
        restored.leave(f"product {change.row_id}: {', '.join(stays)} was changed again since and stays")
    else:
        restored.rows["product"] += 1
