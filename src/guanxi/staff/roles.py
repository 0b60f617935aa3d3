"""What each role may do: one table in code (RE-20). Pure."""

from __future__ import annotations

from enum import StrEnum


class Right(StrEnum):
    """One thing a person may do; the matrix test walks every page with every role."""

    SEE = "see"  # read customers, tiers, journeys, messages of one's scope
    SEE_ALL = "see_all"  # not only one's own customers
    EDIT_CUSTOMERS = "edit_customers"
    ASSIGN_OWNERS = "assign_owners"
    IMPORT = "import"
    EXPORT = "export"
    EDIT_TIERS = "edit_tiers"
    EDIT_JOURNEYS = "edit_journeys"
    EDIT_LETTERS = "edit_letters"
    APPROVE_LETTERS = "approve_letters"  # those that somebody else has written
    SEND = "send"  # propose, release and stop messages
    MANAGE_STAFF = "manage_staff"
    MANAGE_SETTINGS = "manage_settings"
    MANAGE_TOKENS = "manage_tokens"
    READ_AUDIT = "read_audit"


ROLES: dict[str, frozenset[Right]] = {
    "owner": frozenset(Right),
    "admin": frozenset(Right),
    "manager": frozenset(Right) - {Right.MANAGE_STAFF, Right.MANAGE_SETTINGS, Right.MANAGE_TOKENS, Right.READ_AUDIT},
    "marketer": frozenset(
        {Right.SEE, Right.SEE_ALL, Right.IMPORT, Right.EXPORT, Right.EDIT_TIERS, Right.EDIT_JOURNEYS,
         Right.EDIT_LETTERS, Right.SEND, Right.EDIT_CUSTOMERS}
    ),
    "sales": frozenset({Right.SEE, Right.EDIT_CUSTOMERS}),
    "analyst": frozenset({Right.SEE, Right.SEE_ALL, Right.EXPORT}),
    "auditor": frozenset({Right.SEE, Right.SEE_ALL, Right.READ_AUDIT}),
}  # fmt: skip

GRANTABLE_BY: dict[str, frozenset[str]] = {
    "owner": frozenset(ROLES),
    "admin": frozenset(ROLES) - {"owner"},
}


def may(role: str, right: Right) -> bool:
    return right in ROLES.get(role, frozenset())


def may_grant(giver: str, role: str) -> bool:
    """Nobody grants a right he lacks (RE-21)."""
    return role in GRANTABLE_BY.get(giver, frozenset()) and ROLES[role] <= ROLES.get(giver, frozenset())
