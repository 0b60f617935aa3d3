"""New rules beside the ones in force: a draft, looked at with every run, switched to with a reason or discarded.

Every text that was ever in force is kept as a version.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from guanxi.kernel.money import NoRate
from guanxi.staff import actions as staff_actions
from guanxi.staff.models import User
from guanxi.tiering import actions, documents, previews
from guanxi.tiering.conditions import SchemeError
from guanxi.tiering.grammar import Circular, in_order
from guanxi.tiering.models import Scheme, SchemeDraft, SchemeVersion

OBJECT = "scheme"


class NoReason(Exception):
    """Say in a few words why, so that everybody can read it later."""


def put_in_force(*, text: str, by: User | None, reason: str, now: datetime) -> Scheme:
    """Put the text in force as a new version of the scheme of its name; it is applied with the next run.

    Raises SchemeError, and NoReason when the rules of an existing scheme change without one.
    """
    read = documents.read_scheme(text)
    before = Scheme.objects.filter(name=read.name).first()
    if before is not None and before.document == text:
        return before
    if before is not None and not reason.strip():
        raise NoReason(NoReason.__doc__)
    _refuse_circles(text)
    with transaction.atomic():
        if before is not None:
            _keep_version(before, by=None, reason="")
        scheme = actions.save_scheme(text=text, now=now)
        _keep_version(scheme, by=by, reason=reason.strip())
        _tell("scheme.saved", scheme, by, now, version=scheme.version, reason=reason.strip())
    return scheme


def set_beside(*, scheme: Scheme, text: str, by: User | None, now: datetime) -> SchemeDraft:
    """Keep new rules as the scheme's draft and look at once what they would do. Raises SchemeError."""
    read = documents.read_scheme(text)
    if read.name != scheme.name:
        raise SchemeError("name", f"must stay {scheme.name!r}; save the text as a scheme of its own otherwise.")
    draft, _ = SchemeDraft.objects.update_or_create(
        scheme=scheme, defaults={"document": text, "started_at": now, "started_by": by}
    )
    _tell("scheme.draft_started", scheme, by, now)
    refresh(draft, now=now)
    return draft


def switch(*, scheme: Scheme, by: User | None, reason: str, now: datetime) -> Scheme:
    """Put the draft in force. Raises SchemeDraft.DoesNotExist, SchemeError, NoReason."""
    draft = SchemeDraft.objects.get(scheme=scheme)
    with transaction.atomic():
        found = put_in_force(text=draft.document, by=by, reason=reason, now=now)
        draft.delete()
    return found


def discard(*, scheme: Scheme, by: User | None, now: datetime) -> bool:
    """Throw the draft away; False when there is none."""
    gone, _ = SchemeDraft.objects.filter(scheme=scheme).delete()
    if gone:
        _tell("scheme.draft_discarded", scheme, by, now)
    return bool(gone)


def refresh_all(*, now: datetime) -> int:
    """Look again at what every draft would do; called with each run."""
    drafts = list(SchemeDraft.objects.select_related("scheme"))
    for draft in drafts:
        refresh(draft, now=now)
    return len(drafts)


def refresh(draft: SchemeDraft, *, now: datetime) -> None:
    """Keep what the draft would do by the latest scores, or why that cannot be told."""
    draft.outcome = _outcome(draft.document, now=now)
    draft.refreshed_at = now
    draft.save(update_fields=["outcome", "refreshed_at"])


def switch_on(*, scheme: Scheme, is_on: bool, by: User | None, now: datetime) -> None:
    """Apply a scheme with every run, or no longer; the default one stays on. Raises Circular."""
    if is_on:
        _refuse_circles(scheme.document)
    Scheme.objects.filter(pk=scheme.pk, is_default=False).update(is_active=is_on, updated_at=now)
    _tell("scheme.switched_on" if is_on else "scheme.switched_off", scheme, by, now)


def make_default(*, scheme: Scheme, by: User | None, now: datetime) -> None:
    """Make it the scheme that pages and journeys speak of."""
    actions.set_default_scheme(scheme=scheme, now=now)
    _tell("scheme.made_default", scheme, by, now)


def _keep_version(scheme: Scheme, *, by: User | None, reason: str) -> None:
    SchemeVersion.objects.get_or_create(
        scheme=scheme,
        version=scheme.version,
        defaults={"document": scheme.document, "saved_at": scheme.updated_at, "saved_by": by, "reason": reason},
    )


def _refuse_circles(text: str) -> None:
    read = documents.read_scheme(text)
    others = Scheme.objects.filter(is_active=True).exclude(name=read.name)
    in_order({read.name: read, **{each.name: documents.read_scheme(each.document) for each in others}})


def _outcome(text: str, *, now: datetime) -> dict[str, Any]:
    try:
        found = previews.preview(text, now=now)
    except (SchemeError, Circular, NoRate) as error:
        return {"problem": str(error)}
    if found is None:
        return {}
    return {
        "as_of": found.run.as_of.isoformat(),
        "currency": found.run.currency,
        "moving": found.moving,
        "moving_spend": str(found.moving_spend),
        "tiers": [{"tier": row.tier, "customers": row.customers, "spend": str(row.spend)}
                  for row in found.overview.tiers],
        "streams": [{"from": each.before, "to": each.after, "customers": each.customers, "spend": str(each.spend)}
                    for each in found.streams if each.before],
    }  # fmt: skip


def _tell(act: str, scheme: Scheme, by: User | None, now: datetime, **details: Any) -> None:
    staff_actions.append_audit(
        actor=by, act=act, now=now, object_kind=OBJECT, object_id=scheme.pk, details={"name": scheme.name, **details}
    )
