"""Reads the saved definitions of the library; checks them at once, so that a wrong one never meets a reader."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

LIBRARY = Path(__file__).parent / "library"
KNOWN = frozenset({"id", "title", "claim", "measure", "with", "needs", "design", "sample"})


@dataclass(frozen=True, slots=True)
class Definition:
    """What is claimed, by which measure it is looked at, which data that needs, and how to prove it.

    `sample` are the share it is assumed to be without, and the change claimed, for the size of the groups.
    """

    id: str
    title: Mapping[str, str]
    claim: Mapping[str, str]
    measure: str
    needs: tuple[str, ...]
    design: Mapping[str, str]
    wishes: Mapping[str, Any] = field(default_factory=dict)
    sample: Mapping[str, float] = field(default_factory=dict)


@cache
def definitions() -> Mapping[str, Definition]:
    """All of them by id, F-01 first."""
    found = [_read(path.read_text(encoding="utf-8")) for path in sorted(LIBRARY.glob("f-*.yaml"))]
    return {each.id: each for each in found}


def _read(text: str) -> Definition:
    document = yaml.safe_load(text)
    if unknown := set(document) - KNOWN:
        raise ValueError(f"{document.get('id')}: unknown {', '.join(sorted(unknown))}.")
    return Definition(
        id=document["id"], title=document["title"], claim=document["claim"], measure=document["measure"],
        needs=tuple(document["needs"]), design=document["design"], wishes=document.get("with", {}),
        sample=document.get("sample", {}),
    )  # fmt: skip
