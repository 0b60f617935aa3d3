"""Did the contact permit this kind of mail? (G-11, RL-04) Pure."""

from __future__ import annotations

from guanxi.consent.rules import may_send
from guanxi.outbox.gates.base import Facts, Opinion, drop, passed

# Where a verdict tells which statement it rests on.
STATEMENT = "permission"


def judge(facts: Facts) -> Opinion:
    answer = may_send(
        kind=facts.kind,
        permission=facts.permission,
        suppressions=(),
        now=facts.now,
        ground=facts.ground,
        country=facts.country,
    )
    on_record = {STATEMENT: answer.permission_id} if answer.permission_id else {}
    return (passed if answer.allowed else drop)(answer.reason, basis=answer.basis, **on_record)
