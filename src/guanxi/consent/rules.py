"""What a permission allows: pure rules over facts, each answer with a reason code (G-11, RL-03, RL-04, RL-16)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

# `transfer`: personal data leaving the country, which some laws let nobody do without a word of its own (RL-17).
MARKETING, SERVICE, TRACKING, PROFILING, TRANSFER = PURPOSES = (
    "marketing", "service", "tracking", "profiling", "transfer",
)  # fmt: skip
GRANTED, WITHDRAWN, PENDING, EXPIRED, PAUSED = STATES = ("granted", "withdrawn", "pending", "expired", "paused")
ALL = "all"
SCOPES = (MARKETING, ALL)
# Of whom was erased: as `all`, but that he may be asked whether a new sign-up is his own (RL-10).
ERASED = "erased"

# What a mail that is no marketing rests on; each is also the reason told.
CONTRACT, REQUEST, DUTY, CORRESPONDENCE = GROUNDS = ("contract", "request", "duty", "correspondence")
# What marketing may rest on. `contract` is none of them: an order alone permits no advertising (RL-04).
MARKETING_BASES = frozenset({"consent", "soft_opt_in", "implied", "legitimate_interest"})
# Countries where only the contact's own word counts. China: Measures for Internet E-mail Services, art. 13 (RL-16).
EXPLICIT_ONLY = frozenset({"CN"})
# Ways in which the contact himself spoke; only these undo his own unsubscription.
OWN_WORD = frozenset({"form", "double_opt_in", "preferences"})
# What he stopped himself, or silence of his or a full mailbox stopped; a complaint or a dead address is none of these.
LIFTED_BY_OWN_WORD = ("unsubscribed", "objection", "sunset", "soft_bounces")
# What a person of the firm may take off the list again, with a reason: nobody's own no.
LIFTABLE_BY_STAFF = ("staff", "import", "hard_bounce", "soft_bounces", "sunset")

REASONS: dict[str, str] = {
    "contract": "The mail belongs to a contract or an inquiry and needs no permission.",
    "request": "Somebody asked for it on a page of ours; it does nothing but answer that.",
    "duty": "The law asks for it: the person is told what becomes of his data.",
    "correspondence": "One person of the firm writes to one person, as in any correspondence.",
    "permitted": "The contact's permission is in force.",
    "suppressed": "The address is on the suppression list.",
    "no_permission": "The contact never permitted this purpose.",
    "withdrawn": "The contact withdrew this permission.",
    "pending": "The permission has not been confirmed yet.",
    "expired": "The permission has run out.",
    "paused": "The contact has not answered the yearly letter about his data; marketing rests until he does.",
    "basis_not_for_marketing": "The recorded basis does not cover marketing.",
    "explicit_consent_needed": "The contact's country asks for explicit consent.",
}


@dataclass(frozen=True, slots=True)
class Stand:
    """The newest statement of one contact for one purpose, as far as a rule needs it."""

    state: str
    basis: str = "consent"
    jurisdiction: str = ""
    expires_at: datetime | None = None
    permission_id: int | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Choices:
    """What a reader wants of marketing mail: which topics not, how often, from when on again."""

    declined_topics: frozenset[str] = frozenset()
    paused_until: datetime | None = None
    fewer: bool = False


NO_CHOICES = Choices()


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether, why (a key of REASONS), on which basis, and by which statement of the contact."""

    allowed: bool
    reason: str
    basis: str = ""
    permission_id: int | None = None


def purpose_of(kind: str) -> str | None:
    """The purpose that a mail of this kind needs; None for transactional mail (CN-43)."""
    return None if kind == "transactional" else kind


def is_barred(*, kind: str, suppressions: Collection[str], asks_to_confirm: bool = False) -> bool:
    """Whether one of these suppression scopes stops a mail of this kind.

    `asks_to_confirm`: it does nothing but ask the owner of the address whether he signed up.
    """
    if ALL in suppressions or (ERASED in suppressions and not asks_to_confirm):
        return True
    return kind == MARKETING and MARKETING in suppressions


def may_send(
    *,
    kind: str,
    permission: Stand | None,
    suppressions: Collection[str],
    now: datetime,
    ground: str = CONTRACT,
    country: str = "",
) -> Answer:
    """Whether a mail of `kind` may go out; `permission` is the newest one for purpose_of(kind).

    `ground` is what a mail rests on that is no marketing, one of GROUNDS; `country` where the reader is now, whose law
    counts beside that of the day on which he spoke (RL-16).
    """
    if is_barred(kind=kind, suppressions=suppressions):
        return Answer(allowed=False, reason="suppressed")
    if kind == MARKETING:
        return _may_advertise(permission, now, country)
    if kind == SERVICE and permission is not None and permission.state == WITHDRAWN:
        return Answer(False, "withdrawn", permission.basis, permission.permission_id)
    return Answer(allowed=True, reason=ground, basis=ground)


def is_in_force(permission: Stand | None, now: datetime) -> bool:
    """Whether this statement permits anything at `now`."""
    return _standing_reason(permission, now) == "permitted"


def _may_advertise(permission: Stand | None, now: datetime, country: str) -> Answer:
    reason = _standing_reason(permission, now)
    if permission is None:
        return Answer(allowed=False, reason=reason)
    if reason == "permitted" and permission.basis not in MARKETING_BASES:
        reason = "basis_not_for_marketing"
    elif reason == "permitted" and EXPLICIT_ONLY & {permission.jurisdiction, country} and permission.basis != "consent":
        reason = "explicit_consent_needed"
    return Answer(reason == "permitted", reason, permission.basis, permission.permission_id)


def _standing_reason(permission: Stand | None, now: datetime) -> str:
    if permission is None:
        return "no_permission"
    if permission.state != GRANTED:
        return permission.state
    if permission.expires_at is not None and permission.expires_at <= now:
        return "expired"
    return "permitted"
