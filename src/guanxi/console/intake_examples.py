"""What a dry run found, as the page shows it: new, updated, conflicting, each with examples."""

from __future__ import annotations

from typing import Any

from guanxi.console.intake_sentences import sentence_words
from guanxi.console.intake_words import FIELD_NAMES, NEW_NAMES, ROW_NAMES, column_name

SHOWN = 8


def examples(answer: dict[str, Any]) -> dict[str, Any]:
    """The first of everything: rows as they were understood, new records, changes, conflicts."""
    told = answer.get("examples", {})
    rows = told.get("rows", [])[:SHOWN]
    names = [name for name in dict.fromkeys(name for row in rows for name in row) if name in FIELD_NAMES]
    return {
        "headings": [FIELD_NAMES.get(name, name) for name in names],
        "rows": [[row.get(name, "") for name in names] for row in rows],
        "new": _new(told.get("new", [])),
        "updated": [_changed(each) for each in told.get("updated", [])[:SHOWN]],
        "conflicts": [
            {**each, "field": column_name(each["field"]), "words": sentence_words(each["sentence"])}
            for each in told.get("conflicts", [])[:SHOWN]
        ],
    }


def _new(found: list[dict[str, str]]) -> list[tuple[Any, list[str]]]:
    """Kinds of new records, each with the first names."""
    by_kind: dict[str, list[str]] = {}
    for each in found:
        by_kind.setdefault(each["kind"], []).append(each["about"])
    return [(NEW_NAMES.get(kind, kind), names) for kind, names in by_kind.items()]


def _changed(example: dict[str, Any]) -> dict[str, Any]:
    before, after = example["before"], example["after"]
    values = [(column_name(name), before.get(name), after[name]) for name in after]
    return {"kind": ROW_NAMES.get(example["kind"], example["kind"]), "about": example["about"], "values": values}
