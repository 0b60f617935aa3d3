"""Mappings saved under a name: recognised by their heading line, listed, renamed, deleted, given out as YAML."""

from __future__ import annotations

from collections.abc import Mapping as Document
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

import yaml
from django.db import IntegrityError, transaction

from guanxi.intake.mapping import Mapping, Options, mapping_from
from guanxi.intake.models import Mapping as SavedMapping
from guanxi.intake.recognise import key_of


class NameTaken(ValueError):
    """Another mapping has this name; choose another one."""

    def __init__(self, name: str) -> None:
        super().__init__(f"There is a mapping {name} already; choose another name.")


def document_of(mapping: Mapping, options: Options | None = None) -> dict[str, Any]:
    """A mapping as it stands in a YAML file; options that are as usual are left out."""
    usual = Options()
    told = {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in asdict(options or mapping.options).items()
        if value != getattr(usual, name)
    }
    document: dict[str, Any] = {
        "kind": mapping.kind, "columns": {field: list(headings) for field, headings in mapping.columns.items()},
    }  # fmt: skip
    if told:
        document["options"] = told
    if mapping.source:
        document["source"] = mapping.source
    return document


def save_profile(*, name: str, document: Document[str, Any], headings: Sequence[str], now: datetime) -> SavedMapping:
    """Keep a mapping under `name`, in the place of one that has this name. Raises BadMapping."""
    mapping_from(dict(document), name=name)
    saved, _ = SavedMapping.objects.update_or_create(
        name=name[:120],
        defaults={"document": dict(document), "headings": list(headings)},
        create_defaults={"document": dict(document), "headings": list(headings), "created_at": now},
    )
    return saved


def rename_profile(*, profile: SavedMapping, name: str) -> None:
    """Raises NameTaken."""
    profile.name = name[:120]
    try:
        with transaction.atomic():
            profile.save(update_fields=["name"])
    except IntegrityError:
        raise NameTaken(name) from None


def delete_profile(*, profile: SavedMapping) -> None:
    """Files with this heading line are recognised as before the mapping was saved."""
    profile.delete()


def profile_for(headings: Sequence[str], *, kind: str = "auto") -> Mapping | None:
    """The saved mapping whose whole heading line is among `headings`; of several the one with the longest line."""
    keys = {key_of(heading) for heading in headings}
    fitting = [
        saved
        for saved in SavedMapping.objects.order_by("id")
        if saved.headings and keys.issuperset(map(key_of, saved.headings))
        and kind in {"auto", saved.document.get("kind", "orders")}
    ]  # fmt: skip
    if not fitting:
        return None
    best = max(fitting, key=lambda saved: (len(saved.headings), saved.pk))
    return mapping_from(best.document, name=best.name[:40])


def as_yaml(profile: SavedMapping) -> str:
    """The mapping as a file for `guanxi import --mapping`."""
    return yaml.safe_dump(profile.document, allow_unicode=True, sort_keys=False)
