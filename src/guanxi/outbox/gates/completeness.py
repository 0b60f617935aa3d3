"""Is everything there that the letter needs? (RL-14, C-01) Pure."""

from __future__ import annotations

from datetime import timedelta

from guanxi.outbox.gates.base import Facts, Opinion, drop, hold, passed

# Code → whether somebody can still supply it while the message waits.
REASONS: dict[str, bool] = {
    "no_address": False,  # the contact has no e-mail address
    "bad_address": False,  # no server takes that address
    "no_letter": True,  # the template has no published letter
    "no_sender": True,  # nobody is set up to send from
    "no_firm_name": True,  # every letter says who writes
    "no_postal_address": True,  # marketing needs the firm's postal address (CAN-SPAM, RL-14)
}
LOOK_AGAIN_AFTER = timedelta(hours=1)


def judge(facts: Facts) -> Opinion:
    if facts.missing_values:
        return drop("no_value", names=list(facts.missing_values))
    lacking = [code for code in REASONS if code in facts.missing]
    if not lacking:
        return passed("complete")
    final = [code for code in lacking if not REASONS[code]]
    if final:
        return drop(final[0], missing=lacking)
    return hold(lacking[0], facts.now + LOOK_AGAIN_AFTER, missing=lacking)
