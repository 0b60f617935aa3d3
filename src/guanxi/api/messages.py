"""Every mail with its answer: why it left or did not, when, and on whose permission."""

from __future__ import annotations

from typing import Any, Literal

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Router

from guanxi.api import shapes
from guanxi.api.auth import caller_with
from guanxi.api.records import After, Limit
from guanxi.insights import message_reasons
from guanxi.insights.message_reasons import MailReasons, MailStory
from guanxi.outbox import queries as outbox_queries
from guanxi.outbox.states import STATES
from guanxi.staff.roles import Right

router = Router(tags=["Mails"])


@router.get("/messages", response=list[MailReasons], summary="Mails: why, when, on whose permission; oldest first")
def list_messages(
    request: HttpRequest,
    state: Literal[STATES] | None = None,  # type: ignore[valid-type]
    campaign: shapes.Id | None = None,
    contact_id: shapes.Id | None = None,
    after: After = 0,
    limit: Limit = 50,
) -> Any:
    caller = caller_with(request, Right.SEE)
    origin = ("campaign", str(campaign)) if campaign else ("", "")
    found = outbox_queries.messages_for(caller, state=state or "", origin_kind=origin[0], origin_id=origin[1])
    found = found.filter(contact=contact_id) if contact_id else found
    return message_reasons.reasons_of(list(found.filter(pk__gt=after).order_by("pk")[:limit]))


@router.get("/messages/{message_id}", response=MailStory, summary="One mail with every verdict and hand-over")
def read_message(request: HttpRequest, message_id: shapes.Id) -> Any:
    messages = outbox_queries.messages_for(caller_with(request, Right.SEE))
    return message_reasons.told_of(get_object_or_404(messages, pk=message_id))
