"""What a rehearsal made up, derived or took as it is today: codes, which whoever shows them puts into words. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

CODES = frozenset({
    "contacts_assumed", "consent_assumed", "language_assumed", "as_today", "no_clicks", "tasks_done", "offers_on",
    "sender_not_asked", "scheme_unknown", "tiers_replayed", "tiers_of_today", "tiers_without_rate", "courses_derived",
    "rhythms_derived", "reviews_as_they_were", "projects_as_they_were", "channels_as_today",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Note:
    """One of CODES, and the values its sentence names."""

    code: str
    values: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.code not in CODES:
            raise ValueError(f"{self.code} is no note of a rehearsal.")

    def document(self) -> dict[str, Any]:
        return asdict(self)
