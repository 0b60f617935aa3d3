"""Questions about imports."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import QuerySet

from guanxi.intake.fields import FIELDS, KINDS
from guanxi.intake.mapping import Mapping, mapping_from
from guanxi.intake.models import ImportRun, RejectedRow
from guanxi.intake.models import Mapping as SavedMapping
from guanxi.intake.planning import whole_batches
from guanxi.intake.profiles import profile_for
from guanxi.intake.reading import Table, open_tables
from guanxi.intake.recognise import columns_for, recognise
from guanxi.intake.refusals import OWN_COLUMNS


def recent_runs(*, limit: int = 20) -> list[ImportRun]:
    """The latest imports, newest first."""
    return list(ImportRun.objects.select_related("started_by").order_by("-id")[:limit])


def rejects_of(run: ImportRun, *, state: str = "") -> QuerySet[RejectedRow]:
    """The refused rows kept of a run, in the order of the file; the file `rejects_file` of its result has all."""
    rejects = RejectedRow.objects.filter(run=run).order_by("row", "id")
    return rejects.filter(state=state) if state else rejects


def rejects_table(run: ImportRun) -> tuple[list[str], Iterator[list[Any]]]:
    """The refused rows that nobody has mended, with field and reason first: a heading and the rows."""
    tables = run.options.get("tables") or []
    headings = list(dict.fromkeys(heading for table in tables for heading in table["headings"]))
    rows = (
        [each.row, each.field, each.reason, *(each.content.get(heading, "") for heading in headings)]
        for each in rejects_of(run, state="open").iterator()
    )
    return [*OWN_COLUMNS, *headings], rows


def rejects_path(run: ImportRun) -> Path | None:
    """Where the file with all refused rows lies, if it is still there."""
    told = run.result.get("rejects_file")
    path = settings.GUANXI_DATA / "rejects" / Path(told).name if told else None
    return path if path and path.is_file() else None


def saved_mappings() -> dict[str, Mapping]:
    return {row.name: mapping_from(row.document, name=row.name) for row in SavedMapping.objects.order_by("name")}


def look_at(run: ImportRun, *, kind: str = "", samples: int = 5) -> list[dict[str, Any]]:
    """Each table of a received file with its headings, sample cells and the field each heading is taken for.

    `kind` is what it is taken for, by default what the run says. Raises UnusableFile.
    """
    with open_tables(settings.GUANXI_DATA / run.stored_path, name=run.file_name) as tables:
        return [_seen(table, kind or run.kind, samples) for table in tables]


def _seen(table: Table, kind: str, samples: int) -> dict[str, Any]:
    first = next(whole_batches(table), None)
    profile = profile_for(table.headings, kind=kind)
    found = profile or recognise(table.headings, kind=kind)
    columns = found.columns if found else columns_for(table.headings, kind if kind in KINDS else "orders")
    taken_for = {heading: field for field, group in columns.items() for heading in group}
    cells = {heading: array[:samples].to_pylist() for heading, array in first.cells.items()} if first else {}
    return {
        "name": table.name,
        "kind": found.kind if found else "",
        "format": found.format if found else "",
        "profile": profile.format if profile else "",
        "columns": [
            {
                "heading": heading,
                "samples": [str(cell) for cell in cells.get(heading, []) if cell is not None],
                "field": taken_for.get(heading, ""),
            }
            for heading in table.headings
        ],
    }


def fields_of(kind: str) -> dict[str, str]:
    """Our fields in a file of this kind, with their meaning."""
    return {name: field.meaning for name, field in FIELDS.items() if kind in field.kinds}
