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
        list[Path] | None,
        typer.Argument(help="CSV (also gzipped), TSV, Excel, JSON, Parquet, or a ZIP or folder of such."),
    ] = None,
    kind: Annotated[Kind, typer.Option(help="What the rows are; found out from the heading by default.")] = Kind.AUTO,
    source: Annotated[
        str, typer.Option(help="Name of where the file comes from; numbers are unique within one source.")
    ] = "",
    mapping: Annotated[Path | None, typer.Option(help="YAML file that says which column is what.")] = None,
    currency: Annotated[str, typer.Option(help="Currency of amounts that name none, such as USD.")] = "",
    date_order: DateOrderOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would happen and write nothing.")] = False,
    undo: Annotated[
        int | None, typer.Option(help="Take back an earlier import whole, by the number it answered with; no files.")
    ] = None,
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

    if (undo is None) == (not files):
        raise typer.BadParameter("name the files to import, or one import to take back: guanxi import --undo 12.")
    open_workspace()
    if undo is not None:
        _print_undone(undo, _undo(undo, dry_run), dry_run, as_json)
        return
    wishes = replace(_wishes(kind, source, mapping, currency, live), date_order=date_order.value if date_order else "")
    answers = [(path, _import(path, wishes, dry_run)) for path in files or []]
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


def _undo(number: int, is_dry: bool) -> dict[str, Any]:
    from guanxi.intake import actions as intake_actions
    from guanxi.intake.models import ImportRun
    from guanxi.kernel.clock import utc_now

    run = ImportRun.objects.filter(pk=number).first()
    if run is None:
        fail(f"there is no import {number}; the console's Import page lists them all.")
    try:
        return (intake_actions.undo_preview if is_dry else intake_actions.undo)(run=run, now=utc_now())
    except intake_actions.NotToBeUndone:
        fail(f"import {number} is {run.state}; only an import that is done can be taken back.")


def _print_undone(number: int, answer: dict[str, Any], is_dry: bool, as_json: bool) -> None:
    if as_json:
        print(json.dumps(answer, ensure_ascii=False, indent=2))
        return
    would = "would be" if is_dry else "is"
    print(
        f"Import {number} {would} taken back: {answer['customers']:,} customers, {answer['contacts']:,} contacts, "
        f"{answer['orders']:,} orders; put back as before: {answer['restored']:,} rows"
    )
    if answer["customers_kept"]:
        print(f"  {answer['customers_kept']:,} customers stay, since something else has come to hang on them")
    for line in answer["stays"]:
        print(f"  stays, since it was changed again: {line}")


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
    if answer["run"]:
        print(f"  to take it back: guanxi import --undo {answer['run']}")
