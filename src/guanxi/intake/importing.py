"""The import of one file, from reading to writing: first everything is read and sifted, then written at once."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc
from django.conf import settings

from guanxi.firm.queries import the_firm
from guanxi.intake import load_orders, load_parties, load_records
from guanxi.intake.erased import without_erased
from guanxi.intake.images import Images
from guanxi.intake.loading import Loading, Progress, Spool
from guanxi.intake.mapping import Mapping
from guanxi.intake.planning import Plan, plan_for
from guanxi.intake.profiles import document_of, profile_for
from guanxi.intake.reading import Table, open_tables
from guanxi.intake.refusals import Refusals
from guanxi.intake.rows import UnusableFile, rows_in
from guanxi.intake.tally import EXAMPLES, Tally
from guanxi.ledger.bulk import Batch

Loader = Callable[[Loading, pa.Table], None]

# In this order: an order needs no customer before it, but a permission needs its contact and a line its order.
LOADERS: dict[str, Loader] = {
    "customers": load_parties.load_parties,
    "contacts": load_parties.load_parties,
    "products": load_records.load_products,
    "rates": load_records.load_rates,
    "orders": load_orders.load_orders,
    "lines": load_orders.load_lines,
    "invoices": load_records.load_invoices,
    "payments": load_records.load_payments,
    "consents": load_records.load_consents,
    "events": load_records.load_events,
}
DEFAULT_SOURCE = "file"


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the user said about the file."""

    kind: str = "auto"
    source: str = ""
    mapping: Mapping | None = None
    currency: str = ""
    is_live: bool = False
    date_order: str = ""


class Import:
    """One file on its way: `read` asks the database for the firm and for who was erased; `write` is one transaction."""

    def __init__(
        self, path: Path, wishes: Wishes, *, name: str, now: datetime, run_id: int, keeps_rejects: bool,
        progress: Progress,
    ) -> None:  # fmt: skip
        self._path, self._wishes, self._name = path, wishes, name
        self._now, self._run_id, self._progress = now, run_id, progress
        self._folder = tempfile.TemporaryDirectory(prefix="guanxi-")
        self.tally = Tally()
        self.refusals = Refusals(
            run_id=run_id, folder=settings.GUANXI_DATA / "rejects" if keeps_rejects else None, tally=self.tally, now=now
        )
        self.images = Images(run_id=run_id if keeps_rejects else 0, tally=self.tally, now=now)
        self._spooled: list[tuple[Plan, Spool]] = []
        self.tables: list[dict[str, Any]] = []

    def __enter__(self) -> Import:
        return self

    def __exit__(self, *problem: object) -> None:
        self.refusals.close()
        self._folder.cleanup()

    def read(self) -> None:
        """Sift all rows. Raises UnusableFile."""
        options = self._wishes.mapping.options if self._wishes.mapping else None
        with open_tables(self._path, name=self._name, options=options) as tables:
            for plan in self._plans(tables):
                self._spooled.append((plan, self._sifted(plan)))
        if not self.tally.rows:
            raise UnusableFile(f"{self._name} has a heading but no rows; export it again.")

    def _plans(self, tables: list[Table]) -> list[Plan]:
        """What the tables are taken for, in the order of loading; of several, those nobody can read are left out."""
        plans, problems, left_out = [], [], []
        for table in tables:
            mapping = self._wishes.mapping or profile_for(table.headings, kind=self._wishes.kind)
            try:
                plans.append(plan_for(
                    table, mapping=mapping, kind=self._wishes.kind, currency=self._wishes.currency,
                    date_order=self._wishes.date_order,
                ))  # fmt: skip
            except UnusableFile as problem:
                problems.append(problem)
                left_out.append(table.name)
        if not plans:
            raise problems[0]
        if len(problems) > 1:
            self.tally.notes.append(f"Left out, as their columns are not known: {', '.join(left_out)}.")
        self.tally.notes += (f"Left out: {problem}" for problem in problems[:1] if len(problems) == 1)
        return sorted(plans, key=lambda plan: list(LOADERS).index(plan.kind))

    def _sifted(self, plan: Plan) -> Spool:
        spool = Spool(Path(self._folder.name))
        self.refusals.begin_table(plan.table.headings, len(self._spooled))
        for usable, refused in plan.sifted(keeps=True):
            self.tally.rows += (len(usable) if plan.is_wide else rows_in(usable)) + len(refused.rejects)
            self.refusals.add(refused)
            usable = without_erased(usable, heading=plan.mapping.heading_of("email"), refuse=self.refusals.add)
            self._show(usable)
            if len(usable):
                spool.add(usable)
            self._progress("reading", self.tally.rows, 0)
        self.tally.kinds.append(plan.kind)
        self.tally.formats += [plan.mapping.format] if plan.mapping.format else []
        self.tally.notes += (note for note in plan.notes if note not in self.tally.notes)
        return spool

    def _show(self, usable: pa.Table) -> None:
        """Keep the first rows as they were understood, for the dry run."""
        wanted = EXAMPLES - len(self.tally.row_examples)
        for row in usable.slice(0, wanted).to_pylist() if wanted > 0 else ():
            shown = {name: str(cell) for name, cell in row.items() if cell is not None and not name.endswith("_offset")}
            self.tally.row_examples.append(shown)

    def write(self) -> None:
        """Write everything into the ledger."""
        firm = the_firm()
        for place, (plan, spool) in enumerate(self._spooled):
            table = spool.table()
            source = self._wishes.source or plan.mapping.source or plan.mapping.format or DEFAULT_SOURCE
            currency = plan.options.currency or firm.reporting_currency
            self.tables.append(_told(plan, source, currency))
            if table is None:
                continue
            self.refusals.begin_table(plan.table.headings, place)
            self._note_currency(table, plan, currency)
            for own, part in by_source(table, source, is_told=bool(self._wishes.source)):
                batch = Batch(self._run_id, own, self._now, not self._wishes.is_live, self.images.keep)
                LOADERS[plan.kind](Loading(
                    batch=batch, plan=plan, zone=ZoneInfo(plan.options.time_zone or firm.time_zone), currency=currency,
                    tally=self.tally, refuse=self.refusals.add, progress=self._progress,
                ), part)  # fmt: skip
        self.refusals.close()
        self.images.save()

    def _note_currency(self, table: pa.Table, plan: Plan, currency: str) -> None:
        if "currency" in table.column_names and not plan.options.currency and plan.kind != "products":
            unnamed = sum(not each for each in table["currency"].unique().to_pylist())
            if unnamed:
                self.tally.notes.append(
                    f"Amounts without a currency were taken as {currency}; --currency names another."
                )


def by_source(table: pa.Table, source: str, *, is_told: bool = False) -> Iterator[tuple[str, pa.Table]]:
    """The rows by where each record came from; all are of `source` when the file does not say, or somebody told it."""
    if "record_source" not in table.column_names or is_told:
        yield source, table
        return
    sources = pc.fill_null(table["record_source"], source)
    for own in sources.unique().to_pylist():
        yield own[:60], table.filter(pc.equal(sources, own))


def _told(plan: Plan, source: str, currency: str) -> dict[str, Any]:
    """What is kept of a table, so that its refused rows can be read again."""
    return {
        "name": plan.table.name, "headings": list(plan.table.headings), "source": source, "currency": currency,
        "mapping": document_of(plan.mapping, plan.options), "is_wide": plan.is_wide,
    }  # fmt: skip
