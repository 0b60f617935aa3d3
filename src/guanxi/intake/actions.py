"""Takes files in: received, tried out, run, undone."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping as Document
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from django.conf import settings
from django.db import transaction

from guanxi.catalogue import actions as catalogue_actions
from guanxi.consent import actions as consent_actions
from guanxi.intake import images
from guanxi.intake.importing import DEFAULT_SOURCE, Import, Wishes
from guanxi.intake.loading import Progress
from guanxi.intake.mapping import Mapping, mapping_from
from guanxi.intake.models import BeforeImage, ImportRun, RejectedRow
from guanxi.intake.rows import UnusableFile
from guanxi.kernel.cycles import rare_looks
from guanxi.ledger import bulk_undo

UPLOADS = "uploads"
CHUNK = 1 << 20


class NotToBeRun(Exception):
    """This import has been run already; import the file again instead."""


class NotToBeUndone(Exception):
    """Only an import that is done can be undone."""


def no_progress(what: str, done: int, total: int) -> None:
    """Shows nothing."""


def receive(
    *,
    file: BinaryIO,
    name: str,
    now: datetime,
    user: Any = None,
    kind: str = "auto",
    source: str = "",
    mapping: Document[str, Any] | None = None,
    currency: str = "",
    is_live: bool = False,
) -> ImportRun:
    """Keep an uploaded file in the data folder under a random name and make a pending run of it.

    `mapping` is a document as mapping_from reads it. Raises BadMapping.
    """
    if mapping:
        mapping_from(dict(mapping))
    folder = settings.GUANXI_DATA / UPLOADS
    folder.mkdir(parents=True, exist_ok=True)
    stored = folder / secrets.token_hex(16)
    digest = hashlib.sha256()
    with stored.open("xb") as out:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
            out.write(chunk)
    return ImportRun.objects.create(
        file_name=Path(name).name[:300], stored_path=f"{UPLOADS}/{stored.name}", digest=digest.hexdigest(), kind=kind,
        source=source[:60], mapping=dict(mapping or {}), options={"currency": currency}, is_live=is_live,
        started_by=user, started_at=now,
    )  # fmt: skip


def choose(*, run: ImportRun, changes: Document[str, Any]) -> ImportRun:
    """Change kind, source, mapping, currency or is_live of a pending run. Raises NotToBeRun, BadMapping."""
    if run.state != "pending":
        raise NotToBeRun
    if changes.get("mapping"):
        mapping_from(dict(changes["mapping"]))
    for field in ("kind", "source", "mapping", "is_live"):
        setattr(run, field, changes.get(field, getattr(run, field)))
    if "currency" in changes:
        run.options = {**run.options, "currency": changes["currency"]}
    run.save()
    return run


def dry_run(*, run: ImportRun, now: datetime, progress: Progress = no_progress) -> dict[str, Any]:
    """What `run` would do, without doing it: the answer, plus `examples` (see Tally.examples).

    Raises UnusableFile.
    """
    return _try_out(settings.GUANXI_DATA / run.stored_path, run.file_name, _wishes_of(run), now, progress)


def run(*, run: ImportRun, now: datetime, progress: Progress = no_progress) -> dict[str, Any]:
    """Import a received file, all of it or nothing. Raises UnusableFile, NotToBeRun.

    A run that failed, or whose process was killed, may be run again.
    """
    claimed = (
        ImportRun.objects.filter(pk=run.pk).exclude(state__in=["done", "undone"]).update(state="running", error="")
    )
    if not claimed:
        raise NotToBeRun
    run.refresh_from_db()
    return _carry_out(run, settings.GUANXI_DATA / run.stored_path, _wishes_of(run), now, progress)


def import_file(
    *, path: Path, wishes: Wishes, now: datetime, is_dry: bool = False, progress: Progress = no_progress
) -> dict[str, Any]:
    """Import a file, or all files of a folder, where it lies; with `is_dry` write nothing. Raises UnusableFile."""
    if not path.exists():
        raise UnusableFile(f"{path} is no file and no folder; check the path.")
    if is_dry:
        return _try_out(path, path.name, wishes, now, progress)
    record = ImportRun.objects.create(
        file_name=path.name[:300], digest=_digest(path), kind=wishes.kind, source=wishes.source[:60],
        options={"currency": wishes.currency}, is_live=wishes.is_live, state="running", started_at=now,
    )  # fmt: skip
    return _carry_out(record, path, wishes, now, progress)


def _digest(path: Path) -> str:
    if path.is_dir():
        files = sorted(each for each in path.iterdir() if each.is_file())
        return hashlib.sha256("\n".join(map(_digest, files)).encode()).hexdigest()
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _wishes_of(run: ImportRun) -> Wishes:
    mapping: Mapping | None = mapping_from(run.mapping) if run.mapping else None
    return Wishes(run.kind, run.source, mapping, run.options.get("currency", ""), run.is_live)


def _carry_out(record: ImportRun, path: Path, wishes: Wishes, now: datetime, progress: Progress) -> dict[str, Any]:
    job = Import(path, wishes, name=record.file_name, now=now, run_id=record.pk, keeps_rejects=True, progress=progress)
    with job, rare_looks():
        try:
            job.read()
            with transaction.atomic():
                job.write()
                job.refusals.save()
                answer = _finish(record, job, now)
        except BaseException as problem:
            job.refusals.discard()
            ImportRun.objects.filter(pk=record.pk).update(state="failed", error=str(problem)[:2000], ended_at=now)
            raise
    return answer


def _finish(record: ImportRun, job: Import, now: datetime) -> dict[str, Any]:
    paths = [str(path) for path in job.refusals.paths]
    answer = {"run": record.pk, **job.tally.answer(), "rejects_file": paths[0] if paths else None}
    if len(paths) > 1:
        answer["notes"] = [*answer["notes"], f"Rejects of the other tables: {', '.join(paths[1:])}."]
    record.kind = job.tally.kind()
    record.format = ", ".join(job.tally.formats)[:40]
    record.options = {**record.options, "tables": job.tables}
    record.source = record.source or record.format or DEFAULT_SOURCE
    record.state, record.result, record.ended_at = "done", answer, now
    record.save()
    return answer


class _TriedOut(Exception):
    """Carries nothing: it rolls a dry run back."""


def _try_out(path: Path, name: str, wishes: Wishes, now: datetime, progress: Progress) -> dict[str, Any]:
    """Do everything and take it back: so the counts are those of the real run."""
    job = Import(path, wishes, name=name, now=now, run_id=0, keeps_rejects=False, progress=progress)
    with job, rare_looks():
        job.read()
        try:
            with transaction.atomic():
                job.write()
                raise _TriedOut
        except _TriedOut:
            pass
    return {"run": None, **job.tally.answer(), "rejects_file": None, "examples": job.tally.examples()}


def undo(*, run: ImportRun, now: datetime) -> dict[str, Any]:
    """Take the import back whole: delete what it created, put back what it changed. Raises NotToBeUndone.

    What was changed again since stays and is named in `stays`; a permission on whose strength somebody has been written
    to stays as evidence, withdrawn.
    """
    with transaction.atomic():
        return _taken_back(run, now)


def undo_preview(*, run: ImportRun, now: datetime) -> dict[str, Any]:
    """What undo would answer, without a trace. Raises NotToBeUndone."""
    answer: dict[str, Any] = {}
    try:
        with transaction.atomic():
            answer = _taken_back(run, now)
            raise _TriedOut
    except _TriedOut:
        run.refresh_from_db()
    return answer


def _taken_back(run: ImportRun, now: datetime) -> dict[str, Any]:
    if not ImportRun.objects.filter(pk=run.pk, state="done").update(state="undone", ended_at=now):
        raise NotToBeUndone
    changed_later = images.changed_later(run.pk)
    is_whole = not run.result.get("updated") or images.are_kept(run.pk)
    back = bulk_undo.put_back(changes=(each for each in images.images_of(run.pk) if each.kind != "product"), now=now)
    for change in images.images_of(run.pk, kind="product"):
        images.put_product_back(change, back)
    # Permissions first: the database lets none go with its contact (consent.forgetting).
    permissions, permissions_kept = consent_actions.withdraw_batch(batch=run.pk, now=now)
    gone = bulk_undo.withdraw_batch(batch=run.pk, now=now)
    RejectedRow.objects.filter(run=run).delete()
    BeforeImage.objects.filter(run=run).delete()
    run.refresh_from_db()
    return {
        **asdict(gone), "products": catalogue_actions.withdraw_batch(batch=run.pk), "permissions": permissions,
        "permissions_kept": permissions_kept, "restored": sum(back.rows.values()), "restored_by_kind": dict(back.rows),
        "stays": back.stays, "stays_count": back.stays_count, "changed_later": changed_later, "is_whole": is_whole,
    }  # fmt: skip


def forget_expired(*, now: datetime) -> int:
    """Delete refused rows and before-images whose time has run out, and the files beside them; returns how many."""
    expired = RejectedRow.objects.filter(expires_at__lte=now)
    for run_id in expired.values_list("run_id", flat=True).distinct():
        for path in (settings.GUANXI_DATA / "rejects").glob(f"import-{run_id}*.csv"):
            path.unlink(missing_ok=True)
    return expired.delete()[0] + BeforeImage.objects.filter(expires_at__lte=now).delete()[0]
