"""Mails through the machine door and the command: why, when, on whose permission."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from guanxi.cli.failure import CommandFailed
from guanxi.cli.message import message as command
from guanxi.consent.queries import permission_of
from guanxi.ledger.models import Contact
from guanxi.outbox import actions
from guanxi.outbox.models import Message
from guanxi.staff import actions as staff_actions
from tests import cast
from tests.rooms.outbox.world import VALUES, Answering, send, set_up_firm

pytestmark = pytest.mark.django_db


@pytest.fixture
def _mails(lena: Contact, yuki: Contact) -> None:
    """Lena permits marketing and has her mail, Yuki does not."""
    set_up_firm(cast.NOW)
    cast.permit(lena)
    for contact in (lena, yuki):
        actions.propose(
            contact=contact, template_key="j-17.1", origin_kind="campaign", origin_id="7", values=VALUES,
            idempotency_key=f"7:{contact.pk}", now=cast.NOW, not_before=cast.NOW,
            expires_at=cast.NOW + timedelta(days=9),
        )  # fmt: skip
    send(cast.NOW, Answering())


def asked(path: str, ada: Any) -> Any:
    _, key = staff_actions.issue_token(actor=ada, name="shop", kind="api", role="analyst", now=cast.NOW)
    answer = Client().get(f"/api/{path}", headers={"Authorization": f"Bearer {key}"})
    assert answer.status_code == 200, answer.content
    return answer.json()


@pytest.mark.usefixtures("_mails")
class TestMessages:
    def test_each_says_why_when_and_on_whose_permission(self, lena: Contact, yuki: Contact, ada: Any) -> None:
        """Issue 4, "Done means": an answer for every single message."""
        hers, his = asked("messages?campaign=7", ada)

        said = permission_of(lena.pk, "marketing")
        assert said is not None
        assert (hers["state"], hers["why"], hers["zone"]) == ("accepted", "all_gates_passed", "Europe/Berlin")
        assert (hers["at"], hers["there"]) == ("2026-05-13T08:00:00Z", "2026-05-13T10:00:00+02:00")
        assert (hers["permission"]["permission_id"], hers["permission"]["reason"]) == (said.pk, "permitted")
        assert (his["to"], his["state"], his["why"]) == (yuki.email, "suppressed", "no_permission")
        assert asked(f"messages?contact_id={yuki.pk}&state=accepted", ada) == []

    def test_one_comes_with_every_verdict_and_hand_over(self, lena: Contact, ada: Any) -> None:
        told = asked(f"messages/{Message.objects.get(contact=lena).pk}", ada)

        assert "permission" in {each["gate"] for each in told["verdicts"]}
        assert [each["outcome"] for each in told["attempts"]] == ["accepted"]

    def test_the_command_says_the_same(self, lena: Contact, ada: Any, capsys: Any, monkeypatch: Any) -> None:
        monkeypatch.setattr("guanxi.cli.workspace.open_workspace", lambda: None)
        number = Message.objects.get(contact=lena).pk

        command(number, as_json=True, limit=1)
        one = json.loads(capsys.readouterr().out)
        command(None, contact=lena.email, limit=5)
        with pytest.raises(CommandFailed):
            command(0, limit=1)

        assert one["reasons"]["permission"] == asked(f"messages/{number}", ada)["reasons"]["permission"] | {
            "obtained_at": one["reasons"]["permission"]["obtained_at"]
        }
        assert "Europe/Berlin" in capsys.readouterr().out

    def test_one_of_unknown_fate_is_no_success(self, lena: Contact, ada: Any) -> None:
        """RD-06: nothing is lost in silence."""
        Message.objects.filter(contact=lena).update(state="uncertain", accepted_at=None, last_reply="")

        assert asked("messages?state=uncertain", ada)[0]["why"] == "answer_unknown"
