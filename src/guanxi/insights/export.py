"""Everything the firm owns, in one folder or one ZIP, at any time (D-26)."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from guanxi.firm.queries import the_firm
from guanxi.insights import export_files, export_tables
from guanxi.insights.export_files import FORMS

MANIFEST = "manifest.json"
OTHERS = "other"
Progress = Callable[[str, int], None]  # which table, how many are done


class NotAnEmptyFolder(ValueError):
    """The export goes into a folder that is empty or not there yet, or into a ZIP that is not there yet."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} is there already; name an empty folder or a new FILE.zip.")


def export_all(
    *, path: Path, form: str = "csv", now: datetime, with_audit: bool = True, progress: Progress = lambda _, __: None
) -> dict[str, Any]:
    """Write every table to a folder, or to a ZIP when `path` ends so; returns the manifest, which lies beside them.

    The manifest tells for each file its table, its rows and its columns. Raises NotAnEmptyFolder.
    """
    if path.suffix.lower() == ".zip":
        return _to_zip(path, form, now, with_audit, progress)
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise NotAnEmptyFolder(path)
    path.mkdir(parents=True, exist_ok=True)
    return _to_folder(path, form, now, with_audit, progress)


def _to_zip(path: Path, form: str, now: datetime, with_audit: bool, progress: Progress) -> dict[str, Any]:
    if path.exists():
        raise NotAnEmptyFolder(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    try:
        with TemporaryDirectory(prefix="guanxi-") as name:
            folder = Path(name)
            with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as archive:

                def pack(file: Path) -> None:
                    archive.write(file, file.relative_to(folder))
                    file.unlink()

                manifest = _to_folder(folder, form, now, with_audit, progress, pack)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return manifest


def _to_folder(
    folder: Path, form: str, now: datetime, with_audit: bool, progress: Progress,
    finished: Callable[[Path], None] = lambda file: None,
) -> dict[str, Any]:  # fmt: skip
    assert form in FORMS
    told = []
    tables = [(each, "") for each in export_tables.records()]
    tables += [(each, OTHERS) for each in export_tables.others(with_audit=with_audit)]
    for done, (table, inner) in enumerate(tables):
        progress(table.name, done)
        file = folder / inner / f"{table.name}.{form}"
        file.parent.mkdir(exist_ok=True)
        rows = export_files.write(table, file, form)
        told.append({
            "file": str(file.relative_to(folder).as_posix()), "table": table.name, "rows": rows,
            "columns": [column.heading for column in table.columns], "can_be_imported": table.is_known,
        })  # fmt: skip
        finished(file)
    manifest = _manifest(told, form, now)
    file = folder / MANIFEST
    file.write_text(json.dumps(manifest, ensure_ascii=False, indent=1), encoding="utf-8")
    finished(file)
    return manifest


def _manifest(tables: list[dict[str, Any]], form: str, now: datetime) -> dict[str, Any]:
    firm = the_firm()
    return {
        "made_by": "guanxi", "version": 1, "made_at": now.isoformat(), "firm": firm.name, "format": form,
        "reporting_currency": firm.reporting_currency, "rows": sum(each["rows"] for each in tables), "tables": tables,
        "left_out": "Passwords, keys and their fingerprints; uploaded files and pictures lie in the data folder.",
    }  # fmt: skip
