"""`guanxi import`: rows of files become rows of the ledger."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from guanxi.cli.answers import DateOrderOption
from guanxi.cli.failure import fail

if TYPE_CHECKING:
    from guanxi.intake.importing import Wishes
    from guanxi.intake.loading import Progress


class Kind(StrEnum):
    AUTO = "auto"
    CUSTOMERS = "customers"
    CONTACTS = "contacts"
    ORDERS = "orders"
    LINES = "lines"
    PRODUCTS = "products"
    INVOICES = "invoices"
    PAYMENTS = "payments"
    EVENTS = "events"
    RATES = "rates"
    CONSENTS = "consents"


def import_(
    files: Annotated[
        list[Path], typer.Argument(help="CSV (also gzipped), TSV, Excel, JSON, Parquet, or a ZIP or folder of such.")
    ],
    kind: Annotated[Kind, typer.Option(help="What the rows are; found out from the heading by default.")] = Kind.AUTO,
    source: Annotated[
        str, typer.Option(help="Name of where the file comes from; numbers are unique within one source.")
    ] = "",
    mapping: Annotated[Path | None, typer.Option(help="YAML file that says which column is what.")] = None,
    currency: Annotated[str, typer.Option(help="Currency of amounts that name none, such as USD.")] = "",
    date_order: DateOrderOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would happen and write nothing.")] = False,
    live: Annotated[
        bool, typer.Option("--live", help="These rows happened now: they may start journeys. History never does.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Answer as one JSON document, a list for several files.")
    ] = False,
) -> None:
    """Import customers, contacts, orders and what belongs to them. The same file twice creates nothing new.

    A file is imported whole or not at all; rows that cannot be used are counted and kept with the reason.
    """
    from guanxi.cli.workspace import open_workspace

    open_workspace()
    wishes = replace(_wishes(kind, source, mapping, currency, live), date_order=date_order.value if date_order else "")
    answers = [(path, _import(path, wishes, dry_run)) for path in files]
    if as_json:
        documents = [answer for _, answer in answers]
        listed = [{"file": str(path), **answer} for path, answer in answers]
        print(json.dumps(documents[0] if len(documents) == 1 else listed, ensure_ascii=False, indent=2))
        return
    for path, answer in answers:
        _print(path, answer, dry_run)


def _wishes(kind: Kind, source: str, mapping: Path | None, currency: str, live: bool) -> Wishes:
    from guanxi.intake.importing import Wishes
    from guanxi.intake.mapping import BadMapping
    from guanxi.intake.planning import read_mapping
    from guanxi.kernel.places import currency_code

    code = currency_code(currency) if currency else ""
    if currency and not code:
        fail(f"--currency {currency} is no currency; write a code such as USD.")
    try:
        document = read_mapping(mapping) if mapping else None
    except BadMapping as problem:
        fail(f"--mapping {mapping}: {problem}")
    return Wishes(kind=kind.value, source=source, mapping=document, currency=code, is_live=live)


def _import(path: Path, wishes: Wishes, is_dry: bool) -> dict[str, Any]:
    from guanxi.intake import actions as intake_actions
    from guanxi.intake.rows import UnusableFile
    from guanxi.kernel.clock import utc_now

    with _progress_bar(path.name) as progress:
        try:
            return intake_actions.import_file(path=path, wishes=wishes, now=utc_now(), is_dry=is_dry, progress=progress)
        except UnusableFile as problem:
            fail(str(problem))


@contextmanager
def _progress_bar(name: str) -> Iterator[Progress]:
    if not sys.stderr.isatty():
        yield lambda what, done, total: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(name, total=None)

        def show(what: str, done: int, total: int) -> None:
            bar.update(task, description=f"{name}: {what}", completed=done, total=total or None)

        yield show


def _print(path: Path, answer: dict[str, Any], is_dry: bool) -> None:
    would = "would be " if is_dry else ""
    counts = {name: f"{count:,}" for name, count in answer.items() if isinstance(count, int)}
    print(f"{path}: {counts['rows']} rows of {answer['kind']}")
    print(f"  {counts['accepted']} {would}accepted, {counts['rejected']} rejected, {counts['conflicts']} in conflict")
    print(
        f"  new: {counts['customers_created']} customers, {counts['contacts_created']} contacts, "
        f"{counts['orders_created']} orders; changed: {counts['updated']}"
    )
    for reject in answer["rejects"][:5]:
        print(f"  row {reject['row']}: {reject['field'] or 'the row'}: {reject['reason']}")
    if answer["rejects_file"]:
        print(f"  all rejected rows: {answer['rejects_file']}")
    for note in answer["notes"]:
        print(f"  note: {note}")
