"""The ready rules that ship with the product, one YAML file each in library/. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).parent / "library"
# The order of the gallery: what is asked most comes first.
ORDER = (
    "price-list-no-inquiry", "visits-no-order", "birthday-soon", "a-customers-quiet", "late-against-rhythm",
    "high-potential", "three-mails-opened", "orders-shrinking", "no-permission-yet", "vip-not-reading",
    "ready-for-next-stage", "stock-low", "manual-no-order", "founding-day-soon", "first-order-anniversary",
    "gift-list-b2c",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Ready:
    """A ready rule; titles and notes by language."""

    key: str
    title: Mapping[str, str]
    note: Mapping[str, str]
    document: Mapping[str, Any]


@cache
def ready_rules() -> tuple[Ready, ...]:
    """All of them, those of ORDER first."""
    paths = {path.stem: path for path in FOLDER.glob("*.yaml")}
    known = [key for key in ORDER if key in paths]
    return tuple(_read(paths[key]) for key in [*known, *sorted(set(paths) - set(known))])


def ready_rule(key: str) -> Ready | None:
    return next((each for each in ready_rules() if each.key == key), None)


def _read(path: Path) -> Ready:
    found = yaml.safe_load(path.read_text(encoding="utf-8"))
    return Ready(
        path.stem, found["title"], found["note"], {"version": 1, "level": found["level"], "where": found["where"]}
    )
