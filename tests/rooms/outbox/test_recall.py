"""What an origin takes back before it leaves."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from guanxi.ledger.models import Contact
from guanxi.outbox import actions, queries
from guanxi.outbox.models import Message
from tests import cast

pytestmark = pytest.mark.django_db
Propose = Callable[..., Message]


def recall(message: Message, now: datetime, **changes: Any) -> int:
    origin = {"origin_kind": message.origin_kind, "origin_id": message.origin_id}
    return actions.recall(**origin | changes, reason="reacted", now=now)


class TestRecall:
    @pytest.mark.parametrize("state", ["queued", "held", "deferred", "claimed"])
    def test_holds_back_what_has_not_left(self, propose: Propose, lena: Contact, now: datetime, state: str) -> None:
        message = propose(lena)
        Message.objects.update(state=state)

        assert recall(message, now) == 1

        assert Message.objects.get().state == "suppressed"
        [reason] = queries.why_not(message.id).deciding
        assert (reason.reason, reason.detail) == ("recalled", {"because": "reacted"})

    @pytest.mark.parametrize("state", ["handing_off", "accepted", "uncertain", "failed"])
    def test_comes_too_late_for_what_has_left(self, propose: Propose, lena: Contact, now: datetime, state: str) -> None:
        message = propose(lena)
        Message.objects.update(state=state)

        assert recall(message, now) == 0
        assert Message.objects.get().state == state

    def test_leaves_other_origins_alone(self, propose: Propose, lena: Contact, now: datetime) -> None:
        assert recall(propose(lena), now, origin_id="another") == 0

    def test_keeps_a_recalled_mail_from_leaving(self, propose: Propose, lena: Contact, now: datetime) -> None:
        cast.permit(lena)
        message = propose(lena)
        actions.judge_due(now=now)
        recall(message, now)

        assert actions.send_due(clock=lambda: now, worker="w") == 0
