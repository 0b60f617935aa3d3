"""Readers beyond hope are given up: who gave no sign for a year, though written to, gets no marketing any more (G-17).

Mailing the dead costs the sender his name with the mailbox providers (CN-48). Whoever signs up again comes back.
"""

from __future__ import annotations

from datetime import datetime

from guanxi.consent import actions as consent_actions
from guanxi.consent import queries as consent_queries
from guanxi.kernel.parts import in_parts
from guanxi.ledger.models import Contact
from guanxi.scoring import queries as scoring_queries
from guanxi.scoring.models import ScoreRun

# Defaults: twice the silence after which a reader counts as gone, and as many mails in vain (DP-10).
SILENT_DAYS, UNREAD_MAILS = 365, 6
AT_ONCE = 500


def give_up(*, run: ScoreRun, now: datetime) -> int:
    """Suppress marketing to the contacts of customers who are beyond hope; returns how many addresses are new."""
    customer_ids = scoring_queries.beyond_hope(silent_days=SILENT_DAYS, unread_mails=UNREAD_MAILS, run=run)
    count = 0
    for some in in_parts(customer_ids, AT_ONCE):
        contacts = list(Contact.objects.filter(customer_id__in=some, email_key__isnull=False))
        barred = consent_queries.suppressions_of([contact.email_key or "" for contact in contacts])
        for contact in contacts:
            if barred[contact.email_key or ""]:
                continue
            consent_actions.suppress(
                address=contact.email, reason="sunset", now=now, contact=contact,
                detail=f"no sign for {SILENT_DAYS} days and {UNREAD_MAILS} mails",
            )  # fmt: skip
            count += 1
    return count
