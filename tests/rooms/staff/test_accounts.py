"""Roles, closing, passwords: whoever loses something loses every session and key with it (RS-33, RE-21)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from guanxi.staff import actions, queries
from guanxi.staff.models import ApiToken, AuditEntry, User
from guanxi.staff.roles import ROLES, may_grant
from tests import cast

pytestmark = pytest.mark.django_db


def change_role(user: User, ada: User, now: datetime) -> Any:
    return actions.change_role(actor=ada, user=user, role="auditor", now=now)


def disable(user: User, ada: User, now: datetime) -> Any:
    return actions.disable(actor=ada, user=user, now=now)


def change_password(user: User, ada: User, now: datetime) -> Any:
    return actions.change_password(user=user, password="another walk by the sea", now=now)


def note_second_factor(user: User, ada: User, now: datetime) -> Any:
    return actions.note_second_factor(user=user, act="staff.factor_added", now=now)


LOSSES: list[Callable[[User, User, datetime], Any]] = [change_role, disable, change_password, note_second_factor]


class TestLosingAccess:
    @pytest.mark.parametrize("lose", LOSSES)
    def test_ends_every_session(self, ada: User, now: datetime, lose: Callable[..., Any]) -> None:
        admin = cast.a_member_of_staff("admin")
        before = admin.get_session_auth_hash()

        lose(admin, ada, now)

        assert User.objects.get(id=admin.id).get_session_auth_hash() != before

    @pytest.mark.parametrize("lose", LOSSES)
    def test_ends_every_key(self, ada: User, now: datetime, lose: Callable[..., Any]) -> None:
        admin = cast.a_member_of_staff("admin")
        _token, key = actions.issue_token(actor=admin, name="shop", kind="api", role="analyst", now=now)

        lose(admin, ada, now)

        assert queries.token_owner(key) is None

    def test_leaves_other_people_alone(self, ada: User, bo: User, now: datetime) -> None:
        _token, key = actions.issue_token(actor=ada, name="shop", kind="api", role="analyst", now=now)
        before = ada.get_session_auth_hash()

        actions.disable(actor=ada, user=bo, now=now)

        assert queries.token_owner(key) is not None
        assert User.objects.get(id=ada.id).get_session_auth_hash() == before


class TestTheLastOwner:
    def test_cannot_step_down(self, ada: User, now: datetime) -> None:
        with pytest.raises(actions.LastOwner):
            actions.change_role(actor=ada, user=ada, role="admin", now=now)
        assert User.objects.get(id=ada.id).role == "owner"

    def test_cannot_be_shut(self, ada: User, now: datetime) -> None:
        with pytest.raises(actions.LastOwner):
            actions.disable(actor=ada, user=ada, now=now)

    def test_a_shut_owner_does_not_count(self, ada: User, now: datetime) -> None:
        second = cast.a_member_of_staff("owner", email="second@firm.example")
        actions.disable(actor=ada, user=second, now=now)

        with pytest.raises(actions.LastOwner):
            actions.change_role(actor=ada, user=ada, role="admin", now=now)

    def test_the_second_to_last_may_go(self, ada: User, now: datetime) -> None:
        second = cast.a_member_of_staff("owner", email="second@firm.example")

        actions.change_role(actor=second, user=ada, role="admin", now=now)

        assert User.objects.get(id=ada.id).role == "admin"


class TestChangeRole:
    def test_the_whole_lattice(self, staff: dict[str, User], now: datetime) -> None:
        """Every giver, every old role, every new role: only what the giver could grant, and only from such a role."""
        for giver in ROLES:
            for before in ROLES:
                for after in set(ROLES) - {before}:
                    target = cast.a_member_of_staff(before, email=f"{giver}-{before}-{after}@firm.example")
                    if may_grant(giver, before) and may_grant(giver, after):
                        actions.change_role(actor=staff[giver], user=target, role=after, now=now)
                        assert User.objects.get(id=target.id).role == after
                    else:
                        with pytest.raises(actions.NotAllowed):
                            actions.change_role(actor=staff[giver], user=target, role=after, now=now)

    def test_an_unknown_role_is_refused(self, ada: User, bo: User, now: datetime) -> None:
        with pytest.raises(actions.NotAllowed):
            actions.change_role(actor=ada, user=bo, role="emperor", now=now)

    def test_tells_the_audit_trail_from_and_to(self, ada: User, bo: User, now: datetime) -> None:
        actions.change_role(actor=ada, user=bo, role="sales", now=now)

        entry = AuditEntry.objects.get(act="staff.role_changed")
        assert (entry.actor, entry.object_id) == (ada, str(bo.id))
        assert entry.details == {"from": "analyst", "to": "sales"}


class TestChangePassword:
    def test_of_two_uses_of_one_moment_one_succeeds(self, bo: User, now: datetime) -> None:
        """Both read the account before either wrote it, as two uses of one reset link do (RS-35)."""
        other = User.objects.get(id=bo.id)
        actions.change_password(user=bo, password="another walk by the sea", now=now)

        with pytest.raises(actions.LinkIsUsed):
            actions.change_password(user=other, password="a third walk in the hills", now=now)
        assert User.objects.get(id=bo.id).check_password("another walk by the sea")


class TestTokens:
    def test_the_key_is_found_by_its_text_only(self, ada: User, now: datetime) -> None:
        token, key = actions.issue_token(actor=ada, name="shop", kind="write", role="analyst", now=now)

        assert queries.token_owner(key) == token
        assert queries.token_owner(key + "x") is None
        assert queries.token_owner("") is None
        assert queries.token_owner("schlüssel") is None
        assert key not in str(ApiToken.objects.values().get())

    def test_revoking_ends_it(self, ada: User, now: datetime) -> None:
        token, key = actions.issue_token(actor=ada, name="shop", kind="api", role="analyst", now=now)

        actions.revoke_token(actor=ada, token=token, now=now)

        assert queries.token_owner(key) is None

    def test_nobody_makes_a_key_that_may_more_than_he(self, staff: dict[str, User], now: datetime) -> None:
        for giver, actor in staff.items():
            for role in ROLES:
                if may_grant(giver, role):
                    actions.issue_token(actor=actor, name="shop", kind="api", role=role, now=now)
                else:
                    with pytest.raises(actions.NotAllowed):
                        actions.issue_token(actor=actor, name="shop", kind="api", role=role, now=now)

    def test_the_use_is_noted_once_a_minute(self, ada: User, now: datetime) -> None:
        token, _key = actions.issue_token(actor=ada, name="shop", kind="api", role="analyst", now=now)

        actions.mark_token_used(token=token, now=now)

        assert ApiToken.objects.get().used_at == now
