"""Alibaba Cloud DirectMail: events by EventBridge as CloudEvents over HTTP, with a token of our choice.

https://www.alibabacloud.com/help/en/direct-mail
"""

from __future__ import annotations

from typing import Any

from guanxi.inbox.providers.base import (
    BOUNCED,
    COMPLAINED,
    DELIVERED,
    LONG_AGO,
    OTHER,
    UNSUBSCRIBED,
    Report,
    Request,
    check_password,
    moment,
    part,
    records,
    text,
)

TITLE = "Alibaba Cloud DirectMail"
PROOF = "password"
KINDS = {
    "fail": BOUNCED, "failed": BOUNCED, "bounce": BOUNCED, "deliver": DELIVERED, "delivered": DELIVERED,
    "feedback": COMPLAINED, "complaint": COMPLAINED, "report": COMPLAINED, "unsubscribe": UNSUBSCRIBED,
}  # fmt: skip


def check(request: Request, secret: str, payload: Any) -> None:
    check_password(request, secret)


def read(payload: Any) -> list[Report]:
    return [_report(each) for each in records(payload)]


def _report(event: dict[str, Any]) -> Report:
    name = text(event.get("type")).rpartition(":")[2].lower()
    data = part(event, "data")
    message_id = text(part(data, "msg_id") or part(data, "message_id"))
    return Report(
        KINDS.get(name, OTHER), text(event.get("id")),
        moment(event.get("time") or "") or LONG_AGO,
        text(part(data, "rcpt") or part(data, "to") or part(data, "recipient")),
        (text(part(data, "env_id")), message_id, f"<{message_id.strip('<>')}>"),
        "", text(part(data, "err_msg") or part(data, "reason"), 1000), False,
    )  # fmt: skip
