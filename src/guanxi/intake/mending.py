"""Refused rows, mended by a person: tried again one by one as part of the run they came with, or left out for good."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from collections.abc import Mapping as Document
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
from django.db import transaction

from guanxi.firm.queries import the_firm
from guanxi.intake.images import Images
from guanxi.intake.importing import LOADERS, by_source
from guanxi.intake.loading import Loading
from guanxi.intake.mapping import Mapping, mapping_from
from guanxi.intake.models import ImportRun, RejectedRow
from guanxi.intake.planning import Plan
from guanxi.intake.rows import Batch as Rows
from guanxi.intake.rows import Refused, Reject
from guanxi.intake.sifting import Sifter
from guanxi.intake.tally import Tally
from guanxi.ledger.bulk import Batch
from guanxi.ledger.models import Identity, Order

# Figures of a run that grow with every mended row.
GROWING = ("updated", "conflicts", "customers_created", "contacts_created", "orders_created")


class NotToBeMended(Exception):
    """Only refused rows of an import that is done can be mended, and only in a table with one heading line."""


class MendedRows:
    """Some rows of one table, cell by cell as a person left them."""

    def __init__(self, name: str, headings: Sequence[str], rows: Sequence[tuple[int, Document[str, str]]]) -> None:
        self.name, self.headings, self._rows = name, tuple(headings), rows

    def batches(self) -> Iterator[Rows]:
        cells = {
            heading: pa.array([content.get(heading) or "" for _, content in self._rows], pa.string())
            for heading in self.headings
        }
        yield Rows(pa.array([number for number, _ in self._rows], pa.int64()), cells)


@transaction.atomic
def mend(*, run: ImportRun, cells: Document[int, Document[str, str]], now: datetime) -> dict[str, int]:
    """Try refused rows again; `cells` gives for the id of each its cells by heading. Raises NotToBeMended.

    Rows that are usable now are counted in the run and go with it when it is taken back; the others stay, with their
    cells as they were mended and the reason as it is now. As with the run, history starts no journey (RD-13).
    """
    run = ImportRun.objects.select_for_update(of=("self",)).get(pk=run.pk)
    if run.state != "done":
        raise NotToBeMended
    rejects = list(RejectedRow.objects.filter(run=run, state="open", pk__in=list(cells)).order_by("row", "id"))
    mended = 0
    for place in sorted({each.table for each in rejects}):
        mended += _mend_table(run, place, [each for each in rejects if each.table == place], cells, now)
    return {"mended": mended, "still_refused": len(rejects) - mended}


def skip(*, run: ImportRun, ids: Sequence[int]) -> int:
    """Leave refused rows out for good; they stay in the list of the run. Returns how many."""
    return RejectedRow.objects.filter(run=run, state="open", pk__in=list(ids)).update(state="skipped")


def table_of(run: ImportRun, place: int) -> dict[str, Any]:
    """What is kept of a table; raises NotToBeMended when it cannot be read row by row."""
    tables = run.options.get("tables") or []
    if place >= len(tables) or tables[place].get("is_wide"):
        raise NotToBeMended
    table: dict[str, Any] = tables[place]
    return table


def _mend_table(
    run: ImportRun, place: int, rejects: Sequence[RejectedRow], cells: Document[int, Document[str, str]], now: datetime
) -> int:
    table = table_of(run, place)
    mapping = mapping_from(table["mapping"], name=run.format)
    contents = {each.pk: {**each.content, **cells[each.pk]} for each in rejects}
    by_row = {each.row: each for each in rejects}
    rows = [(each.row, _completed(contents[each.pk], mapping, table["source"])) for each in rejects]
    refused: dict[int, Reject] = {}
    tally = Tally()
    sifter = Sifter(mapping, mapping.options, keeps=True)
    images = Images(run_id=run.pk, tally=tally, now=now)
    plan = Plan(MendedRows(table["name"], table["headings"], rows), mapping, mapping.options)
    for batch in plan.table.batches():
        usable, not_usable = sifter.sift(batch)
        refused |= {each.row: each for each in not_usable.rejects}
        if len(usable):
            for source, part in by_source(usable, table["source"]):
                loading = _loading(run, plan, {**table, "source": source}, images, tally, refused, now)
                LOADERS[mapping.kind](loading, part)
    images.save()
    for number, reject in by_row.items():
        _settle(reject, contents[reject.pk], refused.get(number))
    mended = len(rejects) - len(refused.keys() & by_row.keys())
    _count(run, tally, mended)
    return mended


def _completed(content: Document[str, str], mapping: Mapping, source: str) -> Document[str, str]:
    """The cells, with buyer and day of an order that is known, where its other rows carry them (see fill_down)."""
    numbers = [content.get(heading, "") for heading in mapping.columns.get("order_number", ())]
    if mapping.kind != "orders" or not mapping.options.fill_down or not any(numbers):
        return content
    order = Order.objects.filter(source=source, number=next(filter(None, numbers))).first()
    if order is None:
        return content
    identity = Identity.objects.filter(source=source, kind="customer", customer_id=order.customer_id).first()
    known = {"ordered_at": order.placed_at.isoformat(), "customer": identity.value if identity else ""}
    known["email"] = known["customer_name"] = known["customer"]
    filled = {
        heading: known[field]
        for field in ("ordered_at", "customer", "email", "customer_name")
        for heading in mapping.columns.get(field, ())[:1]
        if not any(content.get(each) for each in mapping.columns[field])
    }
    return {**content, **filled}


def _loading(
    run: ImportRun, plan: Plan, table: Document[str, Any], images: Images, tally: Tally, refused: dict[int, Reject],
    now: datetime,
) -> Loading:  # fmt: skip
    def refuse(rows: Refused) -> None:
        refused.update({each.row: each for each in rows.rejects})

    zone = ZoneInfo(plan.options.time_zone or the_firm().time_zone)
    batch = Batch(run.pk, table["source"], now, not run.is_live, images.keep, adds_lines=True)
    return Loading(
        batch=batch, plan=plan, zone=zone, currency=table["currency"], tally=tally, refuse=refuse,
        progress=lambda what, done, total: None,
    )  # fmt: skip


def _settle(reject: RejectedRow, content: Document[str, str], refused: Reject | None) -> None:
    reject.content = {heading: cell for heading, cell in content.items() if cell}
    if refused is None:
        reject.state = "mended"
    else:
        reject.field, reject.reason = refused.field[:120], refused.reason[:300]
    reject.save(update_fields=["content", "state", "field", "reason"])


def _count(run: ImportRun, tally: Tally, mended: int) -> None:
    """Bring the answer of the run up to date."""
    figures = tally.answer()
    result = dict(run.result)
    for name in GROWING:
        result[name] = result.get(name, 0) + figures[name]
    result["accepted"] = result.get("accepted", 0) + mended
    result["rejected"] = max(result.get("rejected", 0) - mended, 0)
    result["mended"] = result.get("mended", 0) + mended
    run.result = result
    run.save(update_fields=["result"])
