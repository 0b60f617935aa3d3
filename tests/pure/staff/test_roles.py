"""The table of roles."""

from __future__ import annotations

import pytest

from guanxi.staff.roles import GRANTABLE_BY, ROLES, Right, may, may_grant


class TestRoles:
    def test_the_owner_may_everything(self) -> None:
        assert ROLES["owner"] == frozenset(Right)

    @pytest.mark.parametrize("role", ROLES)
    def test_everybody_sees_something(self, role: str) -> None:
        assert may(role, Right.SEE)

    @pytest.mark.parametrize("role", ["analyst", "auditor"])
    @pytest.mark.parametrize("right", [right for right in Right if right.value.startswith(("edit", "manage", "send"))])
    def test_readers_change_nothing(self, role: str, right: Right) -> None:
        assert not may(role, right)

    def test_an_unknown_role_may_nothing(self) -> None:
        assert not any(may("emperor", right) for right in Right)

    @pytest.mark.parametrize("giver", [*ROLES, "emperor"])
    @pytest.mark.parametrize("role", [*ROLES, "emperor"])
    def test_what_is_granted_never_exceeds_the_giver(self, giver: str, role: str) -> None:
        if may_grant(giver, role):
            assert ROLES[role] <= ROLES[giver]
            assert role in GRANTABLE_BY[giver]

    def test_only_owners_make_owners(self) -> None:
        assert [giver for giver in ROLES if may_grant(giver, "owner")] == ["owner"]
