"""Inviting, ranking and shutting staff; keys; the audit trail."""

from __future__ import annotations

import re
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from guanxi.staff import actions as staff_actions
from guanxi.staff import queries as staff_queries
from guanxi.staff.models import ApiToken, AuditEntry, Invitation, User
from tests import cast

pytestmark = pytest.mark.django_db


class TestInvitation:
    def test_arrives_by_mail_and_opens_the_door(self, ada: User, client_of: Any, drawer: Path, settings: Any) -> None:
        client_of(ada).post("/staff/invite", {"email": "chen@firm.example", "role": "sales"})
        (path,) = drawer.glob("*.eml")
        text = message_from_bytes(path.read_bytes(), policy=default).get_content()
        address = re.search(r"https?://\S+", text)
        assert address
        assert address.group().startswith(settings.PUBLIC_URL + "/join/")

        client = Client()
        link = address.group().removeprefix(settings.PUBLIC_URL)
        assert "chen@firm.example" in client.get(link).content.decode()
        answer = client.post(link, {"name": "Chen Yu", "password": cast.PASSWORD})

        assert answer["Location"] == "/"
        assert client.get("/").status_code == 200
        assert Client().get(link).status_code == 404

    def test_may_be_withdrawn(self, ada: User, client_of: Any) -> None:
        client = client_of(ada)
        client.post("/staff/invite", {"email": "chen@firm.example", "role": "sales"})

        client.post(f"/staff/invitation/{Invitation.objects.get().id}/revoke")

        assert not staff_queries.open_invitations(cast.NOW).exists()

    def test_says_when_there_is_an_account_already(self, ada: User, bo: User, client_of: Any) -> None:
        answer = client_of(ada).post("/staff/invite", {"email": bo.email, "role": "sales"}, follow=True)

        assert "already" in answer.content.decode()
        assert not Invitation.objects.exists()

    def test_an_administrator_cannot_offer_to_be_an_owner(self, client_of: Any) -> None:
        admin = cast.a_member_of_staff("admin")

        client_of(admin).post("/staff/invite", {"email": "chen@firm.example", "role": "owner"})

        assert not Invitation.objects.exists()


class TestDelicateActs:
    def test_ask_for_the_password_when_it_was_long_ago(self, ada: User, bo: User, signed_in: Any) -> None:
        client = signed_in(ada)  # a session without a fresh password

        answer = client.post(f"/staff/{bo.id}/role", {"role": "sales"})

        assert answer["Location"].startswith("/account/reauthenticate/")
        assert User.objects.get(id=bo.id).role == "analyst"

        client.post(answer["Location"], {"password": cast.PASSWORD})

        assert User.objects.get(id=bo.id).role == "sales"

    def test_the_last_owner_is_told_why_not(self, ada: User, client_of: Any) -> None:
        answer = client_of(ada).post(f"/staff/{ada.id}/disable", follow=True)

        assert "last owner" in answer.content.decode()
        assert User.objects.get(id=ada.id).is_active

    def test_an_administrator_cannot_touch_an_owner(self, ada: User, client_of: Any) -> None:
        admin = cast.a_member_of_staff("admin")
        cast.a_member_of_staff("owner", email="second@firm.example")

        client_of(admin).post(f"/staff/{ada.id}/disable")

        assert User.objects.get(id=ada.id).is_active


class TestKeys:
    def test_are_shown_once(self, ada: User, client_of: Any) -> None:
        client = client_of(ada)

        answer = client.post("/keys/issue", {"name": "web shop", "kind": "api", "role": "analyst"})

        key = re.search(r"gx_api_[\w-]{43}", answer.content.decode())
        assert key
        assert answer["Cache-Control"] == "no-store"
        assert staff_queries.token_owner(key.group()) == ApiToken.objects.get()
        assert key.group() not in client.get("/keys/").content.decode()

    def test_are_revoked_by_a_button(self, ada: User, client_of: Any) -> None:
        token, key = staff_actions.issue_token(actor=ada, name="shop", kind="write", role="analyst", now=cast.NOW)

        client_of(ada).post(f"/keys/{token.id}/revoke")

        assert staff_queries.token_owner(key) is None


class TestAuditTrail:
    def test_names_who_did_what(self, ada: User, bo: User, client_of: Any) -> None:
        client = client_of(ada)
        client.post(f"/staff/{bo.id}/role", {"role": "sales"})

        page = client.get("/audit/?act=staff.").content.decode()

        assert "changed a role" in page
        assert "before: Analyst, afterwards: Sales" in page

    def test_names_every_act_that_is_written(self, ada: User) -> None:
        """An act without a name in the table would be shown as code."""
        from guanxi.console.audit_page import ACT_NAMES

        written = set()
        for path in Path("src/guanxi").rglob("*.py"):
            text = path.read_text("utf-8")
            if "audit" in text:
                written |= set(re.findall(r'act="([a-z_.]+)"', text)) | set(
                    re.findall(r'_audit\(request, "([^"]+)"', text)
                )

        assert written
        assert written <= set(ACT_NAMES)

    def test_shows_no_key(self, ada: User, client_of: Any) -> None:
        _token, key = staff_actions.issue_token(actor=ada, name="shop", kind="api", role="analyst", now=cast.NOW)

        assert key not in client_of(ada).get("/audit/").content.decode()
        assert key not in str(list(AuditEntry.objects.values()))
