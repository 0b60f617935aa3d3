"""What an import has done so far: counts, notes and the first of everything, in the shape of the answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from guanxi.intake.rows import Reject
from guanxi.ledger.bulk import Outcome

REJECTS_SHOWN = 50
EXAMPLES = 20


@dataclass(slots=True)
class Tally:
    """`accepted` is what is left of `rows` after `rejected`; `updated` counts records that were known and changed."""

    rows: int = 0
    rejected: int = 0
    updated: int = 0
    conflicts: int = 0
    customers_created: int = 0
    contacts_created: int = 0
    orders_created: int = 0
    others_created: int = 0
    kinds: list[str] = field(default_factory=list)
    formats: list[str] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    conflict_examples: list[str] = field(default_factory=list)
    row_examples: list[dict[str, str]] = field(default_factory=list)

    def refuse(self, rejects: tuple[Reject, ...]) -> None:
        self.rejected += len(rejects)
        self.rejects += rejects[: max(REJECTS_SHOWN - len(self.rejects), 0)]

    def count(self, outcome: Outcome, created: str = "others_created") -> None:
        """Add what became of the records of one kind."""
        setattr(self, created, getattr(self, created) + outcome.created)
        self.updated += outcome.updated
        self.conflicts += len(outcome.conflicts)
        self.conflict_examples += outcome.conflicts[: max(EXAMPLES - len(self.conflict_examples), 0)]

    def kind(self) -> str:
        return self.kinds[0] if len(set(self.kinds)) == 1 else "mixed"

    def answer(self) -> dict[str, Any]:
        """The document the command prints, without the number of the run."""
        return {
            "kind": self.kind(),
            "rows": self.rows,
            "accepted": self.rows - self.rejected,
            "rejected": self.rejected,
            "updated": self.updated,
            "conflicts": self.conflicts,
            "customers_created": self.customers_created,
            "contacts_created": self.contacts_created,
            "orders_created": self.orders_created,
            "rejects": [reject._asdict() for reject in self.rejects],
            "notes": self.notes,
        }
