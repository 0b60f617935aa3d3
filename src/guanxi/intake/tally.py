"""What an import has done so far: counts, notes and the first of everything, in the shape of the answer."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from guanxi.intake.rows import Reject
from guanxi.ledger.bulk import Outcome
from guanxi.ledger.changes import Change

REJECTS_SHOWN = 50
EXAMPLES = 20
EXAMPLES_OF_NEW = 8


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
    suppressed: int = 0
    kinds: list[str] = field(default_factory=list)
    formats: list[str] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    conflict_examples: list[dict[str, str]] = field(default_factory=list)
    new_examples: list[dict[str, str]] = field(default_factory=list)
    change_examples: list[dict[str, Any]] = field(default_factory=list)
    row_examples: list[dict[str, str]] = field(default_factory=list)

    def refuse(self, rejects: tuple[Reject, ...]) -> None:
        self.rejected += len(rejects)
        self.rejects += rejects[: max(REJECTS_SHOWN - len(self.rejects), 0)]

    def count(self, outcome: Outcome, created: str = "others_created") -> None:
        """Add what became of the records of one kind."""
        setattr(self, created, getattr(self, created) + outcome.created)
        self.updated += outcome.updated
        self.conflicts += len(outcome.conflicts)
        room = max(EXAMPLES - len(self.conflict_examples), 0)
        self.conflict_examples += (asdict(each) for each in outcome.conflicts[:room])
        shown = sum(each["kind"] == created for each in self.new_examples)
        self.new_examples += (
            {"kind": created, "about": name} for name in outcome.examples[: max(EXAMPLES_OF_NEW - shown, 0)]
        )

    def show_change(self, change: Change) -> None:
        """Keep a change of a known row as an example, with the values before and after."""
        if len(self.change_examples) < EXAMPLES:
            after = change.after if change.kind != "lines" else {"lines": ""}
            before = change.before if change.kind != "lines" else {"lines": len(change.before["lines"])}
            told = {"kind": change.kind, "about": change.about, "before": dict(before), "after": dict(after)}
            self.change_examples.append(told)

    def kind(self) -> str:
        return self.kinds[0] if len(set(self.kinds)) == 1 else "mixed"

    def _silence(self) -> list[str]:
        return [f"{self.suppressed:,} addresses are suppressed and get no mail."] if self.suppressed else []

    def examples(self) -> dict[str, Any]:
        """The first of everything a dry run shows: rows as understood, new records, changes, conflicts."""
        return {
            "rows": self.row_examples,
            "new": self.new_examples,
            "updated": self.change_examples,
            "conflicts": self.conflict_examples,
            "rejected": [reject._asdict() for reject in self.rejects[:EXAMPLES]],
        }

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
            "notes": [*self.notes, *self._silence()],
        }
