"""The evidence pack: one ZIP that answers an inspection of data protection (G-10). It holds no reader's name."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Count, Max, Min
from django.forms.models import model_to_dict

from guanxi.consent.models import Permission, SubjectRequest, Suppression
from guanxi.firm.queries import the_firm
from guanxi.intake.values import guarded
from guanxi.outbox.models import Sender, SendingPolicy
from guanxi.privacy import processing, retention
from guanxi.privacy.models import Assessment, Breach, Erasure, Reading, RetentionRun
from guanxi.privacy.registry import BY_MODEL
from guanxi.staff import actions as staff_actions
from guanxi.staff.models import AuditEntry, User
from guanxi.staff.roles import ROLES
from guanxi.tiering.models import SchemeVersion

Rows = Iterable[Sequence[Any]]


def evidence_pack(*, now: datetime, language: str = "en", actor: User | None = None) -> bytes:
    """The ZIP file, with a manifest of every file's SHA-256. Leaves a line in the audit trail."""
    record = processing.record(language=language, now=now)
    files: dict[str, bytes] = {
        "record-of-processing.json": _json(record),
        "record-of-processing.xlsx": processing.as_workbook(record),
        "laws.json": _json(processing.laws(language)),
        "settings.json": _json(_settings()),
        "registry.csv": _csv(("table", "fate", "holds", "because"), (
            (entry.model, entry.fate.value, str(entry.holds), str(entry.because)) for entry in BY_MODEL.values())),
        "permissions.csv": _csv(("country", "purpose", "state", "basis", "method", "count", "first", "latest"),
                                _permissions()),
        "suppressions.csv": _csv(("scope", "reason", "count"), Suppression.objects.values_list("scope", "reason")
                                 .annotate(count=Count("id")).order_by("scope", "reason")),
        "requests.csv": _csv(("id", "kind", "state", "via", "asked", "due", "closed", "outcome"),
                             SubjectRequest.objects.order_by("id").values_list(
                                 "id", "kind", "state", "via", "asked_at", "due_at", "closed_at", "outcome")),
        "erasures.csv": _csv(("id", "erased", "reason", "via", "state", "finished", "left"), (
            (each.pk, each.erased_at, each.reason, each.via, each.state, each.finished_at, len(each.places))
            for each in Erasure.objects.order_by("id"))),
        "breaches.csv": _csv(("id", "what", "noticed", "due", "people", "reported", "not reported because", "closed"),
                             Breach.objects.order_by("id").values_list(
                                 "id", "what", "noticed_at", "due_at", "people", "reported_at", "not_reported_because",
                                 "closed_at")),
        "assessments.json": _json([_plain_row(each) for each in Assessment.objects.order_by("id")]),
        "retention.csv": _csv(("rule", "when", "days", "count"), RetentionRun.objects.order_by("id").values_list(
            "key", "at", "days", "count")),
        "readings.csv": _csv(("who", "what", "on", "times"), Reading.objects.order_by("on", "id").values_list(
            "user__email", "what", "on", "times")),
        "policies.csv": _csv(("scheme", "version", "saved", "by", "reason"), SchemeVersion.objects.order_by("id")
                             .values_list("scheme__name", "version", "saved_at", "saved_by__email", "reason")),
        "audit.csv": _csv(("at", "who", "act", "about", "id", "details"), _audit()),
        "roles.json": _json({role: sorted(rights) for role, rights in ROLES.items()}),
    }  # fmt: skip
    files["manifest.json"] = _json({
        "made_at": now.isoformat(), "firm": the_firm().name,
        "sha256": {name: hashlib.sha256(content).hexdigest() for name, content in files.items()},
    })  # fmt: skip
    staff_actions.append_audit(actor=actor, act="evidence.exported", now=now, details={"files": len(files)})
    return _zip(files)


def _settings() -> dict[str, Any]:
    """What the firm has set, without a secret in it."""
    policy = SendingPolicy.objects.filter(pk=1).first()
    senders = [{"name": each.name, "address": each.address, "settings": each.settings} for each in Sender.objects.all()]
    staff = User.objects.filter(is_active=True).values_list("role").annotate(count=Count("id")).order_by("role")
    return {
        "firm": model_to_dict(the_firm()), "sending": model_to_dict(policy) if policy else {}, "senders": senders,
        "retention_days": retention.spans(), "staff": dict(staff),
    }  # fmt: skip


def _permissions() -> Rows:
    return (
        Permission.objects.values_list("contact__customer__country", "channel", "purpose", "state", "basis", "method")
        .annotate(count=Count("id"), first=Min("obtained_at"), latest=Max("obtained_at"))
        .order_by("contact__customer__country", "channel", "purpose", "state", "basis", "method")
    )


def _audit() -> Rows:
    rows = AuditEntry.objects.order_by("id").values_list(
        "at", "actor_label", "act", "object_kind", "object_id", "details"
    )
    return ((*row[:5], json.dumps(row[5], ensure_ascii=False)) for row in rows.iterator(chunk_size=2000))


def _plain_row(row: Any) -> dict[str, Any]:
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=1, default=str).encode()


def _csv(heading: Sequence[str], rows: Rows) -> bytes:
    text = io.StringIO()
    text.write("\ufeff")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(heading)
    writer.writerows([_cell(each) for each in row] for row in rows)
    return text.getvalue().encode()


def _cell(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    return guarded(value) if isinstance(value, str) else value


def _zip(files: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return file.getvalue()
