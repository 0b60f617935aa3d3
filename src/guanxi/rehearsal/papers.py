"""The documents a rehearsal would have handed over, as the cabinet holds them today."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime

from guanxi.kernel.parts import in_parts
from guanxi.ledger.models import Contact
from guanxi.papers import queries as papers_queries
from guanxi.papers.fitting import Fit

AT_ONCE = 5_000


class Papers:
    """Remembers within the play who has got what, as the rows do when it is live."""

    def __init__(self, contacts: Iterable[Contact], kinds: Collection[str], now: datetime) -> None:
        self.cabinets = [
            papers_queries.cabinet(some, kinds=kinds, now=now) for some in in_parts(contacts if kinds else (), AT_ONCE)
        ]
        self.readers = {pk: reader for each in self.cabinets for pk, reader in each.readers.items()}
        self.cabinet = replace(self.cabinets[0], readers=self.readers) if self.cabinets else None

    def fit(self, contact_id: int, kind: str) -> Fit | None:
        return self.cabinet.fit(contact_id, kind) if self.cabinet else None

    def give(self, contact_id: int, kind: str) -> dict[str, object]:
        """What the letter names of it; a document that is given once each is not given again."""
        fit = self.fit(contact_id, kind)
        if fit is None or self.cabinet is None:
            return {}
        values = self.cabinet.values(contact_id, kind)
        reader = self.readers[contact_id]
        self.readers[contact_id] = replace(reader, has_got=reader.has_got | {fit.document_id})
        return values
