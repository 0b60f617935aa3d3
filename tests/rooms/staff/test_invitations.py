"""Invitations and the set-up link: once, in time, and never more than the giver has."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from guanxi.staff import actions, queries
from guanxi.staff.models import AuditEntry, Invitation, User
from guanxi.staff.roles import ROLES, may_grant
from tests import cast

pytestmark = pytest.mark.django_db


class TestInvite:
    def test_keeps_only_the_fingerprint_of_the_token(self, ada: User, now: datetime) -> None:
        token = actions.invite(actor=ada, email="Chen@Firm.example", role="sales", now=now)

        invitation = Invitation.objects.get()
        assert invitation.email == "chen@firm.example"
        assert token not in invitation.token_hash
        assert queries.invitation_for(token, now) == invitation

    def test_replaces_the_earlier_invitation_of_an_address(self, ada: User, now: datetime) -> None:
        first = actions.invite(actor=ada, email="chen@firm.example", role="sales", now=now)
        second = actions.invite(actor=ada, email="chen@firm.example", role="analyst", now=now)

        assert queries.invitation_for(first, now) is None
        assert queries.invitation_for(second, now) is not None
        assert queries.open_invitations(now).count() == 1

    def test_refuses_an_address_that_has_an_account(self, ada: User, bo: User, now: datetime) -> None:
        with pytest.raises(actions.AccountExists):
            actions.invite(actor=ada, email=bo.email.upper(), role="sales", now=now)

    def test_nobody_grants_what_he_lacks(self, staff: dict[str, User], now: datetime) -> None:
        """The whole lattice of givers and roles (RE-21)."""
        for giver, actor in staff.items():
            for role in ROLES:
                address = f"{giver}-{role}@firm.example"
                if may_grant(giver, role):
                    actions.invite(actor=actor, email=address, role=role, now=now)
                else:
                    with pytest.raises(actions.NotAllowed):
                        actions.invite(actor=actor, email=address, role=role, now=now)

    def test_leaves_an_audit_line_without_the_token(self, ada: User, now: datetime) -> None:
        token = actions.invite(actor=ada, email="chen@firm.example", role="sales", now=now)

        entry = AuditEntry.objects.get(act="staff.invited")
        assert entry.details == {"email": "chen@firm.example", "role": "sales"}
        assert token not in str(entry.details)


class TestAccept:
    def test_makes_the_account_of_the_invitation(self, ada: User, now: datetime) -> None:
        token = actions.invite(actor=ada, email="chen@firm.example", role="sales", now=now)

        user = actions.accept(token=token, name="Chen Yu", password=cast.PASSWORD, now=now, email="other@firm.example")

        assert (user.email, user.role, user.name) == ("chen@firm.example", "sales", "Chen Yu")
        assert user.check_password(cast.PASSWORD)

    def test_works_once(self, ada: User, now: datetime) -> None:
        token = actions.invite(actor=ada, email="chen@firm.example", role="sales", now=now)
        actions.accept(token=token, name="Chen Yu", password=cast.PASSWORD, now=now)

        with pytest.raises(actions.LinkIsUsed):
            actions.accept(token=token, name="Chen Yu", password=cast.PASSWORD, now=now)
        assert User.objects.filter(email="chen@firm.example").count() == 1

    @pytest.mark.parametrize("age", [timedelta(days=7), timedelta(days=30)])
    def test_ends_after_a_week(self, ada: User, now: datetime, age: timedelta) -> None:
        token = actions.invite(actor=ada, email="chen@firm.example", role="sales", now=now)

        with pytest.raises(actions.LinkIsUsed):
            actions.accept(token=token, name="Chen Yu", password=cast.PASSWORD, now=now + age)

    def test_ends_when_it_is_withdrawn(self, ada: User, now: datetime) -> None:
        token = actions.invite(actor=ada, email="chen@firm.example", role="sales", now=now)
        actions.revoke_invitation(actor=ada, invitation=Invitation.objects.get(), now=now)

        with pytest.raises(actions.LinkIsUsed):
            actions.accept(token=token, name="Chen Yu", password=cast.PASSWORD, now=now)

    def test_knows_no_invented_token(self, db: Any, now: datetime) -> None:
        with pytest.raises(actions.LinkIsUsed):
            actions.accept(token="invented", name="Chen Yu", password=cast.PASSWORD, now=now)


class TestOpenSetUp:
    def test_makes_the_first_owner(self, now: datetime) -> None:
        token = actions.open_set_up(now=now)
        assert token

        user = actions.accept(token=token, email="Ada@Firm.example", name="Ada", password=cast.PASSWORD, now=now)

        assert (user.email, user.role) == ("ada@firm.example", "owner")

    def test_a_new_link_ends_the_one_before(self, now: datetime) -> None:
        first, second = actions.open_set_up(now=now), actions.open_set_up(now=now)
        assert first
        assert second

        assert queries.invitation_for(first, now) is None
        assert queries.invitation_for(second, now) is not None

    def test_is_closed_for_ever_by_the_first_account(self, now: datetime) -> None:
        token = actions.open_set_up(now=now)
        assert token
        cast.bo()

        assert actions.open_set_up(now=now) is None
        with pytest.raises(actions.LinkIsUsed):
            actions.accept(token=token, email="eve@firm.example", name="Eve", password=cast.PASSWORD, now=now)
        assert not User.objects.filter(email="eve@firm.example").exists()
