"""`guanxi export`: everything the firm owns, as files."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from guanxi.cli.failure import fail


class Form(StrEnum):
    CSV = "csv"
    XLSX = "xlsx"
    PARQUET = "parquet"


def export(
    everything: Annotated[
        Path, typer.Option("--all", metavar="FOLDER|FILE.zip", help="Where to: an empty folder, or a new ZIP file.")
    ],
    form: Annotated[Form, typer.Option("--format", help="The form of the tables.")] = Form.CSV,
    as_json: Annotated[bool, typer.Option("--json", help="Answer as one JSON document.")] = False,
) -> None:
    """Take everything out again: a file per table and a manifest with the number of rows of each.

    `guanxi import` recognises the records (customers, contacts, orders …) without a mapping.
    """
    from guanxi.cli.workspace import open_workspace

    open_workspace()
    from guanxi.insights.export import NotAnEmptyFolder, export_all
    from guanxi.kernel.clock import utc_now

    try:
        manifest = export_all(path=everything, form=form.value, now=utc_now())
    except NotAnEmptyFolder as problem:
        fail(str(problem))
    except OSError as problem:
        fail(f"{everything} cannot be written ({problem.strerror}); name another place.")
    if as_json:
        print(json.dumps({"path": str(everything), **manifest}, ensure_ascii=False))
        return
    for table in manifest["tables"]:
        if table["rows"]:
            print(f"{table['rows']:>12,}  {table['file']}")
    print(f"{manifest['rows']:>12,}  rows in {len(manifest['tables'])} tables: {everything}")
