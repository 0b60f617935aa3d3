"""`guanxi predict`: who is still alive, how many orders are to come, what they are worth, and when the next is due."""

from __future__ import annotations

import json
import os
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from guanxi.cli.answers import DateOrderOption
from guanxi.cli.failure import day_named
from guanxi.cli.tier import _currency, _rate, _waiting

if TYPE_CHECKING:
    from guanxi.cli.predict_sources import Prediction


class Unit(StrEnum):
    DAY = "day"
    WEEK = "week"


UNIT_DAYS = {Unit.DAY: 1, Unit.WEEK: 7}
HORIZON_DAYS = {Unit.DAY: 365, Unit.WEEK: 364}


def predict(
    file: Annotated[
        Path | None, typer.Argument(help="Orders: CSV, TSV, Excel, JSON or Parquet. Without it: the workspace.")
    ] = None,
    until: Annotated[
        str | None, typer.Option(help="The last day that is seen; by default that of the file's last order, or today.")
    ] = None,
    unit: Annotated[Unit, typer.Option(help="What the models count time in.")] = Unit.DAY,
    horizon: Annotated[
        int | None,
        typer.Option(
            min=1, max=36_500, help="How many days to look ahead; by default 365, or 52 weeks with --unit week."
        ),
    ] = None,
    mapping: Annotated[Path | None, typer.Option(help="YAML file that says which column is what.")] = None,
    date_order: DateOrderOption = None,
    currency: Annotated[str | None, typer.Option(help="Currency of the answer, and of amounts that name none.")] = None,
    rate: Annotated[list[str] | None, typer.Option(help="GBP=1.60: one GBP in the currency of the answer.")] = None,
    out: Annotated[
        Path | None, typer.Option(help="Write one row per customer: .xlsx, .csv, .parquet or .json.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Answer as one JSON document.")] = False,
) -> None:
    """Look ahead: chance alive, expected orders and their value for every customer, and when the next order is due.

    BG/NBD counts, Gamma-Gamma values; both are fitted to the orders by maximum likelihood. `expected_orders` are days
    with an order within --horizon days after --until. With FILE nothing but the file is read, and no database touched.
    """
    # The arrays are small: more threads only wait for each other.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from guanxi.cli import predict_files, predict_sources
    from guanxi.cli.predict_sources import Wishes
    from guanxi.engine.connection import open_engine

    if out is not None:
        predict_files.writer_for(out)
    wishes = Wishes(
        None if until is None else day_named(until, "--until"), horizon or HORIZON_DAYS[unit], UNIT_DAYS[unit],
        _currency(currency), dict(map(_rate, rate or [])), date_order or "",
    )  # fmt: skip
    with open_engine() as engine, _waiting("Reading the orders and fitting the models"):
        if file is None:
            found = predict_sources.of_workspace(engine, wishes)
        else:
            found = predict_sources.of_file(engine, file, wishes, mapping=mapping)
        if out is not None:
            predict_files.write(found, out)
    if as_json:
        print(json.dumps(found.document() | {"unit": unit.value}, ensure_ascii=False, indent=2))
    else:
        _print_overview(found, unit, out)


def _print_overview(found: Prediction, unit: Unit, out: Path | None) -> None:
    from rich.console import Console
    from rich.table import Table

    from guanxi.cli.tier_print import print_rejects

    document = found.document()
    console = Console(highlight=False)
    console.print(
        f"{document['customers']:,} customers as of {document['until']}; in the next {document['horizon_days']} days "
        f"{document['expected_orders']:,.0f} order days are expected, worth {document['expected_value']:,.0f} "
        f"{document['currency']}".rstrip()
    )
    table = Table("Model", "Parameter", "Estimate", "Standard error")
    for name, title in (("bgnbd", f"BG/NBD (in {unit.value}s)"), ("gammagamma", "Gamma-Gamma")):
        _print_fit(table, title, document[name])
    console.print(table)
    print_rejects(console, found.rejects)
    for note in document["notes"]:
        console.print(note)
    if out is not None:
        console.print(f"Written: {out}", soft_wrap=True)


def _print_fit(table: Any, title: str, fit: dict[str, Any]) -> None:
    told = {"log_likelihood", "converged", "standard_errors", "notes"}
    for name, value in fit.items():
        if name in told or value is None:
            continue
        error = fit["standard_errors"].get(name)
        table.add_row(title, name, f"{value:.4g}", "–" if error is None else f"{error:.2g}")
        title = ""
    if fit["log_likelihood"] is not None:
        table.add_row(title, "log-likelihood", f"{fit['log_likelihood']:.1f}", "" if fit["converged"] else "no optimum")
    else:
        table.add_row(title, "–", "too few data", "")
