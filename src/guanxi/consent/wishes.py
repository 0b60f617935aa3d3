"""Mails that a permission, a yearly check or a request about data asks for: wishes, since this room sends nothing.
The pipeline proposes them to the outbox. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

DOUBLE_OPT_IN, REMINDER = "double-opt-in.1", "double-opt-in.2"
YEARLY = ("j-20.1", "j-20.2", "j-20.3")
FETCH, CONFIRM_ERASURE = "data-request.1", "data-request.2"
CONFIRM_ADDRESS, CHANGED = "address-change", "preferences-changed"


@dataclass(frozen=True, slots=True)
class Wish:
    """One mail to one contact. `subject_id` is the sign-up, yearly check or request, `round` the year of the check.

    `elsewhere` is an address that is not the contact's, not yet or no more; whoever reads there `is_stranger` until he
    has confirmed that it is his. `new_address` is told in the letter.
    """

    contact_id: int
    template_key: str
    subject_id: int
    key: str
    expires_at: datetime
    asked_at: datetime
    topics: tuple[str, ...] = ()
    round: int = 0
    answer_by: datetime | None = None
    elsewhere: str = ""
    is_stranger: bool = False
    new_address: str = ""
