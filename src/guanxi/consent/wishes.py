"""Mails that a permission, a yearly check or a request about data asks for: wishes, since this room sends nothing.
The pipeline proposes them to the outbox. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

DOUBLE_OPT_IN, REMINDER = "double-opt-in.1", "double-opt-in.2"
YEARLY = ("j-20.1", "j-20.2", "j-20.3")
FETCH, CONFIRM_ERASURE = "data-request.1", "data-request.2"


@dataclass(frozen=True, slots=True)
class Wish:
    """One mail to one contact. `subject_id` is the sign-up, yearly check or request, `round` the year of the check."""

    contact_id: int
    template_key: str
    subject_id: int
    key: str
    expires_at: datetime
    asked_at: datetime
    topics: tuple[str, ...] = ()
    round: int = 0
    answer_by: datetime | None = None
